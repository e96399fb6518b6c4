"""Images of arenas: what is captured comes back, in pages that are shared and used again."""

from __future__ import annotations

import gc
import random
from typing import TYPE_CHECKING

import pytest

from wasmlab.engine.recording.snapshots.page_pool import LEAF, PAGE, Room
from wasmlab.engine.recording.snapshots.pages import (
    Pages,
    Tracked,
    capture,
    changed,
    count_marked,
    freed,
    mark_again,
    marked,
    rebuilt,
    restore,
    size_of,
    unmark,
)
from wasmlab.runtime.memory import Memory, MemoryBudget
from wasmlab.runtime.table import Table
from wasmlab.syntax.types import FUNCREF, PAGE_SIZE, Limits, MemType, TableType

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES_IN_LEAF = LEAF * PAGE


def each_room() -> Room:
    """Copy page by page, as where there is no native copier."""
    return Room()


def native_room() -> Room:
    """Copy natively from the first page on."""
    pytest.importorskip("llvmlite")
    from wasmlab.native.page_copier import PageCopier  # noqa: PLC0415 - llvmlite may be missing

    room = Room()
    room.copier = PageCopier(room.segments)
    return room


ROOMS = pytest.mark.parametrize("make", [each_room, native_room])


def memory(nbytes: int, room: Room | None = None) -> Tracked:
    size = Limits(nbytes // PAGE_SIZE, nbytes // PAGE_SIZE + 16)
    return Tracked(Memory(MemType(size), MemoryBudget(1 << 30)), room or Room())


def content(tracked: Tracked) -> bytes:
    arena = tracked.arena
    return bytes(arena.data[: arena.size] if isinstance(arena, Memory) else arena.cells.cast("B"))


def write(tracked: Tracked, addr: int, data: bytes) -> None:
    assert isinstance(tracked.arena, Memory)
    tracked.arena.write(addr, data)


@ROOMS
def test_any_image_comes_back_from_any_state(make: Callable[[], Room]) -> None:
    rng = random.Random(7)  # noqa: S311 - a walk that repeats
    tracked = memory(3 * BYTES_IN_LEAF, make())
    images: list[tuple[Pages, bytes]] = []
    for _ in range(60):
        for _ in range(rng.randrange(5)):
            write(tracked, rng.randrange(3 * BYTES_IN_LEAF - 9), rng.randbytes(9))
        if images and rng.random() < 0.4:
            pages, expected = images.pop(rng.randrange(len(images)))
            restore(tracked, pages)
            assert content(tracked) == expected
        else:
            images.append((capture(tracked)[0], content(tracked)))


@ROOMS
def test_bytes_that_stay_equal_cost_nothing(make: Callable[[], Room]) -> None:
    tracked = memory(BYTES_IN_LEAF, make())
    write(tracked, 5, b"abc")
    first, _ = capture(tracked)
    write(tracked, 5, b"abc")
    assert capture(tracked) == (first, 0)


def test_equal_write_is_touched_all_the_same() -> None:
    tracked = memory(2 * BYTES_IN_LEAF)
    capture(tracked)
    write(tracked, BYTES_IN_LEAF + PAGE, b"\0")
    capture(tracked)
    assert tracked.touched == {1: b"\0\1" + bytes(LEAF - 2)}


def test_restored_leaf_counts_as_touched() -> None:
    tracked = memory(BYTES_IN_LEAF)
    first, _ = capture(tracked)
    write(tracked, 0, b"x")
    capture(tracked)
    tracked.touched = {}
    restore(tracked, first)
    assert tracked.touched[0][0] == 1


def test_leaves_that_were_not_written_are_shared() -> None:
    tracked = memory(3 * BYTES_IN_LEAF)
    write(tracked, 2 * BYTES_IN_LEAF, b"x")
    first, _ = capture(tracked)
    write(tracked, 0, b"x")
    second, new = capture(tracked)
    assert second[2] is first[2]
    assert PAGE < new < 2 * PAGE


@ROOMS
def test_room_of_images_that_are_gone_is_used_again(make: Callable[[], Room]) -> None:
    tracked = memory(BYTES_IN_LEAF, make())
    for i in range(40):
        for page in range(LEAF):
            write(tracked, page * PAGE, bytes([i + 1]))
        capture(tracked)
        gc.collect()
    assert tracked.room.nbytes <= 5 * BYTES_IN_LEAF


@ROOMS
def test_page_that_ends_with_the_arena_comes_back(make: Callable[[], Room]) -> None:
    tracked = Tracked(Memory(MemType(Limits(5, 5), page_size=1), MemoryBudget(100)), make())
    write(tracked, 0, b"hello")
    image, _ = capture(tracked)
    write(tracked, 0, b"world")
    restore(tracked, image)
    assert content(tracked) == b"hello"


def test_table_comes_back() -> None:
    tracked = Tracked(Table(TableType(FUNCREF, Limits(2000, 2000))), Room())
    assert isinstance(tracked.arena, Table)
    tracked.arena.set(1999, 42)
    image, _ = capture(tracked)
    tracked.arena.fill(0, 7, 2000)
    restore(tracked, image)
    assert tracked.arena.cells.tolist()[:2000] == [0] * 1999 + [42]


def test_memory_that_grew_is_zero_after_the_end_of_an_older_image() -> None:
    tracked = memory(PAGE_SIZE)
    write(tracked, 0, b"x")
    image, _ = capture(tracked)
    assert isinstance(tracked.arena, Memory)
    tracked.arena.grow(16)
    write(tracked, 17 * PAGE_SIZE - 1, b"y")
    capture(tracked)
    restore(tracked, image)
    assert content(tracked) == b"x" + bytes(17 * PAGE_SIZE - 1)


def test_image_is_rebuilt_from_what_changed() -> None:
    room = Room()
    tracked = memory(2 * BYTES_IN_LEAF, room)
    write(tracked, 3 * PAGE, b"abc")
    before, _ = capture(tracked)
    write(tracked, BYTES_IN_LEAF, b"def")
    write(tracked, 3 * PAGE, bytes(3))
    after, _ = capture(tracked)
    expected = content(tracked)
    changes = [(page, data.rstrip(b"\0")) for page, data in changed(after, before, room)]
    assert [page for page, _ in changes] == [3, LEAF]
    again, _ = rebuilt(before, changes, room)
    restore(tracked, before)
    restore(tracked, again)
    assert content(tracked) == expected


def test_image_frees_what_no_neighbour_shares() -> None:
    tracked = memory(BYTES_IN_LEAF)
    write(tracked, 0, b"stays")
    before, _ = capture(tracked)
    write(tracked, PAGE, b"goes")
    gone, _ = capture(tracked)
    write(tracked, PAGE, b"new")
    after, _ = capture(tracked)
    assert PAGE <= freed(before, gone, after) < 2 * PAGE
    assert 2 * PAGE <= size_of(after) < 3 * PAGE


def test_marks_that_were_taken_away_come_back_beside_new_ones() -> None:
    tracked = memory(2 * BYTES_IN_LEAF)
    written = (0, PAGE - 1, BYTES_IN_LEAF, 2 * BYTES_IN_LEAF - 1)
    for addr in written[:3]:
        write(tracked, addr, b"\1")
    before = marked(tracked)
    assert count_marked(tracked) == 2
    unmark(tracked, before)
    assert marked(tracked) == {}
    write(tracked, written[3], b"\1")
    assert count_marked(tracked) == 1
    mark_again(tracked, before)
    assert count_marked(tracked) == 3
    restore(tracked, ())
    assert content(tracked) == bytes(2 * BYTES_IN_LEAF)


def test_marks_after_the_end_of_a_memory_that_shrank_are_put_right() -> None:
    tracked = memory(PAGE_SIZE)
    assert isinstance(tracked.arena, Memory)
    before, _ = capture(tracked)
    tracked.arena.grow(8)
    write(tracked, 8 * PAGE_SIZE, b"grown")
    tracked.arena.size = PAGE_SIZE
    restore(tracked, before)
    tracked.arena.grow(8)
    assert content(tracked) == bytes(9 * PAGE_SIZE)
