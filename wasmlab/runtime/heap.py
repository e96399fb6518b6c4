"""The GC heap: structures, arrays and exceptions in one flat arena of 64-bit slots.

An object begins at an even slot: first its header (kind, number of its shape), then its length in
elements, then its payload: fields of structures one slot each (v128 two), arrays packed by their
element's size, little endian. A reference is the object's byte offset. Offset 0 is never used.

Objects are cut from a gap, one after the other. Freed space is kept in lists by size: a piece that
fits exactly is used first, and the largest becomes the next gap. So allocation is fast, and the
same in every tier and every replay.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.arena import slot_arena
from wasmlab.runtime.memory_budget import MOST_MEMORY, MemoryBudget, heap_is_full
from wasmlab.syntax.types import (
    F32,
    I32,
    V128,
    ArrayType,
    DefType,
    FieldType,
    PackedType,
    RefType,
    StructType,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADER_SLOTS = 2
ALIGN = 2
"""Objects take an even number of slots, so that their offsets are multiples of 16."""
_MARK = 1 << 63
DIRTY_SHIFT = 9
"""512 slots make a page of 4 KiB."""
FIRST_COLLECTION = 1 << 17
"""Slots in use at which the first collection is due (1 MiB)."""
_CHUNK = 1 << 13
"""Slots that a new gap takes of what was never used (64 KiB), if an object does not need more."""
_ZEROS = memoryview(bytes(_CHUNK * 8)).cast("Q")


@dataclass(frozen=True, slots=True)
class Shape:
    """How objects of a type are laid out; ``refs`` are the payload slots that hold references."""

    number: int
    type: DefType | int
    """The defined type, or for exceptions the address of their tag."""
    offsets: tuple[int, ...] = ()
    """First payload slot of each field (structures, exceptions)."""
    refs: tuple[int, ...] = ()
    wide: tuple[bool, ...] = ()
    """Whether each field takes two slots."""
    packed: tuple[int, ...] = ()
    """Bits of each field that is narrower than a slot as the type says, else 0."""
    slots: int = 0
    """Payload slots (structures, exceptions)."""
    element_bytes: int = 0
    """Bytes of an element (arrays), else 0."""
    element_is_ref: bool = False
    element_packed: int = 0
    """Bits of a packed element, else 0."""


def element_size(t: FieldType) -> int:
    """Return how many bytes an array's element takes."""
    if isinstance(t.storage, PackedType):
        return t.storage.bits // 8
    if t.storage is V128:
        return 16
    return 4 if t.storage is I32 or t.storage is F32 else 8


@dataclass(slots=True, eq=False)
class Heap:
    """The arena and what is free in it."""

    capacity: int
    """Slots it may ever have, an even number."""
    budget: MemoryBudget = field(default_factory=lambda: MemoryBudget(MOST_MEMORY))
    cells: memoryview[int] = field(init=False)
    raw: memoryview[int] = field(init=False)
    """The cells as bytes."""
    dirty: bytearray = field(init=False)
    top: int = ALIGN
    """Everything from here on was never used."""
    used: int = 0
    due: int = FIRST_COLLECTION
    """A collection is due when ``used`` passes this."""
    frozen: bool = False
    """No collection now: a module is being instantiated, its references are in no arena yet."""
    epoch: int = 0
    """How often objects may have gone so far: collections, and states that were put in place."""
    gap: int = ALIGN
    """Where the next object is cut; below ``gap_end``."""
    gap_end: int = ALIGN
    free: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    """Offsets (in slots) of free pieces by size, each list a stack."""
    shapes: list[Shape] = field(default_factory=list[Shape])
    by_type: dict[DefType | int, Shape] = field(default_factory=dict["DefType | int", Shape])

    def __post_init__(self) -> None:
        """Reserve the arena."""
        self.cells = slot_arena(self.capacity)
        self.raw = self.cells.cast("B")
        self.dirty = bytearray((self.capacity >> DIRTY_SHIFT) + 1)

    @property
    def nbytes(self) -> int:
        """Bytes up to what was never used."""
        return 8 * (self.top - ALIGN)


