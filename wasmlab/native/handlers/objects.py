"""Handlers of instructions that look into objects of the GC heap, or at what a reference is.

In their cells A is the offset of the lowest operand, where the result goes; the rest is said with
each. What allocates is not here: it leaves the loop.
"""

from __future__ import annotations

from llvmlite import ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handlers.bulk import mark_pages, spend
from wasmlab.native.handlers.handler import INT8, INT64, POINTER
from wasmlab.native.layout import CAST_TYPE, PAYLOAD, WORD, FuncWord, SegmentWord, StateWord
from wasmlab.native.type_numbers import abstract_number
from wasmlab.runtime.heap import DIRTY_SHIFT
from wasmlab.runtime.reference import TAG_MASK, TAG_SHIFT, RefTag
from wasmlab.syntax.types import ANY, I31

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler

    Body = Callable[[Handler], None]

"""Offset of the first field or element in an object."""
_BYTE_SHIFT = DIRTY_SHIFT + 3
"""Of a page of the heap, in bytes."""
_SLOT_BITS = 64
_LENGTH = WORD
"""Offset of an array's length."""


def _object(h: Handler, base: Ir, at: int = 0) -> Ir:
    """Return the reference in a slot, having left if it is null."""
    ref = h.load(base, at, INT64)
    h.leave_if(h.e.eq(ref, INT64(0)))
    return ref


def _in_heap(h: Handler, offset: Ir) -> Ir:
    return h.at(h.state(StateWord.HEAP), offset)


def _mark(h: Handler, offset: Ir) -> None:
    """Mark the page of an offset as written."""
    h.store(INT8(1), h.state(StateWord.HEAP_DIRTY), h.e.lshr(offset, INT64(_BYTE_SHIFT)), 1)


def _write(h: Handler, offset: Ir, values: list[Ir]) -> None:
    """Set slots, and mark them."""
    for number, value in enumerate(values):
        place = h.e.add(offset, INT64(number * WORD))
        h.store(value, _in_heap(h, place), 0)
        _mark(h, place)


def _copied(h: Handler, source: Ir, destination: Ir) -> None:
    """Copy two slots."""
    values = [h.load(source, at, INT64) for at in (0, WORD)]
    for at, value in zip((0, WORD), values, strict=True):
        h.store(value, destination, at)


def _extended(h: Handler, value: Ir, *, signed: bool) -> Ir:
    """Return a narrow value as it is in a slot."""
    if value.type.width == _SLOT_BITS:
        return value
    return h.e.zext(h.e.sext(value, 32), 64) if signed else h.e.zext(value, 64)


# ---- structures: C is the offset of the field in the object ----


def _struct_get(bits: int, *, signed: bool) -> Body:
    def write(h: Handler) -> None:
        base = h.slot(h.a)
        field = _in_heap(h, h.e.add(_object(h, base), h.c()))
        if bits > _SLOT_BITS:
            _copied(h, field, base)
        else:
            value = h.load(field, 0, ir.IntType(bits))
            h.store(_extended(h, value, signed=signed), base, 0)

    return write


def _struct_set(slots: int) -> Body:
    def write(h: Handler) -> None:
        base = h.slot(h.a)
        place = h.e.add(_object(h, base), h.c())
        _write(h, place, [h.load(base, (1 + i) * WORD, INT64) for i in range(slots)])

    return write


# ---- arrays ----


def _array_len(h: Handler) -> None:
    base = h.slot(h.a)
    ref = _object(h, base)
    h.store(h.load(_in_heap(h, ref), _LENGTH, INT64), base, 0)


def _elements(h: Handler, base: Ir, at: int, count: Ir) -> tuple[Ir, Ir]:
    """Return array and index from a slot and the next; leave if count from there do not fit."""
    ref = _object(h, base, at)
    index = h.load(base, at + WORD, INT64)
    length = h.load(_in_heap(h, ref), _LENGTH, INT64)
    h.leave_if(h.e.gt_u(h.e.add(index, count), length))
    return ref, index


def _place(h: Handler, element: tuple[Ir, Ir], shift: Ir) -> Ir:
    """Return the offset in the heap of an element of 1 << shift bytes."""
    ref, index = element
    return h.e.add(h.e.add(ref, INT64(PAYLOAD)), h.e.shl(index, shift))


