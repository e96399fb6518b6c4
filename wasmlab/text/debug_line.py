"""The line number program of DWARF, as far as assemblers write it (DWARF 2 to 5, 32-bit).

Source: DWARF 5, section 6.2 "Line Number Information".
"""

from __future__ import annotations

import struct

from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_VERSION_4 = 4
_VERSION_5 = 5
_EXTENDED = 0
_END_SEQUENCE = 1
_SET_ADDRESS = 2


class LineRow(NamedTuple):
    """The instruction at address (in the unit of the program) comes from line and column."""

    address: int
    line: int
    column: int


@dataclass(slots=True)
class _Header:
    version: int
    program: int
    end: int
    min_length: int
    line_base: int
    line_range: int
    opcode_base: int
    operands: bytes


@dataclass(slots=True)
class _Machine:
    data: bytes
    at: int
    address: int = 0
    line: int = 1
    column: int = 0

    def uleb(self) -> int:
        result = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004 - the continuation bit
                return result

    def sleb(self) -> int:
        start = self.at
        value = self.uleb()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) else value


def line_rows(section: bytes) -> Iterator[LineRow]:
    """Yield the rows of all line programs of a ``.debug_line`` section, ends of sequences excluded.

    Raises Malformed if the section is cut short.
    """
    at = 0
    try:
        while at < len(section):
            header = _header(section, at)
            yield from _rows(section, header)
            at = header.end
    except (IndexError, struct.error, ZeroDivisionError) as error:
        raise Malformed("malformed line table") from error


def _header(data: bytes, at: int) -> _Header:
    length, version = struct.unpack_from("<IH", data, at)
    end = at + 4 + length
    at += 6 + (2 if version >= _VERSION_5 else 0)
    (header_length,) = struct.unpack_from("<I", data, at)
    at += 4
    program = at + header_length
    min_length = data[at]
    at += 2 if version >= _VERSION_4 else 1
    _is_stmt, line_base, line_range, opcode_base = struct.unpack_from("<BbBB", data, at)
    operands = data[at + 4 : at + 3 + opcode_base]
    return _Header(version, program, end, min_length, line_base, line_range, opcode_base, operands)


def _advance_pc(m: _Machine, h: _Header) -> None:
    m.address += m.uleb() * h.min_length


def _advance_line(m: _Machine, _h: _Header) -> None:
    m.line += m.sleb()


def _set_column(m: _Machine, _h: _Header) -> None:
    m.column = m.uleb()


def _const_add_pc(m: _Machine, h: _Header) -> None:
    m.address += (255 - h.opcode_base) // h.line_range * h.min_length


def _fixed_advance_pc(m: _Machine, _h: _Header) -> None:
    m.address += int.from_bytes(m.data[m.at : m.at + 2], "little")
    m.at += 2


_COPY = 1
_STANDARD: dict[int, Callable[[_Machine, _Header], None]] = {
    2: _advance_pc,
    3: _advance_line,
    5: _set_column,
    8: _const_add_pc,
    9: _fixed_advance_pc,
}
"""Standard opcodes that change the next row; the others only have operands to skip."""


def _rows(data: bytes, h: _Header) -> Iterator[LineRow]:
    m = _Machine(data, h.program)
    while m.at < h.end:
        opcode = data[m.at]
        m.at += 1
        if opcode >= h.opcode_base:
            step = opcode - h.opcode_base
            m.address += step // h.line_range * h.min_length
            m.line += h.line_base + step % h.line_range
        elif opcode == _EXTENDED:
            _extended(m)
            continue
        elif opcode != _COPY:
            _standard(m, h, opcode)
            continue
        yield LineRow(m.address, m.line, m.column)


def _standard(m: _Machine, h: _Header, opcode: int) -> None:
    if apply := _STANDARD.get(opcode):
        apply(m, h)
        return
    for _ in range(h.operands[opcode - 1]):
        m.uleb()


def _extended(m: _Machine) -> None:
    length = m.uleb()
    end = m.at + length
    opcode = m.data[m.at]
    if opcode == _SET_ADDRESS:
        m.address = int.from_bytes(m.data[m.at + 1 : end], "little")
    elif opcode == _END_SEQUENCE:
        m.address, m.line, m.column = 0, 1, 0
    m.at = end
