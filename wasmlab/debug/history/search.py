"""Looking through recorded history: replay with probes, and what is found at them.

Going backwards, each interval between two snapshots is replayed once, the last one first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from wasmlab.debug.stops.probes import Placed, probing
from wasmlab.debug.views.target import Position, position
from wasmlab.engine.recording.recorder import charge_answers, restore_at, run_until
from wasmlab.engine.recording.timeline import index_before
from wasmlab.exec.machine import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.debug.control import Control
T = TypeVar("T")
_MANY = 1000
"""Positions that are looked at one after the other when only the last hit is wanted."""


def visits(control: Control, end: int, probes: Placed) -> Iterator[Position]:
    """Replay from the present up to a tick (exclusive); yield every position that has a probe.

    What is not recorded is not executed: at the last recorded tick it ends.
    """
    recorder, last = control.recorder, control.timeline.last
    at = position(control.target)
    if at is not None and recorder.tick < end and at.pc in probes.get(at.func.addr, ()):
        yield at
    while recorder.tick < min(end, last):
        status = run_until(recorder, min(end, last), control.pause)
        if recorder.tick >= end:
            return
        at = position(control.target)
        if at is not None and (status is Status.PROBE or at.pc in at.code.probes):
            yield at
        if status is not Status.PROBE:
            return


def intervals(control: Control, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the intervals between snapshots in [first, end), the last one first.

    Each is the tick of a snapshot and the tick where the interval ends, exclusive.
    """
    timeline = control.timeline
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
    probes: Placed,
    look: Callable[[Position], T | None],
    *,
    first: int = 0,
) -> tuple[int, T] | None:
    """Return the last tick in [first, end) at which ``look`` finds something, and what.

    The program stands anywhere afterwards.
    """
    with probing(control.target, probes):
        for start, stop in intervals(control, first, end):
            found = _last(control, (max(start, first), stop), probes, look)
            charge_answers(control.recorder)
            if found is not None:
                return found
    return None


def _last(
    control: Control,
    between: tuple[int, int],
    probes: Placed,
    look: Callable[[Position], T | None],
) -> tuple[int, T] | None:
    """Return what ``look`` finds last from one tick to before another, in one interval.

    Where there is much to look at, the later half of what is left comes first.
    """
    start, stop = between
    found: tuple[int, T] | None = None
    while start < stop:
        _goto(control, start)
        for looked, at in enumerate(visits(control, stop, probes)):
            if looked == _MANY:
                break
            seen = look(at)
            if seen is not None:
                found = control.tick, seen
        else:
            return found
        start = control.tick
        middle = (start + stop) // 2
        later = _last(control, (middle, stop), probes, look) if middle > start else None
        if later is not None:
            return later
        stop = middle if middle > start else stop
    return found


def _goto(control: Control, tick: int) -> None:
    """Go to a tick without a stop."""
    recorder = control.recorder
    restore_at(recorder, index_before(recorder.timeline, tick))
    if recorder.tick < tick:
        with probing(control.target, {}):
            run_until(recorder, tick, control.pause)


def forwards(
    control: Control, first: int, end: int, probes: Placed, look: Callable[[Position], T | None]
) -> Iterator[list[tuple[int, T]]]:
    """Yield lists of ticks in [first, end) at which ``look`` finds something, and what, in order.

    Other commands may move the program between two lists.
    """
    recorder = control.recorder
    for start, stop in sorted(intervals(control, first, end)):
        found: list[tuple[int, Any]] = []
        with probing(control.target, probes):
            restore_at(recorder, index_before(recorder.timeline, start))
            for at in visits(control, stop, probes):
                seen = look(at) if recorder.tick >= first else None
                if seen is not None:
                    found.append((recorder.tick, seen))
            charge_answers(recorder)
        yield found
