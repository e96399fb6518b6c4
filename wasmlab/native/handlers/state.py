"""Handlers of instructions that act on tables, memories as a whole, and references.

In their cells A is the offset of the lowest operand and C what the instruction names: a row,
or a pair of rows. What is not here leaves the loop.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handlers.bulk import leave_unless_inside, mark_pages, spend, spend_bytes
from wasmlab.native.handlers.handler import INT8, INT32, INT64, POINTER
from wasmlab.native.layout import WORD, MemoryWord, SegmentWord, StateWord, TableWord
from wasmlab.runtime.memory import DIRTY_SHIFT
from wasmlab.runtime.reference import TAG_SHIFT, RefTag
from wasmlab.runtime.table import DIRTY_SHIFT as TABLE_DIRTY_SHIFT
from wasmlab.runtime.table import ELEMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler

    Body = Callable[[Handler], None]

_I31_BITS = 31


def _is_null(h: Handler) -> None:
    base = h.slot(h.a)
    h.write(h.e.zext(h.e.eq(h.load(base, 0, INT64), INT64(0)), 32), base)


def _eq(h: Handler) -> None:
    base = h.slot(h.a)
    h.write(h.e.zext(h.e.eq(h.load(base, 0, INT64), h.load(base, WORD, INT64)), 32), base)


def _non_null(h: Handler) -> Ir:
    """Return the reference at A, having left if it is null."""
    ref = h.load(h.slot(h.a), 0, INT64)
    h.leave_if(h.e.eq(ref, INT64(0)))
    return ref


def _as_non_null(h: Handler) -> None:
    _non_null(h)


def _nothing(_h: Handler) -> None:
    return


def _i31_new(h: Handler) -> None:
    base = h.slot(h.a)
    bits = h.e.and_(h.load(base, 0, INT64), INT64((1 << _I31_BITS) - 1))
    h.write(h.e.or_(h.e.shl(bits, INT64(TAG_SHIFT)), INT64(RefTag.I31)), base)


def _i31_get(h: Handler, *, signed: bool) -> None:
    value = h.e.trunc(h.e.lshr(_non_null(h), INT64(TAG_SHIFT)), 32)
    if signed:
        value = h.e.ashr(h.e.shl(value, INT32(1)), INT32(1))
    h.write(value, h.slot(h.a))


def _table_get(h: Handler) -> None:
    base = h.slot(h.a)
    h.write(h.load(_element(h, base), 0, INT64), base)


def _table_set(h: Handler) -> None:
    base = h.slot(h.a)
    element = _element(h, base)
    h.store(h.load(base, WORD, INT64), element, 0)
    page = h.e.lshr(h.load(base, 0, INT64), INT64(TABLE_DIRTY_SHIFT))
    h.store(INT8(1), h.word(h.c(POINTER), TableWord.DIRTY, POINTER), page, 1)


def _element(h: Handler, index_slot: Ir) -> Ir:
    """Return the address of a table's element, having left if it is outside."""
    table, index = h.c(POINTER), h.load(index_slot, 0, INT64)
    h.leave_if(h.e.ge_u(index, h.word(table, TableWord.SIZE)))
    return _cell(h, table, index)


def _table_size(h: Handler) -> None:
    h.write(h.word(h.c(POINTER), TableWord.SIZE), h.slot(h.a))


def _memory_size(h: Handler) -> None:
    row = h.c(POINTER)
    pages = h.e.udiv(h.word(row, MemoryWord.SIZE), h.word(row, MemoryWord.PAGE_BYTES))
    h.write(pages, h.slot(h.a))


def _fresh(h: Handler, row: Ir, count: Ir) -> None:
    """Leave if a memory cannot take count more pages inside the loop."""
    size = h.word(row, MemoryWord.SIZE)
    room = h.e.sub(h.word(row, MemoryWord.MOST), size)
    h.leave_if(h.e.gt_u(count, h.e.udiv(room, h.word(row, MemoryWord.PAGE_BYTES))))


def _within_budget(h: Handler, nbytes: Ir) -> Ir:
    """Return what is taken of the budget with nbytes more, having left if that is too much."""
    taken = h.e.add(h.state(StateWord.BUDGET, INT64), nbytes)
    h.leave_if(h.e.gt_u(taken, h.state(StateWord.BUDGET_LIMIT, INT64)))
    return taken


def _memory_grow(h: Handler) -> None:
    """Grow the first memory of the pair at C; the second is the one in the registers."""
    base, pair = h.slot(h.a), h.c(POINTER)
    row, count = h.load(pair, 0, POINTER), h.load(base, 0, INT64)
    _fresh(h, row, count)
    size, page = h.word(row, MemoryWord.SIZE), h.word(row, MemoryWord.PAGE_BYTES)
    more = h.e.mul(count, page)
    taken = _within_budget(h, more)
    h.store(taken, h.registers["state"], StateWord.BUDGET * WORD)
    h.store(h.e.add(size, more), row, MemoryWord.SIZE * WORD)
    h.store(h.e.udiv(size, page), base, 0)
    h.use_memory(h.load(pair, WORD, POINTER))


def _memory_fill(h: Handler) -> None:
    base, row = h.slot(h.a), h.c(POINTER)
    dst, count = h.load(base, 0, INT64), h.load(base, 2 * WORD, INT64)
    value = h.load(base, WORD, INT8)
    leave_unless_inside(h, dst, count, h.word(row, MemoryWord.SIZE))
    spend_bytes(h, count)
    h.fill(h.at(h.word(row, MemoryWord.DATA, POINTER), dst), value, count)
    _mark(h, row, dst, count)