def shape_of(heap: Heap, deftype: DefType) -> Shape:
    """Return the layout of a structure or array type."""
    shape = heap.by_type.get(deftype)
    if shape is None:
        comp = deftype.comp
        if isinstance(comp, ArrayType):
            shape = Shape(
                len(heap.shapes),
                deftype,
                element_bytes=element_size(comp.element),
                element_is_ref=isinstance(comp.element.storage, RefType),
                element_packed=_packed_bits(comp.element.storage),
            )
        else:
            fields = comp.fields if isinstance(comp, StructType) else ()
            shape = _record_shape(heap, deftype, [f.storage for f in fields])
        _add_shape(heap, shape)
    return shape


def exception_shape(heap: Heap, tag: int, types: Iterable[object]) -> Shape:
    """Return the layout of exceptions with a tag (its address) and arguments of some types."""
    shape = heap.by_type.get(tag)
    if shape is None:
        shape = _record_shape(heap, tag, types)
        _add_shape(heap, shape)
    return shape


def _add_shape(heap: Heap, shape: Shape) -> None:
    heap.shapes.append(shape)
    heap.by_type[shape.type] = shape


def _record_shape(heap: Heap, of: DefType | int, types: Iterable[object]) -> Shape:
    offsets, refs, at = list[int](), list[int](), 0
    storages = tuple(types)
    for t in storages:
        offsets.append(at)
        if isinstance(t, RefType):
            refs.append(at)
        at += 2 if t is V128 else 1
    return Shape(
        len(heap.shapes),
        of,
        tuple(offsets),
        tuple(refs),
        tuple(t is V128 for t in storages),
        tuple(map(_packed_bits, storages)),
        at,
    )


def _packed_bits(storage: object) -> int:
    return storage.bits if isinstance(storage, PackedType) else 0


def payload_slots(shape: Shape, length: int) -> int:
    """Return how many slots an object's payload takes."""
    return (length * shape.element_bytes + 7) // 8 if shape.element_bytes else shape.slots


def object_slots(shape: Shape, length: int) -> int:
    """Return how many slots an object takes, header included."""
    return HEADER_SLOTS + payload_slots(shape, length) + 1 & -ALIGN


def is_due(heap: Heap, slots: int) -> bool:
    """Return whether a collection is due before so many slots are allocated."""
    return heap.used + slots > heap.due and not heap.frozen


def allocate(heap: Heap, shape: Shape, length: int = 0) -> int:
    """Return the reference of a new object whose payload is zero; Exhaustion if it does not fit."""
    size = object_slots(shape, length)
    if size in heap.free:
        at = _take(heap, size)
    else:
        if heap.gap + size > heap.gap_end:
            _next_gap(heap, size)
        at = heap.gap
        heap.gap = at + size
    heap.used += size
    _clear(heap, at, size)
    heap.cells[at] = shape.number
    heap.cells[at + 1] = length
    return at * 8


def _take(heap: Heap, size: int) -> int:
    """Return a free piece of exactly that size, which is in no list any more."""
    pieces = heap.free[size]
    at = pieces.pop()
    if not pieces:
        del heap.free[size]
    return at


def _next_gap(heap: Heap, size: int) -> None:
    """Find a gap that an object of size slots fits in; Exhaustion, without effect, if none does."""
    largest = max(heap.free, default=0)
    left = heap.capacity - heap.top
    if largest >= size:
        start, end = _take(heap, largest), largest
    elif left >= size:
        start, end = heap.top, min(max(size, _CHUNK), left)
        if not heap.budget.has(8 * end):
            raise heap.budget.exhausted(8 * end)
        heap.top += end
    else:
        raise heap_is_full(8 * heap.capacity)
    _release(heap, heap.gap, heap.gap_end)
    heap.gap, heap.gap_end = start, start + end


