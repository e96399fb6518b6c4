"""The timeline as front ends show it, and going from event to event."""

from __future__ import annotations

from bisect import bisect_right

from wasmlab.debug.stops.breakpoints import kind as kind_of
from wasmlab.debug.views.host_calls import shown_answer
from wasmlab.errors import TimelineEnd
from wasmlab.hints import TYPE_CHECKING, TypeVar
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Stop
    from wasmlab.engine.recording.hosts.host_log import HostAnswer

T = TypeVar("T")

_LASTING = "wrote to a real file: not taken back"
_PRINTED = 1_000
"""Bytes of what was printed at once that its event shows."""


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that happened; it is visible in the state at ``tick``."""

    tick: int
    kind: str
    """call (by hand), host, output, barrier (real files were changed, which is not taken back),
    change (by hand), hit, trap or exit."""
    said: str | HostAnswer
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
    events: tuple[TimelineEvent, ...]
    branch: int
    """Number of the branch that this history is."""


def timeline_view(control: Control, nearest: int | None = None) -> TimelineView:
    """Return the present history with its events, those still ahead included.

    nearest: how many events before and after the present are wanted at least; all if None. With
    a number it takes no longer for a long history.
    """
    recorder = control.recorder
    timeline = recorder.timeline
    events = sorted(_events(control, nearest), key=lambda event: event.tick)
    return TimelineView(
        timeline.first, timeline.last, recorder.tick, tuple(events), timeline.number
    )


def timeline_near(control: Control, count: int) -> TimelineView:
    """Return the present history with at least the ``count`` nearest events before and after.

    >>> hello.run()
    <Stop exit, step 13>
    >>> [event.kind for event in hello.timeline_near(2).events]
    ['host', 'output', 'exit']
    """
    return timeline_view(control, count)


def _near(
    whole: Sequence[T], now: int, nearest: int | None, tick: Callable[[T], int]
) -> Sequence[T]:
    """Return the part of a list in order of ticks that is nearest to now; all of it if None."""
    if nearest is None:
        return whole
    at = bisect_right(whole, now, key=tick)
    return whole[max(at - nearest, 0) : at + nearest]


def _printed(control: Control, nearest: int | None) -> Iterator[TimelineEvent]:
    answers = control.timeline.host_log.answers
    if not answers:
        return
    pieces = answers[-1].wasi.output.events

    def tick(number: int) -> int:
        piece = pieces.get(number)
        return 0 if piece is None else piece.tick + 1

    for number in _near(range(len(pieces)), control.tick, nearest, tick):
        piece = pieces.get(number)
        if piece is not None:
            text = piece.data[:_PRINTED].decode("utf-8", "replace")
            yield TimelineEvent(piece.tick + 1, "output", text)


def _events(control: Control, nearest: int | None = None) -> Iterator[TimelineEvent]:
    timeline, now = control.timeline, control.tick
    for entry in timeline.entries:
        yield TimelineEvent(entry.tick, "call", entry.call.name)
    for change in timeline.changes:
        yield TimelineEvent(change.tick, "change", change.text)
    answers = timeline.host_log.answers
    for answer in _near(answers, now, nearest, lambda answer: answer.call.tick):
        yield TimelineEvent(answer.call.tick, "host", answer)
        if answer.barrier:
            yield TimelineEvent(answer.call.tick, "barrier", f"{answer.call.name} {_LASTING}")
    yield from _printed(control, nearest)
    for point in control.breakpoints.by_number.values():
        for tick in (
            _near(point.ticks, now, nearest, lambda tick: tick) if not point.template else ()
        ):
            yield TimelineEvent(tick, "hit", f"{kind_of(point)} {point.number}")
    if timeline.ended:
        kind = "trap" if timeline.trapped else "exit"
        yield TimelineEvent(timeline.last, kind, kind)


def naming_barriers(control: Control, stop: Stop, before: int) -> Stop:
    """Return the stop of a command that went back, with what stays done.

    before: how many host calls had been made where it began.
    """
    host_log = control.timeline.host_log
    first, last = host_log.cursor - host_log.forgotten, before - host_log.forgotten
    undone = host_log.answers[first : max(last, 0)]
    lasting = [answer.call.tick for answer in undone if answer.barrier]
    if lasting:
        more = f" (and {len(lasting) - 1} before it)" if len(lasting) > 1 else ""
        message = f"{stop.message}; step {lasting[-1]:,}{more} {_LASTING}"
        control.stop = replace(stop, message=message)
        return control.stop
    return stop


def next_event(control: Control) -> int:
    """Return the tick of the next event; TimelineEnd if none is recorded."""
    now = control.tick
    found = [event.tick for event in _events(control) if event.tick > now]
    if not found:
        raise TimelineEnd("nothing is recorded after this step", hint="run goes on")
    return min(*found, control.timeline.last)


def previous_event(control: Control) -> int:
    """Return the tick of the event before; TimelineEnd if there is none."""
    now = control.tick
    found = [event.tick for event in _events(control) if event.tick < now]
    if not found:
        raise TimelineEnd("nothing is recorded before this step")
    return max(*found, control.timeline.first)
