"""Two runs side by side: the first tick at which they differ, and in what.

A run is determined by its code, by what the host answered and by what was changed by hand. So the
first difference can only be where one of these differs: a few ticks to look at, found without
running the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.debug.history.reverse import goto_or_raise, undisturbed
from wasmlab.debug.views.host_calls import shown_answer
from wasmlab.debug.views.model import State
from wasmlab.debug.whatif.program_state import FrameAt, differences, frames_now, moment, same_flow
from wasmlab.engine.recording.recorder import goto as goto_tick
from wasmlab.engine.recording.recorder import switch
from wasmlab.errors import DebugError, Interrupted, WasmlabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import HostCall
    from wasmlab.debug.whatif.program_state import Difference, Moment
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.timeline import Timeline

    Counterpart = Callable[[FrameAt], FrameAt | None]
    _Path = list[tuple[int, tuple[FrameAt, ...]]]

_STEPWISE = 2_000
"""Ticks within which control flow is compared instruction by instruction."""
_INNER = 4
"""Frames that are compared there."""


class Run(NamedTuple):
    """One of two runs that are compared."""

    control: Control
    number: int
    """Number of its timeline."""
    name: str

    @property
    def timeline(self) -> Timeline:
        """Its history."""
        return self.control.recorder.timelines[self.number]


@dataclass(frozen=True, slots=True)
class Parting:
    """Where control flow is no longer the same."""

    tick: int
    a: str
    """The next instruction there, with its place; empty where that run is over."""
    b: str


@dataclass(frozen=True, slots=True)
class CallDifference:
    """The first call of the host that is not the same in both runs."""

    number: int
    """Which call it is, from 1."""
    a: HostCall | None
    b: HostCall | None
    """None: this run ended before."""
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have differently; ``str()`` says it in a few lines."""

    a: str
    b: str
    """Names of the runs: ``branch 1``, ``the recording``, ``the new text``."""
    tick: int | None
    """The first tick whose states differ; None if they are the same up to ``compared``."""
    differences: tuple[Difference, ...]
    """What differs at that tick."""
    parting: Parting | None
    """Where control flow parts. Beyond a few thousand ticks a detour that comes back to the same
    tick may be passed over."""
    call: CallDifference | None
    compared: int
    """The last tick that both have."""

    def __str__(self) -> str:
        """Return the differences, one on a line."""
        if self.tick is None:
            return f"{self.a} and {self.b} are the same up to step {self.compared}"
        lines = [f"{self.a} | {self.b} differ from step {self.tick} on:"]
        lines += [f"  {difference}" for difference in self.differences]
        if self.parting is not None and self.parting.tick > self.tick:
            parting = self.parting
            lines.append(f"control flow parts at step {parting.tick}:")
            lines.append(f"  {parting.a or 'the end'} | {parting.b or 'the end'}")
        if self.call is not None:
            lines.append(f"first other host call: {self.call.text}")
        return "\n".join(lines)


def compare(control: Control, a: int, b: int) -> Comparison:
    """Return the first difference of two branches.

    Raises DebugError if there is none of a number, Interrupted if somebody asks for a pause.
    """
    runs = [Run(control, number, f"branch {number}") for number in (a, b)]
    for run in runs:
        if run.number not in control.recorder.timelines:
            raise DebugError(f"there is no branch {run.number}", hint="branches lists them")
    with undisturbed(control):
        return compared(runs[0], runs[1], suspects(runs[0].timeline, runs[1].timeline))


def compared(
    a: Run, b: Run, suspects: Iterable[int], counterpart: Counterpart | None = None
) -> Comparison:
    """Return the first difference, looked for at the ticks where there can be one.

    The programs stand anywhere afterwards.
    """
    end = min(a.timeline.last, b.timeline.last)
    call = first_other_call(a, b)
    tick = _first_different(a, b, suspects, counterpart)
    if tick is None:
        return Comparison(a.name, b.name, None, (), None, call, end)
    here, there = _moment(a, tick), _moment(b, tick)
    found = differences(here, there, counterpart)
    parting = _parting(a, b, (here, there), end, counterpart)
    return Comparison(a.name, b.name, tick, found, parting, call, end)


def _first_different(
    a: Run, b: Run, suspects: Iterable[int], counterpart: Counterpart | None
) -> int | None:
    """Return the first suspect whose states differ; with another end, what bisection finds."""

    def differ(tick: int) -> bool:
        return bool(differences(_moment(a, tick), _moment(b, tick), counterpart))

    end, same = min(a.timeline.last, b.timeline.last), max(a.timeline.first, b.timeline.first)
    for tick in sorted({max(tick, same) for tick in suspects}):
        if tick > end:
            break
        if differ(tick):
            return tick
        same = tick
    if not (a.timeline.ended or b.timeline.ended) or not differ(end):
        return None
    different = end
    while different - same > 1:
        middle = (same + different) // 2
        same, different = (same, middle) if differ(middle) else (middle, different)
    return different


