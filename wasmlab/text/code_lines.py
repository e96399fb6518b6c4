"""Which code a line stands for: the rule of breakpoints, for whatever text is shown.

A line stands for the first instruction that starts on it, or else for the next one of the same
function; above all of them, for the one that is executed first. The line that closes a function
stands for its final ``end``. Lines between functions stand for nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property

from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import NamedTuple
from wasmlab.text.positions import Lines, fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmlab.syntax.instr import Span
    from wasmlab.syntax.module import Module
    from wasmlab.text.linemap import LineMap


class CodeLines(Protocol):
    """A text, as far as its lines stand for code; lines count from 1."""

    @property
    def line_count(self) -> int:
        """Number of lines."""
        ...

    def code_on(self, line: int) -> int | None:
        """Return the offset of the instruction that a line stands for; None between functions."""
        ...

    def line_of(self, offset: int) -> int | None:
        """Return the line on which the instruction at an offset starts; None if none does."""
        ...

    def nearest(self, line: int) -> list[int]:
        """Return the lines with code nearest to one between functions, before and after it.

        One only, or none, where there is no function on that side.
        """
        ...


class _FuncLines(NamedTuple):
    """A function in a text."""

    first: int
    last: int
    """The line that closes it."""
    start: int
    end: int
    """The offsets of its body."""


class WrittenLines:
    """The lines of a text that was assembled."""

    def __init__(self, module: Module, text: str, line_map: LineMap) -> None:
        self._module, self._text, self._map = module, text, line_map
        self.line_count = len(text.splitlines()) or 1

    @cached_property
    def _funcs(self) -> list[_FuncLines]:
        """The functions in the order of the text; of one that cannot be told, its instructions."""
        bodies = [func.body for func in self._module.funcs]
        written = [f for f in fields(self._text) if f.word == "func" and not f.is_import]
        spans: Iterable[tuple[int, int] | None] = map(self._known, bodies)
        if len(written) == len(bodies):
            lines = Lines(self._text)
            ends = ((lines.position_of(f.start), lines.position_of(f.end)) for f in written)
            spans = ((first.line, last.line) for first, last in ends)
        placed = zip(spans, bodies, strict=True)
        return sorted(_FuncLines(*span, *body) for span, body in placed if span is not None)

    def _known(self, body: Span) -> tuple[int, int] | None:
        """Return the first and the last line of the instructions of a body, if they are known."""
        lines = [self._map.positions[at].line for at in self._offsets(*body)]
        return (min(lines), max(lines)) if lines else None

    @cached_property
    def _sorted(self) -> list[int]:
        return sorted(self._map.positions)

    def _offsets(self, start: int, end: int) -> list[int]:
        """Return the offsets of a body whose lines are known."""
        return self._sorted[bisect_left(self._sorted, start) : bisect_left(self._sorted, end)]

    def code_on(self, line: int) -> int | None:
        """Return the offset of the instruction that a line stands for; None between functions."""
        offset = self._map.offset(line)
        if offset is not None and any(f.start <= offset < f.end for f in self._funcs):
            return offset
        around = next((f for f in self._funcs if f.first <= line <= f.last), None)
        return None if around is None else self._next_in(around, line)

    def _next_in(self, func: _FuncLines, line: int) -> int:
        """Return the first instruction of a function that starts below a line, else its end.

        Above all of them it is the one that is executed first, which need not be the topmost.
        """
        known, marks = self._map.positions, self._map.marks
        offsets = [at for at in self._offsets(func.start, func.end) if at not in marks]
        below = [(known[at].line, at) for at in offsets if known[at].line > line]
        if below and len(below) == len(offsets):
            return min(offsets)
        return min(below)[1] if below else func.end - 1

    def line_of(self, offset: int) -> int | None:
        """Return the line on which the instruction at an offset starts; None if none does."""
        found = self._map.at(offset)
        return None if found is None else found.line

    def nearest(self, line: int) -> list[int]:
        """Return the lines with code nearest to one between functions, before and after it."""
        after = bisect_right(self._funcs, line, key=lambda func: func.first)
        before = [func.last for func in self._funcs[:after] if func.last < line]
        begins = (self._next_in(f, f.first - 1) for f in self._funcs[after : after + 1])
        return [*before[-1:], *(found for at in begins if (found := self.line_of(at)))]
