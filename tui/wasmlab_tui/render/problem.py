"""What is wrong with a text, at its place."""

from __future__ import annotations

from typing import NamedTuple

from wasmlab.debug.views.symbols import escaped
from wasmlab.errors import AssembleError, Invalid, WasmlabError
from wasmlab_tui.render.line import Line, Span, Tone, line


class Place(NamedTuple):
    """Line and column from 1; None if unknown."""

    line: int | None
    column: int


def problem_lines(error: WasmlabError, place: Place) -> list[Line]:
    """Return the message with its place, the operand types there, and what to try."""
    where = f"line {place.line}, column {place.column}: " if place.line else ""
    lines = [line(Span(f" {where}", Tone.STRONG), Span(escaped(error.message), Tone.ERROR))]
    if isinstance(error, (AssembleError, Invalid)):
        text, _, caret = error.excerpt().partition("\n")
        if text:
            lines += [line(f"   {escaped(text)}"), line(Span(f"   {caret}", Tone.ERROR))]
    if isinstance(error, Invalid) and error.stack is not None:
        lines.append(line(f" operands there, the top last: [{' '.join(error.stack)}]"))
    if error.hint:
        lines.append(line(Span(f" {escaped(error.hint)}", Tone.DIM)))
    return lines
