"""The meaning of predicates: whether a probe stops the machine."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import signed
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC
from wasmlab.runtime.probe import (
    EQUAL,
    GREATER,
    LESS,
    AllOf,
    AnyOf,
    CallsHost,
    Compare,
    InFrame,
    Number,
    Predicate,
    Space,
    Touch,
)

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code, Store


def at_probe(store: Store) -> bool:
    """Return whether a probe stops before the next instruction of the innermost frame."""
    word = (store.agent.depth - 1) * FRAME_WORDS
    frames = store.agent.frames
    code = store.funcs[frames[word + FUNC]].bound_code
    pc = frames[word + PC]
    return pc in code.probes and stops(store, code, pc, frames[word + FP])


def stops(store: Store, code: Code, pc: int, fp: int) -> bool:
    """Return whether the probe at pc stops the innermost frame, whose FP is fp."""
    predicate = code.predicates.get(pc)
    return predicate is None or holds(predicate, PredicateSite(store, code, pc, fp))


class PredicateSite(NamedTuple):
    """The next instruction of the innermost frame, for which a predicate holds or not."""

    store: Store
    code: Code
    pc: int
    fp: int


def holds(predicate: Predicate, site: PredicateSite) -> bool:
    """Return whether a predicate holds."""
    match predicate:
        case AnyOf(parts):
            return any(holds(part, site) for part in parts)
        case AllOf(parts):
            return all(holds(part, site) for part in parts)
        case Compare(left, relations, right):
            return bool(relations & _relation(_value(left, site), _value(right, site)))
        case Touch():
            return _touches(predicate, site)
        case InFrame(number, fp):
            return site.fp == fp and site.store.agent.depth - 1 == number
        case CallsHost():
            from wasmlab.exec.callee import callee_of  # looks at instructions

            func = callee_of(site.store, site.code, site.pc, _top(site))
            return func is not None and func.host is not None


def _value(number: Number, site: PredicateSite) -> int:
    if number.space is Space.CONSTANT:
        return number.at
    store, mask = site.store, (1 << number.bits) - 1
    if number.space is Space.GLOBALS:
        return signed(store.global_slots[number.at] & mask, number.bits)
    return signed(store.agent.stack[site.fp + number.at] & mask, number.bits)


def _relation(a: int, b: int) -> int:
    return LESS if a < b else EQUAL if a == b else GREATER


def _touches(touch: Touch, site: PredicateSite) -> bool:
    stack, fp = site.store.agent.stack, site.fp
    first = stack[fp + touch.address] + touch.offset
    nbytes = touch.nbytes + (0 if touch.count is None else stack[fp + touch.count])
    return first < touch.end and first + nbytes > touch.start


def _top(site: PredicateSite) -> int:
    """Return the slot below the first free one."""
    return site.store.agent.stack[site.fp + site.code.top_at(site.pc) - 1]
