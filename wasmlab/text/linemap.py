"""Which instruction stands on which line of the text.

The map comes from the line table that ``wasm-tools parse -g`` writes. Its addresses count from
after the function count of the code section, so they are short by the length of that LEB128.
"""

from __future__ import annotations

from functools import cached_property

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ELSE, END
from wasmlab.records import dataclass
from wasmlab.text.debug_line import line_rows
from wasmlab.text.positions import Lines, TextPosition, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.syntax.module import Module

_MARKS = {ELSE.opcode, END.opcode}
_CHECKED_UP_TO = 1_000_000
"""Bytes of code; the self-check decodes every body, too slow for larger modules."""


@dataclass(frozen=True)
class LineMap:
    """Instruction offsets and the places in the text where they were written."""

    positions: Mapping[int, TextPosition]
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

    def at(self, offset: int) -> TextPosition | None:
        """Return where the instruction at offset was written; None if none starts there."""
        return self.positions.get(offset)

    def offset(self, line: int) -> int | None:
        """Return the lowest offset of an instruction that starts on line, if any does."""
        return self.first_offsets.get(line)


def read_line_map(debug_line: bytes, module: Module, text: str) -> LineMap | None:
    """Return the map that an assembler's ``.debug_line`` payload gives for module.

    A function's last ``end``, which has no place in such tables, gets its closing parenthesis in
    the text. None if a row is not the start of an instruction: such a map cannot be trusted.
    """
    shift = module.code_start + _leb_length(len(module.funcs))
    starts = {func.body.start for func in module.funcs}
    lines = Lines(text)
    positions = {
        row.address + shift: lines.position(row.line, row.column) for row in line_rows(debug_line)
    }
    for start in starts & positions.keys():
        del positions[start]
    if sum(f.body.end - f.body.start for f in module.funcs) <= _CHECKED_UP_TO:
        instructions = _instruction_offsets(module)
        if instructions is None or not positions.keys() <= instructions:
            return None
    funcs = [field for field in fields(text) if field.word == "func" and not field.is_import]
    if len(funcs) == len(module.funcs):
        for func, field in zip(module.funcs, funcs, strict=True):
            positions[func.body.end - 1] = lines.position_of(field.end)
    marks = frozenset(at for at in positions if (module.data[at],) in _MARKS)
    return LineMap(positions, marks)


def _instruction_offsets(module: Module) -> set[int] | None:
    try:
        return {instr.offset for func in module.funcs for instr in decode_body(module, func).instrs}
    except Malformed:
        return None


def _leb_length(number: int) -> int:
    return max(1, -(-number.bit_length() // 7))
