"""Which instruction stands on which line of the text.

The map comes from the line table that ``wasm-tools parse -g`` writes. Its addresses count from
behind the function count of the code section, so they are short by the length of that LEB128.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Malformed
from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.text.debug_line import line_rows
from wasmlab.text.lexer import TokenKind, lex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.syntax.module import Module

_NEWLINE = re.compile(r"\n")
_SHAPE = (TokenKind.PAREN, TokenKind.ANNOTATION, TokenKind.FIELD)
_FIELD_LEVEL: tuple[list[str], ...] = ([], ["module"])
"""What is open where module fields stand; ``(module`` may be left out."""

_MARKS = frozenset(BY_MNEMONIC[name].opcode for name in ("else", "end"))
_CHECKED_UP_TO = 1_000_000
"""Bytes of code; the self-check decodes every body, too slow for larger modules."""


class Position(NamedTuple):
    """A place in a text: line and column, from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class LineMap:
    """Instruction offsets and the places in the text where they were written."""

    positions: Mapping[int, Position]
    """By the byte offset of the instruction in the module."""
    marks: frozenset[int] = frozenset()
    """Offsets of ``else`` and ``end``, to which no line is bound."""

    @cached_property
    def first_offsets(self) -> Mapping[int, int]:
        """The lowest offset of an instruction that starts on each line, marks left out."""
        lines: dict[int, int] = {}
        for offset in sorted(self.positions.keys() - self.marks, reverse=True):
            lines[self.positions[offset].line] = offset
        return lines

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """Lines on which an instruction starts, ascending."""
        return tuple(sorted(self.first_offsets))

    def at(self, offset: int) -> Position | None:
        """Return where the instruction at offset was written; None if none starts there."""
        return self.positions.get(offset)

    def offset(self, line: int) -> int | None:
        """Return the lowest offset of an instruction that starts on line, if any does."""
        return self.first_offsets.get(line)

    def next_line(self, line: int) -> int | None:
        """Return the first line from line on with an instruction; None behind the last."""
        place = bisect_left(self.lines, line)
        return self.lines[place] if place < len(self.lines) else None


def read_line_map(debug_line: bytes, module: Module, text: str) -> LineMap | None:
    """Return the map that an assembler's ``.debug_line`` payload gives for module.

    A function's last ``end``, which has no place in such tables, gets its closing parenthesis in
    the text. None if a row is not the start of an instruction: such a map cannot be trusted.
    """
    shift = module.code_start + _leb_length(len(module.funcs))
    starts = {func.body.start for func in module.funcs}
    lines = _Lines(text)
    positions = {
        row.address + shift: lines.position(row.line, row.column) for row in line_rows(debug_line)
    }
    for start in starts & positions.keys():
        del positions[start]
    if sum(f.body.end - f.body.start for f in module.funcs) <= _CHECKED_UP_TO:
        instructions = _instruction_offsets(module)
        if instructions is None or not positions.keys() <= instructions:
            return None
    closings = _closing_parens(text)
    if len(closings) == len(module.funcs):
        for func, at in zip(module.funcs, closings, strict=True):
            positions[func.body.end - 1] = lines.position_of(at)
    marks = frozenset(at for at in positions if (module.data[at],) in _MARKS)
    return LineMap(positions, marks)


def _instruction_offsets(module: Module) -> set[int] | None:
    try:
        return {instr.offset for func in module.funcs for instr in decode_body(module, func).instrs}
    except Malformed:
        return None


class _Lines:
    """The lines of a text, to find places in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _NEWLINE.finditer(text))]

    def position(self, line: int, byte_column: int) -> Position:
        """Return the position for a column that counts bytes of UTF-8."""
        if self._text.isascii() or line > len(self._starts):
            return Position(line, byte_column)
        start = self._starts[line - 1]
        before = self._text[start : start + byte_column].encode()[: max(byte_column - 1, 0)]
        return Position(line, len(before.decode("utf-8", "ignore")) + 1)

    def position_of(self, at: int) -> Position:
        """Return the position of a character of the text."""
        line = bisect_right(self._starts, at)
        return Position(line, at - self._starts[line - 1] + 1)


def _closing_parens(text: str) -> list[int]:
    """Return the place of the parenthesis that closes each function which has a body."""
    words = [(kind, text[a:b], a) for kind, a, b in lex(text).tokens if kind in _SHAPE]
    closings: list[int] = []
    opened: list[str] = []
    imported = False
    for (kind, word, at), following in pairwise([*words, (TokenKind.PAREN, "", len(text))]):
        if kind is TokenKind.ANNOTATION or word == "(":
            opened.append(following[1] if word == "(" else word)
            imported |= opened[-1] == "import"
        elif word == ")" and opened and opened.pop() == "func" and opened in _FIELD_LEVEL:
            closings += [] if imported else [at]
        if opened in _FIELD_LEVEL:
            imported = False
    return closings


def _leb_length(number: int) -> int:
    return max(1, -(-number.bit_length() // 7))
