"""Two runs side by side: the first tick at which they differ, and in what.

A run is determined by its code, by what the host answered and by what was changed by hand. So the
first difference can only be where one of these differs: a few ticks to look at, found without
running the two in step.
"""

from __future__ import annotations

from itertools import zip_longest

from wasmlab.debug.views.host_calls import shown_answer
from wasmlab.debug.views.model import State
from wasmlab.engine.recording.recorder import goto as goto_tick
from wasmlab.engine.recording.recorder import switch
from wasmlab.errors import DebugError, Interrupted, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import HostCall
    from wasmlab.debug.whatif.program_state import FrameAt, ProgramState, StateDifference
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.timeline import Timeline

    Counterpart = Callable[[FrameAt], FrameAt | None]
    _Step = tuple[int, tuple[FrameAt, ...]]

_STEPWISE = 2_000
"""Ticks within which control flow is compared instruction by instruction."""
_INNER = 4
"""Frames that are compared there."""


class Run(NamedTuple):
    """One of two runs that are compared."""

    control: Control
    number: int
    """Number of the timeline."""
    name: str

    @property
    def timeline(self) -> Timeline:
        """The history of the run."""
        return self.control.recorder.timelines[self.number]


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first tick at which the control flow of two runs differs."""

    tick: int
    a: str
    """The next instruction of the first run, with its place; empty if that run is over."""
    b: str
    """The next instruction of the second run, with its place; empty if that run is over."""


@dataclass(frozen=True, slots=True)
class CallDifference:
    """The first call of the host that is not the same in both runs."""

    number: int
    """The number of the call in the history, from 1."""
    a: HostCall | None
    """The call of the first run; None if that ended before."""
    b: HostCall | None
    """The call of the second run; None if that ended before."""
    text: str
    """Both calls in one line."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two runs differ; ``str()`` says it in a few lines."""

    a: str
    """Name of the first run: ``branch 1``, ``the recording``."""
    b: str
    """Name of the second run: ``branch 2``, ``the new text``."""
    tick: int | None
    """The first tick whose states differ; None if they are the same up to ``compared``."""
    differences: tuple[StateDifference, ...]
    """The differences at ``tick``, control flow first."""
    divergence: Divergence | None
    """The first tick at which control flow differs. A detour more than 2,000 ticks after ``tick``
    may be missed if both are at the same instruction again later."""
    call: CallDifference | None
    compared: int
    """The last tick that both runs have."""

    @property
    def parting(self) -> Divergence | None:
        """Another name of ``divergence``."""
        return self.divergence

    def __str__(self) -> str:
        """Return the differences, one on a line."""
        if self.tick is None:
            return f"{self.a} and {self.b} are the same up to step {self.compared:,}"
        lines = [f"{self.a} | {self.b} differ from step {self.tick:,} on:"]
        lines += [f"  {difference}" for difference in self.differences]
        divergence = self.divergence
        if divergence is not None and divergence.tick > self.tick:
            lines.append(f"control flow parts at step {divergence.tick:,}:")
            lines.append(f"  {divergence.a or 'the end'} | {divergence.b or 'the end'}")
        if self.call is not None:
            lines.append(f"first other host call: {self.call.text}")
        return "\n".join(lines)


def compare(control: Control, a: int, b: int) -> Comparison:
    """Return the first difference of two branches.

    Raises DebugError if a number is not that of a branch, Interrupted if a pause is requested.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.to_start()
    <Stop arrived, step 0, $fac @0x2e line 10>
    >>> session.set("$n", 4)
    >>> session.run()
    <Stop returned, 24, step 39>
    >>> session.compare(1, 2).tick
    0
    """
    from wasmlab.debug.history.reverse import undisturbed

    runs = [Run(control, number, f"branch {number}") for number in (a, b)]
    for run in runs:
        if run.number not in control.recorder.timelines:
            raise DebugError(f"there is no branch {run.number}", hint="branches lists them")
    with undisturbed(control):
        return compare_runs(runs[0], runs[1], suspects(runs[0].timeline, runs[1].timeline))


