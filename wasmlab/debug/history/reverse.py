"""Going backwards: to any tick, over calls, out of functions, to the hit before."""

from __future__ import annotations

from bisect import bisect_left
from contextlib import contextmanager, suppress

from wasmlab.debug import forward
from wasmlab.debug.arguments import need_count
from wasmlab.debug.control import can_go, stop_here
from wasmlab.debug.views.model import State, Stop, StopReason
from wasmlab.debug.views.target import current_location
from wasmlab.engine.recording.recorder import coming_back, run_until, steps_to
from wasmlab.engine.recording.recorder import goto as goto_tick
from wasmlab.engine.recording.timeline import answers_around
from wasmlab.errors import (
    HostError,
    Interrupted,
    ProcExit,
    SearchStopped,
    TimelineEnd,
    Trap,
    WasmException,
)
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import replace
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.runtime.probe import InFrame
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.stops.probes import Placed
    from wasmlab.debug.stops.stop_point import OnAccess, OnFailure, StopPoint
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Position
    from wasmlab.engine.recording.timeline import Timeline


def goto(control: Control, tick: int) -> Stop:
    """Go to a step; beyond the last recorded one by running on. TimelineEnd before the first.

    A tick is a number of completed instructions. At the last one the program is in the end
    that it came to, if it came to one; the stop says so where a later one was asked for.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.goto(4)
    <Stop arrived, step 4, $fac @0x38 line 16>
    """
    stop = _goto(control, tick)
    if control.tick < tick and control.state in _ENDS:
        message = f"{stop.message}; there is no step {tick:,}: it ends at step {control.tick:,}"
        control.stop = stop = replace(stop, message=message)
    return stop


_ENDS = (State.EXITED, State.TRAPPED, State.WAITING_FOR_CALL)


def _goto(control: Control, tick: int) -> Stop:
    timeline = control.timeline
    if tick < timeline.first:
        raise TimelineEnd(f"there is no step {tick:,}", hint=beginning(timeline))
    ahead = 0 if timeline.ended else max(tick - timeline.last, 0)
    tick = min(tick, timeline.last)
    if tick == timeline.last:
        stop = _goto_last(control)
    else:
        stop = _goto_recorded(control, _outside_host(control, tick))
    return forward.step(control, ahead) if ahead and can_go(control) else stop


def goto_or_raise(control: Control, tick: int) -> None:
    """Go to a tick like ``goto``; raises Interrupted if a pause was asked for meanwhile."""
    if goto(control, tick).reason is StopReason.PAUSED:
        raise Interrupted("paused")


@contextmanager
def undisturbed(control: Control) -> Generator[None]:
    """Let the program be moved about its history, branches too; then stand where it stood."""
    kept, stubs = (control.state, control.stop, control.trap), control.program.stubs
    selected = control.target.selected
    asked = None if stubs is None else stubs.asked
    try:
        with coming_back(control.recorder):
            yield
    finally:
        control.state, control.stop, control.trap = kept
        control.target.selected = selected
        if stubs is not None:
            stubs.asked = asked


def previous(control: Control) -> Location | None:
    """Return where the instruction is that ran last; None unless the program is paused.

    The program stays where it is.
    """
    tick, first = control.tick, control.timeline.first
    if control.state is not State.PAUSED or tick <= first:
        return None
    with undisturbed(control):
        goto(control, tick - 1)
        return current_location(control.target)


_RECENT = 64
"""Instructions of which the last access is wanted: they are replayed in some milliseconds."""


def last_access(control: Control) -> Area | None:
    """Return what was last written or read in a memory by the latest instructions, a few dozen.

    None if none of them did that, or if a pause is asked for. The program stays where it is.
    """
    from wasmlab.debug.stops.accesses import coming_access
    from wasmlab.debug.stops.probes import probing

    recorder, end, found = control.recorder, control.tick, None
    with suppress(Interrupted), undisturbed(control), probing(control.target, {}):
        goto_tick(recorder, max(end - _RECENT, control.timeline.first), control.work)
        while recorder.tick < end:
            found = coming_access(control.target) or found
            if run_until(recorder, recorder.tick + 1, control.work) is Status.DONE:
                break
    return found


def _outside_host(control: Control, tick: int) -> int:
    """Return tick, or the tick of the host call during which it passed."""
    for answer in answers_around(control.timeline, tick):
        before = answer.call.tick - 1
        if answer.ticks and before < tick <= before + answer.ticks:
            return before
    return tick


def _goto_recorded(control: Control, tick: int) -> Stop:
    recorder = control.recorder
    try:
        with control.work.expecting(steps_to(recorder, tick)):
            goto_tick(recorder, tick, control.work)
    except Interrupted as interrupted:
        control.state, control.trap = State.PAUSED, None
        return stop_here(control, StopReason.PAUSED, str(interrupted))
    control.trap = None
    over = not recorder.program.store.agent.depth
    control.state = State.WAITING_FOR_CALL if over else State.PAUSED
    message = f"step {recorder.tick:,} of {recorder.timeline.last:,}"
    place = current_location(control.target)
    return stop_here(
        control, StopReason.ARRIVED, message if place is None else f"{message}, at {place}"
    )


