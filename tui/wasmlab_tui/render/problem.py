"""What is wrong with a text, and where."""

from __future__ import annotations

from wasmlab.errors import AssembleError, Invalid, WasmlabError
from wasmlab.escape import escaped
from wasmlab.records import NamedTuple
from wasmlab_tui.render.line import Line, Tone, Toned, line


class ProblemAt(NamedTuple):
    """Line and column in the text, from 1; the line is None if unknown, the column 0."""

    line: int | None
    column: int


def problem_lines(error: WasmlabError, at: ProblemAt) -> list[Line]:
    """Return the message with where it is, the operand types there, and what to try."""
    where = f"line {at.line}, column {at.column}: " if at.line else ""
    lines = [line(Toned(f" {where}", Tone.STRONG), Toned(escaped(error.message), Tone.ERROR))]
    if isinstance(error, (AssembleError, Invalid)):
        text, _, caret = error.excerpt().partition("\n")
        if text:
            lines += [line(f"   {escaped(text)}"), line(Toned(f"   {caret}", Tone.ERROR))]
    if isinstance(error, Invalid) and error.stack is not None:
        lines.append(line(f" operands there, the top last: [{' '.join(error.stack)}]"))
    if error.hint:
        lines.append(line(Toned(f" {escaped(error.hint)}", Tone.DIM)))
    return lines
