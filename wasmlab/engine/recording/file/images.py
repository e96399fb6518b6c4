"""Images of arenas in a recording's file: each as what differs from the one before.

An image is a tuple: for each arena (memories, tables, heap) the pages that differ, as three byte
strings: page numbers (4 bytes each), lengths (2 bytes each), and the contents in order,
trailing zeros left out; then sizes, globals, the heap's state, for each instance its dropped data
segments and its element segments (None where they are as before), the budget (counted anew on
reading), the shapes of heap objects that are new, and how many host objects have been handed out.
"""

from __future__ import annotations

import struct

from wasmlab.engine.recording.file.encoding import TooMuch, data, each, fields, items, number
from wasmlab.engine.recording.snapshots.pages import PAGE, PageImage, changed_pages, image_with
from wasmlab.engine.recording.snapshots.snapshot import ArenaImages, HeapState
from wasmlab.errors import BadRecording
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.heap import ALIGN, exception_shape, shape_of
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.table import Table
from wasmlab.syntax.types import FuncType, func_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.engine.recording.snapshots.snapshot import SnapshotTaker
    from wasmlab.runtime.heap import Heap, Shape
    from wasmlab.runtime.store import Store

    Elems = tuple[Sequence[int], ...]

MOST_HANDLES = 1 << 24
"""Host objects that a recording may name."""
MOST_PAGES = 1 << 29
"""Bytes of pages that one image may bring."""


# --- numbers in rows ----------------------------------------------------------------------------


def pack_words(numbers: Sequence[int], code: str = "Q") -> bytes:
    """Return numbers as little-endian words: Q of 8 bytes, I of 4, H of 2."""
    return struct.pack(f"<{len(numbers)}{code}", *numbers)


def unpack_words(content: object, code: str = "Q") -> tuple[int, ...]:
    """Return the numbers in a row of ``pack_words``; BadRecording if it is cut."""
    row = data(content)
    count, rest = divmod(len(row), struct.calcsize(f"<{code}"))
    if rest:
        raise BadRecording("a row of numbers in the recording is cut")
    return struct.unpack(f"<{count}{code}", row)


# --- writing ------------------------------------------------------------------------------------


