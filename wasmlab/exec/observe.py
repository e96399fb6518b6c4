"""Observing a store: counts and step records of what it executes, the same in every tier."""

from __future__ import annotations

from array import array
from contextlib import contextmanager

from wasmlab.errors import Interrupted
from wasmlab.exec.code import forget_blocks
from wasmlab.exec.lazy_code import LazyCode
from wasmlab.exec.machine import run
from wasmlab.exec.probe import at_probe
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.observer import OFFSET_BITS, RECORD_WORDS
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.runtime.observer import Observer
    from wasmlab.runtime.store import Store

_M64 = (1 << 64) - 1


@contextmanager
def observed(store: Store, observer: Observer) -> Generator[Observer]:
    """Observe a store; afterwards all step records have been given to the sink.

    What was counted up to a stop that was asked for is lost: that took as long as there is code.
    """
    before, tier = store.observer, store.tier
    _observe(store, observer)
    if tier is None and observer.traces:
        store.tier = run_observed
    is_wanted = True
    try:
        yield observer
    except Interrupted:
        is_wanted = False
        raise
    finally:
        if is_wanted:
            observer.counts()
        store.tier = tier
        _observe(store, before)
        observer.flush()


def _observe(store: Store, observer: Observer | None) -> None:
    store.observer = observer
    for func in store.funcs:
        code = func.code
        if code is not None and not (isinstance(code, LazyCode) and code.is_missing):
            forget_blocks(code)


def run_observed(store: Store, limit: int) -> Status:
    """Run in the reference tier as ``exec.machine.run`` does, with step records if asked for."""
    if store.observer is None or not store.observer.traces:
        return run(store, limit)
    agent, started_at = store.agent, store.tick
    while agent.depth > agent.base:
        if store.tick > started_at and at_probe(store):
            return Status.PROBE
        if store.tick >= last_tick(store, limit):
            return Status.FUEL
        step(store)
    return Status.DONE


def step(store: Store) -> None:
    """Execute one instruction in the reference tier; append its step record if asked for."""
    observer = store.observer
    if observer is None or not observer.traces:
        run(store, store.tick + 1)
        return
    if observer.used == len(observer.records):
        observer.flush()
    mark, tick = observer.used + RECORD_WORDS, store.tick
    observer.records[observer.used : mark] = _record(store)
    observer.used = mark
    try:
        run(store, tick + 1)
    finally:
        if store.tick == tick and observer.used == mark:
            observer.used -= RECORD_WORDS


def _record(store: Store) -> array[int]:
    """Return the step record of the next instruction, see ``runtime.observer``."""
    agent = store.agent
    word = (agent.depth - 1) * FRAME_WORDS
    addr, pc, fp = (agent.frames[word + i] for i in (FUNC, PC, FP))
    code = store.funcs[addr].bound_code
    height, access = code.heights[pc], code.accessed(pc)
    top = agent.stack[fp + code.local_slots + height - 1] if height else 0
    address = 0 if access is None else agent.stack[fp + access[0]] + access[1] & _M64
    return array("Q", (addr << OFFSET_BITS | code.instrs[pc].offset, top, address))
