"""Runs of stores with sparse memories: no more pages are written than the budget has left.

An instruction writes at most two pages and four of marks, and a bulk instruction pays fuel for
more: so a run of a sixth as many instructions as pages are left needs no look in between. Where
fewer than six are left, the next instruction traps, whatever it is: so it is the same one in every
tier and every replay.
"""

from __future__ import annotations

from wasmlab.exec.observe import run_observed
from wasmlab.exec.place import place
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.memory_budget import PAGE_SHIFT, pages_of
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.store import Store

    Tier = Callable[[Store, int], Status]

_MOST_PAGES = pages_of(0)
"""Pages that an instruction can write."""


class _Within:
    """A tier, within the pages that are left."""

    def __init__(self, tier: Tier) -> None:
        self._tier = tier

    def __call__(self, store: Store, limit: int) -> Status:
        """Run in the tier with its contract; raises Exhaustion before pages run out."""
        while True:
            pages = store.budget.pages_left
            if pages < _MOST_PAGES and store.agent.depth > store.agent.base:
                error = store.budget.exhausted(_MOST_PAGES << PAGE_SHIFT)
                place(store, error)
                raise error
            status = self._tier(store, min(limit, store.tick + pages // _MOST_PAGES))
            if status is not Status.FUEL or store.tick >= last_tick(store, limit):
                return status


def bound_pages(store: Store) -> None:
    """Let a store run within its budget of pages from now on, in the tier that it has."""
    if not isinstance(store.tier, _Within):
        store.tier = _Within(store.tier or run_observed)
