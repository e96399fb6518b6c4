"""Images of arenas: copies of pages of 4 KiB, shared between images where they are equal.

An image is a tuple of leaves, each with the slots of 256 pages; what lies behind the last leaf is
zero. Between two images only leaves with pages that were written are made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import zip_longest
from typing import TYPE_CHECKING

from wasmlab.engine.recording.snapshots.page_pool import LEAF, PAGE, Leaf, Room
from wasmlab.runtime.memory import DIRTY_SHIFT, Memory

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Mapping
    from mmap import mmap

    from wasmlab.native.page_copier import PageCopier
    from wasmlab.runtime.heap import Heap
    from wasmlab.runtime.table import Table

Pages = tuple[Leaf, ...]
"""An image."""
Touched = dict[int, bytes]
"""Marks of pages that were written, by number of the leaf."""
LEAF_COST = 4 * LEAF + 400
"""Bytes that a leaf and the marks of its pages take, about."""
_ALL = b"\1" * LEAF
_WORTH_LOADING = 2048
"""Pages that are copied one by one before the native copier is loaded, which takes as long."""


@dataclass(slots=True, eq=False)
class Tracked:
    """An arena with dirty marks, and its image when marks and image last agreed."""

    arena: Memory | Table | Heap
    room: Room
    base: Pages = ()
    touched: Touched = field(default_factory=Touched)
    """What the marks were, back to where somebody last took them into account."""


def _bytes_of(arena: Memory | Table | Heap) -> bytearray | mmap | memoryview:
    return arena.data if isinstance(arena, Memory) else arena.cells.cast("B")


def capture(tracked: Tracked) -> tuple[Pages, int]:
    """Return an arena as it is now, and how many bytes of that are new.

    The dirty marks are cleared and go to ``touched``.
    """
    room, leaves, new = tracked.room, list(tracked.base), 0
    for number, marks in marked(tracked).items():
        leaves.extend([room.zero] * (number + 1 - len(leaves)))
        room.make_ready()
        slots, free = leaves[number].slots[:], len(room.free)
        _keep(tracked, number, marks, slots)
        copied = free - len(room.free)
        if copied:
            leaves[number] = room.leaf(slots)
            new += PAGE * copied + LEAF_COST
        _clear(tracked, number, marks)
    if new:
        tracked.base = tuple(leaves)
    return tracked.base, new


def restore(tracked: Tracked, pages: Pages) -> None:
    """Make an arena hold an image again; what that changes counts as touched.

    The arena's size must be at least that of the image, and what lies beyond it is made zero.
    """
    zero = tracked.room.zero
    dirty = tracked.arena.dirty
    found = dict(_marked(dirty, len(dirty)))
    for number, (now, wanted) in enumerate(zip_longest(tracked.base, pages, fillvalue=zero)):
        if now is not wanted or number in found:
            _put(tracked, number, now.slots, wanted.slots)
            _clear(tracked, number, found.pop(number, b"") if now is wanted else _ALL)
    for number, marks in found.items():
        _put(tracked, number, zero.slots, zero.slots)
        _clear(tracked, number, marks)
    tracked.base = pages


def marked(tracked: Tracked) -> dict[int, bytes]:
    """Return the marks of every leaf that has any, by number: what was written since ``capture``.

    Memories are looked through as far as they reach now, which is mostly little of what they may.
    """
    arena, end = tracked.arena, len(tracked.arena.dirty)
    if isinstance(arena, Memory):
        end = min(end, (arena.size >> DIRTY_SHIFT) + 1)
    return dict(_marked(arena.dirty, end))


def count_marked(tracked: Tracked) -> int:
    """Return how many pages were written since ``capture``."""
    return sum(marks.count(1) for marks in marked(tracked).values())


def _marked(dirty: bytearray, end: int) -> Iterator[tuple[int, bytes]]:
    at = dirty.find(1, 0, end)
    while at >= 0:
        number = at // LEAF
        yield number, bytes(dirty[number * LEAF : (number + 1) * LEAF])
        at = dirty.find(1, (number + 1) * LEAF, end)


def unmark(tracked: Tracked, numbers: Iterable[int]) -> None:
    """Take the marks of leaves away, as if nothing had been written there."""
    dirty = tracked.arena.dirty
    for number in numbers:
        first = number * LEAF
        count = min(LEAF, len(dirty) - first)
        dirty[first : first + count] = bytes(count)


def mark_again(tracked: Tracked, before: Mapping[int, bytes]) -> None:
    """Add marks, by number of the leaf, to those that are there."""
    dirty = tracked.arena.dirty
    for number, marks in before.items():
        first = number * LEAF
        both = either(bytes(dirty[first : first + LEAF]), marks)
        dirty[first : first + len(marks)] = both[: len(marks)]


def _clear(tracked: Tracked, number: int, marks: bytes) -> None:
    """Take marks off a leaf's pages into account."""
    unmark(tracked, (number,))
    before = tracked.touched.get(number)
    tracked.touched[number] = marks if before is None else either(before, marks)


