"""Encoding of instructions that look into objects of the GC heap, or at what a reference is."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.encode.control import type_word
from wasmlab.native.layout import PAYLOAD, WORD, Cell, Relocation, SymbolKind
from wasmlab.runtime.heap import element_size
from wasmlab.syntax.types import V128, PackedType, array_type, slot_count, struct_type

if TYPE_CHECKING:
    from wasmlab.native.encode.encoder import Encode, Encoder
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.types import StorageType

_SIGNED = "_s"


def _base(e: Encoder, pc: int) -> int:
    """Return the offset of the lowest operand."""
    return e.top(pc) - WORD * slot_count(e.code.signature(pc)[0])


def _width(t: StorageType, *, signed: bool) -> str:
    """Return what ends the name of a handler that reads t."""
    if isinstance(t, PackedType):
        return f"{t.bits}{_SIGNED if signed else '_u'}"
    return "128" if t is V128 else "64"


def _field_type(e: Encoder, instr: Instr) -> tuple[StorageType, int]:
    """Return what a field holds, and its offset in the object."""
    x, i = instr.idx(0), instr.idx(1)
    storages = [f.storage for f in struct_type(e.module.types[x]).fields]
    before = sum(2 if t is V128 else 1 for t in storages[:i])
    return storages[i], PAYLOAD + WORD * before


def _struct_get(e: Encoder, instr: Instr, pc: int) -> Cell:
    t, offset = _field_type(e, instr)
    signed = instr.row.rule.endswith(_SIGNED)
    return Cell("struct_get" + _width(t, signed=signed), _base(e, pc), c=offset)


def _struct_set(e: Encoder, instr: Instr, pc: int) -> Cell:
    t, offset = _field_type(e, instr)
    return Cell("struct_set" + ("128" if t is V128 else "64"), _base(e, pc), c=offset)


def _element(e: Encoder, instr: Instr) -> tuple[StorageType, int]:
    """Return what the array that is named first holds, and how many bytes an element takes."""
    element = array_type(e.module.types[instr.idx(0)]).element
    return element.storage, element_size(element)


def _array_get(e: Encoder, instr: Instr, pc: int) -> Cell:
    t, size = _element(e, instr)
    sign = _SIGNED if isinstance(t, PackedType) and instr.row.rule.endswith(_SIGNED) else ""
    return Cell(f"array_get{8 * size}{sign}", _base(e, pc))


def _by_size(name: str) -> Encode:
    def encode_array(e: Encoder, instr: Instr, pc: int) -> Cell:
        return Cell(f"{name}{8 * _element(e, instr)[1]}", _base(e, pc))

    return encode_array


def _array_len(e: Encoder, _instr: Instr, pc: int) -> Cell:
    return Cell("array_len", _base(e, pc))


def _array_copy(e: Encoder, instr: Instr, pc: int) -> Cell:
    shift = _element(e, instr)[1].bit_length() - 1
    return Cell("array_copy", _base(e, pc), shift)


def _array_init(kind: SymbolKind) -> Encode:
    def encode_init(e: Encoder, instr: Instr, pc: int) -> Cell:
        shift = _element(e, instr)[1].bit_length() - 1
        segment = e.symbol(kind, instr.idx(1))
        name = "array_init_data" if kind is SymbolKind.DATA else "array_init_elem"
        return Cell(name, _base(e, pc), shift, segment, relocation=Relocation.SYMBOL)

    return encode_init


def _cast(name: str, *, nullable: bool) -> Encode:
    def encode_cast(e: Encoder, instr: Instr, pc: int) -> Cell:
        number, relocation = type_word(e, instr.heap_type)
        return Cell(name, e.top(pc) - WORD, int(nullable), number, relocation=relocation)

    return encode_cast


OBJECTS: dict[str, Encode] = {
    "struct.get": _struct_get,
    "struct.get_s": _struct_get,
    "struct.get_u": _struct_get,
    "struct.set": _struct_set,
    "array.get": _array_get,
    "array.get_s": _array_get,
    "array.get_u": _array_get,
    "array.set": _by_size("array_set"),
    "array.len": _array_len,
    "array.fill": _by_size("array_fill"),
    "array.copy": _array_copy,
    "array.init_data": _array_init(SymbolKind.DATA),
    "array.init_elem": _array_init(SymbolKind.ELEM),
    "ref.test": _cast("ref_test", nullable=False),
    "ref.test null": _cast("ref_test", nullable=True),
    "ref.cast": _cast("ref_cast", nullable=False),
    "ref.cast null": _cast("ref_cast", nullable=True),
}
"""By rule."""
