"""Handlers that sit in a cell before its instruction's: they ask a filter, count, or keep a trace.

What they need lies beside the cells, in the hooks of their function, as ``layout.HookWord`` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.native.handlers.emitter import UNLIKELY
from wasmlab.native.handlers.handler import HANDLER_TYPE, INT64, POINTER, exit_name
from wasmlab.native.layout import (
    CHECK,
    HOOK_SHIFT,
    WORD,
    Decision,
    FilterWord,
    FuncWord,
    HookWord,
    Question,
    Reason,
    StateWord,
)
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.observer import RECORD_WORDS
from wasmlab.runtime.probe import EQUAL, GREATER, LESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler

    Body = Callable[[Handler], None]


def _hook(h: Handler) -> Ir:
    """Return the hook of the cell at PC."""
    func = h.load(h.registers["frame"], FUNC * WORD, INT64)
    base = h.word(h.function_record(func), FuncWord.HOOKS)
    cell = h.builder.ptrtoint(h.registers["pc"], INT64)
    address = h.builder.add(h.builder.shl(cell, INT64(HOOK_SHIFT)), base)
    return h.builder.inttoptr(address, POINTER)


def _go_on(h: Handler, hook: Ir, word: HookWord) -> None:
    """Go on with a handler that the hook names, at the same cell."""
    h.tail_call(h.word(hook, word, HANDLER_TYPE))


# ---- filters ----


def _check(h: Handler) -> None:
    """Leave with PROBE if the filter holds, else go on."""
    builder, hook = h.builder, _hook(h)
    first, before = h.word(hook, HookWord.FILTER), builder.block
    head = builder.append_basic_block()
    builder.branch(head)
    builder.position_at_end(head)
    record = builder.phi(INT64)
    record.add_incoming(first, before)
    at = builder.inttoptr(record, POINTER)
    holds = _answer(h, at)
    following = builder.select(holds, h.word(at, FilterWord.THEN), h.word(at, FilterWord.OTHERWISE))
    record.add_incoming(following, builder.block)
    decided = builder.append_basic_block()
    builder.cbranch(builder.icmp_unsigned(">", following, INT64(Decision.HIT)), head, decided)
    builder.position_at_end(decided)
    _stop_if(h, builder.icmp_unsigned("==", following, INT64(Decision.HIT)))
    _go_on(h, hook, HookWord.OBSERVER)


def _check_one(ask: Callable[[Handler, Ir], Ir]) -> Body:
    """Return what does the same for a filter of one record, whose question is known."""

    def write(h: Handler) -> None:
        hook = _hook(h)
        _stop_if(h, ask(h, h.word(hook, HookWord.FILTER, POINTER)))
        _go_on(h, hook, HookWord.OBSERVER)

    return write


def _stop_if(h: Handler, condition: Ir) -> None:
    builder = h.builder
    hit, passes = builder.append_basic_block(), builder.append_basic_block()
    builder.cbranch(condition, hit, passes).set_weights(UNLIKELY)
    builder.position_at_end(hit)
    h.tail_call(h.builder.module.get_global(exit_name(Reason.PROBE)))
    h.builder.position_at_end(passes)


def _answer(h: Handler, at: Ir) -> Ir:
    """Return whether the question of one record is answered with yes."""
    builder = h.builder
    blocks = {question: builder.append_basic_block() for question in _QUESTIONS}
    answered, last = builder.append_basic_block(), Question.COMPARE
    choice = builder.switch(h.word(at, FilterWord.QUESTION), blocks[last])
    answers: list[tuple[Ir, Ir]] = []
    for question, ask in _QUESTIONS.items():
        if question is not last:
            choice.add_case(INT64(question), blocks[question])
        builder.position_at_end(blocks[question])
        answers.append((ask(h, at), builder.block))
        builder.branch(answered)
    builder.position_at_end(answered)
    answer = builder.phi(answers[0][0].type)
    for value, block in answers:
        answer.add_incoming(value, block)
    return answer


def _compare(h: Handler, at: Ir) -> Ir:
    """Ask whether the relation of two signed numbers is in a set."""
    left, right = (_number(h, at, word) for word in (FilterWord.LEFT, FilterWord.RIGHT))
    return _related(h, at, left, right)


def _compare_slot(h: Handler, at: Ir) -> Ir:
    """Ask the same of a slot in the frame and a constant."""
    offset, shift = (h.load(at, (FilterWord.LEFT + i) * WORD, INT64) for i in (1, 2))
    left = _narrow(h, h.load(h.slot(offset), 0, INT64), shift)
    return _related(h, at, left, h.word(at, FilterWord.CONSTANT))


def _related(h: Handler, at: Ir, left: Ir, right: Ir) -> Ir:
    builder = h.builder
    equal = builder.select(builder.icmp_signed("==", left, right), INT64(EQUAL), INT64(GREATER))
    relation = builder.select(builder.icmp_signed("<", left, right), INT64(LESS), equal)
    common = builder.and_(h.word(at, FilterWord.RELATIONS), relation)
    return builder.icmp_unsigned("!=", common, INT64(0))


def _number(h: Handler, at: Ir, word: FilterWord) -> Ir:
    """Load a number: three words say whether it is relative to FP, where, and how narrow."""
    builder = h.builder
    relative, offset, shift = (h.load(at, (word + i) * WORD, INT64) for i in range(3))
    fp = builder.and_(builder.ptrtoint(h.registers["fp"], INT64), relative)
    slot = builder.inttoptr(builder.add(fp, offset), POINTER)
    return _narrow(h, h.load(slot, 0, INT64), shift)


def _narrow(h: Handler, value: Ir, shift: Ir) -> Ir:
    """Sign-extend a value with that many unused bits."""
    return h.builder.ashr(h.builder.shl(value, shift), shift)


def _touch(h: Handler, at: Ir) -> Ir:
    """Ask whether an access overlaps a range of addresses."""
    builder = h.builder
    address = h.load(h.slot(h.word(at, FilterWord.ADDRESS)), 0, INT64)
    first = builder.add(address, h.word(at, FilterWord.OFFSET))
    counted = h.load(h.slot(h.word(at, FilterWord.COUNT)), 0, INT64)
    more = builder.and_(counted, h.word(at, FilterWord.COUNTS))
    end = builder.add(first, builder.add(h.word(at, FilterWord.NBYTES), more))
    before = builder.icmp_unsigned("<", first, h.word(at, FilterWord.END))
    behind = builder.icmp_unsigned(">", end, h.word(at, FilterWord.START))
    return builder.and_(before, behind)


def _in_frame(h: Handler, at: Ir) -> Ir:
    """Ask whether this is one certain frame."""
    builder = h.builder
    same = [
        builder.icmp_unsigned("==", builder.ptrtoint(h.registers[name], INT64), h.word(at, word))
        for name, word in (("frame", FilterWord.FRAME), ("fp", FilterWord.FP))
    ]
    return builder.and_(*same)


_QUESTIONS: dict[Question, Callable[[Handler, Ir], Ir]] = {
    Question.COMPARE: _compare,
    Question.TOUCH: _touch,
    Question.IN_FRAME: _in_frame,
    Question.COMPARE_SLOT: _compare_slot,
}


# ---- observing ----


def _count(h: Handler) -> None:
    """Count the instruction."""
    hook = _hook(h)
    _add_one(h, hook)
    _go_on(h, hook, HookWord.ORIGINAL)


def _add_one(h: Handler, hook: Ir) -> None:
    counted = h.builder.add(h.word(hook, HookWord.COUNT), INT64(1))
    h.store(counted, hook, HookWord.COUNT * WORD)


def _trace_empty(h: Handler) -> None:
    """Append a record without operand and address, and count."""
    _keep(h, lambda _hook: (INT64(0), INT64(0)))


def _trace(h: Handler) -> None:
    """Append a record without an address, and count."""
    _keep(h, lambda hook: (_top(h, hook), INT64(0)))


def _trace_access(h: Handler) -> None:
    """Append a record with the address that the instruction accesses, and count."""

    def noted(hook: Ir) -> tuple[Ir, Ir]:
        address = h.load(h.slot(h.word(hook, HookWord.ADDRESS)), 0, INT64)
        return _top(h, hook), h.builder.add(address, h.word(hook, HookWord.OFFSET))

    _keep(h, noted)


def _top(h: Handler, hook: Ir) -> Ir:
    return h.load(h.slot(h.word(hook, HookWord.TOP)), 0, INT64)


def _keep(h: Handler, noted: Callable[[Ir], tuple[Ir, Ir]]) -> None:
    """Append a record; leave with FULL if there is no room."""
    builder, state = h.builder, h.registers["state"]
    room = h.state(StateWord.TRACE)
    full, going_on = builder.append_basic_block(), builder.append_basic_block()
    is_full = builder.icmp_unsigned("==", room, h.state(StateWord.TRACE_END))
    builder.cbranch(is_full, full, going_on).set_weights(UNLIKELY)
    builder.position_at_end(full)
    h.tail_call(builder.module.get_global(exit_name(Reason.FULL)))
    builder.position_at_end(going_on)
    hook = _hook(h)
    for number, value in enumerate((h.word(hook, HookWord.IDENTITY), *noted(hook))):
        h.store(value, room, number * WORD)
    h.store(h.at(room, RECORD_WORDS * WORD), state, StateWord.TRACE * WORD)
    _add_one(h, hook)
    _go_on(h, hook, HookWord.ORIGINAL)


RULES: dict[str, Body] = {
    CHECK: _check,
    **{f"{CHECK}{question.name}": _check_one(ask) for question, ask in _QUESTIONS.items()},
    "count": _count,
    "trace_empty": _trace_empty,
    "trace": _trace,
    "trace_access": _trace_access,
}
