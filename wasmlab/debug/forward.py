"""Going forward: one instruction, to a place, to the end.

Every command ends with a ``Stop``. What stops a run: its goal, a breakpoint, a trap, the end of the
program, a request to pause, a host call that waits.
"""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.debug.arguments import need_count
from wasmlab.debug.control import Control, can_go, stop_here, stopped
from wasmlab.debug.views.model import State, Stop, StopReason
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import bound_code, current_location, position
from wasmlab.debug.views.values import shown_value
from wasmlab.engine.program import begin_next, current_results
from wasmlab.engine.recording.recorder import next_entry, note_progress, repeat_changes, run_call
from wasmlab.engine.slices import FOREVER
from wasmlab.errors import (
    BadExpression,
    BadRecording,
    HostError,
    Interrupted,
    ProcExit,
    TimelineEnd,
    Trap,
    WasmException,
    WasmlabError,
    WouldBlock,
)
from wasmlab.escape import escaped, escaped_name
from wasmlab.exec.code import probes_of, set_probes
from wasmlab.hints import TYPE_CHECKING, TypeVar
from wasmlab.records import replace
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.fuel import is_empty, limited
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.debug.stops.locations import Place
    from wasmlab.debug.stops.probes import ConditionalProbes
    from wasmlab.debug.stops.stop_point import StopPoint
    from wasmlab.debug.views.target import Position

T = TypeVar("T")


def start(control: Control) -> Stop:
    """Enter the program's first call and stop before its first instruction."""
    return guarded(control, lambda: _entered(control))


def _entered(control: Control) -> Stop:
    while True:
        begun = _in_program(control, lambda: begin_next(control.program))
        if isinstance(begun, Stop):
            return begun
        if not begun:
            return _waiting(control)
        if control.depth:
            repeat_changes(control.recorder)
            control.state = State.PAUSED
            place, current = current_location(control.target), control.program.current
            name = escaped_name(current.name) if current else ""
            return stop_here(control, StopReason.STEP, f"{name} begins at {place}")


def _waiting(control: Control) -> Stop:
    control.state = State.WAITING_FOR_CALL
    return stop_here(control, StopReason.RETURNED, "ready: call an exported function")


def guarded(control: Control, act: Callable[[], Stop]) -> Stop:
    """Do something that moves the program; a pause, or what stops it from going on, is a stop.

    What ends the program is one where that is run, see ``_in_program``: nothing that is only looked
    at can end it. The stop says so if the recording became full meanwhile.
    """
    control.breakpoints.log.latest.clear()
    timeline = control.timeline
    was_whole = bool(timeline.snapshots) and timeline.first == 0
    stop = _guarded(control, act)
    if was_whole and timeline.first > 0:
        dropped = f"the recording is full: steps before {timeline.first:,} were dropped"
        control.stop = stop = replace(stop, message=f"{stop.message}; {dropped}")
    return stop


def _guarded(control: Control, act: Callable[[], Stop]) -> Stop:
    try:
        return act()
    except (Interrupted, BadExpression, TimelineEnd) as error:
        return stop_here(control, StopReason.PAUSED, str(error))
    finally:
        if control.state is State.RUNNING:
            control.state = State.PAUSED
        trapped = control.state is State.TRAPPED
        ended = trapped or control.state is State.EXITED
        note_progress(control.recorder, ended=ended, trapped=trapped)


def _in_program(control: Control, run: Callable[[], T]) -> T | Stop:
    """Return what running the program returns; the stop if it ends, pauses or waits."""
    try:
        with control.work.running():
            return run()
    except WasmlabError as error:
        for kind, ended in _ENDINGS.items():
            if isinstance(error, kind):
                return ended(control, error)
        control.state = State.PAUSED if isinstance(error, BadRecording) else control.state
        raise


def _exited(control: Control, error: WasmlabError) -> Stop:
    code = error.code if isinstance(error, ProcExit) else 1
    return _over(control, code, str(error))


def _trapped(control: Control, error: WasmlabError) -> Stop:
    control.state = State.TRAPPED
    control.trap = error if isinstance(error, Trap) else None
    reason = StopReason.HOST_ERROR if isinstance(error, HostError) else StopReason.TRAP
    return stop_here(control, reason, f"trap: {error}" if control.trap else str(error))


