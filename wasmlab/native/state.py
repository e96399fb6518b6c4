"""Handlers of instructions that act on tables, memories as a whole, and references.

In their cells A is the offset of the lowest operand and C what the instruction names: a record,
or a pair of records. What is not here leaves the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.native.handler import INT8, INT32, INT64, POINTER
from wasmlab.native.layout import WORD, MemoryWord, TableWord
from wasmlab.runtime.memory import DIRTY_SHIFT
from wasmlab.runtime.reference import RefTag
from wasmlab.runtime.table import DIRTY_SHIFT as TABLE_DIRTY_SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.emitter import Ir
    from wasmlab.native.handler import Handler

    Body = Callable[[Handler], None]

MAX_BULK = 1 << 20
"""Bytes that one bulk instruction moves inside the loop; more of them leave it."""
_TAG_SHIFT = 3
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
    h.write(h.e.or_(h.e.shl(bits, INT64(_TAG_SHIFT)), INT64(RefTag.I31)), base)


def _i31_get(h: Handler, *, signed: bool) -> None:
    value = h.e.trunc(h.e.lshr(_non_null(h), INT64(_TAG_SHIFT)), 32)
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
    return h.at(h.word(table, TableWord.CELLS, POINTER), h.e.shl(index, INT64(3)))


def _table_size(h: Handler) -> None:
    h.write(h.word(h.c(POINTER), TableWord.SIZE), h.slot(h.a))


def _memory_size(h: Handler) -> None:
    record = h.c(POINTER)
    pages = h.e.udiv(h.word(record, MemoryWord.SIZE), h.word(record, MemoryWord.PAGE_BYTES))
    h.write(pages, h.slot(h.a))


def _memory_fill(h: Handler) -> None:
    base, record = h.slot(h.a), h.c(POINTER)
    dst, count = h.load(base, 0, INT64), h.load(base, 2 * WORD, INT64)
    value = h.load(base, WORD, INT8)
    _check(h, record, dst, count)
    start = h.at(h.word(record, MemoryWord.DATA, POINTER), dst)
    h.fill(start, value, count)
    _mark(h, record, dst, count)


def _memory_copy(h: Handler) -> None:
    base, pair = h.slot(h.a), h.c(POINTER)
    to, from_ = h.load(pair, 0, POINTER), h.load(pair, WORD, POINTER)
    dst, src, count = (h.load(base, i * WORD, INT64) for i in range(3))
    _check(h, from_, src, count)
    _check(h, to, dst, count)
    destination = h.at(h.word(to, MemoryWord.DATA, POINTER), dst)
    h.copy(destination, h.at(h.word(from_, MemoryWord.DATA, POINTER), src), count)
    _mark(h, to, dst, count)


def _check(h: Handler, record: Ir, first: Ir, count: Ir) -> None:
    """Leave if the bytes are not inside, or too many for one step."""
    h.leave_if(h.e.gt_u(count, INT64(MAX_BULK)))
    end = h.e.add(first, count)
    outside = h.e.gt_u(end, h.word(record, MemoryWord.SIZE))
    h.leave_if(h.e.or_(outside, h.e.lt_u(end, first)))


def _mark(h: Handler, record: Ir, first: Ir, count: Ir) -> None:
    """Mark the pages of count bytes; none if count is 0."""
    e, shift = h.e, INT64(DIRTY_SHIFT)
    page = e.lshr(first, shift)
    last = e.lshr(e.sub(e.add(first, count), INT64(1)), shift)
    pages = e.add(e.sub(last, page), INT64(1))
    nonzero = e.select(e.eq(count, INT64(0)), INT64(0), pages)
    h.fill(h.at(h.word(record, MemoryWord.DIRTY, POINTER), page), INT8(1), nonzero)


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
    "memory.size": _memory_size,
    "memory.fill": _memory_fill,
    "memory.copy": _memory_copy,
}
