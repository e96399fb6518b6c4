"""The recorder of a program: takes snapshots while it runs, goes back to them, forks timelines."""

from __future__ import annotations

import gc
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.engine.program import begin_next
from wasmlab.engine.recording.budget import keep_within
from wasmlab.engine.recording.hosts.port import Port
from wasmlab.engine.recording.snapshots.snapshot import Camera, put_back, take
from wasmlab.engine.recording.timeline import Entry, Timeline, forked, index_before, insert
from wasmlab.engine.slices import run_slices
from wasmlab.errors import TimelineEnd
from wasmlab.exec.machine import Status
from wasmlab.exec.probe import at_probe

if TYPE_CHECKING:
    from wasmlab.engine.program import Call, Program
    from wasmlab.engine.slices import Pause

DEFAULT_LIMIT = 512 << 20
"""Bytes that a recording may take."""
INTERVAL = 0.008
"""Seconds of running between two snapshots."""
_SHARES = ((0.0, 8), (0.015, 3))
"""Seconds of running that pay for a snapshot: so many, and so many times what it took. The least
counts: small ones cost an eighth of the time at most, large ones are not too rare."""
_RARELY = 1000
"""Collections of young objects between two of all objects, while a program runs: ten are usual,
and then a tenth of the time would go into looking through answers that nobody drops."""
_LONGEST = 0.25
"""Seconds after which the next one comes all the same."""


@dataclass(slots=True)
class Recorder:
    """Records one program; ``timeline`` is the history that it is on."""

    program: Program
    limit: int = DEFAULT_LIMIT
    interval: float = INTERVAL
    timelines: dict[int, Timeline] = field(default_factory=dict[int, Timeline])
    timeline: Timeline = field(default_factory=Timeline)
    entered: int = 0
    """Calls by hand that the program has made up to now."""
    camera: Camera = field(init=False)
    port: Port = field(init=False)
    ran: float = 0.0
    """Seconds of running since ``window``, the tick at which a snapshot was due last."""
    window: int = 0
    wait: float = 0.0
    """Seconds of running that pay for the last snapshot."""

    def __post_init__(self) -> None:
        """Answer the program's host calls from now on."""
        self.camera = Camera(self.program)
        self.port = Port(self.camera, self.timeline.journal)
        self.program.store.port = self.port
        self.timelines[self.timeline.number] = self.timeline

    @property
    def tick(self) -> int:
        """Instructions completed."""
        return self.program.store.tick


def take_now(recorder: Recorder) -> None:
    """Take a snapshot of the present state."""
    timeline = recorder.timeline
    insert(timeline, take(recorder.camera, timeline.journal.cursor, recorder.entered))


def between(recorder: Recorder, seconds: float) -> None:
    """Take a snapshot if it is time for one; seconds: how long the program just ran.

    A replay takes one where the way to it has become much longer than it was.
    """
    timeline = recorder.timeline
    recorder.ran += seconds
    due = max(recorder.interval, recorder.wait)
    if recorder.ran < (due if recorder.tick >= timeline.last else 2 * due):
        return
    started = time.perf_counter()
    at = index_before(timeline, recorder.tick)
    if at < 0 or timeline.snapshots[at].tick <= recorder.window:
        _make_room(recorder)
        take_now(recorder)
        account(recorder)
    recorder.ran, recorder.window = 0.0, recorder.tick
    took = time.perf_counter() - started
    recorder.wait = min(_LONGEST, *(base + took * times for base, times in _SHARES))


