"""Locals and globals by name, with what they held before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.records import replace
from wasmlab_tui.render.line import Line, Tone, Toned, line, note
from wasmlab_tui.render.value import Base, pointer_text, value_text
from wasmlab_tui.render.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Variable


def variable_lines(
    locals_: Sequence[Variable],
    globals_: Sequence[Variable],
    base: Base = Base.SIGNED,
    function: str = "",
) -> Sequence[Line]:
    """Return the locals of function, then the globals, aligned with each other."""
    everything = (*locals_, *globals_)
    if not everything:
        return [note("no locals, no globals")]
    names = max(len(v.name) for v in everything)
    types = max(len(v.type) for v in everything)
    rows: list[Line | Variable] = [_heading(f"locals of {function}" if function else "locals")]
    rows += locals_ or (note("  none"),)
    rows += (_heading("globals"), *globals_) if globals_ else ()

    def make(start: int, stop: int) -> list[Line]:
        return [
            row if isinstance(row, Line) else _variable(row, names, types, base)
            for row in rows[start:stop]
        ]

    return Window(len(rows), make)


def _heading(text: str) -> Line:
    return line(Toned(f" {text}", Tone.DIM))


def _variable(variable: Variable, names: int, types: int, base: Base) -> Line:
    was = ""
    if variable.previous is not None:
        was = f"  was {value_text(variable.previous, base)}"
    kind = "param" if variable.kind == "param" else "" if variable.mutable else "const"
    shown = line(
        Toned(" * ", Tone.CHANGED) if variable.changed else "   ",
        Toned(f"{variable.name:<{names}} ", Tone.NAME),
        Toned(f"{variable.type:<{types}} ", Tone.TYPE),
        Toned(value_text(variable.held, base), Tone.CHANGED if variable.changed else Tone.NUMBER),
        Toned(pointer_text(variable.pointer), Tone.STRING),
        Toned(was, Tone.DIM),
        Toned(f"  {kind}" if kind else "", Tone.DIM),
    )
    return replace(shown, value=value_name(variable))


def value_name(variable: Variable) -> str:
    """Return how the debugger's commands name a variable: ``$n``, ``$0``, ``global 0``."""
    if variable.kind == "global":
        return f"global {variable.index}"
    return variable.name if variable.name.startswith("$") else f"${variable.index}"
