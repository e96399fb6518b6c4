"""What GC instructions do to the heap, as functions over an instance, its store or the heap.

References and values are bit patterns. Every function traps before it changes anything.
"""

from __future__ import annotations

import sys

from wasmlab.counted import counted
from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.heap import (
    Shape,
    allocate,
    collect,
    is_due,
    length_at,
    mark_dirty,
    object_slots,
    payload_at,
    shape_at,
    shape_of,
)
from wasmlab.runtime.reference import RefTag, payload, ref_tag
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
    from wasmlab.runtime.store import ModuleInst, Store
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


def _struct_shape(heap: Heap, ref: int) -> Shape:
    if ref == 0:
        raise Trap(TrapCode.NULL_STRUCTURE_REFERENCE)
    return shape_at(heap, ref)


def struct_new(instance: ModuleInst, x: int, fields: Sequence[int]) -> int:
    """Return a structure of type x with the given fields."""
    store = instance.store
    shape = shape_of(store.heap, instance.module.types[x])
    ref = new_object(store, shape)
    base, cells = payload_at(ref), store.heap.cells
    for at, wide, bits in zip(shape.offsets, shape.wide, fields, strict=True):
        cells[base + at] = bits & M64  # its page is marked: the object is new
        if wide:
            cells[base + at + 1] = bits >> 64
    return ref


def struct_new_default(instance: ModuleInst, x: int) -> int:
    """Return a structure of type x, zeros and nulls."""
    return _new(instance, x, 0)


def _new(instance: ModuleInst, x: int, length: int) -> int:
    store = instance.store
    return new_object(store, shape_of(store.heap, instance.module.types[x]), length)


def struct_get(heap: Heap, ref: int, i: int, *, signed: bool = False) -> int:
    """Return field i; Trap(NULL_STRUCTURE_REFERENCE)."""
    shape = _struct_shape(heap, ref)
    bits = read_slots(heap, payload_at(ref) + shape.offsets[i], wide=shape.wide[i])
    packed = shape.packed[i]
    return _extended(bits, packed, signed=signed) if packed else bits


def struct_set(heap: Heap, ref: int, i: int, bits: int) -> None:
    """Set field i; Trap(NULL_STRUCTURE_REFERENCE)."""
    shape = _struct_shape(heap, ref)
    write_slots(heap, payload_at(ref) + shape.offsets[i], bits, wide=shape.wide[i])


def _element_size(instance: ModuleInst, x: int) -> int:
    return shape_of(instance.store.heap, instance.module.types[x]).element_bytes


def array_new(instance: ModuleInst, x: int, bits: int, n: int) -> int:
    """Return an array of type x, n elements equal to bits."""
    ref = _new(instance, x, n)
    if bits:
        _fill(instance.store.heap, ref, 0, bits, n)
    return ref


def _fill(heap: Heap, ref: int, i: int, bits: int, n: int) -> None:
    size = shape_at(heap, ref).element_bytes
    element = (bits & (1 << 8 * size) - 1).to_bytes(size, "little")
    write_bytes(heap, ref, i, size, element * n)


def array_new_fixed(instance: ModuleInst, x: int, values: Sequence[int]) -> int:
    """Return an array of type x with the given elements."""
    ref = _new(instance, x, len(values))
    _write_all(instance.store.heap, ref, 0, values)
    return ref


def _write_all(heap: Heap, ref: int, i: int, values: Iterable[int]) -> None:
    size = shape_at(heap, ref).element_bytes
    for k, bits in enumerate(values, i):
        write_element(heap, ref, k, size, bits)


def _data_bytes(instance: ModuleInst, y: int, s: int, nbytes: int) -> bytes:
    data = instance.data(y)
    if s + nbytes > len(data):
        raise Trap(
            TrapCode.OUT_OF_BOUNDS_MEMORY,
            f"{counted(nbytes, 'byte')} from {s} on, the segment has {len(data)}",
        )
    return data[s : s + nbytes]


def _elem_values(instance: ModuleInst, y: int, s: int, n: int) -> Sequence[int]:
    refs = instance.elem(y)
    if s + n > len(refs):
        raise Trap(
            TrapCode.OUT_OF_BOUNDS_TABLE,
            f"{counted(n, 'element')} from {s} on, the segment has {len(refs)}",
        )
    return refs[s : s + n]


