"""Images of arenas: what is captured comes back, in pages that are shared and used again."""

from __future__ import annotations

import gc
import random
from typing import TYPE_CHECKING

import pytest

from wasmlab.engine.recording.snapshots.page_pool import PAGE, TABLE_PAGES, PagePool
from wasmlab.engine.recording.snapshots.pages import (
    DirtyTracker,
    PageImage,
    add_marks,
    capture_pages,
    changed_pages,
    clear_marks,
    count_dirty,
    dirty_marks,
    image_size,
    image_with,
    own_size,
    restore_pages,
)
from wasmlab.runtime.memory import Memory, MemoryBudget
from wasmlab.runtime.table import Table
from wasmlab.syntax.types import FUNCREF, PAGE_SIZE, Limits, MemType, TableType

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES_IN_LEAF = TABLE_PAGES * PAGE


def each_pool() -> PagePool:
    """Copy page by page, as where there is no native copier."""
    return PagePool()


def native_pool() -> PagePool:
    """Copy natively from the first page on."""
    pytest.importorskip("llvmlite")
    from wasmlab.native.page_copier import PageCopier  # llvmlite may be missing

    pool = PagePool()
    pool.copier = PageCopier(pool.segments)
    return pool


POOLS = pytest.mark.parametrize("make", [each_pool, native_pool])