def compare_runs(
    a: Run, b: Run, suspects: Iterable[int], counterpart: Counterpart | None = None
) -> Comparison:
    """Return the first difference, looked for at the ticks where there can be one.

    The programs stand anywhere afterwards.
    """
    end = min(a.timeline.last, b.timeline.last)
    call = first_other_call(a, b)
    found = _first_difference(a, b, suspects, counterpart)
    if found is None:
        return Comparison(a.name, b.name, None, (), None, call, end)
    divergence = _divergence(a, b, found, end, counterpart)
    return Comparison(a.name, b.name, found.tick, found.differences, divergence, call, end)


class _Difference(NamedTuple):
    """The states of two runs at a tick, and what differs there."""

    tick: int
    a: ProgramState
    b: ProgramState
    differences: tuple[StateDifference, ...]


def _difference(a: Run, b: Run, tick: int, counterpart: Counterpart | None) -> _Difference:
    """Go to a tick in both runs and compare them."""
    from wasmlab.debug.whatif.program_state import differences

    states = _state(a, tick), _state(b, tick)
    return _Difference(tick, *states, differences(*states, counterpart))


def _first_difference(
    a: Run, b: Run, suspects: Iterable[int], counterpart: Counterpart | None
) -> _Difference | None:
    """Return the first suspect whose states differ; with another end, what bisection finds."""
    end, same = min(a.timeline.last, b.timeline.last), max(a.timeline.first, b.timeline.first)
    for tick in sorted({max(tick, same) for tick in suspects}):
        if tick > end:
            break
        found = _difference(a, b, tick, counterpart)
        if found.differences:
            return found
        same = tick
    if not (a.timeline.ended or b.timeline.ended):
        return None
    found = _difference(a, b, end, counterpart)
    if not found.differences:
        return None
    while found.tick - same > 1:
        tried = _difference(a, b, (same + found.tick) // 2, counterpart)
        if tried.differences:
            found = tried
        else:
            same = tried.tick
    return found


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
    from wasmlab.debug.history.reverse import goto_or_raise

    recorder = run.control.recorder
    if recorder.timeline.number != run.number:
        switch(recorder, run.number)
    goto_or_raise(run.control, tick)


def _state(run: Run, tick: int) -> ProgramState:
    from wasmlab.debug.whatif.program_state import program_state

    _goto(run, tick)
    return program_state(run.control)


def _divergence(
    a: Run, b: Run, found: _Difference, end: int, counterpart: Counterpart | None
) -> Divergence | None:
    """Return the first tick from the first difference on at which the control flow differs."""
    from wasmlab.debug.whatif.program_state import same_flow

    if not same_flow(found.a.frames, found.b.frames, counterpart):
        return Divergence(found.tick, found.a.next, found.b.next)
    low, high = found.tick, end
    if high - low > _STEPWISE:
        if same_flow(_frames(a, high), _frames(b, high), counterpart):
            return None
        while high - low > _STEPWISE:
            middle = (low + high) // 2
            same = same_flow(_frames(a, middle), _frames(b, middle), counterpart)
            low, high = (middle, high) if same else (low, middle)
    both = zip_longest(_path(a, low, high), _path(b, low, high))
    for tick, (here, there) in enumerate(both, low + 1):
        if here is None or there is None or not _same_step(here, there, counterpart):
            return Divergence(tick, _next(a, here), _next(b, there))
    return None


def _same_step(here: _Step, there: _Step, counterpart: Counterpart | None) -> bool:
    from wasmlab.debug.whatif.program_state import same_flow

    return here[0] == there[0] and same_flow(here[1], there[1], counterpart)


def _next(run: Run, step: _Step | None) -> str:
    """Return the next instruction with its place; empty where the run is over."""
    from wasmlab.debug.whatif.program_state import next_text

    return next_text(run.control.target, () if step is None else step[1])


def _frames(run: Run, tick: int) -> tuple[FrameAt, ...]:
    from wasmlab.debug.whatif.program_state import frames_now

    _goto(run, tick)
    return frames_now(run.control.target)


def _path(run: Run, low: int, high: int) -> list[_Step]:
    """Return depth and innermost frames at every tick after ``low`` up to ``high``."""
    from wasmlab.debug.whatif.program_state import frames_now

    _goto(run, low)
    path: list[_Step] = []
    for tick in range(low + 1, high + 1):
        try:
            goto_tick(run.control.recorder, tick, run.control.work)
        except Interrupted:
            raise
        except WasmlabError:
            break
        target = run.control.target
        path.append((target.store.agent.depth, frames_now(target, _INNER)))
    return path


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
