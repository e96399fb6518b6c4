"""Looking through recorded history: replay with probes, and what is found at them.

Going backwards, each interval between two snapshots is replayed once, the last one first.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from wasmlab.debug.place import functions
from wasmlab.debug.target import Position, bound, position
from wasmlab.engine.recording.recorder import account, run_to, show
from wasmlab.engine.recording.timeline import index_before
from wasmlab.errors import Trap, WasmlabError
from wasmlab.exec.code import set_probes
from wasmlab.exec.machine import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from wasmlab.debug.stepping import Control
    from wasmlab.debug.target import Target
    from wasmlab.exec.code import Code

T = TypeVar("T")
Probes = dict[int, set[int]]
"""Pcs by function address."""


def probes_where(target: Target, wanted: Callable[[Code, int], bool]) -> Probes:
    """Return the pcs of all functions for which ``wanted(code, pc)``."""
    found: Probes = {}
    for code in codes(target):
        pcs = {pc for pc in range(len(code.instrs)) if wanted(code, pc)}
        if pcs:
            found[code.addr] = pcs
    return found


def codes(target: Target) -> Iterator[Code]:
    """Yield the bound bodies of all functions; those that cannot be bound are left out."""
    for func in functions(target):
        try:
            yield bound(func)
        except Trap:
            continue


@contextmanager
def probing(target: Target, probes: Mapping[int, Iterable[int]]) -> Generator[None]:
    """Have these probes and no others for a while."""
    funcs = target.store.funcs
    usual = {f.addr: set(f.code.probes) for f in funcs if f.code is not None and f.code.probes}
    try:
        for addr in usual.keys() - probes.keys():
            set_probes(bound(funcs[addr]), ())
        for addr, pcs in probes.items():
            set_probes(bound(funcs[addr]), pcs)
        yield
    finally:
        for addr in usual.keys() | probes.keys():
            set_probes(bound(funcs[addr]), usual.get(addr, ()))


def visits(control: Control, end: int, probes: Probes) -> Iterator[Position]:
    """Replay from the present up to a tick (exclusive); yield every position that has a probe."""
    recorder = control.recorder
    at = position(control.target)
    if at is not None and recorder.tick < end and at.pc in probes.get(at.func.addr, ()):
        yield at
    while recorder.tick < end:
        try:
            status = run_to(recorder, end, control.pause)
        except WasmlabError:
            if recorder.tick >= recorder.timeline.last:
                return
            raise
        if status is not Status.PROBE or recorder.tick >= end:
            return
        at = position(control.target)
        if at is not None:
            yield at


def intervals(control: Control, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the intervals between snapshots in [first, end), the last one first.

    Each is the tick of a snapshot and the tick where the interval ends, exclusive.
    """
    timeline = control.recorder.timeline
    while end > first:
        at = index_before(timeline, end - 1)
        if at < 0:
            return
        start = timeline.snapshots[at].tick
        yield start, end
        end = start


def backwards(
    control: Control,
    end: int,
    probes: Probes,
    look: Callable[[Position], T | None],
    *,
    first: int = 0,
) -> tuple[int, T] | None:
    """Return the last tick in [first, end) at which ``look`` finds something, and what.

    The program stands anywhere afterwards.
    """
    recorder = control.recorder
    with probing(control.target, probes):
        for start, stop in intervals(control, first, end):
            show(recorder, index_before(recorder.timeline, start))
            found = None
            for at in visits(control, stop, probes):
                seen = look(at) if recorder.tick >= first else None
                if seen is not None:
                    found = recorder.tick, seen
            account(recorder)
            if found is not None:
                return found
    return None


def forwards(
    control: Control, first: int, end: int, probes: Probes, look: Callable[[Position], T | None]
) -> Iterator[list[tuple[int, T]]]:
    """Yield lists of ticks in [first, end) at which ``look`` finds something, and what, in order.

    Other commands may move the program between two lists.
    """
    recorder = control.recorder
    for start, stop in sorted(intervals(control, first, end)):
        found: list[tuple[int, Any]] = []
        with probing(control.target, probes):
            show(recorder, index_before(recorder.timeline, start))
            for at in visits(control, stop, probes):
                seen = look(at) if recorder.tick >= first else None
                if seen is not None:
                    found.append((recorder.tick, seen))
            account(recorder)
        yield found
