"""The binary format, written: as much of it as a module without code needs.

Source: core spec, binary/values.html, binary/types.html and binary/modules.html.
"""

from __future__ import annotations

from wasmlab.binary.types import memory_flags, short_code
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import END, REF_NULL, ROWS
from wasmlab.syntax.row import Imm, Kind
from wasmlab.syntax.types import F32, F64, I32, I64, PAGE_SIZE, V128, RefType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmlab.syntax.row import Row
    from wasmlab.syntax.types import MemType, ValType

PREAMBLE = b"\0asm\1\0\0\0"
_MORE = 0x80
_BITS = 7


def unsigned(number: int) -> bytes:
    """Return LEB128 of a number >= 0."""
    out = bytearray()
    while number >= _MORE:
        out.append(number & _MORE - 1 | _MORE)
        number >>= _BITS
    out.append(number)
    return bytes(out)


def signed(number: int) -> bytes:
    """Return signed LEB128."""
    out, half = bytearray(), _MORE >> 1
    while not -half <= number < half:
        out.append(number & _MORE - 1 | _MORE)
        number >>= _BITS
    out.append(number & _MORE - 1)
    return bytes(out)


def sized(data: bytes) -> bytes:
    """Return bytes with their number in front."""
    return unsigned(len(data)) + data


def name(text: str) -> bytes:
    """Return a name."""
    return sized(text.encode("utf-8", "replace"))


def vector(items: Iterable[bytes]) -> bytes:
    """Return a list of encoded items."""
    found = list(items)
    return unsigned(len(found)) + b"".join(found)


def section(number: int, content: bytes) -> bytes:
    """Return a section; 0 is a custom one, whose content begins with its name."""
    return bytes((number,)) + sized(content)


def custom(title: str, content: bytes) -> bytes:
    """Return a custom section."""
    return section(0, name(title) + content)


def value(t: ValType, bits: int) -> bytes:
    """Return a number or vector as a constant instruction has it; t is no reference."""
    if t is I32 or t is I64:
        width = 32 if t is I32 else 64
        return signed(bits - (1 << width) if bits >> width - 1 else bits)
    return bits.to_bytes(4 if t is F32 else 8 if t is F64 else 16, "little")


_CONSTANTS = {I32: Imm.I32, I64: Imm.I64, F32: Imm.F32, F64: Imm.F64, V128: Imm.V128}


def _opcode(row: Row) -> bytes:
    return bytes(row.opcode[:1]) + b"".join(map(unsigned, row.opcode[1:]))


def constant(t: ValType, bits: int) -> bytes:
    """Return a constant expression for bits of type t; for a reference of a short form, null."""
    end = _opcode(END)
    if isinstance(t, RefType):
        return _opcode(REF_NULL) + valtype(t) + end
    imms = (_CONSTANTS[t],)  # pyright: ignore[reportArgumentType] - the types that values can have
    row = next(row for row in ROWS if row.imms == imms and row.kind is Kind.PURE and not row.params)
    return _opcode(row) + value(t, bits) + end


def valtype(t: ValType) -> bytes:
    """Return a value type that has a short form: KeyError for other references."""
    return bytes((short_code(t),))


def globaltype(t: ValType) -> bytes:
    """Return the type of a global that cannot be changed."""
    return valtype(t) + b"\0"


def memtype(t: MemType, pages: int, most: int) -> bytes:
    """Return a memory type with a minimum of pages; most is the maximum of shared ones."""
    parts = bytes((memory_flags(t, has_maximum=t.shared),)) + unsigned(pages)
    parts += unsigned(most) if t.shared else b""
    return parts + (b"" if t.page_size == PAGE_SIZE else unsigned(t.page_size.bit_length() - 1))