def _paused(control: Control, error: WasmlabError) -> Stop:
    control.state = State.PAUSED
    return stop_here(control, StopReason.PAUSED, str(error))


def _blocked(control: Control, waiting: WasmlabError) -> Stop:
    stubs = control.program.stubs
    if stubs is not None and stubs.asked is not None:
        control.state = State.WAITING_FOR_RESULT
        return stop_here(control, StopReason.ASK, str(waiting))
    control.state = State.WAITING_FOR_INPUT
    return stop_here(control, StopReason.INPUT, str(waiting))


_ENDINGS: dict[type[WasmlabError], Callable[[Control, WasmlabError], Stop]] = {
    ProcExit: _exited,
    Trap: _trapped,
    WasmException: _trapped,
    HostError: _trapped,
    WouldBlock: _blocked,
    Interrupted: _paused,
    TimelineEnd: _paused,
}


def _over(control: Control, code: int, message: str) -> Stop:
    control.agent.depth = 0
    control.program.calls.clear()
    control.state = State.EXITED
    return stopped(control, Stop(StopReason.EXIT, control.tick, None, message, exit_code=code))


def _returned(control: Control) -> Stop:
    """Deal with the end of a call: begin the next one, or be over, or wait for another call."""
    program, store = control.program, control.store
    current = program.current
    results = tuple(shown_value(store, t, bits) for t, bits in current_results(program))
    if program.calls or next_entry(control.recorder):
        return _entered(control)
    program.current = None
    if program.is_command:
        return _over(control, 0, "the program ended")
    control.state = State.WAITING_FOR_CALL
    name = escaped_name(current.name) if current else "the call"
    text = ", ".join(v.text for v in results) or "nothing"
    message = f"{name} returned {text}"
    return stopped(control, Stop(StopReason.RETURNED, store.tick, None, message, results=results))


def step(control: Control, n: int = 1) -> Stop:
    """Execute n instructions; breakpoints do not stop it. Raises UsageError below 0."""
    need_count("step", n)
    return step_until(control, n)


def step_until(control: Control, n: int, until: Callable[[], bool] | None = None) -> Stop:
    """Execute n instructions, fewer if ``until`` says so at a probe."""
    if not can_go(control):
        return control.stop
    goal = control.tick + n

    def act() -> Stop:
        while True:
            stop = _advance(control, goal)
            if stop is not None:
                return stop
            _say_here(control)
            if control.tick >= goal or (until is not None and until()):
                control.state = State.PAUSED
                return stop_here(control, StopReason.STEP, f"at {current_location(control.target)}")

    with control.work.expecting(n):
        return guarded(control, act)


def _say_here(control: Control) -> None:
    """Let logpoints speak where a step has come to; other stops have no say there."""
    at = position(control.target)
    if at is None or at.pc not in at.code.probes:
        return
    from wasmlab.debug.stops.hits import reached_at, stopping

    target, breakpoints = control.target, control.breakpoints
    reached = [point for point in reached_at(target, breakpoints, at) if point.template]
    stopping(target, breakpoints, at, reached)


def _advance(control: Control, limit: int) -> Stop | None:
    """Run to a tick, a probe (None), or the end of the current call (its stop, if it is one)."""
    control.state = State.RUNNING
    recorder = control.recorder
    ran = _in_program(control, lambda: run_call(recorder, limit, control.work))
    if isinstance(ran, Stop):
        return ran
    if ran is Status.DONE:
        stop = _returned(control)
        return stop if not can_go(control) or _at_goal(control, limit) else None
    return None


def _at_goal(control: Control, limit: int) -> bool:
    return control.tick >= limit


def run(control: Control) -> Stop:
    """Run to a breakpoint, a trap or the end.

    >>> session.run()
    <Stop returned, 120, step 50>
    """
    return _run(control)


