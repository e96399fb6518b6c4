"""Choice of tier: the reference interpreter, or the native loop with the reference beside it."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wasmlab.errors import Trap, Unsupported, UsageError
from wasmlab.exec.body import bind_lazily, code_of
from wasmlab.exec.observe import run_observed, step
from wasmlab.exec.probe import at_probe
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from wasmlab.native.machine import NativeMachine
    from wasmlab.runtime.store import FuncInst, Store

ENGINES = ("auto", "reference", "native")
TIER_UP_THRESHOLD = 50_000
"""Instructions that auto leaves to the reference: loading the loop takes as long as these."""
_SLICE = 2_000_000
"""Instructions between two looks at signals: some milliseconds at most."""


def choose(store: Store, engine: str) -> None:
    """Say which tier runs a store: reference, native, or the one that auto finds best.

    Raises Unsupported for native where it cannot run, UsageError for other names.
    """
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}", hint=f"there are {', '.join(ENGINES)}")
    if engine == "native" and not _has_native():
        raise Unsupported(
            "there is no native engine here",
            hint="choose another engine, or install llvmlite, which can compile one",
        )
    tiers = {"auto": _Tiers(TIER_UP_THRESHOLD), "native": _Tiers(0)}
    store.tier = tiers[engine].run if engine in tiers else None


@cache
def _has_native() -> bool:
    """Return whether the loop is there, or can be compiled."""
    if sys.byteorder != "little" or sys.platform == "emscripten":
        return False
    from wasmlab.native.loop import is_ready  # only where native code can run

    return is_ready() or find_spec("llvmlite") is not None


@cache
def _say_once(message: str) -> None:
    import logging

    logging.getLogger(__name__).warning("%s", message)


def _bind(callee: FuncInst, machine: NativeMachine) -> None:
    """Bind a function; forget the instructions at once if the loop has all that it needs."""
    if callee.code is None:
        layout = machine.known_layout(callee)
        if layout is None:
            code_of(callee)
            layout = machine.learn(callee)
        if layout is not None:
            bind_lazily(callee, layout)


class _Tiers:
    """A store's tiers: the reference up to a tick, from there on the loop."""

    def __init__(self, native_from: int) -> None:
        self._native_from = native_from
        self._has_no_native = False
        self._machine: NativeMachine | None = None

    def run(self, store: Store, limit: int) -> Status:
        """Run with the contract of ``exec.machine.run``."""
        agent, started_at = store.agent, store.tick
        while agent.depth > agent.base:
            is_probe = at_probe(store)
            if is_probe and store.tick > started_at:
                return Status.PROBE
            end = last_tick(store, limit)
            if store.tick >= end:
                return Status.FUEL
            if store.poll is not None:
                store.poll()
            if is_probe:
                step(store)
            else:
                self._advance(store, end)
        return Status.DONE

    def _advance(self, store: Store, limit: int) -> None:
        """Run towards limit in the tier that is ready, or do a step of preparing the native one."""
        if store.tick < self._native_from and (self._has_no_native or store.observer is None):
            run_observed(store, min(limit, self._native_from))
        elif self._machine is None and self._must_wait():
            run_observed(store, min(limit, store.tick + TIER_UP_THRESHOLD))
        elif self._machine is None:
            self._begin(store)
        else:
            self._run_native(self._machine, store, min(limit, store.tick + _SLICE))

    def _run_native(self, machine: NativeMachine, store: Store, limit: int) -> None:
        """Run in the loop, and execute what that leaves unless a probe stops before it."""
        started_at = store.tick
        must_leave = machine.must_leave(limit)
        if store.tick > started_at and (not must_leave or at_probe(store)):
            return
        if not (must_leave and self._prepared(machine)):
            step(store)

    def _prepared(self, machine: NativeMachine) -> bool:
        """Bind the function that is called next for the first time; return whether one is."""
        callee = machine.unbound_callee()
        if callee is None:
            return False
        try:
            _bind(callee, machine)
        except Trap:
            return False  # the reference says where
        machine.prepare(callee)
        return True

    def _must_wait(self) -> bool:
        """Return whether the loop is being compiled beside this process, for auto only."""
        if self._native_from == 0 or self._has_no_native:
            return False
        try:
            from wasmlab.native import loop  # llvmlite may be missing
            from wasmlab.native.cache import preparation  # likewise

            return not loop.is_ready() and not preparation.preparation().is_over
        except (ImportError, OSError, RuntimeError):
            return False  # the attempt to load it says what is wrong

    def _begin(self, store: Store) -> None:
        """Load the loop; where that cannot be, everything stays with the reference."""
        try:
            from wasmlab.native import loop, machine  # likewise

            if not loop.is_ready():
                _say_once("wasmlab: preparing the native engine, once (some seconds)")
            self._machine = machine.NativeMachine(store)
        except (ImportError, OSError, RuntimeError) as error:
            self._native_from, self._has_no_native = sys.maxsize, True
            _say_once(f"wasmlab: no native engine here, programs run slower ({error})")