def _clear(heap: Heap, at: int, size: int) -> None:
    zeros = _ZEROS[:size] if size <= _CHUNK else memoryview(bytes(size * 8)).cast("Q")
    heap.cells[at : at + size] = zeros
    mark_dirty(heap, at, size)


def mark_dirty(heap: Heap, at: int, size: int) -> None:
    """Mark slots as written."""
    first, last = at >> DIRTY_SHIFT, (at + size - 1) >> DIRTY_SHIFT
    heap.dirty[first] = 1
    if last > first:
        heap.dirty[first : last + 1] = b"\x01" * (last - first + 1)


def shape_at(heap: Heap, ref: int) -> Shape:
    """Return the layout of the object at a reference."""
    return heap.shapes[heap.cells[ref >> 3] & ~_MARK]


def shape_near(heap: Heap, ref: int) -> Shape | None:
    """Return the layout of the object at a heap reference, None where there can be none.

    Cheap, and right for every live reference; for other numbers ``is_object`` tells for sure.
    """
    at = ref >> 3
    kind = heap.cells[at] & ~_MARK if 0 < at < heap.top else FREE
    return heap.shapes[kind] if kind < len(heap.shapes) else None


def object_starts(heap: Heap) -> Iterator[int]:
    """Yield the first slot of every object, in order."""
    at = ALIGN
    while at < heap.top:
        if at == heap.gap < heap.gap_end:
            at = heap.gap_end
        elif heap.cells[at] == FREE:
            at += heap.cells[at + 1]
        else:
            yield at
            at += object_slots(heap.shapes[heap.cells[at]], heap.cells[at + 1])


def is_object(heap: Heap, ref: int) -> bool:
    """Return whether an object begins where a heap reference points."""
    wanted = ref >> 3
    return next((at for at in object_starts(heap) if at >= wanted), 0) == wanted


def length_at(heap: Heap, ref: int) -> int:
    """Return the number of elements of an array."""
    return heap.cells[(ref >> 3) + 1]


def payload_at(ref: int) -> int:
    """Return the first payload slot of the object at a reference."""
    return (ref >> 3) + HEADER_SLOTS


def collect(heap: Heap, roots: Iterable[int]) -> None:
    """Free every object that no root leads to.

    roots: references; whatever is not a heap reference is passed over.
    """
    heap.epoch += 1
    pending = [ref for ref in roots if ref and not ref & 7]
    cells = heap.cells
    while pending:
        ref = pending.pop()
        header = cells[ref >> 3]
        if not header & _MARK:
            cells[ref >> 3] = header | _MARK
            pending.extend(r for r in references_of(heap, ref) if r and not r & 7)
    _sweep(heap)
    heap.due = max(FIRST_COLLECTION, heap.used * 2)


def references_of(heap: Heap, ref: int) -> Iterator[int]:
    """Yield every reference in an object, nulls too."""
    shape, base = shape_at(heap, ref), payload_at(ref)
    if shape.element_is_ref:
        return iter(heap.cells[base : base + length_at(heap, ref)])
    return (heap.cells[base + at] for at in shape.refs)


def _sweep(heap: Heap) -> None:
    """Rebuild the free lists from what is not marked, neighbours joined."""
    _release(heap, heap.gap, heap.gap_end)
    heap.free.clear()
    used, start, at, top = 0, ALIGN, ALIGN, heap.top
    cells, shapes = heap.cells, heap.shapes
    while at < top:
        header = cells[at]
        if header == FREE:
            at += cells[at + 1]
            continue
        size = object_slots(shapes[header & ~_MARK], cells[at + 1])
        if header & _MARK:
            cells[at] = header & ~_MARK
            used += size
            _release(heap, start, at)
            start = at + size
        at += size
    heap.used, heap.top = used, start
    heap.gap = heap.gap_end = start


FREE = _MARK - 1
"""Header of a free piece; the next slot is its size."""


def _release(heap: Heap, start: int, end: int) -> None:
    if end > start:
        heap.cells[start] = FREE
        heap.cells[start + 1] = end - start
        mark_dirty(heap, start, 2)
        heap.free.setdefault(end - start, []).append(start)
