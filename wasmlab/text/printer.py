"""From a module to its text, with the place in the module of every line.

Modules of up to a megabyte show everything. Of larger ones, functions and data segments are one
line each until something in them is asked for: then they open, and the lines after them move.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ELSE, END
from wasmlab.text.instructions import format_instr
from wasmlab.text.linemap import LineMap, TextPosition
from wasmlab.text.parts import Printer, TextPart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.module import Module
    from wasmlab.text.fields import PrintedLine

__all__ = ["PrintedModule", "Printer", "format_instr", "print_func", "print_module"]

OPEN_UP_TO = 1_000_000
"""Bytes of the largest module that is shown unfolded at first."""

_MARKS = {ELSE.mnemonic, END.mnemonic, ")"}
_FOLDS = frozenset({"func", "data"})


class PrintedModule:
    """A module's text in lines, counted from 1.

    ``version`` grows whenever a part opens, and with it the lines after the part move.
    """

    def __init__(self, module: Module) -> None:
        self.printer = Printer(module)
        self.module = module
        self.version = 0
        self._open = len(module.data) <= OPEN_UP_TO
        self._opened: set[TextPart] = set()
        self._starts: list[int] | None = None
        self._numbers: dict[TextPart, Mapping[int, int]] = {}

    @property
    def line_count(self) -> int:
        """Number of lines, folded parts as one."""
        return self._line_starts()[-1]

    def line(self, number: int) -> PrintedLine:
        """Return a line, 1 <= number <= line_count; raises IndexError."""
        if self._open and number > 0:
            return self.lines[number - 1]
        starts = self._line_starts()
        if not 0 < number <= starts[-1]:
            raise IndexError(number)
        place = bisect_right(starts, number - 1) - 1
        part = self.printer.parts[place]
        if self._is_folded(part):
            return self.printer.summary(part)
        return self.printer.part(part)[number - 1 - starts[place]]

    def line_at(self, offset: int) -> int | None:
        """Return the line of the instruction at offset, opening its function; None if none is."""
        place = self._part_at(offset)
        if place is None:
            return None
        part = self.printer.parts[place]
        number = self._numbers_in(part).get(offset)
        if number is None:
            return None
        self._open_part(place)
        return self._line_starts()[place] + number

    def line_of(self, offset: int) -> int | None:
        """Return what ``line_at`` returns, and open nothing."""
        place = self._part_at(offset)
        number = None if place is None else self._numbers_in(self.printer.parts[place]).get(offset)
        return None if place is None or number is None else self._line_starts()[place] + number

    def code_on(self, line: int) -> int | None:
        """Return the offset of the instruction that a line stands for; None between functions.

        A folded function stands for its first instruction. Opens nothing.
        """
        if not 0 < line <= self.line_count:
            return None
        starts = self._line_starts()
        place = bisect_right(starts, line - 1) - 1
        part = self.printer.parts[place]
        if part.kind != "func":
            return None
        first = 0 if self._is_folded(part) else line - 1 - starts[place]
        offsets = (text.offset for text in self.printer.part(part)[first:])
        return next((offset for offset in offsets if offset is not None), None)

    def nearest(self, line: int) -> list[int]:
        """Return the line of a function that is nearest to one before or after all of them."""
        starts, last = self._line_starts(), len(self.module.funcs)
        if not last:
            return []
        first_line, last_line = starts[1] + 1, starts[last + 1]
        return [first_line] if line < first_line else [last_line] if line > last_line else []

    def prepare(self, offset: int) -> None:
        """Do the slow part of ``line_at`` and open nothing; may be called from any thread."""
        place = self._part_at(offset)
        if place is not None:
            self._numbers_in(self.printer.parts[place])

    def _numbers_in(self, part: TextPart) -> Mapping[int, int]:
        """Return the lines of a part, from 1, by the offsets of the instructions on them."""
        found = self._numbers.get(part)
        if found is None:
            lines = reversed(list(enumerate(self.printer.part(part), 1)))
            found = {line.offset: n for n, line in lines if line.offset is not None}
            self._numbers[part] = found
        return found

    def open_line(self, number: int) -> None:
        """Show from now on the lines of the function or data segment folded into a line."""
        self._open_part(bisect_right(self._line_starts(), number - 1) - 1)

    def _open_part(self, place: int) -> None:
        part = self.printer.parts[place]
        if self._is_folded(part):
            starts, more = self._line_starts(), len(self.printer.part(part)) - 1
            self._opened.add(part)
            starts[place + 1 :] = [start + more for start in starts[place + 1 :]]
            self.version += 1

    def format_instr(self, func: int, instr: Instr) -> str:
        """Return an instruction of a function with its immediates, labels as depths."""
        return self.printer.format_instr(func, instr)

    def _is_folded(self, part: TextPart) -> bool:
        return not self._open and part.kind in _FOLDS and part not in self._opened

    def _line_starts(self) -> list[int]:
        """Return the lines before every part, and at last all lines."""
        if self._starts is None:
            sizes = (
                1 if self._is_folded(part) else len(self.printer.part(part))
                for part in self.printer.parts
            )
            self._starts = list(accumulate(sizes, initial=0))
        return self._starts

    def _part_at(self, offset: int) -> int | None:
        place = bisect_right(self._bodies, offset)
        if not place or offset >= self.module.funcs[place - 1].body.end:
            return None
        return place

    @cached_property
    def _bodies(self) -> list[int]:
        """Where the bodies start; the first function is part 1."""
        return [func.body.start for func in self.module.funcs]

    @cached_property
    def lines(self) -> tuple[PrintedLine, ...]:
        """All lines with nothing folded."""
        return tuple(line for part in self.printer.parts for line in self.printer.part(part))

    @cached_property
    def text(self) -> str:
        """The whole text with nothing folded; lines end with a newline."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @cached_property
    def offsets(self) -> Mapping[int, int]:
        """Where the bytes are that each line of the whole text shows, for lines that show any."""
        return {n: line.at for n, line in enumerate(self.lines, 1) if line.at is not None}

    @cached_property
    def func_lines(self) -> Mapping[int, range]:
        """The lines of each function in the whole text."""
        spans: dict[int, range] = {}
        for number, line in enumerate(self.lines, 1):
            if line.func is not None:
                first = spans[line.func].start if line.func in spans else number
                spans[line.func] = range(first, number + 1)
        return spans

    @cached_property
    def line_map(self) -> LineMap:
        """The map from instructions to lines of the whole text."""
        positions: dict[int, TextPosition] = {}
        marks: set[int] = set()
        for number, (text, offset, _, _) in enumerate(self.lines, 1):
            if offset is None:
                continue
            word = text.lstrip()
            positions[offset] = TextPosition(number, len(text) - len(word) + 1)
            if word.partition(" ")[0] in _MARKS:
                marks.add(offset)
        return LineMap(positions, frozenset(marks))


def print_module(module: Module) -> PrintedModule:
    """Return the text of module; no body is decoded before it is asked for."""
    return PrintedModule(module)


def print_func(module: Module, index: int) -> tuple[PrintedLine, ...]:
    """Return the lines of one function that the module defines; imports count in index."""
    return Printer(module).func(index)