def array_new_data(instance: ModuleInst, x: int, y: int, s: int, n: int) -> int:
    """Return an array of n elements from byte s on of data segment y; traps beyond its end."""
    size = _element_size(instance, x)
    data = _data_bytes(instance, y, s, size * n)
    ref = _new(instance, x, n)
    write_bytes(instance.store.heap, ref, 0, size, data)
    return ref


def array_new_elem(instance: ModuleInst, x: int, y: int, s: int, n: int) -> int:
    """Return an array of n references from number s on of element segment y; traps likewise."""
    return array_new_fixed(instance, x, _elem_values(instance, y, s, n))


def array_len(heap: Heap, ref: int) -> int:
    """Return the number of elements; Trap(NULL_ARRAY_REFERENCE)."""
    if ref == 0:
        raise Trap(TrapCode.NULL_ARRAY_REFERENCE)
    return length_at(heap, ref)


def _check(heap: Heap, ref: int, i: int, n: int) -> None:
    length = array_len(heap, ref)
    if i + n > length:
        raise Trap(TrapCode.OUT_OF_BOUNDS_ARRAY, f"{counted(n, 'element')} at {i}, it has {length}")


def array_get(heap: Heap, ref: int, i: int, *, signed: bool = False) -> int:
    """Return element i; traps on null and outside."""
    _check(heap, ref, i, 1)
    shape = shape_at(heap, ref)
    bits = read_element(heap, ref, i, shape.element_bytes)
    packed = shape.element_packed
    return _extended(bits, packed, signed=signed) if packed else bits


def array_set(heap: Heap, ref: int, i: int, bits: int) -> None:
    """Set element i; traps on null and outside."""
    _check(heap, ref, i, 1)
    write_element(heap, ref, i, shape_at(heap, ref).element_bytes, bits)


def array_fill(heap: Heap, ref: int, i: int, bits: int, n: int) -> None:
    """Set n elements from i on; traps on null and outside."""
    _check(heap, ref, i, n)
    _fill(heap, ref, i, bits, n)


def array_copy(heap: Heap, dref: int, d: int, sref: int, s: int, n: int) -> None:
    """Copy n elements from sref at s to dref at d, as if through a buffer."""
    _check(heap, dref, d, n)
    _check(heap, sref, s, n)
    size = shape_at(heap, dref).element_bytes  # the source's too, or the module were not valid
    write_bytes(heap, dref, d, size, read_bytes(heap, sref, s, size, n))


def array_init_data(instance: ModuleInst, y: int, ref: int, d: int, s: int, n: int) -> None:
    """Copy n elements from byte s on of data segment y; traps beyond either end."""
    heap = instance.store.heap
    _check(heap, ref, d, n)
    size = shape_at(heap, ref).element_bytes
    write_bytes(heap, ref, d, size, _data_bytes(instance, y, s, size * n))


def array_init_elem(instance: ModuleInst, y: int, ref: int, d: int, s: int, n: int) -> None:
    """Copy n references from number s on of element segment y; traps likewise."""
    heap = instance.store.heap
    _check(heap, ref, d, n)
    _write_all(heap, ref, d, _elem_values(instance, y, s, n))


def i31_get(ref: int, *, signed: bool = False) -> int:
    """Return the 31 bits; Trap(NULL_I31_REFERENCE)."""
    if ref == 0:
        raise Trap(TrapCode.NULL_I31_REFERENCE)
    value = payload(ref)
    return value - (1 << 31) if signed and value >> 30 else value


def ref_cast(store: Store, ref: int, t: HeapType, *, nullable: bool) -> int:
    """Return ref if it matches; Trap(CAST_FAILURE)."""
    if not ref_matches(store, ref, t, nullable=nullable):
        raise Trap(TrapCode.CAST_FAILURE, f"the reference is not a {t}")
    return ref


def ref_matches(store: Store, ref: int, t: HeapType, *, nullable: bool) -> bool:
    """Return whether a reference has heap type t (spec: exec/values, ref typing)."""
    if ref == 0:
        return nullable
    if isinstance(t, DefType):
        found = _type_of(store, ref)
        return found is not None and matches_def(found, t)
    return t in _abstract_types(store, ref)


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
