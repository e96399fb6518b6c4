"""Decoding of types. Source: core spec, binary/types.html.

Every function that reads raises Malformed with an offset for bytes that are no such type, Invalid
for a type index that does not exist, and Unsupported for types of proposals unknown to wasmlab.
"""

from __future__ import annotations

from wasmlab.errors import Invalid, Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.types import (
    ANY,
    ARRAY,
    EQ,
    EXN,
    EXNREF,
    EXTERN,
    EXTERNREF,
    F32,
    F64,
    FUNC,
    FUNCREF,
    I8,
    I16,
    I31,
    I32,
    I64,
    NOEXN,
    NOEXTERN,
    NOFUNC,
    NONE,
    PAGE_SIZE,
    STRUCT,
    V128,
    AbsHeapType,
    ArrayType,
    CompType,
    DefType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
    NumType,
    RecGroup,
    RecIdx,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
    intern_group,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .reader import Reader

_NUMBERS: dict[int, ValType] = {0x7F: I32, 0x7E: I64, 0x7D: F32, 0x7C: F64, 0x7B: V128}
_ABSTRACT: dict[int, AbsHeapType] = {
    0x74: NOEXN,
    0x73: NOFUNC,
    0x72: NOEXTERN,
    0x71: NONE,
    0x70: FUNC,
    0x6F: EXTERN,
    0x6E: ANY,
    0x6D: EQ,
    0x6C: I31,
    0x6B: STRUCT,
    0x6A: ARRAY,
    0x69: EXN,
}
_NULLABLE = {
    code: next(
        (t for t in (FUNCREF, EXTERNREF, EXNREF) if t.heap is heap),
        RefType(nullable=True, heap=heap),
    )
    for code, heap in _ABSTRACT.items()
}
_SHORT: dict[int, ValType] = _NUMBERS | _NULLABLE
"""Value types that are one byte."""
_CODES = {t: code for code, t in _SHORT.items()}
_PACKED = {0x78: I8, 0x77: I16}

_REF, _REF_NULL = 0x64, 0x63
_FUNC, _STRUCT, _ARRAY, _CONT = 0x60, 0x5F, 0x5E, 0x5D
_SUB, _SUB_FINAL, _REC = 0x50, 0x4F, 0x4E
_DESCRIPTORS = (0x4D, 0x4C)
_EXACT, _CONT_HEAP, _NOCONT_HEAP = 0x62, 0x68, 0x75

_EMPTY_BLOCK = 0x40
_MORE = 0x80

_HAS_MAX, _SHARED, _ADDR64, _PAGE_SIZE = 1, 2, 4, 8
_PAGE_SIZE_BITS = 64

_DESCRIPTOR_PROPOSAL = "the custom-descriptors proposal is not supported"
_STACK_PROPOSAL = "the stack-switching proposal is not supported"
_UNSUPPORTED_HEAPS = {
    _EXACT: _DESCRIPTOR_PROPOSAL,
    _CONT_HEAP: _STACK_PROPOSAL,
    _NOCONT_HEAP: _STACK_PROPOSAL,
}


def _malformed(what: str, code: int, offset: int) -> Malformed:
    """Return the error for a code that should be a signed integer of one byte."""
    if code & _MORE:
        return Malformed("integer representation too long", offset)
    return Malformed(f"malformed {what}", offset)


@dataclass(slots=True)
class TypeSpace:
    """The types defined so far; group_size is that of the recursive group being read, else 0."""

    types: Sequence[DefType]
    group_size: int = 0

    def resolve(self, index: int, offset: int) -> DefType | RecIdx:
        """Return the type of that index; ``RecIdx`` inside the group being read.

        Raises Invalid at offset if there is none.
        """
        place = index - len(self.types)
        if place < 0:
            return self.types[index]
        if place < self.group_size:
            return RecIdx(place)
        raise Invalid(f"unknown type {index}", offset)

    def defined(self, index: int, offset: int) -> DefType:
        """Return the type of that index, outside the type section; raises Invalid likewise."""
        if index < len(self.types):
            return self.types[index]
        raise Invalid(f"unknown type {index}", offset)


def read_heaptype(reader: Reader, space: TypeSpace) -> HeapType:
    """Return a heap type, type indices resolved."""
    start = reader.pos
    code = reader.peek()
    if code in _ABSTRACT:
        reader.pos += 1
        return _ABSTRACT[code]
    if code in _UNSUPPORTED_HEAPS:
        raise Unsupported(_UNSUPPORTED_HEAPS[code], place=f"at offset 0x{start:x}")
    index = reader.s33()
    if index < 0:
        raise Malformed("malformed heap type", start)
    return space.resolve(index, start)


def read_reftype(reader: Reader, space: TypeSpace) -> RefType:
    """Return a reference type."""
    start = reader.pos
    code = reader.byte()
    if code in _NULLABLE:
        return _NULLABLE[code]
    if code in (_REF, _REF_NULL):
        return RefType(nullable=code == _REF_NULL, heap=read_heaptype(reader, space))
    if code in _UNSUPPORTED_HEAPS:
        raise Unsupported(_UNSUPPORTED_HEAPS[code], place=f"at offset 0x{start:x}")
    raise _malformed("reference type", code, start)


def read_valtype(reader: Reader, space: TypeSpace) -> ValType:
    """Return a value type."""
    short = _SHORT.get(reader.peek())
    if short is None:
        return read_reftype(reader, space)
    reader.pos += 1
    return short


def short_code(t: ValType) -> int:
    """Return the one byte of a number, vector, or nullable reference to an abstract heap type.

    Raises KeyError for other types.
    """
    return _CODES[t]


def read_valtypes(reader: Reader, space: TypeSpace) -> tuple[ValType, ...]:
    """Return a list of value types."""
    return tuple([read_valtype(reader, space) for _ in range(reader.length())])


def read_blocktype(reader: Reader, space: TypeSpace) -> ValType | int | None:
    """Return a block type: None for [] -> [], the type of one result, or a type index."""
    code = reader.peek()
    if code == _EMPTY_BLOCK:
        reader.pos += 1
        return None
    if code & 0xC0 == _EMPTY_BLOCK:  # one byte, negative
        return read_valtype(reader, space)
    start = reader.pos
    index = reader.s33()
    if index < 0:
        raise Malformed("malformed block type", start)
    return index


def _storage(reader: Reader, space: TypeSpace) -> StorageType:
    start = reader.pos
    code = reader.peek()
    if code in _PACKED:
        reader.pos += 1
        return _PACKED[code]
    if code in _SHORT or code in (_REF, _REF_NULL) or code in _UNSUPPORTED_HEAPS or code < 0:
        return read_valtype(reader, space)
    raise _malformed("storage type", code, start)


def _mutable(reader: Reader) -> bool:
    flag = reader.byte()
    if flag > 1:
        raise Malformed("malformed mutability", reader.pos - 1)
    return flag == 1


def _field(reader: Reader, space: TypeSpace) -> FieldType:
    storage = _storage(reader, space)
    return FieldType(storage, _mutable(reader))


def _comptype(reader: Reader, space: TypeSpace) -> CompType:
    code = reader.byte()
    if code == _FUNC:
        params = read_valtypes(reader, space)
        return FuncType(params, read_valtypes(reader, space))
    if code == _STRUCT:
        return StructType(tuple([_field(reader, space) for _ in range(reader.length())]))
    if code == _ARRAY:
        return ArrayType(_field(reader, space))
    place = f"at offset 0x{reader.pos - 1:x}"
    if code in _DESCRIPTORS:
        raise Unsupported(_DESCRIPTOR_PROPOSAL, place=place)
    if code == _CONT:
        raise Unsupported(_STACK_PROPOSAL, place=place)
    raise _malformed("definition type", code, reader.pos - 1)


def _super(reader: Reader, space: TypeSpace) -> HeapType:
    start = reader.pos
    return space.resolve(reader.u32(), start)


def _subtype(reader: Reader, space: TypeSpace) -> SubType:
    code = reader.peek()
    supers: tuple[HeapType, ...] = ()
    if code in (_SUB, _SUB_FINAL):
        reader.pos += 1
        supers = tuple([_super(reader, space) for _ in range(reader.length())])
    return SubType(final=code != _SUB, supers=supers, comp=_comptype(reader, space))


def read_rectype(reader: Reader, space: TypeSpace) -> RecGroup:
    """Return a recursive group; space has to have the types before it."""
    size = 1
    if reader.peek() == _REC:
        reader.pos += 1
        size = reader.length()
    space.group_size = size
    group = intern_group(tuple([_subtype(reader, space) for _ in range(size)]))
    space.group_size = 0
    return group


def _limits(reader: Reader, allowed: int) -> tuple[int, Limits]:
    start = reader.pos
    flags = reader.byte()
    if flags & ~allowed:
        raise Malformed("malformed limits flags", start)
    if flags & _PAGE_SIZE and reader.peek() < 0:
        raise Malformed("malformed limits flags: the page size announced is missing", start)
    minimum = reader.u64()
    return flags, Limits(minimum, reader.u64() if flags & _HAS_MAX else None)


def memory_flags(t: MemType, *, has_maximum: bool) -> int:
    """Return the flags that stand before the limits of a memory."""
    return (
        has_maximum * _HAS_MAX
        | t.shared * _SHARED
        | (t.addr is I64) * _ADDR64
        | (t.page_size != PAGE_SIZE) * _PAGE_SIZE
    )


def _addr(flags: int) -> NumType:
    return I64 if flags & _ADDR64 else I32


def read_memtype(reader: Reader) -> MemType:
    """Return the type of a memory (threads, memory64, custom page sizes included)."""
    flags, limits = _limits(reader, _HAS_MAX | _SHARED | _ADDR64 | _PAGE_SIZE)
    page_size = PAGE_SIZE
    if flags & _PAGE_SIZE:
        start = reader.pos
        exponent = reader.u32()
        if exponent >= _PAGE_SIZE_BITS:
            raise Malformed("invalid custom page size", start)
        page_size = 1 << exponent
    return MemType(limits, _addr(flags), shared=bool(flags & _SHARED), page_size=page_size)


def read_tabletype(reader: Reader, space: TypeSpace) -> TableType:
    """Return the type of a table."""
    element = read_reftype(reader, space)
    flags, limits = _limits(reader, _HAS_MAX | _ADDR64)
    return TableType(element, limits, _addr(flags))


def read_globaltype(reader: Reader, space: TypeSpace) -> GlobalType:
    """Return the type of a global variable."""
    value = read_valtype(reader, space)
    return GlobalType(value, _mutable(reader))


def read_tagtype(reader: Reader, space: TypeSpace) -> TagType:
    """Return the type of a tag."""
    if reader.byte() != 0:
        raise Malformed("zero byte expected", reader.pos - 1)
    return TagType(read_functype(reader, space))


def read_functype(reader: Reader, space: TypeSpace) -> DefType:
    """Return the type that a type index stands for."""
    start = reader.pos
    return space.defined(reader.u32(), start)