def _make_room(recorder: Recorder) -> None:
    """Drop snapshots, so that the next one does not exceed the limit."""
    limit = max(recorder.limit - recorder.camera.coming, recorder.limit // 2)
    keep_within(limit, recorder.timelines.values(), recorder.timeline, recorder.tick)


def account(recorder: Recorder) -> None:
    """Count what the host's answers take, and keep all timelines within the limit."""
    recorder.timeline.cost += recorder.port.spent
    recorder.port.spent = 0
    keep_within(recorder.limit, recorder.timelines.values(), recorder.timeline, recorder.tick)


def arrived(recorder: Recorder, *, ended: bool, trapped: bool) -> None:
    """Note how far the program has got."""
    timeline = recorder.timeline
    if recorder.tick >= timeline.last:
        timeline.last = recorder.tick
        timeline.ended = timeline.ended or ended
        timeline.trapped = timeline.trapped or trapped
    account(recorder)


def at_end(recorder: Recorder) -> bool:
    """Return whether nothing is known of what comes next, except that it may end here."""
    timeline = recorder.timeline
    journal = timeline.journal
    return recorder.tick >= timeline.last and (timeline.ended or journal.cursor == journal.total)


def add_entry(recorder: Recorder, call: Call) -> None:
    """Record a call by hand, which the program makes next."""
    recorder.timeline.entries.append(Entry(recorder.tick, call))


def next_entry(recorder: Recorder) -> bool:
    """Let the program make the next recorded call by hand; return False if there is none now."""
    entries = recorder.timeline.entries
    if recorder.entered < len(entries) and entries[recorder.entered].tick <= recorder.tick:
        recorder.program.calls.append(entries[recorder.entered].call)
        recorder.entered += 1
        return True
    return False


def go_back(recorder: Recorder, tick: int) -> None:
    """Put the program where its last snapshot at or before a tick was; TimelineEnd."""
    at = index_before(recorder.timeline, tick)
    if at < 0:
        first = recorder.timeline.first
        raise TimelineEnd(f"step {tick} is not recorded any more", hint=f"the first is {first}")
    show(recorder, at)


def show(recorder: Recorder, at: int) -> None:
    """Put the program where snapshot number ``at`` was taken."""
    snapshot = recorder.timeline.snapshots[at]
    put_back(recorder.camera, snapshot)
    recorder.timeline.journal.cursor = snapshot.answered
    recorder.entered = snapshot.entered
    recorder.ran, recorder.window = 0.0, snapshot.tick


def advance(recorder: Recorder, tick: int, pause: Pause | None = None) -> Status:
    """Run to a tick, a probe or the end of the call; changes by hand on the way happen again.

    Raises what the program raises.
    """
    store = recorder.program.store
    while True:
        change = _next_change(recorder)
        until = tick if change is None else min(tick, change)
        status = _run(recorder, until, pause)
        if status is Status.DONE or change is None or recorder.tick < change:
            return status
        renew(recorder)
        if status is Status.PROBE or recorder.tick >= tick:
            return status
        if at_probe(store):
            return Status.PROBE


def _run(recorder: Recorder, until: int, pause: Pause | None) -> Status:
    """Run to a tick or a probe; what is recorded on the way stays, so Python rarely looks at it."""
    store, usual = recorder.program.store, gc.get_threshold()
    if usual[2] < _RARELY:
        gc.set_threshold(*usual[:2], _RARELY)
    try:
        return run_slices(store, until, pause, lambda seconds: between(recorder, seconds))
    finally:
        if usual[2] < _RARELY:
            gc.set_threshold(*usual)


def _next_change(recorder: Recorder) -> int | None:
    changes = recorder.timeline.changes
    at = bisect_right(changes, recorder.tick, key=lambda change: change.tick)
    return changes[at].tick if at < len(changes) else None


def renew(recorder: Recorder) -> None:
    """Make the changes by hand that belong to the present tick, to which the program just ran."""
    timeline, tick = recorder.timeline, recorder.tick
    if any(change.tick == tick for change in timeline.changes):
        at = index_before(timeline, tick)
        if at >= 0 and timeline.snapshots[at].tick == tick:
            show(recorder, at)


def run_to(recorder: Recorder, tick: int, pause: Pause | None = None) -> Status:
    """Run to a tick through all calls of the program.

    Returns FUEL there, PROBE at a probe before it, DONE if the program has nothing left to do.
    Raises what the program raises.
    """
    store = recorder.program.store
    while True:
        status = advance(recorder, tick, pause)
        if status is not Status.DONE:
            return status
        if not _begin_next(recorder):
            return Status.DONE
        if store.tick >= tick:
            return Status.FUEL


def _begin_next(recorder: Recorder) -> bool:
    """Enter the next call of the program that has instructions."""
    agent = recorder.program.store.agent
    while begin_next(recorder.program) or (next_entry(recorder) and begin_next(recorder.program)):
        if agent.depth:
            renew(recorder)
            return True
    return False


def goto(recorder: Recorder, tick: int, pause: Pause | None = None) -> Status:
    """Make the program stand at a recorded tick, from the nearest snapshot or from where it is."""
    at = index_before(recorder.timeline, tick)
    here, depth = recorder.tick, recorder.program.store.agent.depth
    snapshots = recorder.timeline.snapshots
    if not depth or here > tick or at < 0 or snapshots[at].tick > here or _host_failed(recorder):
        go_back(recorder, tick)
    status = Status.PROBE
    while status is Status.PROBE:
        if recorder.tick >= tick and recorder.program.store.agent.depth:
            return Status.FUEL
        status = run_to(recorder, tick, pause)
    return status


def _host_failed(recorder: Recorder) -> bool:
    """Return whether the instruction that is next is a host call that has failed."""
    journal = recorder.timeline.journal
    at = journal.cursor - journal.forgotten - 1
    return at >= 0 and journal.answers[at].error is not None


def fork(recorder: Recorder) -> Timeline:
    """Leave the present timeline: a new one has the same past, and its future is open."""
    old = recorder.timeline
    keep_stdin(recorder)
    number = max(recorder.timelines) + 1
    new = forked(old, number, recorder.tick, old.journal.cursor)
    recorder.timelines[number] = new
    _be_on(recorder, new)
    return new


def keep_stdin(recorder: Recorder) -> None:
    """Note the standard input of the present timeline."""
    stdin = recorder.program.wasi.stdin
    recorder.timeline.stdin = (bytes(stdin.received), stdin.ended)


def _be_on(recorder: Recorder, timeline: Timeline) -> None:
    recorder.timeline = timeline
    recorder.port.journal = timeline.journal


def switch(recorder: Recorder, number: int) -> None:
    """Stand at the last tick of another timeline, by way of its last snapshot."""
    keep_stdin(recorder)
    _be_on(recorder, recorder.timelines[number])
    stdin = recorder.program.wasi.stdin
    received, stdin.ended = recorder.timeline.stdin
    stdin.received[:] = received
    show(recorder, len(recorder.timeline.snapshots) - 1)
