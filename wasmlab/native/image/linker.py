"""A linker for one object: a relocatable ELF file becomes a flat piece of code and constants.

The object must be position-independent (relocation model ``pic``, code model ``small``), and may
refer to nothing outside itself. A target triple that ends in ``-elf`` gives ELF for macOS and
Windows too, so that one linker serves all.

Sources: System V ABI, chapters 4 and 5; its supplement for AMD64; ELF for the Arm 64-bit
Architecture.
"""

from __future__ import annotations

import struct

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.image.image import Image
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Patch = Callable[[bytearray, int, int], None]
    """Writes a reference to a target at a place; both are offsets in the image."""

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_SECTION_TABLE, _SECTION_COUNT = 40, 60
"""Offsets in the file's header."""
_PROGBITS, _SYMTAB, _RELA = 1, 2, 4
_ALLOC = 2
_ALIGNMENT = 16


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Relocation(NamedTuple):
    where: int
    info: int
    addend: int


def linked(elf: bytes, exports: Sequence[str], table: str, handlers: Sequence[str]) -> Image:
    """Return the image of an object.

    exports: symbols to call; table: the symbol of the table of handlers; handlers: their names.
    Raises ValueError for a reference to something outside, for a kind of relocation that is not
    known, for a symbol that is missing, and for a reference that is too far away.
    """
    sections = list(_sections(elf))
    code, places = _placed(elf, sections)
    symbols = list(_symbols(elf, sections, places))
    for section in sections:
        if section.kind == _RELA and section.info in places:
            _relocate(code, elf, section, places[section.info], [place for _, place in symbols])
    known = {name: place for name, place in symbols if place is not None}
    missing = [name for name in (*exports, table) if name not in known]
    if missing:
        raise ValueError(f"the object does not define {', '.join(missing)}")
    offsets = {name: known[name] for name in exports}
    return Image(bytes(code), offsets, known[table], tuple(handlers))


def _sections(elf: bytes) -> Iterator[_Section]:
    (at,) = struct.unpack_from("<Q", elf, _SECTION_TABLE)
    (count,) = struct.unpack_from("<H", elf, _SECTION_COUNT)
    for number in range(count):
        yield _Section(*_SECTION.unpack_from(elf, at + number * _SECTION.size))


def _placed(elf: bytes, sections: Sequence[_Section]) -> tuple[bytearray, dict[int, int]]:
    """Return the sections that are loaded, one after the other, and where each begins."""
    code, places = bytearray(), dict[int, int]()
    for number, section in enumerate(sections):
        if section.kind == _PROGBITS and section.flags & _ALLOC and section.size:
            code.extend(bytes(-len(code) % max(section.alignment, _ALIGNMENT)))
            places[number] = len(code)
            code += _contents(elf, section)
    return code, places


def _contents(elf: bytes, section: _Section) -> bytes:
    return elf[section.offset : section.offset + section.size]


def _symbols(
    elf: bytes, sections: Sequence[_Section], places: dict[int, int]
) -> Iterator[tuple[str, int | None]]:
    """Yield the name of each symbol and its offset in the image; None if it is outside."""
    for table in sections:
        if table.kind == _SYMTAB:
            strings = _contents(elf, sections[table.link])
            for name, _, _, section, value, _ in _SYMBOL.iter_unpack(_contents(elf, table)):
                word = strings[name : strings.index(b"\0", name)].decode()
                yield word, places[section] + value if section in places else None


def _relocate(
    code: bytearray, elf: bytes, section: _Section, start: int, symbols: Sequence[int | None]
) -> None:
    for entry in _RELOCATION.iter_unpack(_contents(elf, section)):
        where, info, addend = _Relocation(*entry)
        target, kind = symbols[info >> 32], info & 0xFFFF_FFFF
        if target is None:
            raise ValueError("the object refers to something outside itself")
        if kind not in _PATCHES:
            raise ValueError(f"relocation {kind} is not known")
        _PATCHES[kind](code, start + where, target + addend)


def _relative(code: bytearray, at: int, target: int) -> None:
    try:
        struct.pack_into("<i", code, at, target - at)
    except struct.error as error:
        raise ValueError("a reference is too far away") from error


def _page(code: bytearray, at: int, target: int) -> None:
    """Patch ``adrp``; the image begins on a page."""
    pages = (target >> 12) - (at >> 12)
    _set_bits(code, at, (pages & 3) << 29 | (pages >> 2 & 0x7_FFFF) << 5)


def _in_page(shift: int) -> Patch:
    """Return what patches the low 12 bits of an address in an instruction, scaled by its size."""

    def patch(code: bytearray, at: int, target: int) -> None:
        _set_bits(code, at, ((target & 0xFFF) >> shift) << 10)

    return patch


def _branch(code: bytearray, at: int, target: int) -> None:
    _set_bits(code, at, (target - at >> 2) & 0x3FF_FFFF)


def _set_bits(code: bytearray, at: int, bits: int) -> None:
    (word,) = struct.unpack_from("<I", code, at)
    struct.pack_into("<I", code, at, word | bits)


_PATCHES: dict[int, Patch] = {
    2: _relative,  # R_X86_64_PC32
    4: _relative,  # R_X86_64_PLT32
    261: _relative,  # R_AARCH64_PREL32
    275: _page,  # R_AARCH64_ADR_PREL_PG_HI21
    277: _in_page(0),  # R_AARCH64_ADD_ABS_LO12_NC
    278: _in_page(0),  # R_AARCH64_LDST8_ABS_LO12_NC
    282: _branch,  # R_AARCH64_JUMP26
    283: _branch,  # R_AARCH64_CALL26
    284: _in_page(1),  # R_AARCH64_LDST16_ABS_LO12_NC
    285: _in_page(2),  # R_AARCH64_LDST32_ABS_LO12_NC
    286: _in_page(3),  # R_AARCH64_LDST64_ABS_LO12_NC
    299: _in_page(4),  # R_AARCH64_LDST128_ABS_LO12_NC
}
