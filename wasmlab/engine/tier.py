"""Choice of tier: the reference interpreter, or the native loop with the reference beside it."""

from __future__ import annotations

import sys
from functools import cache, partial

from wasmlab.errors import Trap, Unsupported, UsageError
from wasmlab.exec.lazy_code import LazyCode, code_of, forget_instructions
from wasmlab.exec.probe import at_probe
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.cache.body_cache import StoreBodies
    from wasmlab.native.machine import NativeMachine
    from wasmlab.runtime.frame import FrameLayout
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
    store.tier = store.known_layout = store.keep = None
    if engine != "reference":
        tiers = _Tiers(TIER_UP_THRESHOLD if engine == "auto" else 0)
        store.tier = tiers.run
        if _has_native():
            store.known_layout, store.keep = tiers.known_layout, partial(tiers.keep, store)


@cache
def _has_native() -> bool:
    """Return whether the loop is there, or can be compiled."""
    if sys.byteorder != "little" or sys.platform == "emscripten":
        return False
    from wasmlab.native.loop import is_ready  # only where native code can run

    if is_ready():
        return True
    from importlib.util import find_spec

    return find_spec("llvmlite") is not None


@cache
def _say_once(message: str) -> None:
    import logging

    logging.getLogger(__name__).warning("%s", message)


def _bind(callee: FuncInst, machine: NativeMachine) -> None:
    """Bind a function; forget the instructions at once if the loop has all that it needs."""
    if callee.code is None and not isinstance(code_of(callee), LazyCode):
        layout = machine.learn(callee)
        if layout is not None:
            forget_instructions(callee, layout)


def _is_known(store: Store) -> bool:
    """Return whether the innermost frame's body waits to be decoded: the loop needs no decoding."""
    code = store.funcs[store.agent.record(store.agent.depth - 1, FUNC)].bound_code
    return isinstance(code, LazyCode) and code.is_missing


def _reference(store: Store) -> Callable[[Store, int], Status]:
    """Return the reference tier, which is not loaded before: the loop may have all that it needs.

    It is called from here, since nested calls of host functions take Python's stack.
    """
    from wasmlab.exec import machine, observe

    return machine.run if store.observer is None else observe.run_observed


class _Tiers:
    """A store's tiers: the reference up to a tick, from there on the loop.

    A call of a function that an earlier run has encoded begins in the loop at once.
    """

    def __init__(self, native_from: int) -> None:
        self._native_from = native_from
        self._has_no_native = False
        self._machine: NativeMachine | None = None
        self._bodies: StoreBodies | None = None

    def known_layout(self, func: FuncInst) -> FrameLayout | None:
        """Return the layout of a function's frame if an earlier run has encoded its body."""
        try:
            return self._known_bodies().layout(func)
        except ImportError:
            return None  # the attempt to load the loop says what is missing

    def keep(self, store: Store) -> None:
        """Encode what the reference has run, so that the next run begins in the loop."""
        from wasmlab.native.loop import is_ready, load_loop  # only where native code can run

        if self._has_no_native or (self._machine is None and not is_ready()):
            return
        bodies = self._known_bodies()
        codes = [func.code for func in store.funcs if func.code is not None]
        for code in codes:
            if not isinstance(code, LazyCode) and bodies.layout(code.func) is None:
                from wasmlab.native.encode.body import encode  # with the table of instructions

                bodies.put(code, encode(code, load_loop().numbers))
        bodies.save()

    def _known_bodies(self) -> StoreBodies:
        if self._bodies is None:
            from wasmlab.native.cache import body_cache  # only where native code can run

            self._bodies = body_cache.StoreBodies()
        return self._bodies

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
                _reference(store)(store, store.tick + 1)
            else:
                self._advance(store, end)
        return Status.DONE

    def _advance(self, store: Store, limit: int) -> None:
        """Run towards limit in the tier that is ready, or do a step of preparing the native one."""
        if self._machine is None and not self._has_no_native and _is_known(store):
            self._native_from = store.tick
        if store.tick < self._native_from and (self._has_no_native or store.observer is None):
            _reference(store)(store, min(limit, self._native_from))
        elif self._machine is None and self._must_wait():
            _reference(store)(store, min(limit, store.tick + TIER_UP_THRESHOLD))
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
        if not (must_leave and (self._executed(machine) or self._prepared(machine))):
            _reference(store)(store, store.tick + 1)

    def _executed(self, machine: NativeMachine) -> bool:
        """Execute what is next without the reference, if that goes; return whether it was."""
        return machine.store.observer is None and machine.executed()

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
            self._machine = machine.NativeMachine(store, self._known_bodies())
        except (ImportError, OSError, RuntimeError) as error:
            self._native_from, self._has_no_native = sys.maxsize, True
            _say_once(f"wasmlab: no native engine here, programs run slower ({error})")
