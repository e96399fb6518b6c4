"""Images of arenas: copies of pages of 4 KiB, shared between images where they are equal.

An image is a tuple of page tables, each with the slots of 256 pages; everything after the last
table is zero. Two images of an arena share the page tables between them that no write has touched.
"""

from __future__ import annotations

from itertools import zip_longest

from wasmlab.engine.recording.snapshots.page_pool import PAGE, TABLE_PAGES, PagePool, PageTable
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.arena import give_back
from wasmlab.runtime.memory import DIRTY_SHIFT, Memory

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Mapping
    from mmap import mmap

    from wasmlab.native.page_copier import PageCopier
    from wasmlab.runtime.heap import Heap
    from wasmlab.runtime.table import Table

PageImage = tuple[PageTable, ...]
"""The contents of an arena at some tick."""
DirtyMarks = dict[int, bytes]
"""One byte for each page, 1 if it was written, by number of the page table."""
TABLE_COST = 4 * TABLE_PAGES + 400
"""Approximate bytes that a page table and the marks of its pages take."""
_ALL = b"\1" * TABLE_PAGES
_LOOKED_AT_ONCE = 1 << 16
"""Marks that are looked through at once; a multiple of those of a page table."""
_WORTH_LOADING = 2048
"""After copying this many pages one by one the native copier is loaded, which takes as long."""


@dataclass(slots=True, eq=False)
class DirtyTracker:
    """An arena, its last image, and which of its pages were written since."""

    arena: Memory | Table | Heap
    pool: PagePool
    base: PageImage = ()
    """The last image; pages that are not marked dirty still equal it."""
    touched: DirtyMarks = field(default_factory=DirtyMarks)
    """Marks that were cleared since ``SnapshotTaker.take_touched`` was last called."""


def _bytes_of(arena: Memory | Table | Heap) -> bytearray | mmap | memoryview:
    return arena.data if isinstance(arena, Memory) else arena.cells.cast("B")


def capture_pages(tracker: DirtyTracker) -> tuple[PageImage, int]:
    """Return an image of an arena as it is now, and how many bytes of it are new.

    Clears the dirty marks and adds them to ``touched``.
    """
    pool, page_tables, new = tracker.pool, list(tracker.base), 0
    for number, marks in dirty_marks(tracker).items():
        page_tables.extend([pool.zero] * (number + 1 - len(page_tables)))
        pool.make_ready()
        slots, free = page_tables[number].slots[:], len(pool.free)
        _keep(tracker, number, marks, slots)
        copied = free - len(pool.free)
        if copied:
            page_tables[number] = pool.page_table(slots)
            new += PAGE * copied + TABLE_COST
        _clear_and_keep(tracker, number, marks)
    if new:
        tracker.base = tuple(page_tables)
    return tracker.base, new


def restore_pages(tracker: DirtyTracker, pages: PageImage) -> None:
    """Make an arena hold an image again; pages that this changes count as touched.

    The arena must be at least as large as the image; the rest of it becomes zero.
    """
    zero = tracker.pool.zero
    dirty = tracker.arena.dirty
    found = dict(_marks_in(dirty, len(dirty)))
    for number, (now, wanted) in enumerate(zip_longest(tracker.base, pages, fillvalue=zero)):
        if now is not wanted or number in found:
            marks = found.pop(number, b"")
            _put(tracker, number, now.slots, wanted.slots)
            _clear_and_keep(tracker, number, marks if now is wanted else _ALL)
    for number, marks in found.items():
        _put(tracker, number, zero.slots, zero.slots)
        _clear_and_keep(tracker, number, marks)
    tracker.base = pages


def dirty_marks(tracker: DirtyTracker) -> dict[int, bytes]:
    """Return the marks of pages written since ``capture_pages``, for page tables that have any.

    A memory is searched up to its present size, which is usually far below its reserved size.
    """
    arena, end = tracker.arena, len(tracker.arena.dirty)
    if isinstance(arena, Memory):
        end = min(end, (arena.size >> DIRTY_SHIFT) + 1)
    return dict(_marks_in(arena.dirty, end))