@dataclass(slots=True)
class ImageWriter:
    """Turns images of one program into values, in the order of the file."""

    taker: SnapshotTaker
    _pages: list[PageImage] = field(init=False)
    _elems: list[Elems] = field(init=False)
    _shapes: int = 0
    _types: dict[int, tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        store = self.taker.program.store
        self._pages = [PageImage() for _ in self.taker.trackers]
        self._elems = [() for _ in store.instances]
        self._types = {
            id(deftype): (i, x)
            for i, instance in reversed(list(enumerate(store.instances)))
            for x, deftype in enumerate(instance.module.types)
        }

    def value(self, arenas: ArenaImages) -> tuple[object, ...]:
        """Return an image as what differs from the one before."""
        pages = tuple(
            _row_of_pages(changed_pages(now, before, self.taker.pool))
            for now, before in zip(arenas.pages, self._pages, strict=True)
        )
        self._pages = list(arenas.pages)
        heap, store = arenas.heap, self.taker.program.store
        free = tuple((size, pack_words(offsets)) for size, offsets in heap.free)
        return (
            pages,
            arenas.sizes,
            arenas.global_slots,
            (heap.top, heap.used, heap.due, heap.gap, heap.gap_end, free),
            self._segments(arenas),
            arenas.budget,
            self._new_shapes(store),
            len(store.handles),
        )

    def _segments(self, arenas: ArenaImages) -> tuple[object, ...]:
        rows: list[tuple[object, object]] = []
        for i, (datas, elems) in enumerate(arenas.dropped):
            before = self._elems[i]
            known = [*before, *(None for _ in elems[len(before) :])]
            refs = tuple(
                None if now is was or now == was else pack_words(now)
                for now, was in zip(elems, known, strict=True)
            )
            self._elems[i] = elems
            rows.append((pack_words(sorted(datas)), refs))
        return tuple(rows)

    def _new_shapes(self, store: Store) -> tuple[object, ...]:
        new = store.heap.shapes[self._shapes :]
        self._shapes += len(new)
        return tuple(s.type if isinstance(s.type, int) else self._types[id(s.type)] for s in new)


def _row_of_pages(pages: Iterator[tuple[int, bytes]]) -> tuple[bytes, bytes, bytes]:
    found = [(page, content.rstrip(b"\0")) for page, content in pages]
    contents = [content for _, content in found]
    return (
        pack_words([page for page, _ in found], "I"),
        pack_words([len(content) for content in contents], "H"),
        b"".join(contents),
    )


# --- reading ------------------------------------------------------------------------------------


@dataclass(slots=True)
class ImageReader:
    """Turns the values of a file into images of a program's arenas, which it grows as needed."""

    taker: SnapshotTaker
    _pages: list[PageImage] = field(init=False)
    _elems: list[Elems] = field(init=False)
    _shapes: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self._pages = [PageImage() for _ in self.taker.trackers]
        self._elems = [() for _ in self.taker.program.store.instances]

    def arenas(self, value: object) -> tuple[ArenaImages, int]:
        """Return an image and how many bytes of it are new; BadRecording if it cannot be one."""
        pages, sizes, slots, heap, segments, budget, shapes, handles = fields(value, 8)
        store = self.taker.program.store
        number(budget)
        self._add_shapes(store, items(shapes))
        _make_room(self.taker, each(sizes, number))
        missing = number(handles, 0, MOST_HANDLES) - len(store.handles)
        store.handles.extend([STAND_IN] * missing)
        new = self._add_pages(items(pages))
        if len(data(slots)) != 8 * store.global_count:
            raise BadRecording("the recording has other globals than its modules")
        arenas = ArenaImages(
            pages=tuple(self._pages),
            sizes=each(sizes, number),
            global_slots=data(slots),
            heap=_heap_state(store, heap),
            dropped=self._read_segments(store, items(segments)),
            budget=store.budget.used,
        )
        return arenas, new

    def _add_pages(self, rows: tuple[object, ...]) -> int:
        total = 0
        for i, (tracker, row) in enumerate(zip(self.taker.trackers, rows, strict=False)):
            found = _pages_in(row, _capacity(tracker.arena))
            self._pages[i], new = image_with(self._pages[i], found, self.taker.pool)
            total += new
        if len(rows) != len(self.taker.trackers):
            raise BadRecording("the recording has other memories or tables than its modules")
        return total

    def _read_segments(
        self, store: Store, rows: tuple[object, ...]
    ) -> tuple[tuple[frozenset[int], Elems], ...]:
        if len(rows) != len(store.instances):
            raise BadRecording("the recording has other instances than its modules")
        found: list[tuple[frozenset[int], Elems]] = []
        for i, (instance, row) in enumerate(zip(store.instances, rows, strict=True)):
            datas, elems = fields(row, 2)
            refs = fields(elems, len(instance.elems))
            known = len(instance.module.datas)
            if any(x >= known for x in unpack_words(datas)):
                raise BadRecording("the recording drops a data segment that its modules lack")
            before = self._elems[i] or ((),) * len(refs)
            self._elems[i] = tuple(
                was if now is None else unpack_words(now)
                for now, was in zip(refs, before, strict=True)
            )
            found.append((frozenset(unpack_words(datas)), self._elems[i]))
        return tuple(found)

    def _add_shapes(self, store: Store, shapes: tuple[object, ...]) -> None:
        """Give the shapes of heap objects the numbers that they had."""
        for value in shapes:
            shape = _shape(store, value)
            if shape.number != self._shapes:
                raise BadRecording("the recording has other heap objects than its modules")
            self._shapes += 1


def _shape(store: Store, value: object) -> Shape:
    if isinstance(value, int):
        tag = store.tags[number(value, 0, len(store.tags) - 1)]
        return exception_shape(store.heap, tag.addr, func_type(tag.type.type).params)
    i, x = (number(part) for part in fields(value, 2))
    types = store.instances[i].module.types if i < len(store.instances) else ()
    if x >= len(types) or isinstance(types[x].comp, FuncType):
        raise BadRecording("the recording has heap objects of a type that its modules lack")
    return shape_of(store.heap, types[x])


def _pages_in(row: object, capacity: int) -> Iterator[tuple[int, bytes]]:
    places, lengths, contents = fields(row, 3)
    numbers, sizes, content = unpack_words(places, "I"), unpack_words(lengths, "H"), data(contents)
    if len(numbers) != len(sizes) or sum(sizes) != len(content) or max(sizes, default=0) > PAGE:
        raise BadRecording("pages in the recording are not as long as it says")
    if len(numbers) * PAGE > MOST_PAGES:
        raise TooMuch(f"the pages of an image take more than {MOST_PAGES >> 20} MiB")
    at = 0
    for page, size in zip(numbers, sizes, strict=True):
        if page * PAGE + max(size, 1) > capacity:
            raise BadRecording("a page in the recording lies outside its memory")
        yield page, content[at : at + size]
        at += size


def _capacity(arena: Memory | Table | Heap) -> int:
    """Return how many bytes an arena has room for."""
    if isinstance(arena, Memory):
        return arena.reserved
    return 8 * (len(arena.cells) if isinstance(arena, Table) else arena.capacity)


def _heap_state(store: Store, value: object) -> HeapState:
    top, used, due, gap, gap_end, free = fields(value, 6)
    most = max(store.heap.capacity, ALIGN)
    pieces: list[tuple[int, tuple[int, ...]]] = []
    for piece in items(free):
        size, offsets = fields(piece, 2)
        pieces.append((number(size, 1, most), unpack_words(offsets)))
    return HeapState(
        number(top, 0, most), number(used, 0, most), number(due), number(gap, 0, most),
        number(gap_end, 0, most), tuple(pieces),
    )  # fmt: skip


def _make_room(taker: SnapshotTaker, sizes: tuple[int, ...]) -> None:
    """Grow memories and tables to the sizes of an image; BadRecording beyond their limits."""
    arenas = (*taker.mems, *taker.tables)
    if len(sizes) != len(arenas):
        raise BadRecording("the recording has other memories or tables than its modules")
    for memory, size in zip(taker.mems, sizes, strict=False):
        pages, rest = divmod(size, memory.type.page_size)
        more, is_least = pages - memory.pages, pages >= memory.type.limits.minimum
        if rest or not is_least or (more > 0 and memory.grow(more) < 0):
            raise BadRecording(f"a memory in the recording has {size:,} bytes, which cannot be")
    for table, size in zip(taker.tables, sizes[len(taker.mems) :], strict=True):
        more, is_least = size - table.size, size >= table.type.limits.minimum
        if not is_least or (more > 0 and table.grow(more, 0) < 0):
            raise BadRecording(f"a table in the recording has {size:,} elements, which cannot be")


@dataclass(frozen=True, slots=True)
class HostObject:
    """Takes the place of any object of the host, which no recording holds."""


STAND_IN = HostObject()
