"""The GC heap of a recording's file, walked: every object, every field, every free piece.

What a file says of the heap is believed only as far as a walk from its first slot to ``top`` finds
the same: objects and free pieces without gaps or overlaps, each piece in its list, and as many
slots in use. Every field has its type, and every reference leads to the beginning of an object.
"""

from __future__ import annotations

from array import array

from wasmlab.errors import BadRecording
from wasmlab.exec.exception import tag_params
from wasmlab.hints import TYPE_CHECKING, NoReturn
from wasmlab.records import dataclass, field
from wasmlab.runtime.fits import fits, shape_fits
from wasmlab.runtime.heap import ALIGN, FIRST_COLLECTION, FREE, HEADER_SLOTS, object_slots
from wasmlab.runtime.reference import TAG_MASK
from wasmlab.syntax.types import F32, I32, ArrayType, PackedType, RefType, StructType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.engine.recording.snapshots.snapshot import HeapState
    from wasmlab.runtime.heap import Shape
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.types import StorageType

_REF_ALIGN = 8 * ALIGN - 1
"""Bits that are 0 in every reference to an object."""


@dataclass(slots=True)
class Objects:
    """The objects of a heap: where each begins, and how it is laid out."""

    shapes: Sequence[Shape] = ()
    starts: array[int] = field(default_factory=lambda: array("Q"))
    """The first slot of each, in order."""
    kinds: array[int] = field(default_factory=lambda: array("I"))
    """For every second slot, 1 + the number of the layout of the object that begins there, or 0."""

    def shape_at(self, ref: int) -> Shape | None:
        """Return the layout of the object that begins at a reference, None if none does."""
        at = ref >> 4
        if ref & _REF_ALIGN or not 0 < at < len(self.kinds) or not self.kinds[at]:
            return None
        return self.shapes[self.kinds[at] - 1]


def checked_heap(store: Store, cells: Sequence[int], state: HeapState) -> Objects:
    """Return the objects of a heap; BadRecording if it cannot be one of the store.

    cells: all slots below ``state.top``.
    """
    objects = _walked(store, cells, state)
    _check_fields(store, cells, objects)
    return objects


def _walked(store: Store, cells: Sequence[int], state: HeapState) -> Objects:
    shapes, top = store.heap.shapes, state.top
    if top % ALIGN or state.gap % ALIGN or state.gap_end % ALIGN or len(cells) < top:
        _bad("does not begin and end where it may")
    objects = Objects(shapes, kinds=array("I", bytes(4 * (top // ALIGN))))
    pieces: dict[int, list[int]] = {}
    used, at, gap_size = 0, ALIGN, state.gap_end - state.gap
    gap_seen = gap_size == 0 and state.gap <= top
    while at < top:
        header, length = cells[at], cells[at + 1]
        if at == state.gap and gap_size > 0:
            size, gap_seen = gap_size, True
        elif header == FREE:
            size = length
            pieces.setdefault(size, []).append(at)
        elif header >= len(shapes) or (length and not shapes[header].element_bytes):
            _bad(f"has no object at 0x{8 * at:x}, where one should begin")
        else:
            size = object_slots(shapes[header], length)
            objects.starts.append(at)
            objects.kinds[at // ALIGN] = header + 1
            used += size
        if size < ALIGN or size % ALIGN or size > top - at:
            _bad(f"has something at 0x{8 * at:x} that is {size:,} slots long")
        at += size
    _compare(state, pieces, used, store.heap.capacity, gap_seen=gap_seen)
    return objects


def _compare(
    state: HeapState, pieces: dict[int, list[int]], used: int, capacity: int, *, gap_seen: bool
) -> None:
    """Compare what the file says of free space with what was found; the order is the file's."""
    said = {size: sorted(offsets) for size, offsets in state.free}
    if said != pieces or len(said) != len(state.free) or not gap_seen or used != state.used:
        _bad("has other free space than it says")
    if not FIRST_COLLECTION <= state.due <= max(FIRST_COLLECTION, 2 * capacity):
        _bad("is collected at another time than can be")


def _check_fields(store: Store, cells: Sequence[int], objects: Objects) -> None:
    fields = [_checked_fields(store, shape) for shape in objects.shapes]
    elements = [_element_type(shape) for shape in objects.shapes]
    known: dict[tuple[object, int], bool] = {}
    for start in objects.starts:
        kind, base = cells[start], start + HEADER_SLOTS
        element = elements[kind]
        if element is None:
            pairs = [(t, cells[base + at]) for at, t in fields[kind]]
        else:
            pairs = [(element, bits) for bits in cells[base : base + cells[start + 1]]]
        for t, bits in pairs:
            if not _field_fits(store, objects, t, bits, known):
                _bad(f"has a value at 0x{8 * start:x} that is no {t}")


def _field_fits(
    store: Store,
    objects: Objects,
    t: StorageType,
    bits: int,
    known: dict[tuple[object, int], bool],
) -> bool:
    if isinstance(t, PackedType):
        return bits >> 32 == 0
    at = bits >> 4
    if not bits or bits & TAG_MASK or not isinstance(t, RefType) or at >= len(objects.kinds):
        return fits(store, t, bits, objects.shape_at)
    kind = 0 if bits & _REF_ALIGN else objects.kinds[at]
    found = known.get((t, kind))
    if found is None:
        found = kind > 0 and shape_fits(objects.shapes[kind - 1], t.heap)
        known[t, kind] = found
    return found


def _element_type(shape: Shape) -> RefType | None:
    """Return the type of an array's elements if they are references, which are checked."""
    comp = None if isinstance(shape.type, int) else shape.type.comp
    if isinstance(comp, ArrayType) and isinstance(comp.element.storage, RefType):
        return comp.element.storage
    return None


def _checked_fields(store: Store, shape: Shape) -> tuple[tuple[int, StorageType], ...]:
    """Return slot and type of each field that cannot have any bits."""
    types: Sequence[StorageType] = ()
    if isinstance(shape.type, int):
        types = tag_params(store.tags[shape.type])
    elif isinstance(shape.type.comp, StructType):
        types = [f.storage for f in shape.type.comp.fields]
    found = zip(shape.offsets, types, strict=False)
    return tuple((at, t) for at, t in found if _is_checked(t))


def _is_checked(t: StorageType) -> bool:
    return t is I32 or t is F32 or isinstance(t, RefType | PackedType)


def _bad(what: str) -> NoReturn:
    raise BadRecording(f"the heap in the recording {what}")