def written_pages(tracker: DirtyTracker) -> Iterator[int]:
    """Yield the numbers of the pages that may hold something else than zeros, in order."""
    marks, zero = dirty_marks(tracker), tracker.pool.zero
    for number in range(max((len(tracker.base) - 1, *marks)) + 1):
        table = tracker.base[number] if number < len(tracker.base) else zero
        dirty = marks.get(number)
        if table is zero and dirty is None:
            continue
        first, dirty = number * TABLE_PAGES, dirty or bytes(TABLE_PAGES)
        for page, slot, mark in zip(
            range(first, first + TABLE_PAGES), table.slots, dirty, strict=False
        ):
            if slot or mark:
                yield page


def count_dirty(tracker: DirtyTracker) -> int:
    """Return how many pages were written since ``capture_pages``."""
    return sum(marks.count(1) for marks in dirty_marks(tracker).values())


def _marks_in(dirty: bytearray | mmap, end: int) -> Iterator[tuple[int, bytes]]:
    for start in range(0, end, _LOOKED_AT_ONCE):
        marks = bytes(dirty[start : min(start + _LOOKED_AT_ONCE, end)])
        at = marks.find(1)
        while at >= 0:
            first = at - at % TABLE_PAGES
            whole = dirty[start + first : start + first + TABLE_PAGES]
            yield (start + first) // TABLE_PAGES, bytes(whole)
            at = marks.find(1, first + TABLE_PAGES)


def clear_marks(tracker: DirtyTracker, numbers: Iterable[int]) -> None:
    """Clear the marks of page tables, as if nothing had been written there."""
    dirty = tracker.arena.dirty
    for number in numbers:
        first = number * TABLE_PAGES
        count = min(TABLE_PAGES, len(dirty) - first)
        if isinstance(tracker.arena, Memory):
            tracker.arena.keep_marks(first, count)
        dirty[first : first + count] = bytes(count)


def add_marks(tracker: DirtyTracker, before: Mapping[int, bytes]) -> None:
    """Add marks to those that are set."""
    dirty = tracker.arena.dirty
    for number, marks in before.items():
        first = number * TABLE_PAGES
        both = union_marks(bytes(dirty[first : first + TABLE_PAGES]), marks)
        dirty[first : first + len(marks)] = both[: len(marks)]


def _clear_and_keep(tracker: DirtyTracker, number: int, marks: bytes) -> None:
    """Clear the marks of a page table, and add them to ``touched``."""
    clear_marks(tracker, (number,))
    before = tracker.touched.get(number)
    tracker.touched[number] = marks if before is None else union_marks(before, marks)


def union_marks(a: bytes, b: bytes) -> bytes:
    """Return the marks that are set in one of two page tables, or in both."""
    bits = int.from_bytes(a, "little") | int.from_bytes(b, "little")
    return bits.to_bytes(TABLE_PAGES, "little")


# --- copying ------------------------------------------------------------------------------------