def memory(nbytes: int, pool: PagePool | None = None) -> DirtyTracker:
    size = Limits(nbytes // PAGE_SIZE, nbytes // PAGE_SIZE + 16)
    return DirtyTracker(Memory(MemType(size), MemoryBudget(1 << 30)), pool or PagePool())


def content(tracker: DirtyTracker) -> bytes:
    arena = tracker.arena
    return bytes(arena.data[: arena.size] if isinstance(arena, Memory) else arena.cells.cast("B"))


def write(tracker: DirtyTracker, addr: int, data: bytes) -> None:
    assert isinstance(tracker.arena, Memory)
    tracker.arena.write(addr, data)


@POOLS
def test_any_image_comes_back_from_any_state(make: Callable[[], PagePool]) -> None:
    rng = random.Random(7)  # noqa: S311 - a walk that repeats
    tracker = memory(3 * BYTES_IN_LEAF, make())
    images: list[tuple[PageImage, bytes]] = []
    for _ in range(60):
        for _ in range(rng.randrange(5)):
            write(tracker, rng.randrange(3 * BYTES_IN_LEAF - 9), rng.randbytes(9))
        if images and rng.random() < 0.4:
            pages, expected = images.pop(rng.randrange(len(images)))
            restore_pages(tracker, pages)
            assert content(tracker) == expected
        else:
            images.append((capture_pages(tracker)[0], content(tracker)))


@POOLS
def test_bytes_that_stay_equal_cost_nothing(make: Callable[[], PagePool]) -> None:
    tracker = memory(BYTES_IN_LEAF, make())
    write(tracker, 5, b"abc")
    first, _ = capture_pages(tracker)
    write(tracker, 5, b"abc")
    assert capture_pages(tracker) == (first, 0)


def test_equal_write_is_touched_all_the_same() -> None:
    tracker = memory(2 * BYTES_IN_LEAF)
    capture_pages(tracker)
    write(tracker, BYTES_IN_LEAF + PAGE, b"\0")
    capture_pages(tracker)
    assert tracker.touched == {1: b"\0\1" + bytes(TABLE_PAGES - 2)}


def test_restored_leaf_counts_as_touched() -> None:
    tracker = memory(BYTES_IN_LEAF)
    first, _ = capture_pages(tracker)
    write(tracker, 0, b"x")
    capture_pages(tracker)
    tracker.touched = {}
    restore_pages(tracker, first)
    assert tracker.touched[0][0] == 1


def test_leaves_that_were_not_written_are_shared() -> None:
    tracker = memory(3 * BYTES_IN_LEAF)
    write(tracker, 2 * BYTES_IN_LEAF, b"x")
    first, _ = capture_pages(tracker)
    write(tracker, 0, b"x")
    second, new = capture_pages(tracker)
    assert second[2] is first[2]
    assert PAGE < new < 2 * PAGE


@POOLS
def test_room_of_images_that_are_gone_is_used_again(make: Callable[[], PagePool]) -> None:
    tracker = memory(BYTES_IN_LEAF, make())
    for i in range(40):
        for page in range(TABLE_PAGES):
            write(tracker, page * PAGE, bytes([i + 1]))
        capture_pages(tracker)
        gc.collect()
    assert tracker.pool.nbytes <= 5 * BYTES_IN_LEAF


@POOLS
def test_page_that_ends_with_the_arena_comes_back(make: Callable[[], PagePool]) -> None:
    tracker = DirtyTracker(Memory(MemType(Limits(5, 5), page_size=1), MemoryBudget(100)), make())
    write(tracker, 0, b"hello")
    image, _ = capture_pages(tracker)
    write(tracker, 0, b"world")
    restore_pages(tracker, image)
    assert content(tracker) == b"hello"


def test_table_comes_back() -> None:
    tracker = DirtyTracker(Table(TableType(FUNCREF, Limits(2000, 2000))), PagePool())
    assert isinstance(tracker.arena, Table)
    tracker.arena.set(1999, 42)
    image, _ = capture_pages(tracker)
    tracker.arena.fill(0, 7, 2000)
    restore_pages(tracker, image)
    assert tracker.arena.cells.tolist()[:2000] == [0] * 1999 + [42]


def test_memory_that_grew_is_zero_after_the_end_of_an_older_image() -> None:
    tracker = memory(PAGE_SIZE)
    write(tracker, 0, b"x")
    image, _ = capture_pages(tracker)
    assert isinstance(tracker.arena, Memory)
    tracker.arena.grow(16)
    write(tracker, 17 * PAGE_SIZE - 1, b"y")
    capture_pages(tracker)
    restore_pages(tracker, image)
    assert content(tracker) == b"x" + bytes(17 * PAGE_SIZE - 1)


def test_image_is_rebuilt_from_what_changed() -> None:
    pool = PagePool()
    tracker = memory(2 * BYTES_IN_LEAF, pool)
    write(tracker, 3 * PAGE, b"abc")
    before, _ = capture_pages(tracker)
    write(tracker, BYTES_IN_LEAF, b"def")
    write(tracker, 3 * PAGE, bytes(3))
    after, _ = capture_pages(tracker)
    expected = content(tracker)
    changes = [(page, data.rstrip(b"\0")) for page, data in changed_pages(after, before, pool)]
    assert [page for page, _ in changes] == [3, TABLE_PAGES]
    again, _ = image_with(before, changes, pool)
    restore_pages(tracker, before)
    restore_pages(tracker, again)
    assert content(tracker) == expected


def test_image_frees_what_no_neighbour_shares() -> None:
    tracker = memory(BYTES_IN_LEAF)
    write(tracker, 0, b"stays")
    before, _ = capture_pages(tracker)
    write(tracker, PAGE, b"goes")
    gone, _ = capture_pages(tracker)
    write(tracker, PAGE, b"new")
    after, _ = capture_pages(tracker)
    assert PAGE <= own_size(before, gone, after) < 2 * PAGE
    assert 2 * PAGE <= image_size(after) < 3 * PAGE


def test_marks_that_were_taken_away_come_back_beside_new_ones() -> None:
    tracker = memory(2 * BYTES_IN_LEAF)
    written = (0, PAGE - 1, BYTES_IN_LEAF, 2 * BYTES_IN_LEAF - 1)
    for addr in written[:3]:
        write(tracker, addr, b"\1")
    before = dirty_marks(tracker)
    assert count_dirty(tracker) == 2
    clear_marks(tracker, before)
    assert dirty_marks(tracker) == {}
    write(tracker, written[3], b"\1")
    assert count_dirty(tracker) == 1
    add_marks(tracker, before)
    assert count_dirty(tracker) == 3
    restore_pages(tracker, ())
    assert content(tracker) == bytes(2 * BYTES_IN_LEAF)


def test_marks_after_the_end_of_a_memory_that_shrank_are_put_right() -> None:
    tracker = memory(PAGE_SIZE)
    assert isinstance(tracker.arena, Memory)
    before, _ = capture_pages(tracker)
    tracker.arena.grow(8)
    write(tracker, 8 * PAGE_SIZE, b"grown")
    tracker.arena.size = PAGE_SIZE
    restore_pages(tracker, before)
    tracker.arena.grow(8)
    assert content(tracker) == bytes(9 * PAGE_SIZE)
