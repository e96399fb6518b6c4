"""Expressions that are shown at every stop, with what they were at the stop before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.escape import escaped
from wasmlab_tui.render.line import Line, Tone, Toned, line
from wasmlab_tui.render.value import pointer_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Display


def display_lines(displays: Sequence[Display]) -> list[Line]:
    """Return a line per expression: its number, itself, its value, what it was."""
    width = max((len(_asked(shown)) for shown in displays), default=0)
    return [_display(shown, width) for shown in displays]


def _asked(shown: Display) -> str:
    return escaped(f"{shown.form} {shown.expression}".lstrip())


def _display(shown: Display, width: int) -> Line:
    tone = Tone.DIM if shown.missing else Tone.CHANGED if shown.changed else Tone.NUMBER
    return line(
        Toned(" * " if shown.changed else "   ", Tone.CHANGED),
        Toned(f"{shown.number} ", Tone.DIM),
        Toned(f"{_asked(shown):<{width}} ", Tone.NAME),
        Toned(shown.text, tone),
        Toned(pointer_text(shown.pointer), Tone.STRING),
        Toned("" if shown.previous is None else f"  was {shown.previous}", Tone.DIM),
    )