def suspects(a: Timeline, b: Timeline) -> Iterator[int]:
    """Yield the ticks at which two branches can begin to differ."""
    for timeline, other in ((a, b), (b, a)):
        yield from (c.tick for c in timeline.changes if c not in other.changes)
        yield from (e.tick for e in timeline.entries if e not in other.entries)
    skipped = max(a.host_log.forgotten, b.host_log.forgotten)
    answers = (t.host_log.since(skipped) for t in (a, b))
    for one, other in zip_longest(*answers):
        if one is not other and not _same_answer(one, other):
            yield from (answer.call.tick for answer in (one, other) if answer is not None)
            return


def _same_answer(a: HostAnswer | None, b: HostAnswer | None) -> bool:
    if a is None or b is None:
        return False
    same = a.call._replace(error=None) == b.call._replace(error=None)
    return same and str(a.call.error) == str(b.call.error) and a.arenas is b.arenas


def _goto(run: Run, tick: int) -> None:
    recorder = run.control.recorder
    if recorder.timeline.number != run.number:
        switch(recorder, run.number)
    goto_or_raise(run.control, tick)


def _moment(run: Run, tick: int) -> Moment:
    _goto(run, tick)
    return moment(run.control)


def _parting(
    a: Run, b: Run, found: tuple[Moment, Moment], end: int, counterpart: Counterpart | None
) -> Parting | None:
    """Return where control flow parts, at or behind the moments of the first difference."""
    at_a, at_b = found
    if not same_flow(at_a.frames, at_b.frames, counterpart):
        return Parting(at_a.tick, at_a.next, at_b.next)
    low, high = at_a.tick, end
    if high - low > _STEPWISE:
        if same_flow(_frames(a, high), _frames(b, high), counterpart):
            return None
        while high - low > _STEPWISE:
            middle = (low + high) // 2
            same = same_flow(_frames(a, middle), _frames(b, middle), counterpart)
            low, high = (middle, high) if same else (low, middle)
    tick = _first_apart(_path(a, low, high), _path(b, low, high), low, counterpart)
    if tick is None:
        return None
    return Parting(tick, _moment(a, tick).next, _moment(b, tick).next)


def _frames(run: Run, tick: int) -> tuple[FrameAt, ...]:
    _goto(run, tick)
    return frames_now(run.control.target)


def _path(run: Run, low: int, high: int) -> _Path:
    """Return depth and innermost frames at every tick behind ``low`` up to ``high``."""
    _goto(run, low)
    path: _Path = []
    for tick in range(low + 1, high + 1):
        try:
            goto_tick(run.control.recorder, tick, run.control.pause)
        except Interrupted:
            raise
        except WasmlabError:
            break
        target = run.control.target
        path.append((target.store.agent.depth, frames_now(target, _INNER)))
    return path


def _first_apart(a: _Path, b: _Path, low: int, counterpart: Counterpart | None) -> int | None:
    for tick, (here, there) in enumerate(zip_longest(a, b), low + 1):
        if here is None or there is None or here[0] != there[0]:
            return tick
        if not same_flow(here[1], there[1], counterpart):
            return tick
    return None


def first_other_call(a: Run, b: Run) -> CallDifference | None:
    """Return the first host call that is not the same; one that is not made yet is none."""
    skipped = max(run.timeline.host_log.forgotten for run in (a, b))
    answers = (run.timeline.host_log.since(skipped) for run in (a, b))
    for number, (one, other) in enumerate(zip_longest(*answers), skipped + 1):
        if one is other:
            continue
        if (one is None and not _is_over(a)) or (other is None and not _is_over(b)):
            return None
        call_a = None if one is None else shown_answer(one)
        call_b = None if other is None else shown_answer(other)
        if call_a is None or call_b is None or call_a.text != call_b.text:
            return CallDifference(number, call_a, call_b, _call_text(a, b, call_a, call_b))
    return None


def _is_over(run: Run) -> bool:
    waits = run.control.state is State.WAITING_FOR_CALL
    return run.timeline.ended or (waits and run.control.timeline.number == run.number)


def _call_text(a: Run, b: Run, one: HostCall | None, other: HostCall | None) -> str:
    if one is not None and other is not None and one.name == other.name:
        return f"{one.text} | {other.text}"
    does_a = f"calls {one.name} here" if one else "calls the host no more"
    does_b = f"calls {other.name}" if other else "calls the host no more"
    return f"{a.name} {does_a}, {b.name} {does_b}"