def _keep(tracker: DirtyTracker, number: int, marks: bytes, slots: array[int]) -> None:
    """Copy marked pages that differ from their slots into new slots, whose numbers replace them."""
    data, pool, first = _bytes_of(tracker.arena), tracker.pool, number * TABLE_PAGES
    copier = _copier(pool, len(data))
    if copier is not None:
        count = min(TABLE_PAGES, len(data) // PAGE - first)
        copier.keep(data, tracker.arena.dirty, first, count, slots, pool.free)
        return
    at = marks.find(1)
    while at >= 0:
        start = (first + at) * PAGE
        page = bytes(data[start : start + PAGE])
        if len(page) < PAGE:
            page += bytes(PAGE - len(page))
        if page != pool.read(slots[at]):
            slots[at] = pool.write(page)
        pool.copied += 1
        at = marks.find(1, at + 1)


def _put(tracker: DirtyTracker, number: int, now: array[int], wanted: array[int]) -> None:
    """Copy the wanted slots to the pages that are marked, or that are in other slots now."""
    arena, pool, first = tracker.arena, tracker.pool, number * TABLE_PAGES
    data, marks = _bytes_of(arena), arena.dirty
    count = min(TABLE_PAGES, -(-len(data) // PAGE) - first)
    if wanted is pool.zero.slots and _is_given_back(arena, first * PAGE, count * PAGE):
        return
    copier = _copier(pool, len(data))
    if copier is not None:
        copier.put(data, marks, first, count, now, wanted)
        return
    for at in range(count):
        if now[at] != wanted[at] or marks[first + at]:
            start = (first + at) * PAGE
            end = min(start + PAGE, len(data))
            data[start:end] = pool.read(wanted[at])[: end - start]


def _is_given_back(arena: Memory | Table | Heap, start: int, nbytes: int) -> bool:
    """Make pages of a sparse memory zero, so that they take no memory; False for other arenas."""
    return isinstance(arena, Memory) and arena.is_sparse and give_back(arena.data, start, nbytes)


def _copier(pool: PagePool, nbytes: int) -> PageCopier | None:
    """Return the native copier, if it is loaded and the arena consists of whole pages."""
    if pool.copier is None and pool.copied >= _WORTH_LOADING:
        pool.copied = 0
        make = _load_copier()
        pool.copier = None if make is None else make(pool.segments)
    return None if nbytes % PAGE else pool.copier


def _load_copier() -> type[PageCopier] | None:
    """Return what copies natively; None while the loop is not compiled, or cannot be."""
    try:
        from wasmlab.native.loop import is_ready, load_loop  # no loop everywhere
        from wasmlab.native.page_copier import PageCopier  # likewise

        if not is_ready():
            return None
        load_loop()
    except (ImportError, OSError, RuntimeError):
        return None
    return PageCopier


# --- images as such -----------------------------------------------------------------------------


def changed_pages(
    pages: PageImage, before: PageImage, pool: PagePool
) -> Iterator[tuple[int, bytes]]:
    """Yield number and contents of the pages that differ from those of an earlier image."""
    for number, (was, now) in enumerate(zip_longest(before, pages, fillvalue=pool.zero)):
        if was is not now:
            for at, (old, slot) in enumerate(zip(was.slots, now.slots, strict=True)):
                if old != slot:
                    yield number * TABLE_PAGES + at, bytes(pool.read(slot))


def read_image(pages: PageImage, pool: PagePool, start: int, end: int) -> bytes:
    """Return the bytes of an image at addresses from start (included) to end (excluded)."""
    parts: list[bytes | bytearray] = []
    for page in range(start // PAGE, -(-end // PAGE)):
        number, at = divmod(page, TABLE_PAGES)
        parts.append(pool.read(pages[number].slots[at] if number < len(pages) else 0))
    first = start % PAGE
    return b"".join(parts)[first : first + end - start]


def image_with(
    before: PageImage, changes: Iterable[tuple[int, bytes]], pool: PagePool
) -> tuple[PageImage, int]:
    """Return an image with pages replaced, and how many bytes these take.

    changes: page numbers and contents; contents shorter than a page are filled up with zeros.
    """
    page_tables, own, new = list(before), set[int](), 0
    for page, content in changes:
        number, at = divmod(page, TABLE_PAGES)
        page_tables.extend([pool.zero] * (number + 1 - len(page_tables)))
        if number not in own:
            own.add(number)
            page_tables[number] = pool.page_table(page_tables[number].slots[:])
            new += TABLE_COST
        pool.make_ready()
        page_tables[number].slots[at] = pool.write(content.ljust(PAGE, b"\0")) if content else 0
        new += PAGE
    return tuple(page_tables), new


def own_size(before: PageImage, gone: PageImage, after: PageImage) -> int:
    """Return how many bytes an image takes that it shares with neither neighbour in time."""
    found = 0
    for was, here, then in zip_longest(before, gone, after):
        if here is not None and here is not was and here is not then:
            others = [page_table.slots for page_table in (was, then) if page_table is not None]
            found += PAGE * len(set(here.slots).difference((0,), *others)) + TABLE_COST
    return found


def image_size(pages: PageImage) -> int:
    """Return how many bytes an image takes."""
    return sum(
        PAGE * (TABLE_PAGES - page_table.slots.count(0)) + TABLE_COST for page_table in pages
    )
