"""The recorder of a program: takes snapshots while it runs, goes to any tick, forks timelines.

Three verbs move a program in time: ``goto`` a tick (from a snapshot, by running on), ``restore`` a
snapshot (``restore_at``, ``restore_before``), ``switch`` to another timeline.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from contextlib import contextmanager

from wasmlab.engine.program import begin_next
from wasmlab.engine.recording.budget import keep_within
from wasmlab.engine.recording.default_limit import DEFAULT_LIMIT
from wasmlab.engine.recording.hosts.host_recorder import HostRecorder
from wasmlab.engine.recording.snapshots.snapshot import (
    SnapshotTaker,
    put_back,
    restore,
    take_snapshot,
)
from wasmlab.engine.recording.timeline import (
    Entry,
    Timeline,
    add_snapshot,
    fork_timeline,
    index_before,
)
from wasmlab.engine.slices import run_slices
from wasmlab.engine.work import few_collections
from wasmlab.errors import (
    BadRecording,
    HostError,
    ProcExit,
    TimelineEnd,
    Trap,
    WasmException,
)
from wasmlab.exec.probe import at_probe
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.engine.program import Call, Program
    from wasmlab.engine.recording.snapshots.snapshot import Snapshot
    from wasmlab.engine.work import Work

"""Bytes that the timelines of a recorder may take together."""
INTERVAL = 0.008
"""Least seconds of running between two snapshots."""
_SHARES = ((0.0, 8), (0.015, 3))
"""(base in seconds, factor): the next snapshot waits base + factor * the seconds that the last one
took; the least of these counts. So small snapshots take at most 1/8 of the time, and large ones, at
most 1/3 of it, are still taken often enough."""
_ANSWERS = 8
"""Answers that take this part of the limit are followed by a snapshot: so they can be dropped."""
_LONGEST = 0.25
"""Longest wait for the next snapshot, in seconds of running."""


@dataclass(slots=True)
class Recorder:
    """Records one program; ``timeline`` is the current one."""

    program: Program
    limit: int = DEFAULT_LIMIT
    interval: float = INTERVAL
    timelines: dict[int, Timeline] = field(default_factory=dict[int, Timeline])
    timeline: Timeline = field(default_factory=Timeline)
    entered: int = 0
    """How many calls by hand the program has entered up to the present tick."""
    taker: SnapshotTaker = field(init=False)
    host: HostRecorder = field(init=False)
    ran: float = 0.0
    """Seconds of running since ``window``."""
    window: int = 0
    """The tick at which a snapshot was last due, or restored."""
    wait: float = 0.0
    """Seconds of running before the next snapshot is due, from ``_SHARES``."""
    unsaved: float = 0.0
    """Seconds of running for the first time since the recording was saved, on all timelines."""

    def __post_init__(self) -> None:
        """Record the program's host calls from now on."""
        self.taker = SnapshotTaker(self.program)
        self.host = HostRecorder(self.taker, self.timeline.host_log, self.limit // _ANSWERS)
        self.program.host_calls.recorder = self.host
        self.timelines[self.timeline.number] = self.timeline

    @property
    def tick(self) -> int:
        """Instructions completed."""
        return self.program.store.tick


def snapshot_now(recorder: Recorder) -> None:
    """Take a snapshot of the present state."""
    timeline = recorder.timeline
    add_snapshot(
        timeline, take_snapshot(recorder.taker, timeline.host_log.cursor, recorder.entered)
    )


def snapshot_if_due(recorder: Recorder, seconds: float) -> None:
    """Take a snapshot if one is due; seconds: how long the program has just run.

    A replay adds one where it has run twice as long as usual since the last snapshot.
    """
    timeline = recorder.timeline
    recorder.ran += seconds
    due = max(recorder.interval, recorder.wait)
    is_full = recorder.host.spent > recorder.host.most
    if recorder.ran < (due if recorder.tick >= timeline.last else 2 * due) and not is_full:
        return
    started = time.perf_counter()
    at = index_before(timeline, recorder.tick)
    if at < 0 or timeline.snapshots[at].tick <= recorder.window:
        _make_room(recorder)
        snapshot_now(recorder)
        charge_answers(recorder)
    recorder.ran, recorder.window = 0.0, recorder.tick
    took = time.perf_counter() - started
    recorder.wait = min(_LONGEST, *(base + took * times for base, times in _SHARES))


def _make_room(recorder: Recorder) -> None:
    """Drop snapshots, so that the next one stays within the limit."""
    limit = max(recorder.limit - recorder.taker.next_cost, recorder.limit // 2)
    keep_within(limit, recorder.timelines.values(), recorder.timeline, recorder.tick)


def charge_answers(recorder: Recorder) -> None:
    """Add the cost of new answers to the timeline, and keep all timelines within the limit."""
    recorder.timeline.cost += recorder.host.spent
    recorder.host.spent = 0
    keep_within(recorder.limit, recorder.timelines.values(), recorder.timeline, recorder.tick)


def note_progress(recorder: Recorder, *, ended: bool, trapped: bool) -> None:
    """Note the furthest tick that the program has reached, and how it ended there."""
    timeline = recorder.timeline
    if recorder.tick >= timeline.last:
        timeline.last = recorder.tick
        timeline.ended = timeline.ended or ended
        timeline.trapped = timeline.trapped or trapped
    charge_answers(recorder)


def at_end(recorder: Recorder) -> bool:
    """Return whether nothing is recorded after the present tick, except that it ended there."""
    timeline = recorder.timeline
    host_log = timeline.host_log
    return recorder.tick >= timeline.last and (timeline.ended or host_log.cursor == host_log.total)


def add_entry(recorder: Recorder, call: Call) -> None:
    """Record a call by hand; ``next_entry`` lets the program make it."""
    recorder.timeline.entries.append(Entry(recorder.tick, call))


def next_entry(recorder: Recorder) -> bool:
    """Let the program make the next recorded call by hand; return False if there is none now.

    To be called where the program waits for one: changes that were made there are repeated.
    """
    repeat_changes(recorder)
    entries = recorder.timeline.entries
    if recorder.entered < len(entries) and entries[recorder.entered].tick <= recorder.tick:
        recorder.program.calls.append(entries[recorder.entered].call)
        recorder.entered += 1
        return True
    return False


def restore_before(recorder: Recorder, tick: int) -> None:
    """Restore the last snapshot at or before a tick; TimelineEnd if there is none any more."""
    at = index_before(recorder.timeline, tick)
    if at < 0:
        first = recorder.timeline.first
        raise TimelineEnd(f"step {tick:,} is not recorded any more", hint=f"the first is {first:,}")
    restore_at(recorder, at)


def restore_at(recorder: Recorder, at: int) -> None:
    """Restore the timeline's snapshot of index ``at``."""
    _put(recorder, recorder.timeline.snapshots[at])


def _put(recorder: Recorder, snapshot: Snapshot) -> None:
    restore(recorder.taker, snapshot)
    recorder.timeline.host_log.cursor = snapshot.answered
    recorder.entered = snapshot.entered
    recorder.ran, recorder.window = 0.0, snapshot.tick


@contextmanager
def coming_back(recorder: Recorder) -> Generator[None]:
    """Let the program be moved about its history, timelines too; then put it back as it stood.

    That takes no replay, so that a question that is stopped has come back at once.
    """
    taker, timeline, stdin = recorder.taker, recorder.timeline, recorder.program.wasi.stdin
    present, limit = take_snapshot(taker, timeline.host_log.cursor, recorder.entered), stdin.limit
    put_back(taker, present)
    try:
        yield
    finally:
        if recorder.timeline is not timeline:
            switch(recorder, timeline.number)
        _put(recorder, present)
        put_back(taker, present)
        stdin.limit = limit


def run_call(recorder: Recorder, tick: int, work: Work | None = None) -> Status:
    """Run to a tick, a probe or the end of the present call; repeat changes by hand on the way.

    Raises what the program raises.
    """
    store = recorder.program.store
    while True:
        change = _next_change(recorder)
        until = tick if change is None else min(tick, change)
        status = _run(recorder, until, work)
        if status is Status.DONE or change is None or recorder.tick < change:
            return status
        repeat_changes(recorder)
        if status is Status.PROBE or recorder.tick >= tick:
            return status
        if at_probe(store):
            return Status.PROBE


def _run(recorder: Recorder, until: int, work: Work | None) -> Status:
    """Run to a tick, a probe or the end of the call, with few garbage collections."""
    store = recorder.program.store
    with few_collections():
        return run_slices(store, until, work, lambda seconds: _after_slice(recorder, seconds))


def _after_slice(recorder: Recorder, seconds: float) -> None:
    """Count the time of a slice, and take a snapshot if one is due."""
    if recorder.tick > recorder.timeline.last:
        recorder.unsaved += seconds
    snapshot_if_due(recorder, seconds)


def _next_change(recorder: Recorder) -> int | None:
    changes = recorder.timeline.changes
    at = bisect_right(changes, recorder.tick, key=lambda change: change.tick)
    return changes[at].tick if at < len(changes) else None


def repeat_changes(recorder: Recorder) -> None:
    """Make the changes by hand of the present tick again, by restoring its snapshot.

    To be called where the program has just run to this tick, or has entered a call at it. Entering
    takes no tick: the snapshot may be of before that, or of after it.
    """
    timeline, tick = recorder.timeline, recorder.tick
    if any(change.tick == tick for change in timeline.changes):
        at = index_before(timeline, tick)
        if at >= 0 and timeline.snapshots[at].tick == tick and _is_entered_as(recorder, at):
            restore_at(recorder, at)


def _is_entered_as(recorder: Recorder, at: int) -> bool:
    """Return whether the program has entered the calls that it had in the snapshot ``at``."""
    snapshot, program = recorder.timeline.snapshots[at], recorder.program
    return (
        snapshot.entered == recorder.entered
        and len(snapshot.calls) == len(program.calls)
        and bool(snapshot.frames) == bool(program.store.agent.depth)
    )


def run_until(recorder: Recorder, tick: int, work: Work | None = None) -> Status:
    """Run to a tick through all calls of the program.

    Returns FUEL there, PROBE at a probe before it, DONE if the program has nothing left to do.
    Raises what the program raises.
    """
    store = recorder.program.store
    while True:
        status = run_call(recorder, tick, work)
        if status is not Status.DONE:
            return status
        if not _begin_next(recorder):
            return Status.DONE
        if store.tick >= tick:
            return Status.FUEL
        if at_probe(store):
            return Status.PROBE


def _begin_next(recorder: Recorder) -> bool:
    """Enter the next call of the program that has instructions."""
    agent = recorder.program.store.agent
    while begin_next(recorder.program) or (next_entry(recorder) and begin_next(recorder.program)):
        if agent.depth:
            repeat_changes(recorder)
            return True
    return False


def goto(recorder: Recorder, tick: int, work: Work | None = None) -> Status:
    """Go to a recorded tick, from the nearest snapshot before it or from the present tick.

    Returns FUEL there, DONE if the program has nothing left to do before it. Raises TimelineEnd if
    the tick is not recorded any more, and what the program raises. Raises BadRecording if the
    history comes from a file and the program does not get there.
    """
    try:
        status = _goto(recorder, tick, work)
    except (Trap, ProcExit, HostError, WasmException) as error:
        if recorder.host.from_file:
            raise _not_reached(recorder, tick) from error
        raise
    if recorder.host.from_file and recorder.tick < tick:
        raise _not_reached(recorder, tick)
    return status


def _not_reached(recorder: Recorder, tick: int) -> BadRecording:
    return BadRecording(
        f"the recording says that step {tick:,} was reached, the program ends at {recorder.tick:,}"
    )


def steps_to(recorder: Recorder, tick: int) -> int:
    """Return how many instructions ``goto`` executes on its way to a tick."""
    at = index_before(recorder.timeline, tick)
    from_here = recorder.tick if _is_on_the_way(recorder, tick) else 0
    return tick - max(from_here, recorder.timeline.snapshots[at].tick if at >= 0 else 0)


def _is_on_the_way(recorder: Recorder, tick: int) -> bool:
    """Return whether the way to a tick goes on from the present, not from a snapshot."""
    at, here = index_before(recorder.timeline, tick), recorder.tick
    has_begun = bool(recorder.program.store.agent.depth) and not _host_failed(recorder)
    return has_begun and at >= 0 and recorder.timeline.snapshots[at].tick <= here <= tick


def _goto(recorder: Recorder, tick: int, work: Work | None) -> Status:
    if not _is_on_the_way(recorder, tick):
        restore_before(recorder, tick)
    status = Status.PROBE
    while status is Status.PROBE:
        if recorder.tick >= tick and recorder.program.store.agent.depth:
            return Status.FUEL
        status = run_until(recorder, tick, work)
    return status


def _host_failed(recorder: Recorder) -> bool:
    """Return whether the instruction that is next is a host call that has failed."""
    last = recorder.timeline.host_log.last
    return last is not None and last.call.error is not None


def fork(recorder: Recorder) -> Timeline:
    """Begin a new timeline at the present tick, with the same past, and make it current."""
    old = recorder.timeline
    keep_stdin(recorder)
    number = max(recorder.timelines) + 1
    new = fork_timeline(old, number, recorder.tick, old.host_log.cursor)
    recorder.timelines[number] = new
    _select(recorder, new)
    return new


def keep_stdin(recorder: Recorder) -> None:
    """Store standard input in the current timeline."""
    stdin = recorder.program.wasi.stdin
    recorder.timeline.stdin = (bytes(stdin.received), stdin.ended)


def _select(recorder: Recorder, timeline: Timeline) -> None:
    recorder.timeline = timeline
    recorder.host.log = timeline.host_log


def switch(recorder: Recorder, number: int) -> None:
    """Make another timeline current, at its last snapshot; KeyError for an unknown number."""
    keep_stdin(recorder)
    _select(recorder, recorder.timelines[number])
    stdin = recorder.program.wasi.stdin
    received, stdin.ended = recorder.timeline.stdin
    stdin.received[:] = received
    restore_at(recorder, len(recorder.timeline.snapshots) - 1)
