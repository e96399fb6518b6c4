"""The timeline as front ends show it, and going from event to event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wasmlab.debug.host_log import shown_answer
from wasmlab.errors import TimelineEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.stepping import Control
    from wasmlab.debug.view import Stop
    from wasmlab.engine.recording.journal import Answer

_LASTING = "wrote to a real file: not taken back"


_PRINTED = 1_000
"""Bytes of what was printed at once that its event shows."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; it is visible in the state at ``tick``."""

    tick: int
    kind: str
    """call (by hand), host, output, barrier (real files were changed, which is not taken back),
    change (by hand), hit, trap or exit."""
    said: str | Answer
    """Its text, or the call that it is of."""

    @property
    def text(self) -> str:
        """What happened, in words."""
        return self.said if isinstance(self.said, str) else shown_answer(self.said).text


@dataclass(frozen=True, slots=True)
class TimelineView:
    """Where the program stands in its history."""

    first: int
    """The first tick that one can go to."""
    last: int
    tick: int
    events: tuple[Event, ...]
    branch: int
    """Number of the branch that this history is."""


def timeline_view(control: Control) -> TimelineView:
    """Return the present history with its events, those still ahead included."""
    recorder = control.recorder
    timeline = recorder.timeline
    events = sorted(_events(control), key=lambda event: event.tick)
    return TimelineView(
        timeline.first, timeline.last, recorder.tick, tuple(events), timeline.number
    )


def _events(control: Control) -> Iterator[Event]:
    timeline = control.recorder.timeline
    for entry in timeline.entries:
        yield Event(entry.tick, "call", entry.call.name)
    for change in timeline.changes:
        yield Event(change.tick, "change", change.text)
    answers = timeline.journal.answers
    for answer in answers:
        yield Event(answer.record.tick, "host", answer)
        if answer.barrier:
            yield Event(answer.record.tick, "barrier", f"{answer.record.name} {_LASTING}")
    if answers:
        for printed in answers[-1].wasi.output.events.values():
            text = printed.data[:_PRINTED].decode("utf-8", "replace")
            yield Event(printed.tick + 1, "output", text)
    for point in control.points.by_number.values():
        for tick in point.ticks:
            yield Event(tick, "hit", f"breakpoint {point.number}")
    if timeline.ended:
        kind = "trap" if timeline.trapped else "exit"
        yield Event(timeline.last, kind, kind)


def naming_barriers(control: Control, stop: Stop, before: int) -> Stop:
    """Return the stop of a command that went back, with what stays done.

    before: how many host calls had been made where it began.
    """
    journal = control.recorder.timeline.journal
    first, last = journal.cursor - journal.forgotten, before - journal.forgotten
    undone = journal.answers[first : max(last, 0)]
    lasting = [answer.record.tick for answer in undone if answer.barrier]
    if lasting:
        more = f" (and {len(lasting) - 1} before it)" if len(lasting) > 1 else ""
        message = f"{stop.message}; step {lasting[-1]}{more} {_LASTING}"
        control.stop = replace(stop, message=message)
        return control.stop
    return stop


def next_event(control: Control) -> int:
    """Return the tick of the next event; TimelineEnd if none is recorded."""
    now = control.recorder.tick
    found = [event.tick for event in _events(control) if event.tick > now]
    if not found:
        raise TimelineEnd("nothing is recorded behind this step", hint="run goes on")
    return min(*found, control.recorder.timeline.last)


def previous_event(control: Control) -> int:
    """Return the tick of the event before; TimelineEnd if there is none."""
    now = control.recorder.tick
    found = [event.tick for event in _events(control) if event.tick < now]
    if not found:
        raise TimelineEnd("nothing is recorded before this step")
    return max(*found, control.recorder.timeline.first)
