"""Looking through recorded history: replay with probes, and what is found at them.

Going backwards, each interval between two snapshots is replayed once, the last one first.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager

from wasmlab.debug.stops.probes import Placed, probing
from wasmlab.debug.views.target import Position, position
from wasmlab.engine.recording.recorder import charge_answers, restore_at, run_until
from wasmlab.engine.recording.timeline import index_before
from wasmlab.errors import Interrupted, SearchStopped
from wasmlab.hints import TYPE_CHECKING, Generic, TypeVar
from wasmlab.records import NamedTuple
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from wasmlab.debug.control import Control

    Look = Callable[[Position], "T | None"]
T = TypeVar("T")
_MANY = 1000
"""Positions that are looked at one after the other when only the last hit is wanted; hits after
which a list of them is handed over."""
_PORTION = 64
"""Intervals that are replayed before the program goes back to where it was."""


def visits(control: Control, end: int, probes: Placed) -> Iterator[Position]:
    """Replay from the present up to a tick (exclusive); yield every position that has a probe.

    What looks at one may let the program go on by an instruction.
    What is not recorded is not executed: at the last recorded tick it ends.
    """
    recorder, last = control.recorder, control.timeline.last

    def here() -> Position | None:
        at = position(control.target)
        has_probe = at is not None and at.pc in probes.get(at.func.addr, ())
        return at if has_probe and recorder.tick < end else None

    at = here()
    while True:
        while at is not None:
            tick = recorder.tick
            yield at
            at = here() if recorder.tick > tick else None
        if recorder.tick >= min(end, last):
            return
        status = run_until(recorder, min(end, last), control.work)
        if recorder.tick >= end:
            return
        at = position(control.target)
        if status is not Status.PROBE:
            if at is not None and at.pc in at.code.probes:
                yield at
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
    look: Look[T],
    *,
    first: int = 0,
    begin: Callable[[], None] = lambda: None,
) -> tuple[int, T] | None:
    """Return the last tick in [first, end) at which ``look`` finds something, and what.

    What is replayed counts as done, see ``Work.expecting``.
    ``look`` is given positions in order wherever a stretch is replayed; before the first of them
    ``begin`` is called, the program standing at the beginning of the stretch. The program stands
    anywhere afterwards, at or after the tick that is returned and at most at ``end``. Raises
    SearchStopped if that is asked.
    """
    search, stop = _Search(probes, look, begin), end
    with _stopping_at(lambda: stop), probing(control.target, probes):
        for start, stop in intervals(control, first, end):
            found = _last(control, (max(start, first), stop), search)
            charge_answers(control.recorder)
            if found is not None:
                return found
    return None


@contextmanager
def _stopping_at(reached: Callable[[], int]) -> Generator[None]:
    """Say how far a search has come if it is stopped."""
    try:
        yield
    except Interrupted as error:
        raise SearchStopped(str(error), reached()) from error


class _Search(NamedTuple, Generic[T]):
    """Where a search looks, and what it does there."""

    probes: Placed
    look: Look[T]
    begin: Callable[[], None]


def _last(control: Control, between: tuple[int, int], search: _Search[T]) -> tuple[int, T] | None:
    """Return what a search finds last from one tick to before another, in one interval.

    Where there is much to look at, the later half of what is left comes first.
    """
    start, stop = between
    found: tuple[int, T] | None = None
    while start < stop:
        _goto(control, start)
        search.begin()
        for looked, at in enumerate(visits(control, stop, search.probes)):
            if looked == _MANY:
                break
            tick = control.tick
            seen = search.look(at)
            if seen is not None:
                found = tick, seen
        else:
            return found
        start = control.tick
        middle = (start + stop) // 2
        later = _last(control, (middle, stop), search) if middle > start else None
        if later is not None:
            return later
        stop = middle if middle > start else stop
    return found


def _goto(control: Control, tick: int) -> None:
    """Go to a tick without a stop."""
    recorder = control.recorder
    restore_at(recorder, index_before(recorder.timeline, tick))
    if recorder.tick < tick:
        with control.work.aside(), probing(control.target, {}):
            run_until(recorder, tick, control.work)


def forwards(
    control: Control, stretches: Iterable[tuple[int, int]], probes: Placed, look: Look[T]
) -> Iterator[list[tuple[int, T]]]:
    """Yield what ``look`` finds in stretches [first, end) of history, with its ticks, in order.

    A list holds what was found in some intervals between snapshots: in one at first, then in twice
    as many each time, so that the first come soon. The program stands anywhere while a list is
    made; other commands may move it between two lists.
    """
    wanted = deque(
        (max(start, first), stop)
        for first, end in stretches
        for start, stop in sorted(intervals(control, first, end))
    )
    count, whole = 1, sum(stop - start for start, stop in wanted)
    while wanted:
        found: list[tuple[int, T]] = []
        done = whole - sum(stop - start for start, stop in wanted)
        with control.work.expecting(whole, done=done), probing(control.target, probes):
            stands = -1
            for _ in range(min(count, len(wanted))):
                start, stop = wanted.popleft()
                if stands != start:
                    _goto(control, start)
                found += _hits(control, stop, probes, look)
                stands = control.tick
                if len(found) >= _MANY:
                    break
            charge_answers(control.recorder)
        yield found
        count = min(2 * count, _PORTION)


def _hits(control: Control, end: int, probes: Placed, look: Look[T]) -> Iterator[tuple[int, T]]:
    """Yield what ``look`` finds from here up to a tick, exclusive."""
    for at in visits(control, end, probes):
        tick = control.tick
        seen = look(at)
        if seen is not None:
            yield tick, seen