def _shift(bits: int) -> Ir:
    return INT64((bits // 8).bit_length() - 1)


def _array_get(bits: int, *, signed: bool) -> Body:
    def write(h: Handler) -> None:
        base = h.slot(h.a)
        place = _in_heap(h, _place(h, _elements(h, base, 0, INT64(1)), _shift(bits)))
        if bits > _SLOT_BITS:
            _copied(h, place, base)
        else:
            value = h.load(place, 0, ir.IntType(bits), bits // 8)
            h.store(_extended(h, value, signed=signed), base, 0)

    return write


def _array_set(bits: int) -> Body:
    def write(h: Handler) -> None:
        base = h.slot(h.a)
        place = _place(h, _elements(h, base, 0, INT64(1)), _shift(bits))
        if bits >= _SLOT_BITS:
            values = [h.load(base, (2 + i) * WORD, INT64) for i in range(bits // _SLOT_BITS)]
            _write(h, place, values)
        else:
            value = h.load(base, 2 * WORD, ir.IntType(bits))
            h.store(value, _in_heap(h, place), 0, bits // 8)
            _mark(h, place)

    return write


def _mark_all(h: Handler, offset: Ir, nbytes: Ir) -> None:
    mark_pages(h, h.state(StateWord.HEAP_DIRTY), offset, nbytes, _BYTE_SHIFT)


def _array_fill(bits: int) -> Body:
    """Set elements; the operands are array, index, value, count."""

    def write(h: Handler) -> None:
        base, slots = h.slot(h.a), max(bits // _SLOT_BITS, 1)
        count = h.load(base, (2 + slots) * WORD, INT64)
        place = _place(h, _elements(h, base, 0, count), _shift(bits))
        nbytes = h.e.shl(count, _shift(bits))
        spend(h, count)
        value = h.load(base, 2 * WORD, ir.IntType(bits))
        start = _in_heap(h, place)
        step = bits // 8
        h.each(INT64(0), nbytes, lambda at: h.store(value, start, at, min(step, WORD)), step)
        _mark_all(h, place, nbytes)

    return write


def _array_copy(h: Handler) -> None:
    """Copy elements of 1 << B bytes; the operands are array, index, array, index, count."""
    base, shift = h.slot(h.a), h.b
    count = h.load(base, 4 * WORD, INT64)
    to = _place(h, _elements(h, base, 0, count), shift)
    from_ = _place(h, _elements(h, base, 2 * WORD, count), shift)
    nbytes = h.e.shl(count, shift)
    spend(h, count)
    h.copy(_in_heap(h, to), _in_heap(h, from_), nbytes)
    _mark_all(h, to, nbytes)


def _array_init_data(h: Handler) -> None:
    """Copy elements of 1 << B bytes from the data segment at C."""
    _array_init(h, INT64(0))


def _array_init_elem(h: Handler) -> None:
    """Copy references from the element segment at C."""
    _array_init(h, INT64(3))


def _array_init(h: Handler, unit: Ir) -> None:
    """Copy from a segment in units of 1 << unit bytes; operands: array, index, from, count."""
    base, shift, segment = h.slot(h.a), h.b, h.c(POINTER)
    source, count = h.load(base, 2 * WORD, INT64), h.load(base, 3 * WORD, INT64)
    to = _place(h, _elements(h, base, 0, count), shift)
    nbytes = h.e.shl(count, shift)
    first = h.e.shl(source, unit)
    length = h.e.shl(h.word(segment, SegmentWord.LENGTH), unit)
    h.leave_if(h.e.gt_u(h.e.add(first, nbytes), length))
    spend(h, count)
    h.copy(_in_heap(h, to), h.at(h.word(segment, SegmentWord.START, POINTER), first), nbytes)
    _mark_all(h, to, nbytes)


# ---- casts: B says whether null matches, C is the number of the type ----


def type_of(h: Handler, ref: Ir) -> Ir:
    """Return the number of the type of what a reference refers to; it is not null."""
    builder, tag = h.builder, h.e.and_(ref, INT64(TAG_MASK))
    number = h.e.select(
        h.e.eq(tag, INT64(RefTag.I31)), INT64(abstract_number(I31)), INT64(abstract_number(ANY))
    )
    other = builder.block
    in_heap, is_func, known = (builder.append_basic_block() for _ in range(3))
    switch = builder.switch(tag, known)
    switch.add_case(INT64(RefTag.HEAP), in_heap)
    switch.add_case(INT64(RefTag.FUNC), is_func)
    builder.position_at_end(in_heap)
    shape = h.e.shl(h.load(_in_heap(h, ref), 0, INT64), INT64(3))
    of_object = h.load(h.state(StateWord.SHAPES), shape, INT64)
    builder.branch(known)
    builder.position_at_end(is_func)
    of_func = h.word(h.function_row(h.e.lshr(ref, INT64(TAG_SHIFT))), FuncWord.TYPE)
    builder.branch(known)
    builder.position_at_end(known)
    found = builder.phi(INT64)
    for value, block in ((number, other), (of_object, in_heap), (of_func, is_func)):
        found.add_incoming(value, block)
    return found


def is_below(h: Handler, number: Ir, expected: Ir) -> Ir:
    """Return whether a type is the expected one or below it."""
    builder, before = h.builder, h.builder.block
    head, above, decided = (builder.append_basic_block() for _ in range(3))
    supers = h.state(StateWord.SUPERS)
    builder.branch(head)
    builder.position_at_end(head)
    at = builder.phi(INT64)
    at.add_incoming(number, before)
    found = h.e.eq(at, expected)
    builder.cbranch(h.e.or_(found, h.e.eq(at, INT64(0))), decided, above)
    builder.position_at_end(above)
    at.add_incoming(h.load(supers, h.e.shl(at, INT64(3)), INT64), above)
    builder.branch(head)
    builder.position_at_end(decided)
    return found


def _matches(h: Handler, ref: Ir, expected: Ir) -> Ir:
    """Return whether a reference has a type; B says so of null."""
    builder, before = h.builder, h.builder.block
    present, known = builder.append_basic_block(), builder.append_basic_block()
    nullable = h.e.ne(h.b, INT64(0))
    builder.cbranch(h.e.eq(ref, INT64(0)), known, present)
    builder.position_at_end(present)
    found = is_below(h, type_of(h, ref), expected)
    last = builder.block
    builder.branch(known)
    builder.position_at_end(known)
    answer = builder.phi(ir.IntType(1))
    answer.add_incoming(nullable, before)
    answer.add_incoming(found, last)
    return answer


def _ref_test(h: Handler) -> None:
    base = h.slot(h.a)
    h.write(h.e.zext(_matches(h, h.load(base, 0, INT64), h.c()), 32), base)


def _ref_cast(h: Handler) -> None:
    found = _matches(h, h.load(h.slot(h.a), 0, INT64), h.c())
    h.leave_if(h.e.eq(found, ir.IntType(1)(0)))


def cast_succeeds(h: Handler) -> Ir:
    """Return whether the reference in slot A has the type after the jump at C."""
    ref = h.load(h.slot(h.a), 0, INT64)
    return _matches(h, ref, h.load(h.c(POINTER), CAST_TYPE * WORD, INT64))


def _named() -> Iterator[tuple[str, Body]]:
    for bits in (8, 16):
        yield f"struct_get{bits}_s", _struct_get(bits, signed=True)
        yield f"struct_get{bits}_u", _struct_get(bits, signed=False)
        yield f"array_get{bits}_s", _array_get(bits, signed=True)
    for bits in (64, 128):
        yield f"struct_get{bits}", _struct_get(bits, signed=False)
        yield f"struct_set{bits}", _struct_set(bits // _SLOT_BITS)
    for bits in (8, 16, 32, 64, 128):
        yield f"array_get{bits}", _array_get(bits, signed=False)
        yield f"array_set{bits}", _array_set(bits)
        yield f"array_fill{bits}", _array_fill(bits)


HANDLERS: dict[str, Body] = {
    **dict(_named()),
    "array_len": _array_len,
    "array_copy": _array_copy,
    "array_init_data": _array_init_data,
    "array_init_elem": _array_init_elem,
    "ref_test": _ref_test,
    "ref_cast": _ref_cast,
}
"""By the name that is in cells; execution continues at the next cell."""
