"""Fuel: what limits on running count. An instruction takes one, and more for what it moves.

A bulk instruction takes one more for every item: for 8 bytes of memory, or an element of a table
or an array. A host call takes one more for every 8 bytes that it reads or writes in memory. A bulk
instruction that takes more than is left is not executed; it takes the rest. Ticks do not know of
this.
"""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.runtime.store import Store

BYTES_SHIFT = 3
"""1 << 3 bytes of memory are an item."""


@contextmanager
def limited(store: Store, fuel: int | None) -> Generator[None]:
    """Let a store run on so much fuel, from its present tick; None: as on the fuel around it."""
    before = store.fuel_end
    if fuel is not None:
        own = store.tick + store.moved + fuel
        store.fuel_end = own if before is None else min(own, before)
    try:
        yield
    finally:
        store.fuel_end = before


def last_tick(store: Store, limit: int) -> int:
    """Return the tick that a store may reach: limit, or sooner if the fuel ends before."""
    if store.yields:
        return store.tick
    return limit if store.fuel_end is None else min(limit, store.fuel_end - store.moved)


def is_empty(store: Store) -> bool:
    """Return whether the fuel does not suffice for another instruction."""
    return store.fuel_end is not None and store.tick + store.moved >= store.fuel_end


def can_move(store: Store, items: int) -> bool:
    """Return whether the fuel suffices for the next instruction if that moves so many items."""
    return store.tick + items < last_tick(store, store.tick + items + 1)


def exhaust(store: Store) -> None:
    """Take the fuel that is left."""
    if store.fuel_end is not None:
        store.moved = max(store.moved, store.fuel_end - store.tick)
