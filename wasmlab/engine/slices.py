"""Running in slices of a few milliseconds, so that a pause can be requested."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wasmlab.errors import Interrupted, OutOfFuel
from wasmlab.exec.machine import run
from wasmlab.records import dataclass
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.store import Store

SLICE_SECONDS = 0.004
_FIRST_SLICE = 10_000
_SMALLEST, _LARGEST = 1_000, 1 << 40
FOREVER = 1 << 62


@dataclass(slots=True)
class Pause:
    """A request to stop; may be made from any thread."""

    wanted: bool = False

    def request(self) -> None:
        """Ask for a stop within a slice."""
        self.wanted = True


def run_slices(
    store: Store,
    limit: int = FOREVER,
    pause: Pause | None = None,
    after: Callable[[float], None] | None = None,
) -> Status:
    """Run in the store's tier like ``exec.machine.run``, in slices of a few milliseconds.

    ``after`` is called after every slice with its seconds, unless the invocation is done.
    Raises Interrupted if ``pause`` is requested meanwhile, between two instructions or between two
    parts of a bulk instruction, whose operands are then what is left of it.
    """
    before, store.poll = store.poll, pause and (lambda: _obey(pause, store))
    try:
        return _run_slices(store, limit, after)
    finally:
        store.poll = before


def _obey(pause: Pause, store: Store) -> None:
    """Raise Interrupted if a pause is requested and no host function is running."""
    if pause.wanted and not store.agent.nesting:
        pause.wanted = False
        raise Interrupted("paused")


def _run_slices(store: Store, limit: int, after: Callable[[float], None] | None) -> Status:
    budget, run_tier = _FIRST_SLICE, store.tier or run
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