def either(a: bytes, b: bytes) -> bytes:
    """Return the marks that are in one of two rows."""
    bits = int.from_bytes(a, "little") | int.from_bytes(b, "little")
    return bits.to_bytes(LEAF, "little")


# --- copying ------------------------------------------------------------------------------------


def _keep(tracked: Tracked, number: int, marks: bytes, slots: array[int]) -> None:
    """Copy marked pages that differ from their slots, and note the new ones."""
    data, room, first = _bytes_of(tracked.arena), tracked.room, number * LEAF
    copier = _copier(room, len(data))
    if copier is not None:
        count = min(LEAF, len(data) // PAGE - first)
        copier.keep(data, tracked.arena.dirty, first, count, slots, room.free)
        return
    at = marks.find(1)
    while at >= 0:
        start = (first + at) * PAGE
        page = bytes(data[start : start + PAGE])
        if len(page) < PAGE:
            page += bytes(PAGE - len(page))
        if page != room.read(slots[at]):
            slots[at] = room.write(page)
        room.copied += 1
        at = marks.find(1, at + 1)


def _put(tracked: Tracked, number: int, now: array[int], wanted: array[int]) -> None:
    """Give pages the contents of the wanted slots where they are marked, or in others now."""
    arena, room, first = tracked.arena, tracked.room, number * LEAF
    data, marks = _bytes_of(arena), arena.dirty
    count = min(LEAF, -(-len(data) // PAGE) - first)
    copier = _copier(room, len(data))
    if copier is not None:
        copier.put(data, marks, first, count, now, wanted)
        return
    for at in range(count):
        if now[at] != wanted[at] or marks[first + at]:
            start = (first + at) * PAGE
            end = min(start + PAGE, len(data))
            data[start:end] = room.read(wanted[at])[: end - start]


def _copier(room: Room, nbytes: int) -> PageCopier | None:
    """Return what copies many pages at once, if it can be had, and an arena has whole pages."""
    if room.copier is None and room.copied >= _WORTH_LOADING:
        room.copied = 0
        make = _loaded()
        room.copier = None if make is None else make(room.segments)
    return None if nbytes % PAGE else room.copier


@cache
def _loaded() -> type[PageCopier] | None:
    if find_spec("llvmlite") is None:
        return None
    try:
        from wasmlab.native.page_copier import PageCopier, load_functions  # noqa: PLC0415 - llvmlite

        load_functions()
    except (ImportError, OSError, RuntimeError):
        return None
    return PageCopier


# --- images as such -----------------------------------------------------------------------------


def changed(pages: Pages, before: Pages, room: Room) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the pages that differ from those of an image before."""
    for number, (was, now) in enumerate(zip_longest(before, pages, fillvalue=room.zero)):
        if was is not now:
            for at, (old, slot) in enumerate(zip(was.slots, now.slots, strict=True)):
                if old != slot:
                    yield number * LEAF + at, bytes(room.read(slot))


def content(pages: Pages, room: Room, start: int, end: int) -> bytes:
    """Return the bytes of an image from one address to before another."""
    parts: list[bytes | bytearray] = []
    for page in range(start // PAGE, -(-end // PAGE)):
        number, at = divmod(page, LEAF)
        parts.append(room.read(pages[number].slots[at] if number < len(pages) else 0))
    first = start % PAGE
    return b"".join(parts)[first : first + end - start]


def rebuilt(before: Pages, changes: Iterable[tuple[int, bytes]], room: Room) -> tuple[Pages, int]:
    """Return an image with changes in it, and how many bytes these take.

    What a content is too short for is zero.
    """
    leaves, own, new = list(before), set[int](), 0
    for page, content in changes:
        number, at = divmod(page, LEAF)
        leaves.extend([room.zero] * (number + 1 - len(leaves)))
        if number not in own:
            own.add(number)
            leaves[number] = room.leaf(leaves[number].slots[:])
            new += LEAF_COST
        room.make_ready()
        leaves[number].slots[at] = room.write(content.ljust(PAGE, b"\0")) if content else 0
        new += PAGE
    return tuple(leaves), new


def freed(before: Pages, gone: Pages, after: Pages) -> int:
    """Return how many bytes an image takes that neither neighbour shares."""
    found = 0
    for was, here, then in zip_longest(before, gone, after):
        if here is not None and here is not was and here is not then:
            others = [leaf.slots for leaf in (was, then) if leaf is not None]
            found += PAGE * len(set(here.slots).difference((0,), *others)) + LEAF_COST
    return found


def size_of(pages: Pages) -> int:
    """Return how many bytes an image takes."""
    return sum(PAGE * (LEAF - leaf.slots.count(0)) + LEAF_COST for leaf in pages)