def _goto_last(control: Control) -> Stop:
    """Go to the last tick, with the end that the program came to."""
    timeline = control.timeline
    last, ended = timeline.last, timeline.ended
    stop = _goto_recorded(control, last)
    if not control.depth and last > timeline.first:
        stop = _goto_recorded(control, _outside_host(control, last - 1))
        return forward.step(control) if control.tick < last else stop
    return forward.step(control) if ended and can_go(control) else stop


def step_back(control: Control, n: int = 1) -> Stop:
    """Take back n instructions, at most to the first step; TimelineEnd if it stands there.

    Raises UsageError below 0.
    """
    need_count("step_back", n)
    timeline, tick = control.timeline, control.tick
    need_past(control)
    return goto(control, max(tick - n, timeline.first))


def beginning(timeline: Timeline) -> str:
    """Return where the recording begins, and why it does not begin earlier."""
    if timeline.first == 0:
        return "the recording begins at step 0"
    return f"steps before {timeline.first:,} were dropped; a larger --record-limit keeps more"


def need_past(control: Control) -> None:
    """Raise TimelineEnd if the program stands where the recording begins."""
    timeline = control.timeline
    if control.tick <= timeline.first:
        hint = beginning(timeline) if timeline.first else "only forward from here"
        raise TimelineEnd("this is where the recording begins", hint=hint)


def reverse_over(control: Control) -> Stop:
    """Take back one instruction; a call that has come back, as a whole.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.reverse_over()
    <Stop arrived, step 49, $fac @0x43 line 22>
    """
    depth, tick = control.depth, control.tick
    stop = step_back(control)
    if depth == 0 or control.depth <= depth or stop.reason is StopReason.PAUSED:
        return stop
    return forward.guarded(control, lambda: goto_call(control, depth, tick) or stop)


def reverse_out(control: Control) -> Stop:
    """Go back to the call that entered the selected frame's function.

    >>> session.step(12)
    <Stop step, step 12, $fac @0x33 line 13>
    >>> session.reverse_out()
    <Stop arrived, step 8, $fac @0x3f line 20>
    """
    need_past(control)
    if control.depth == 0:
        return step_back(control)
    return forward.guarded(control, lambda: _goto_entry(control))


def _goto_entry(control: Control) -> Stop:
    depth, tick = control.depth - control.target.selected, control.tick
    if depth > 1:
        stop = goto_call(control, depth - 1, tick)
        if stop is not None:
            return stop
    entry = _entry(control)
    return goto(control, entry) if entry < tick else step_back(control)


def _entry(control: Control) -> int:
    """Return the tick at which the call by the host began that is being made; the program moves."""
    from wasmlab.debug.history.search import forwards

    recorder, now = control.recorder, control.tick
    snapshots, program = recorder.timeline.snapshots, recorder.program
    wanted = (recorder.entered, -len(program.calls))
    at = bisect_left(snapshots, wanted, key=lambda s: (s.entered, -len(s.calls)))
    func = program.store.agent.record(0, FUNC)

    def look(at: Position) -> bool | None:
        return (at.number == 0 and wanted == (recorder.entered, -len(program.calls))) or None

    stretch = snapshots[max(at - 1, 0)].tick, now + 1
    ticks = forwards(control, [stretch], {func: {0}}, look)
    with undisturbed(control):
        return next((found[0][0] for found in ticks if found), recorder.timeline.first)


def goto_call(control: Control, depth: int, end: int) -> Stop | None:
    """Go back to where frame number depth - 1 made the call that it waits for."""
    agent = control.agent
    addr, pc = agent.record(depth - 1, FUNC), agent.record(depth - 1, PC)
    if control.store.funcs[addr].host is not None:
        return None
    caller = {addr: {pc: InFrame(depth - 1, agent.record(depth - 1, FP))}}
    found = search_back(control, end, caller, lambda _at: control.depth == depth or None)
    return None if found is None else goto(control, found)


def search_back(
    control: Control,
    end: int,
    wanted: Placed,
    look: Callable[[Position], object | None],
    begin: Callable[[], None] = lambda: None,
) -> int | None:
    """Return the last tick before ``end`` with a match; the program stays where it is.

    ``begin`` is called as by ``search.backwards``. If it is stopped, the program stands before all
    that was looked at.
    """
    from wasmlab.debug.history.search import backwards

    whole = end - control.timeline.first
    try:
        with undisturbed(control), control.work.expecting(whole):
            found = backwards(control, end, wanted, look, begin=begin)
    except SearchStopped as stopped:
        if stopped.end < end:
            goto(control, stopped.end)
        raise
    return None if found is None else found[0]


def _goto_last_match(
    control: Control, wanted: Placed, look: Callable[[Position], object | None]
) -> Stop:
    """Go back to the last match, or to the first tick, and say so."""
    found = search_back(control, control.tick, wanted, look)
    if found is not None:
        return goto(control, found)
    goto(control, control.timeline.first)
    said = f"no stop before; {beginning(control.timeline)}"
    return stop_here(control, StopReason.BEGINNING, said)