def _run(control: Control, until: Callable[[Position], Stop | None] | None = None) -> Stop:
    """Run to a breakpoint or the end; ``until`` is asked at every probe for a stop of its own."""
    from wasmlab.debug.stops.breakpoints import watches
    from wasmlab.debug.stops.watchpoints import note_ends

    if not can_go(control):
        return control.stop

    limit, before = _file_end(control), control.tick

    def ask(at: Position) -> Stop | None:
        note_ends((watch for _, watch in watches(control.breakpoints)), at, control.tick)
        return (until(at) if until is not None else None) or hit_here(control, at)

    def act() -> Stop:
        stop = _past_effects(control, ask)
        while stop is None:
            stop = _advance(control, limit)
            if stop is None and (_at_goal(control, limit) or is_empty(control.store)):
                stop = _out_of_steps(control, before)
            at = position(control.target)
            if stop is None and at is not None:
                stop = ask(at) or _past_effects(control, ask)
                control.state = (
                    control.state if stop is None or not can_go(control) else State.PAUSED
                )
        return (_caught(control, stop, before) if control.trap else None) or stop

    with limited(control.store, control.step_limit):
        return guarded(control, act)


def _past_effects(control: Control, ask: Callable[[Position], Stop | None]) -> Stop | None:
    """Execute instructions as long as they may hit what stops after them; return the stop."""
    from wasmlab.debug.stops.breakpoints import effects_at

    at = position(control.target)
    while at is not None and (points := effects_at(control.breakpoints, at)):
        if is_empty(control.store):
            return None
        stop = _step_watched(control, at, points)
        at = position(control.target)
        if stop is not None or at is None:
            return stop
        if at.pc in at.code.probes and (stop := ask(at)) is not None:
            return stop
    return None


def _step_watched(control: Control, at: Position, points: list[StopPoint]) -> Stop | None:
    """Execute one instruction; return the stop if it did what is watched, or ended the program."""
    from wasmlab.debug.stops.accesses import coming_answer
    from wasmlab.debug.stops.hits import counts, stopping
    from wasmlab.debug.stops.watchpoints import effects_before

    target, recorder = control.target, control.recorder
    host_log = recorder.timeline.host_log
    unknown, calls = at.instr.row.is_call and coming_answer(recorder) is None, host_log.cursor
    effects = effects_before(target, recorder, at, points, unknown=unknown)
    stop = _advance(control, recorder.tick + 1)
    if stop is not None:
        return stop
    made = host_log.given[calls - host_log.cursor :] if host_log.cursor > calls else []
    said = {e.point.number: text for e in effects if (text := e.after(target, at, made))}
    here = position(target)
    tick, points = control.tick, [e.point for e in effects if e.point.number in said]
    hit = [point for point in points if counts(target, point, here, tick)]
    found = hit[0] if here is None and hit else None
    if here is not None:
        found = stopping(target, control.breakpoints, here, hit)
    return None if found is None else stop_after(control, found, said[found.number])


def stop_after(control: Control, point: StopPoint, said: str) -> Stop:
    """Return the stop of what is watched and was done just now, or is done next going back."""
    from wasmlab.debug.stops.breakpoints import kind

    name = kind(point)
    is_watch = name == "watchpoint"
    reason = StopReason.WATCHPOINT if is_watch else StopReason.CATCHPOINT
    return _stop_at(control, point, reason, f"{name} {point.number}, {said}")


def _stop_at(control: Control, point: StopPoint, reason: StopReason, message: str) -> Stop:
    """Return the stop at a stopping place, which is gone then if it is temporary."""
    from wasmlab.debug.stops.breakpoints import remove

    control.state = State.PAUSED
    stop = stop_here(control, reason, message, breakpoint_=point.number)
    if point.terms.temporary:
        remove(control.target, control.breakpoints, point.number)
        control.breakpoints.spent = point
    return stop


def _file_end(control: Control) -> int:
    """Return the tick where the history of a recording from a file ends; FOREVER after it."""
    recorder, end = control.recorder, control.file_end
    is_ahead = end is not None and recorder.timeline.parent is None and recorder.tick < end
    return FOREVER if end is None or not is_ahead else end


def _out_of_steps(control: Control, before: int) -> Stop:
    """Return the stop at a limit; before: the tick where the run began."""
    control.state = State.PAUSED
    if control.tick == control.file_end:
        hint = "run again to go on until the host is needed"
        return stop_here(control, StopReason.LIMIT, f"the recording ends here; {hint}")
    message = f"stopped after {_steps(control)}; run again to go on"
    if control.tick == before:
        message = f"the next instruction counts as more than {_steps(control)}; step it"
    return stop_here(control, StopReason.LIMIT, message)


