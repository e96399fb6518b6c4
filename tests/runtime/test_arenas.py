"""Arenas: memories, tables, references; what they mark and what they refuse."""

import pytest

from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.runtime.arena import slot_arena
from wasmlab.runtime.memory import DIRTY_SHIFT, Memory, MemoryBudget
from wasmlab.runtime.reference import RefTag, func_ref, host_ref, i31_ref, payload, ref_tag
from wasmlab.runtime.table import MAX_ELEMENTS, Table
from wasmlab.syntax.types import FUNCREF, I64, PAGE_SIZE, Limits, MemType, TableType

DIRTY_PAGE = 1 << DIRTY_SHIFT
MARKS = 2
"""Pages of marks that go with the first page that is written in each 16 MiB."""


def memory(pages: int = 1, maximum: int | None = 3, budget: int = 1 << 30) -> Memory:
    return Memory(MemType(Limits(pages, maximum)), MemoryBudget(budget))


def test_memory_write_across_two_pages_marks_both() -> None:
    mem = memory()
    mem.write(DIRTY_PAGE - 1, b"ab")
    assert list(mem.dirty[:3]) == [1, 1, 0]


def test_memory_write_outside_traps_before_anything_is_written() -> None:
    mem = memory()
    with pytest.raises(Trap) as caught:
        mem.write(PAGE_SIZE - 1, b"ab")
    assert caught.value.code is TrapCode.OUT_OF_BOUNDS_MEMORY
    assert mem.read(PAGE_SIZE - 1, 1) == b"\0"
    assert not any(mem.dirty)


def test_memory_grow_returns_the_old_size_until_the_maximum() -> None:
    mem = memory()
    assert [mem.grow(1), mem.grow(1), mem.grow(1)] == [1, 2, -1]
    assert mem.pages == 3
    assert mem.read(3 * PAGE_SIZE - 1, 1) == b"\0"


def test_memory_grow_beyond_the_budget_fails_without_effect() -> None:
    mem = memory(maximum=None, budget=2 * PAGE_SIZE)
    assert mem.grow(2) == -1
    assert mem.grow(1) == 1


def test_memory_larger_than_the_budget_counts_what_is_written() -> None:
    mem = memory(pages=100, maximum=None, budget=PAGE_SIZE)
    assert mem.is_sparse
    for number in range(8):
        mem.write(number * PAGE_SIZE, b"a")
    assert mem.count_written() == 8 + MARKS
    mem.budget.need(1)
    mem.write(0, b"b")
    mem.write(99 * PAGE_SIZE, b"b")
    with pytest.raises(Exhaustion, match="memory limit exhausted"):
        mem.budget.need(1)


def test_marks_that_are_kept_count_once_and_come_back() -> None:
    mem = memory(pages=100, maximum=None, budget=PAGE_SIZE)
    mem.write(5, b"a")
    kept = mem.written_marks()
    mem.write(PAGE_SIZE, b"a")
    mem.keep_marks(0, 256)
    mem.dirty[:256] = bytes(256)
    mem.write(PAGE_SIZE, b"b")
    assert mem.count_written() == 2 + MARKS
    mem.dirty[:256] = bytes(256)
    mem.restore_written(kept)
    assert mem.count_written() == 1 + MARKS


def test_marks_of_each_16_mib_count_as_they_are_made() -> None:
    mem = memory(pages=1024, maximum=None, budget=PAGE_SIZE)
    for number, addr in enumerate((0, 16 << 20, 48 << 20), 1):
        mem.write(addr, b"a")
        assert mem.count_written() == (1 + MARKS) * number
    mem.write(17 << 20, b"a")
    assert mem.count_written() == 3 * (1 + MARKS) + 1


def test_memory_copy_of_overlapping_ranges_is_as_if_buffered() -> None:
    mem = memory()
    mem.write(0, b"abcdef")
    mem.copy(2, mem, 0, 4)
    assert mem.read(0, 6) == b"ababcd"


def test_memory_init_past_the_segment_traps() -> None:
    with pytest.raises(Trap, match="out of bounds memory access"):
        memory().init(0, b"abc", 2, 2)


def test_memory_with_64_bit_addresses_may_declare_more_than_it_gets() -> None:
    mem = Memory(MemType(Limits(1, None), I64), MemoryBudget(4 * PAGE_SIZE))
    assert mem.grow(1 << 40) == -1
    assert mem.grow(3) == 1


def test_table_copy_of_overlapping_ranges_is_as_if_buffered() -> None:
    table = Table(TableType(FUNCREF, Limits(5)))
    for i in range(5):
        table.set(i, i + 1)
    table.copy(1, table, 0, 4)
    assert list(table.cells[:5]) == [1, 1, 2, 3, 4]


def test_table_access_outside_traps() -> None:
    table = Table(TableType(FUNCREF, Limits(2)))
    for act in (
        lambda: table.get(2),
        lambda: table.set(2, 0),
        lambda: table.fill(1, 0, 2),
        lambda: table.init(0, [1], 0, 2),
    ):
        with pytest.raises(Trap, match="out of bounds table access"):
            act()


def test_table_that_declares_too_much_is_refused() -> None:
    with pytest.raises(Exhaustion):
        Table(TableType(FUNCREF, Limits(MAX_ELEMENTS + 1)))


def test_table_grow_beyond_its_maximum_returns_minus_one() -> None:
    table = Table(TableType(FUNCREF, Limits(1, 2)))
    assert table.grow(1, 0) == 1
    assert table.grow(1, 0) == -1
    assert table.size == 2


@pytest.mark.parametrize(
    ("ref", "tag", "content"),
    [
        (func_ref(0), RefTag.FUNC, 0),
        (host_ref(3), RefTag.HOST, 3),
        (i31_ref(-1), RefTag.I31, 0x7FFF_FFFF),
    ],
)
def test_reference_keeps_tag_and_payload_and_is_not_null(
    ref: int, tag: RefTag, content: int
) -> None:
    assert ref != 0
    assert ref_tag(ref) is tag
    assert payload(ref) == content


@pytest.mark.parametrize("count", [0, 1, 5, 100_000])
def test_slot_arena_is_zero_and_holds_64_bits(count: int) -> None:
    arena = slot_arena(count)
    assert len(arena) == max(count, 1)
    arena[-1] = 0xFFFF_FFFF_FFFF_FFFF
    assert arena[-1] == 0xFFFF_FFFF_FFFF_FFFF


def test_table_that_begins_small_moves_when_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wasmlab.runtime.table.IS_BROWSER", True)
    table = Table(TableType(FUNCREF, Limits(3)))
    table.set(2, 7)
    before = len(table.cells)
    assert table.grow(2 * before, 9) == 3
    assert len(table.cells) > before
    assert [table.get(0), table.get(2), table.get(3), table.get(table.size - 1)] == [0, 7, 9, 9]
    assert table.dirty[(table.size - 1) >> 9] == 1