def reverse_run(control: Control) -> Stop:
    """Go back to the last hit of a breakpoint or watchpoint, or to the first step.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.reverse_run()
    <Stop beginning, step 0, $fac @0x2e line 10>
    """
    need_past(control)
    return forward.guarded(control, lambda: _goto_hit(control))


def _goto_hit(control: Control) -> Stop:
    from wasmlab.debug.history.lifetimes import find_begins
    from wasmlab.debug.stops.breakpoints import probes
    from wasmlab.debug.stops.stop_point import OnAccess, OnFailure

    if (trap := _goto_trap(control)) is not None:
        return trap
    with undisturbed(control):
        _complete_hits(control)
        find_begins(control)
    hits: dict[int, StopPoint] = {}

    def look(at: Position) -> bool | None:
        tick, hit = control.tick, _hit(control, at)
        if hit is not None:
            hits[tick] = hit
        return hit is not None or None

    stop = _goto_last_match(control, probes(control.target, control.breakpoints), look)
    hit = hits.get(stop.tick)
    if hit is None:
        return stop
    match hit.at:
        case OnAccess() as watch:
            return _before_watched(control, hit, watch, stop.tick)
        case OnFailure() as call:
            return forward.stop_after(control, hit, _coming_failure(control, call))
        case _:
            return forward.stop_before(control, hit)


def _goto_trap(control: Control) -> Stop | None:
    """Stand before the trap that the program has come to, if one is caught there."""
    from wasmlab.debug.stops.hits import counts
    from wasmlab.debug.stops.stop_point import OnTrap
    from wasmlab.debug.views.target import position

    trap, at = control.trap, position(control.target)
    points = control.breakpoints.by_number.values()
    for point in points if trap is not None and at is not None else ():
        caught = point.enabled and isinstance(point.at, OnTrap) and point.template is None
        if (
            caught
            and not forward.is_in_host(control)
            and counts(control.target, point, at, control.tick)
        ):
            _goto_recorded(control, control.tick)
            return forward.stop_before_trap(control, point, f"trap: {trap}")
    return None


def _hit(control: Control, at: Position) -> StopPoint | None:
    """Return what stops here going back, having counted its hit."""
    from wasmlab.debug.stops.breakpoints import effects_at
    from wasmlab.debug.stops.hits import hit_breakpoint
    from wasmlab.debug.stops.watchpoints import coming_effect

    found = hit_breakpoint(control.target, control.breakpoints, at)
    if found is not None:
        return found
    target, recorder = control.target, control.recorder
    points = effects_at(control.breakpoints, at)
    coming = [point for point in points if coming_effect(target, recorder, at, point)]
    return _effect_hit(control, coming) if coming else None


def _effect_hit(control: Control, points: list[StopPoint]) -> StopPoint | None:
    """Return which of those stops that the next instruction hits; conditions are asked after it."""
    from wasmlab.debug.stops.accesses import tick_after
    from wasmlab.debug.stops.hits import counts
    from wasmlab.debug.views.target import position

    after = tick_after(control.recorder)
    if any(point.tree is not None for point in points):
        try:
            run_until(control.recorder, after, control.work)
        except (Trap, ProcExit, HostError, WasmException):
            return None
    at = position(control.target)
    hit = [point for point in points if counts(control.target, point, at, after)]
    return next((point for point in hit if point.template is None), None)


def _coming_failure(control: Control, call: OnFailure) -> str:
    from wasmlab.debug.stops.accesses import coming_answer
    from wasmlab.debug.stops.watchpoints import failure_text

    answer = coming_answer(control.recorder)
    return failure_text(call, [] if answer is None else [answer])


def _before_watched(control: Control, point: StopPoint, watch: OnAccess, tick: int) -> Stop:
    """Go to before the instruction that touches what is watched, knowing both values."""
    from wasmlab.debug.stops.accesses import tick_after
    from wasmlab.debug.stops.watchpoints import change_text, value_text

    goto_or_raise(control, tick_after(control.recorder))
    new = value_text(control.target, watch.watched)
    goto_or_raise(control, tick)
    old = value_text(control.target, watch.watched)
    return forward.stop_after(control, point, change_text(watch.watched, old, new))


def _complete_hits(control: Control) -> None:
    """Count the hits before a stopping place was set, where how many there were decides.

    The program stands anywhere afterwards.
    """
    from wasmlab.debug.history.search import forwards
    from wasmlab.debug.stops.breakpoints import probes

    first = control.timeline.first
    points = control.breakpoints.by_number.values()
    late = [p for p in points if p.is_uncounted(first)]
    if not late:
        return
    end = max(point.since for point in late)
    asked = probes(control.target, control.breakpoints)
    for _ in forwards(control, [(first, end)], asked, lambda at: _hit(control, at)):
        pass
    for point in late:
        point.since = first
