"""Invocations: calls from outside, run to their end, and their results."""

from __future__ import annotations

from wasmlab.errors import Exhaustion, OutOfFuel, TrapCode
from wasmlab.exec.enter import enter
from wasmlab.exec.hostcall import call_host
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.place import place
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC
from wasmlab.runtime.fuel import limited
from wasmlab.runtime.operand import offsets_of, read_operand, write_operand
from wasmlab.runtime.store import Status
from wasmlab.syntax.types import func_type, slot_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.runtime.store import FuncInst, Store

FOREVER = 1 << 62


def _out_of_steps(store: Store) -> Exhaustion:
    error = Exhaustion(TrapCode.STEPS_EXHAUSTED, f"{store.limits.steps:,} instructions")
    error.hint = "is there an endless loop?"
    place(store, error)
    return error


def free_slot(store: Store) -> int:
    """Return the first slot that no frame uses."""
    agent = store.agent
    if agent.depth == 0:
        return 0
    word = (agent.depth - 1) * FRAME_WORDS
    fp = agent.frames[word + FP]
    func = store.funcs[agent.frames[word + FUNC]]
    if func.host is not None:
        return fp
    code = func.bound_code
    return fp + code.frame_slots


def begin(store: Store, func: FuncInst, args: Sequence[int]) -> int:
    """Push the first frame of an invocation and return the slot where its results will be.

    args are bit patterns, one for each parameter. A host function has no frame: it is called at
    once, and the invocation is over.
    Raises Exhaustion.
    """
    functype = func_type(func.type)
    at = free_slot(store)
    if at + slot_count(functype.params) + slot_count(functype.results) > store.limits.slots:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{store.limits.slots} slots")
    for offset, t, bits in zip(offsets_of(functype.params), functype.params, args, strict=True):
        write_operand(store.agent.stack, at + offset, t, bits)
    if func.host is not None:
        call_host(store, func, at, None)
    else:
        enter(store.agent, func, code_of(func), at)
    return at


def results_at(store: Store, func: FuncInst, at: int) -> list[int]:
    """Return the results of an invocation that is done, as bit patterns."""
    functype = func_type(func.type)
    return [
        read_operand(store.agent.stack, at + offset, t)
        for offset, t in zip(offsets_of(functype.results), functype.results, strict=True)
    ]


def invoke(store: Store, func: FuncInst, args: Sequence[int]) -> list[int]:
    """Call a function and run it to its end, past all probes; also from inside a host function.

    Returns bit patterns. After an error the frames of this invocation are gone. Raises Exhaustion
    too when the steps that the store's limits allow are used up.
    """
    agent = store.agent
    base, depth = agent.base, agent.depth
    if agent.nesting >= store.limits.host_depth:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{agent.nesting} nested host calls")
    agent.nesting += 1
    agent.base = depth
    try:
        with limited(store, store.limits.steps):
            at = begin(store, func, args)
            status = Status.PROBE
            while status is Status.PROBE:
                status = tier_of(store)(store, FOREVER)
            if status is Status.FUEL:
                raise _out_of_steps(store)
        return results_at(store, func, at)
    except OutOfFuel as error:
        raise _out_of_steps(store) from error
    finally:
        agent.base, agent.depth = base, depth
        agent.nesting -= 1


def tier_of(store: Store) -> Callable[[Store, int], Status]:
    """Return what runs a store: its tier, else the reference."""
    if store.tier is not None:
        return store.tier
    from wasmlab.exec.machine import run  # a program may never need the reference

    return run