def _memory_copy(h: Handler) -> None:
    pair = h.c(POINTER)
    to, from_ = h.load(pair, 0, POINTER), h.load(pair, WORD, POINTER)
    data, size = h.word(from_, MemoryWord.DATA, POINTER), h.word(from_, MemoryWord.SIZE)
    _put_bytes(h, to, data, size)


def _memory_init(h: Handler) -> None:
    pair = h.c(POINTER)
    from_, to = h.load(pair, 0, POINTER), h.load(pair, WORD, POINTER)
    start, length = h.word(from_, SegmentWord.START, POINTER), h.word(from_, SegmentWord.LENGTH)
    _put_bytes(h, to, start, length)


def _put_bytes(h: Handler, to: Ir, start: Ir, size: Ir) -> None:
    """Copy bytes into a memory; the operands are where to, where from and how many."""
    dst, src, count = (h.load(h.slot(h.a), i * WORD, INT64) for i in range(3))
    leave_unless_inside(h, src, count, size)
    leave_unless_inside(h, dst, count, h.word(to, MemoryWord.SIZE))
    spend_bytes(h, count)
    h.copy(h.at(h.word(to, MemoryWord.DATA, POINTER), dst), h.at(start, src), count)
    _mark(h, to, dst, count)


def _mark(h: Handler, row: Ir, first: Ir, count: Ir) -> None:
    mark_pages(h, h.word(row, MemoryWord.DIRTY, POINTER), first, count, DIRTY_SHIFT)


def _drop(h: Handler) -> None:
    """Empty the segment at C."""
    for word, value in ((SegmentWord.LENGTH, 0), (SegmentWord.DROPPED, 1)):
        h.store(INT64(value), h.c(POINTER), word * WORD)


# ---- tables as a whole ----


def _table_grow(h: Handler) -> None:
    base, table = h.slot(h.a), h.c(POINTER)
    ref, count = h.load(base, 0, INT64), h.load(base, WORD, INT64)
    size = h.word(table, TableWord.SIZE)
    h.leave_if(h.e.gt_u(count, h.e.sub(h.word(table, TableWord.MOST), size)))
    taken = _within_budget(h, h.e.mul(count, INT64(ELEMENT_BYTES)))
    spend(h, count)
    h.store(taken, h.registers["state"], StateWord.BUDGET * WORD)
    h.store(h.e.add(size, count), table, TableWord.SIZE * WORD)
    h.store(size, base, 0)
    _set_all(h, size, ref, h.e.select(h.e.eq(ref, INT64(0)), INT64(0), count))


def _table_fill(h: Handler) -> None:
    base, table = h.slot(h.a), h.c(POINTER)
    index, ref, count = (h.load(base, i * WORD, INT64) for i in range(3))
    leave_unless_inside(h, index, count, h.word(table, TableWord.SIZE))
    spend(h, count)
    _set_all(h, index, ref, count)


def _set_all(h: Handler, index: Ir, ref: Ir, count: Ir) -> None:
    """Set elements of the table at C."""
    table, nbytes = h.c(POINTER), h.e.shl(count, INT64(3))
    start = _cell(h, table, index)
    h.each(INT64(0), nbytes, lambda at: h.store(ref, start, at))
    _mark_elements(h, table, index, count)


def _cell(h: Handler, table: Ir, index: Ir) -> Ir:
    return h.at(h.word(table, TableWord.CELLS, POINTER), h.e.shl(index, INT64(3)))


def _mark_elements(h: Handler, table: Ir, index: Ir, count: Ir) -> None:
    dirty = h.word(table, TableWord.DIRTY, POINTER)
    mark_pages(h, dirty, index, count, TABLE_DIRTY_SHIFT)


def _table_copy(h: Handler) -> None:
    pair = h.c(POINTER)
    to, from_ = h.load(pair, 0, POINTER), h.load(pair, WORD, POINTER)
    size = h.word(from_, TableWord.SIZE)
    _put_elements(h, to, size, lambda src: _cell(h, from_, src))


def _table_init(h: Handler) -> None:
    pair = h.c(POINTER)
    from_, to = h.load(pair, 0, POINTER), h.load(pair, WORD, POINTER)
    start = h.word(from_, SegmentWord.START, POINTER)
    length = h.word(from_, SegmentWord.LENGTH)
    _put_elements(h, to, length, lambda src: h.at(start, h.e.shl(src, INT64(3))))


def _put_elements(h: Handler, to: Ir, size: Ir, source: Callable[[Ir], Ir]) -> None:
    """Copy references into a table; the operands are where to, where from and how many."""
    dst, src, count = (h.load(h.slot(h.a), i * WORD, INT64) for i in range(3))
    leave_unless_inside(h, src, count, size)
    leave_unless_inside(h, dst, count, h.word(to, TableWord.SIZE))
    nbytes = h.e.shl(count, INT64(3))
    spend(h, count)
    h.copy(_cell(h, to, dst), source(src), nbytes)
    _mark_elements(h, to, dst, count)


RULES: dict[str, Body] = {
    "ref.is_null": _is_null,
    "ref.eq": _eq,
    "ref.as_non_null": _as_non_null,
    "any.convert_extern": _nothing,
    "extern.convert_any": _nothing,
    "ref.i31": _i31_new,
    "i31.get_s": lambda h: _i31_get(h, signed=True),
    "i31.get_u": lambda h: _i31_get(h, signed=False),
    "table.get": _table_get,
    "table.set": _table_set,
    "table.size": _table_size,
    "table.grow": _table_grow,
    "table.fill": _table_fill,
    "table.copy": _table_copy,
    "table.init": _table_init,
    "elem.drop": _drop,
    "memory.size": _memory_size,
    "memory.grow": _memory_grow,
    "memory.fill": _memory_fill,
    "memory.copy": _memory_copy,
    "memory.init": _memory_init,
    "data.drop": _drop,
    "atomic.fence": _nothing,
}