def _steps(control: Control) -> str:
    return "" if control.step_limit is None else counted(control.step_limit, "step")


def hit_here(control: Control, at: Position) -> Stop | None:
    """Return the stop of what is reached at the present position, if anything; logpoints speak."""
    from wasmlab.debug.stops.hits import reached_at, stopping

    target, breakpoints = control.target, control.breakpoints
    point = stopping(target, breakpoints, at, list(reached_at(target, breakpoints, at)))
    return None if point is None else stop_before(control, point)


def stop_before(control: Control, point: StopPoint) -> Stop:
    """Return the stop of what stops before an instruction, and was reached here."""
    from wasmlab.debug.stops.stop_point import AtCode, AtInstructions

    place = current_location(control.target)
    if not point.number:  # what is run to
        what = escaped(point.terms.condition) or "arrived"
        return stop_here(control, StopReason.ARRIVED, f"{what} at {place}")
    match point.at:
        case AtCode(func) if func.host is not None:
            said = f"breakpoint {point.number}, call of {inst_name(func)}, at {place}"
        case AtInstructions(what, _):
            said = f"catchpoint {point.number}, {what}, at {place}"
            return _stop_at(control, point, StopReason.CATCHPOINT, said)
        case _:
            said = f"breakpoint {point.number} at {place}"
    return _stop_at(control, point, StopReason.BREAKPOINT, said)


def _caught(control: Control, ended: Stop, before: int) -> Stop | None:
    """Return the stop before a trap if one is caught; before: the tick where the run began.

    The program goes on into the trap from there. One inside a host function's call cannot be taken
    back.
    """
    from wasmlab.debug.stops.hits import counts, stopping
    from wasmlab.debug.stops.stop_point import OnTrap

    points = control.breakpoints.by_number.values()
    caught = [point for point in points if point.enabled and isinstance(point.at, OnTrap)]
    at, trap = position(control.target), control.trap
    if not caught or trap is None or at is None or ended.tick == before or is_in_host(control):
        return None
    hit = [point for point in caught if counts(control.target, point, at, control.tick)]
    found = stopping(control.target, control.breakpoints, at, hit)
    return None if found is None else stop_before_trap(control, found, f"trap: {trap}")


def stop_before_trap(control: Control, point: StopPoint, said: str) -> Stop:
    """Return the stop where the next instruction traps."""
    control.trap = None
    place = current_location(control.target)
    message = f"catchpoint {point.number}, next is a {said}, at {place}"
    return _stop_at(control, point, StopReason.CATCHPOINT, message)


def is_in_host(control: Control) -> bool:
    """Return whether a host function is being called, which cannot be entered again."""
    agent, funcs = control.agent, control.store.funcs
    return any(funcs[agent.record(n, FUNC)].host is not None for n in range(agent.depth))


def run_to_place(control: Control, places: Sequence[Place]) -> Stop:
    """Run until one of these instructions is next, in whatever frame."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe

    def until(at: Position) -> Stop | None:
        if (at.func, at.pc) in places:
            return stop_here(
                control, StopReason.ARRIVED, f"arrived at {current_location(control.target)}"
            )
        return None

    probes = ConditionalProbes()
    for func, pc in places:
        add_probe(probes, func.addr, pc, None)
    return run_probed(control, probes, until)


def run_probed(
    control: Control, wanted: ConditionalProbes, until: Callable[[Position], Stop | None]
) -> Stop:
    """Run with these probes too; ``until`` is asked there, and wherever else the program stands."""
    from wasmlab.debug.stops.breakpoints import refresh_at
    from wasmlab.debug.stops.probes import joined

    for addr, probes in wanted.items():
        code = bound_code(control.store.funcs[addr])
        set_probes(code, joined(probes_of(code), probes))
    try:
        return _run(control, until)
    finally:
        asked = {addr: set(pcs) for addr, pcs in wanted.items()}
        refresh_at(control.target, control.breakpoints, asked)
