"""Choice of tier: the reference interpreter, or the native loop with the reference beside it."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wasmlab.errors import Unsupported, UsageError
from wasmlab.exec.machine import Status, run
from wasmlab.runtime.frame import FRAME_WORDS, FUNC, PC

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.machine import NativeMachine
    from wasmlab.runtime.store import Store

    Run = Callable[[Store, int], Status]

ENGINES = ("auto", "reference", "native")
LARGEST_SLICE = 2_000_000
"""Instructions between two looks at signals: some milliseconds at most."""


@cache
def has_native() -> bool:
    """Tell whether the native loop can run here."""
    return sys.byteorder == "little" and find_spec("llvmlite") is not None


def choose(store: Store, engine: str) -> None:
    """Let a store run in a tier: auto takes the native loop where it can run.

    Raises Unsupported for native where it cannot, UsageError for other names.
    """
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}", hint=f"there are {', '.join(ENGINES)}")
    if engine == "native" and not has_native():
        raise Unsupported("the native engine needs llvmlite", hint="use --engine reference")
    store.tier = native_run(store) if engine != "reference" and has_native() else None


def native_run(store: Store) -> Run:
    """Return what runs a store in the native loop; the same contract as ``exec.machine.run``."""
    from wasmlab.native.machine import NativeMachine  # noqa: PLC0415 - llvmlite may be missing

    machine = NativeMachine(store)
    return lambda store, limit: _run(machine, store, limit)


def _run(machine: NativeMachine, store: Store, limit: int) -> Status:
    agent = store.agent
    started_at = store.tick
    while agent.depth > agent.base:
        word = (agent.depth - 1) * FRAME_WORDS
        probes = store.funcs[agent.frames[word + FUNC]].code.probes
        is_probe = agent.frames[word + PC] in probes
        if is_probe and store.tick > started_at:
            return Status.PROBE
        if store.tick >= limit:
            return Status.FUEL
        if is_probe or machine.must_leave(min(limit, store.tick + LARGEST_SLICE)):
            run(store, store.tick + 1)
    return Status.DONE
