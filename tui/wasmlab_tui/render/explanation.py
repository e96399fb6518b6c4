"""The next instruction in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line, note

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Instruction


def explanation_lines(
    instruction: Instruction | None, width: int, *, alert: str = "", otherwise: str = ""
) -> list[Line]:
    """Return the instruction with its type, what it does now, the rule and its address.

    width: columns to wrap at.  alert: why it cannot go on.  otherwise: what to say where there is
    no instruction.
    """
    lines = [line(Toned(f" {part}", Tone.ERROR)) for part in _wrapped(alert, width)]
    if instruction is None:
        return lines or ([note(otherwise)] if otherwise else [])
    lines += [
        line(
            Toned(f" {instruction.text}", Tone.INSTRUCTION),
            Toned(f"  {instruction.signature}", Tone.TYPE),
        )
    ]
    lines += [line(Toned(f" {part}", Tone.STRONG)) for part in _wrapped(instruction.now, width)]
    lines += [line(Toned(f" {part}")) for part in _wrapped(instruction.explanation, width)]
    if instruction.spec:
        lines.append(line(Toned(f" {instruction.spec}", Tone.DIM)))
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width - 2, 20))
