"""The actions of hooks: handlers that take an instruction's place in its cell and go on with it.

They stop where a predicate holds, count, or record the step. What they need lies beside the cells,
in the hooks of their function, as ``layout.HookWord`` says.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handlers.emitter import UNLIKELY
from wasmlab.native.handlers.handler import HANDLER_TYPE, INT64, POINTER, exit_name
from wasmlab.native.layout import (
    HOOK_SHIFT,
    PREDICATE,
    WORD,
    Action,
    FuncWord,
    HookWord,
    PredicateKind,
    PredicateWord,
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
    base = h.word(h.function_row(func), FuncWord.HOOKS)
    cell = h.builder.ptrtoint(h.registers["pc"], INT64)
    address = h.builder.add(h.builder.shl(cell, INT64(HOOK_SHIFT)), base)
    return h.builder.inttoptr(address, POINTER)


def _go_on(h: Handler, hook: Ir, word: HookWord) -> None:
    """Go on with a handler that the hook names, at the same cell."""
    h.tail_call(h.word(hook, word, HANDLER_TYPE))


# ---- predicates ----


def _predicate(h: Handler) -> None:
    """Leave with PROBE if the predicate holds, else go on."""
    builder, hook = h.builder, _hook(h)
    first, before = h.word(hook, HookWord.PREDICATE), builder.block
    head = builder.append_basic_block()
    builder.branch(head)
    builder.position_at_end(head)
    row = builder.phi(INT64)
    row.add_incoming(first, before)
    at = builder.inttoptr(row, POINTER)
    holds = _holds(h, at)
    following = builder.select(
        holds, h.word(at, PredicateWord.THEN), h.word(at, PredicateWord.OTHERWISE)
    )
    row.add_incoming(following, builder.block)
    decided = builder.append_basic_block()
    builder.cbranch(builder.icmp_unsigned(">", following, INT64(Action.STOP)), head, decided)
    builder.position_at_end(decided)
    _stop_if(h, builder.icmp_unsigned("==", following, INT64(Action.STOP)))
    _go_on(h, hook, HookWord.OBSERVER)


def _single_predicate(holds: Callable[[Handler, Ir], Ir]) -> Body:
    """Return the same for a predicate of one row, whose kind is known."""

    def write(h: Handler) -> None:
        hook = _hook(h)
        _stop_if(h, holds(h, h.word(hook, HookWord.PREDICATE, POINTER)))
        _go_on(h, hook, HookWord.OBSERVER)

    return write


def _stop_if(h: Handler, condition: Ir) -> None:
    builder = h.builder
    hit, passes = builder.append_basic_block(), builder.append_basic_block()
    builder.cbranch(condition, hit, passes).set_weights(UNLIKELY)
    builder.position_at_end(hit)
    h.tail_call(h.builder.module.get_global(exit_name(Reason.PROBE)))
    h.builder.position_at_end(passes)


def _holds(h: Handler, at: Ir) -> Ir:
    """Return whether one row of a predicate holds."""
    builder = h.builder
    blocks = {kind: builder.append_basic_block() for kind in _KINDS}
    answered, last = builder.append_basic_block(), PredicateKind.COMPARE
    choice = builder.switch(h.word(at, PredicateWord.KIND), blocks[last])
    answers: list[tuple[Ir, Ir]] = []
    for kind, holds in _KINDS.items():
        if kind is not last:
            choice.add_case(INT64(kind), blocks[kind])
        builder.position_at_end(blocks[kind])
        answers.append((holds(h, at), builder.block))
        builder.branch(answered)
    builder.position_at_end(answered)
    answer = builder.phi(answers[0][0].type)
    for value, block in answers:
        answer.add_incoming(value, block)
    return answer


def _compare(h: Handler, at: Ir) -> Ir:
    """Ask whether the relation of two signed numbers is in a set."""
    left, right = (_number(h, at, word) for word in (PredicateWord.LEFT, PredicateWord.RIGHT))
    return _related(h, at, left, right)


def _compare_slot(h: Handler, at: Ir) -> Ir:
    """Ask the same of a slot in the frame and a constant."""
    offset, shift = (h.load(at, (PredicateWord.LEFT + i) * WORD, INT64) for i in (1, 2))
    left = _narrow(h, h.load(h.slot(offset), 0, INT64), shift)
    return _related(h, at, left, h.word(at, PredicateWord.CONSTANT))


def _related(h: Handler, at: Ir, left: Ir, right: Ir) -> Ir:
    builder = h.builder
    equal = builder.select(builder.icmp_signed("==", left, right), INT64(EQUAL), INT64(GREATER))
    relation = builder.select(builder.icmp_signed("<", left, right), INT64(LESS), equal)
    common = builder.and_(h.word(at, PredicateWord.RELATIONS), relation)
    return builder.icmp_unsigned("!=", common, INT64(0))


def _number(h: Handler, at: Ir, word: PredicateWord) -> Ir:
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
    address = h.load(h.slot(h.word(at, PredicateWord.ADDRESS)), 0, INT64)
    first = builder.add(address, h.word(at, PredicateWord.OFFSET))
    counted = h.load(h.slot(h.word(at, PredicateWord.COUNT)), 0, INT64)
    more = builder.and_(counted, h.word(at, PredicateWord.COUNTS))
    end = builder.add(first, builder.add(h.word(at, PredicateWord.NBYTES), more))
    before = builder.icmp_unsigned("<", first, h.word(at, PredicateWord.END))
    after = builder.icmp_unsigned(">", end, h.word(at, PredicateWord.START))
    return builder.and_(before, after)


def _in_frame(h: Handler, at: Ir) -> Ir:
    """Ask whether this is one certain frame."""
    builder = h.builder
    same = [
        builder.icmp_unsigned("==", builder.ptrtoint(h.registers[name], INT64), h.word(at, word))
        for name, word in (("frame", PredicateWord.FRAME), ("fp", PredicateWord.FP))
    ]
    return builder.and_(*same)


_KINDS: dict[PredicateKind, Callable[[Handler, Ir], Ir]] = {
    PredicateKind.COMPARE: _compare,
    PredicateKind.TOUCH: _touch,
    PredicateKind.IN_FRAME: _in_frame,
    PredicateKind.COMPARE_SLOT: _compare_slot,
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
    PREDICATE: _predicate,
    **{f"{PREDICATE}{kind.name}": _single_predicate(holds) for kind, holds in _KINDS.items()},
    "count": _count,
    "trace_empty": _trace_empty,
    "trace": _trace,
    "trace_access": _trace_access,
}
