"""What GC instructions do to the heap; a module instance offers these to the rows.

References and values are bit patterns. Every function traps before it changes anything.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.runtime.heap import (
    Shape,
    allocate,
    collect,
    element_size,
    is_due,
    length_at,
    mark_dirty,
    object_slots,
    payload_at,
    shape_at,
    shape_of,
)
from wasmlab.runtime.reference import RefTag, i31_ref, payload, ref_tag
from wasmlab.syntax.types import (
    ANY,
    ARRAY,
    EQ,
    EXN,
    EXTERN,
    FUNC,
    I31,
    STRUCT,
    AbsHeapType,
    ArrayType,
    DefType,
)
from wasmlab.valid.matching import matches_def

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.runtime.heap import Heap
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.module import Module
    from wasmlab.syntax.types import HeapType

M64 = 0xFFFF_FFFF_FFFF_FFFF
_SLOT = 8


def new_object(store: Store, shape: Shape, length: int = 0) -> int:
    """Return a new zeroed object, after a collection if one is due; Exhaustion if it is too big."""
    heap = store.heap
    if is_due(heap, object_slots(shape, length)):
        collect(heap, store.roots())
    try:
        return allocate(heap, shape, length)
    except Exhaustion:
        if heap.frozen:
            raise
        collect(heap, store.roots())
        return allocate(heap, shape, length)


def read_slots(heap: Heap, at: int, *, wide: bool) -> int:
    """Return the bits in a payload slot, of two slots if wide."""
    return heap.cells[at] | heap.cells[at + 1] << 64 if wide else heap.cells[at]


def write_slots(heap: Heap, at: int, bits: int, *, wide: bool) -> None:
    """Set the bits of a payload slot, of two slots if wide."""
    heap.cells[at] = bits & M64
    if wide:
        heap.cells[at + 1] = bits >> 64
    mark_dirty(heap, at, 1 + wide)


def read_element(heap: Heap, ref: int, i: int, size: int) -> int:
    """Return element i of an array whose elements take size bytes."""
    base = payload_at(ref)
    if size >= _SLOT:
        return read_slots(heap, base + i * size // 8, wide=size > _SLOT)
    at = i * size
    return heap.cells[base + at // 8] >> at % 8 * 8 & (1 << 8 * size) - 1


def write_element(heap: Heap, ref: int, i: int, size: int, bits: int) -> None:
    """Set element i of an array whose elements take size bytes."""
    base = payload_at(ref)
    if size >= _SLOT:
        write_slots(heap, base + i * size // 8, bits, wide=size > _SLOT)
        return
    slot, shift, mask = base + i * size // 8, i * size % 8 * 8, (1 << 8 * size) - 1
    heap.cells[slot] = heap.cells[slot] & ~(mask << shift) | (bits & mask) << shift
    mark_dirty(heap, slot, 1)


def write_bytes(heap: Heap, ref: int, i: int, size: int, data: bytes) -> None:
    """Set elements from i on to what data holds, size bytes each, little endian."""
    if sys.byteorder != "little":
        for k in range(len(data) // size):
            bits = int.from_bytes(data[k * size : (k + 1) * size], "little")
            write_element(heap, ref, i + k, size, bits)
        return
    at = payload_at(ref) * _SLOT + i * size
    heap.raw[at : at + len(data)] = data
    if data:
        first, last = at // _SLOT, (at + len(data) - 1) // _SLOT
        mark_dirty(heap, first, last - first + 1)


def read_bytes(heap: Heap, ref: int, i: int, size: int, n: int) -> bytes:
    """Return n elements from i on, size bytes each, little endian."""
    if sys.byteorder != "little":
        elements = (read_element(heap, ref, k, size) for k in range(i, i + n))
        return b"".join(bits.to_bytes(size, "little") for bits in elements)
    at = payload_at(ref) * _SLOT + i * size
    return bytes(heap.raw[at : at + n * size])


def _extended(bits: int, packed: int, *, signed: bool) -> int:
    """Return the value of a field that is packed into so many bits."""
    bits &= (1 << packed) - 1
    return bits - (1 << packed) if signed and bits >> packed - 1 else bits


class Aggregates:
    """Structures, arrays, i31 and casts of a module instance."""

    __slots__ = ()
    store: Store
    module: Module

    def _struct(self, ref: int) -> Shape:
        if ref == 0:
            raise Trap(TrapCode.NULL_STRUCTURE_REFERENCE)
        return shape_at(self.store.heap, ref)

    def struct_new(self, x: int, fields: Sequence[int]) -> int:
        """Return a structure of type x with the given fields."""
        heap = self.store.heap
        shape = shape_of(heap, self.module.types[x])
        ref = new_object(self.store, shape)
        base, cells = payload_at(ref), heap.cells
        for at, wide, bits in zip(shape.offsets, shape.wide, fields, strict=True):
            cells[base + at] = bits & M64  # its page is marked: the object is new
            if wide:
                cells[base + at + 1] = bits >> 64
        return ref

    def struct_new_default(self, x: int) -> int:
        """Return a structure of type x, zeros and nulls."""
        return new_object(self.store, shape_of(self.store.heap, self.module.types[x]))

    def struct_get(self, _x: int, i: int, ref: int, *, signed: bool = False) -> int:
        """Return field i; Trap(NULL_STRUCTURE_REFERENCE)."""
        shape = self._struct(ref)
        bits = read_slots(self.store.heap, payload_at(ref) + shape.offsets[i], wide=shape.wide[i])
        packed = shape.packed[i]
        return _extended(bits, packed, signed=signed) if packed else bits

    def struct_set(self, _x: int, i: int, ref: int, bits: int) -> None:
        """Set field i; Trap(NULL_STRUCTURE_REFERENCE)."""
        shape = self._struct(ref)
        write_slots(self.store.heap, payload_at(ref) + shape.offsets[i], bits, wide=shape.wide[i])

    def _size(self, x: int) -> int:
        return element_size(cast("ArrayType", self.module.types[x].comp).element)

    def array_new(self, x: int, bits: int, n: int) -> int:
        """Return an array of type x, n elements equal to bits."""
        ref = new_object(self.store, shape_of(self.store.heap, self.module.types[x]), n)
        if bits:
            self._fill(x, ref, 0, bits, n)
        return ref

    def _fill(self, x: int, ref: int, i: int, bits: int, n: int) -> None:
        size = self._size(x)
        element = (bits & (1 << 8 * size) - 1).to_bytes(size, "little")
        write_bytes(self.store.heap, ref, i, size, element * n)

    def array_new_fixed(self, x: int, values: Sequence[int]) -> int:
        """Return an array of type x with the given elements."""
        ref = new_object(self.store, shape_of(self.store.heap, self.module.types[x]), len(values))
        self._write_all(x, ref, 0, values)
        return ref

    def _write_all(self, x: int, ref: int, i: int, values: Iterable[int]) -> None:
        size = self._size(x)
        for k, bits in enumerate(values, i):
            write_element(self.store.heap, ref, k, size, bits)

    def _data_bytes(self, x: int, y: int, s: int, n: int) -> bytes:
        nbytes, data = self._size(x) * n, cast("Any", self).data(y)
        if s + nbytes > len(data):
            raise Trap(
                TrapCode.OUT_OF_BOUNDS_MEMORY,
                f"{nbytes} bytes from {s} on, the segment has {len(data)}",
            )
        return data[s : s + nbytes]

    def _elem_values(self, y: int, s: int, n: int) -> Sequence[int]:
        refs: Sequence[int] = cast("Any", self).elem(y)
        if s + n > len(refs):
            raise Trap(
                TrapCode.OUT_OF_BOUNDS_TABLE,
                f"{n} elements from {s} on, the segment has {len(refs)}",
            )
        return refs[s : s + n]

    def array_new_data(self, x: int, y: int, s: int, n: int) -> int:
        """Return an array of n elements from byte s on of data segment y."""
        data = self._data_bytes(x, y, s, n)
        ref = new_object(self.store, shape_of(self.store.heap, self.module.types[x]), n)
        write_bytes(self.store.heap, ref, 0, self._size(x), data)
        return ref

    def array_new_elem(self, x: int, y: int, s: int, n: int) -> int:
        """Return an array of n references from number s on of element segment y."""
        return self.array_new_fixed(x, self._elem_values(y, s, n))

    def array_len(self, ref: int) -> int:
        """Return the number of elements; Trap(NULL_ARRAY_REFERENCE)."""
        if ref == 0:
            raise Trap(TrapCode.NULL_ARRAY_REFERENCE)
        return length_at(self.store.heap, ref)

    def _check(self, ref: int, i: int, n: int) -> None:
        length = self.array_len(ref)
        if i + n > length:
            raise Trap(TrapCode.OUT_OF_BOUNDS_ARRAY, f"{n} elements at {i}, it has {length}")

    def array_get(self, _x: int, ref: int, i: int, *, signed: bool = False) -> int:
        """Return element i; traps on null and outside."""
        self._check(ref, i, 1)
        shape = shape_at(self.store.heap, ref)
        bits = read_element(self.store.heap, ref, i, shape.element_bytes)
        packed = shape.element_packed
        return _extended(bits, packed, signed=signed) if packed else bits

    def array_set(self, x: int, ref: int, i: int, bits: int) -> None:
        """Set element i; traps on null and outside."""
        self._check(ref, i, 1)
        write_element(self.store.heap, ref, i, self._size(x), bits)

    def array_fill(self, x: int, ref: int, i: int, bits: int, n: int) -> None:
        """Set n elements from i on; traps on null and outside."""
        self._check(ref, i, n)
        self._fill(x, ref, i, bits, n)

    def array_copy(self, x: int, y: int, dref: int, d: int, sref: int, s: int, n: int) -> None:
        """Copy n elements from sref at s to dref at d, as if through a buffer."""
        self._check(dref, d, n)
        self._check(sref, s, n)
        size, heap = self._size(y), self.store.heap
        write_bytes(heap, dref, d, self._size(x), read_bytes(heap, sref, s, size, n))

    def array_init_data(self, x: int, y: int, ref: int, d: int, s: int, n: int) -> None:
        """Copy n elements from byte s on of data segment y."""
        self._check(ref, d, n)
        write_bytes(self.store.heap, ref, d, self._size(x), self._data_bytes(x, y, s, n))

    def array_init_elem(self, x: int, y: int, ref: int, d: int, s: int, n: int) -> None:
        """Copy n references from number s on of element segment y."""
        self._check(ref, d, n)
        self._write_all(x, ref, d, self._elem_values(y, s, n))

    def i31_new(self, value: int) -> int:
        """Return the reference that holds the value's low 31 bits."""
        return i31_ref(value)

    def i31_get(self, ref: int, *, signed: bool = False) -> int:
        """Return the 31 bits; Trap(NULL_I31_REFERENCE)."""
        if ref == 0:
            raise Trap(TrapCode.NULL_I31_REFERENCE)
        value = payload(ref)
        return value - (1 << 31) if signed and value >> 30 else value

    def ref_cast(self, ref: int, t: HeapType, *, nullable: bool) -> int:
        """Return ref if it matches; Trap(CAST_FAILURE)."""
        if not self.ref_matches(ref, t, nullable=nullable):
            raise Trap(TrapCode.CAST_FAILURE, f"the reference is not a {t}")
        return ref

    def ref_matches(self, ref: int, t: HeapType, *, nullable: bool) -> bool:
        """Return whether a reference has heap type t (spec: exec/values, ref typing)."""
        if ref == 0:
            return nullable
        if isinstance(t, DefType):
            found = _type_of(self.store, ref)
            return found is not None and matches_def(found, t)
        return t in _abstract_types(self.store, ref)


def _type_of(store: Store, ref: int) -> DefType | None:
    """Return the defined type of what a reference refers to, None for i31, host, exceptions."""
    tag = ref_tag(ref)
    if tag is RefTag.FUNC:
        return store.funcs[payload(ref)].type
    if tag is RefTag.HEAP:
        found = shape_at(store.heap, ref).type
        return found if isinstance(found, DefType) else None
    return None


def _abstract_types(store: Store, ref: int) -> tuple[AbsHeapType, ...]:
    tag = ref_tag(ref)
    if tag is RefTag.I31:
        return (I31, EQ, ANY, EXTERN)
    if tag is RefTag.FUNC:
        return (FUNC,)
    if tag is RefTag.HOST:
        return (ANY, EXTERN)
    found = _type_of(store, ref)
    if found is None:
        return (EXN,)
    return (ARRAY if isinstance(found.comp, ArrayType) else STRUCT, EQ, ANY, EXTERN)
