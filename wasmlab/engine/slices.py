"""Running in slices of a few milliseconds, so that a pause can be requested."""

from __future__ import annotations

import time

from wasmlab.errors import OutOfFuel
from wasmlab.exec.invocation import tier_of
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.engine.work import Work
    from wasmlab.runtime.store import Store

SLICE_SECONDS = 0.004
_SMALLEST, _LARGEST = 1_000, 1 << 40
FOREVER = 1 << 62


def run_slices(
    store: Store,
    limit: int = FOREVER,
    work: Work | None = None,
    after: Callable[[float], None] | None = None,
) -> Status:
    """Run in the store's tier like ``exec.machine.run``, in slices of a few milliseconds.

    ``after`` is called after every slice with its seconds, unless the invocation is done.
    Raises Interrupted if that is asked of ``work`` meanwhile, between two instructions or between
    two parts of a bulk instruction, whose operands are then what is left of it.
    """
    before, tick = store.poll, store.tick

    def poll() -> None:
        nonlocal tick
        if work is not None:
            tick, passed = store.tick, store.tick - tick
            work.execute(passed)
            if not store.agent.nesting:  # a host function that runs cannot be left
                work.look()

    store.poll = None if work is None else poll
    try:
        return _run_slices(store, limit, after)
    finally:
        store.poll = before
        if work is not None:
            work.execute(store.tick - tick)


def _run_slices(store: Store, limit: int, after: Callable[[float], None] | None) -> Status:
    budget, run_tier = _SMALLEST, tier_of(store)
    while True:
        if store.poll is not None:
            store.poll()
        started = time.perf_counter()
        try:
            status = run_tier(store, min(limit, store.tick + budget))
        except OutOfFuel:
            status = Status.FUEL
        seconds = time.perf_counter() - started
        store.yields = False
        if after is not None and status is not Status.DONE:
            after(seconds)
        if status is not Status.FUEL or store.tick >= last_tick(store, limit):
            return status
        budget = _adapted(budget, seconds)


def _adapted(budget: int, seconds: float) -> int:
    if seconds <= 0:
        return min(budget * 2, _LARGEST)
    wanted = int(budget * SLICE_SECONDS / seconds)
    return max(_SMALLEST, min(wanted, budget * 4, _LARGEST))
