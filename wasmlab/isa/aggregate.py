"""Aggregate instructions (GC): structures, arrays, i31; operands are reference bit patterns."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.state import state
from wasmlab.records import replace
from wasmlab.syntax.row import Bulk, Imm, Row

if TYPE_CHECKING:
    from wasmlab.isa.protocols import Machine
    from wasmlab.isa.state import Semantics

_T, _F = Imm.TYPEIDX, Imm.FIELDIDX


def _gc(number: int, mnemonic: str, imms: tuple[Imm, ...], py: Semantics, doc: str) -> Row:
    return state((0xFB, number), mnemonic, imms, py, doc, feature="gc")


def _new(number: int, mnemonic: str, imms: tuple[Imm, ...], py: Semantics, doc: str) -> Row:
    return replace(_gc(number, mnemonic, imms, py, doc), allocates=True)


def _struct_new(m: Machine, x: int, *fields: int) -> int:
    return m.struct_new(x, fields)


def _array_new_fixed(m: Machine, x: int, _n: int, *values: int) -> int:
    return m.array_new_fixed(x, values)


# Columns: number after 0xFB, mnemonic, immediates, Python semantics, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    _new(0, "struct.new", (_T,), _struct_new, "Allocates a structure with the operands as fields."),
    _new(1, "struct.new_default", (_T,), lambda m, x: m.struct_new_default(x), "Allocates a structure of zeros and nulls."),
    _gc(2, "struct.get", (_T, _F), lambda m, _x, i, ref: m.struct_get(ref, i), "Pushes the structure's field; traps on null."),
    _gc(3, "struct.get_s", (_T, _F), lambda m, _x, i, ref: m.struct_get(ref, i, signed=True), "Pushes the packed field with its sign; traps on null."),
    _gc(4, "struct.get_u", (_T, _F), lambda m, _x, i, ref: m.struct_get(ref, i), "Pushes the packed field without sign; traps on null."),
    _gc(5, "struct.set", (_T, _F), lambda m, _x, i, ref, value: m.struct_set(ref, i, value), "Sets the structure's field; traps on null."),
    replace(_new(6, "array.new", (_T,), lambda m, x, value, n: m.array_new(x, value, n), "Allocates an array of n elements equal to the value."), is_sized=True),
    replace(_new(7, "array.new_default", (_T,), lambda m, x, n: m.array_new(x, 0, n), "Allocates an array of n zeros or nulls."), is_sized=True),
    _new(8, "array.new_fixed", (_T, Imm.LENGTH), _array_new_fixed, "Allocates an array of the operands."),
    replace(_new(9, "array.new_data", (_T, Imm.DATAIDX), lambda m, x, y, s, n: m.array_new_data(x, y, s, n), "Allocates an array of n elements from a data segment."), is_sized=True),
    replace(_new(10, "array.new_elem", (_T, Imm.ELEMIDX), lambda m, x, y, s, n: m.array_new_elem(x, y, s, n), "Allocates an array of n references of an element segment."), is_sized=True),
    _gc(11, "array.get", (_T,), lambda m, _x, ref, i: m.array_get(ref, i), "Pushes the array's element; traps on null or outside."),
    _gc(12, "array.get_s", (_T,), lambda m, _x, ref, i: m.array_get(ref, i, signed=True), "Pushes the packed element with its sign; traps on null or outside."),
    _gc(13, "array.get_u", (_T,), lambda m, _x, ref, i: m.array_get(ref, i), "Pushes the packed element without sign; traps on null or outside."),
    _gc(14, "array.set", (_T,), lambda m, _x, ref, i, value: m.array_set(ref, i, value), "Sets the array's element; traps on null or outside."),
    _gc(15, "array.len", (), lambda m, ref: m.array_len(ref), "Pushes the array's number of elements; traps on null."),
    replace(_gc(16, "array.fill", (_T,), lambda m, _x, ref, i, value, n: m.array_fill(ref, i, value, n), "Sets n elements of the array to the value."), bulk=Bulk(to=1, items=3)),
    replace(_gc(17, "array.copy", (_T, _T), lambda m, _x, _y, dref, d, sref, s, n: m.array_copy(dref, d, sref, s, n), "Copies n elements between arrays, also where they overlap."), bulk=Bulk(to=1, source=3, items=4)),
    replace(_gc(18, "array.init_data", (_T, Imm.DATAIDX), lambda m, _x, y, ref, d, s, n: m.array_init_data(y, ref, d, s, n), "Copies n elements from a data segment into the array."), bulk=Bulk(to=1, source=2, items=3)),
    replace(_gc(19, "array.init_elem", (_T, Imm.ELEMIDX), lambda m, _x, y, ref, d, s, n: m.array_init_elem(y, ref, d, s, n), "Copies n references of an element segment into the array."), bulk=Bulk(to=1, source=2, items=3)),
    _gc(28, "ref.i31", (), lambda m, value: m.i31_new(value), "Makes a reference of the value's low 31 bits."),
    _gc(29, "i31.get_s", (), lambda m, ref: m.i31_get(ref, signed=True), "Pushes the 31 bits with their sign; traps on null."),
    _gc(30, "i31.get_u", (), lambda m, ref: m.i31_get(ref), "Pushes the 31 bits without sign; traps on null."),
)
# fmt: on
