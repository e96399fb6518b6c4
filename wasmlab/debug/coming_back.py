"""Going on until a frame is current again: over a call, or out of a function."""

from __future__ import annotations

from wasmlab.debug import forward
from wasmlab.debug.control import Control, can_go, stop_here, stopped
from wasmlab.debug.views.frames import stack_values
from wasmlab.debug.views.model import Stop, StopReason
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import bound_code, current_location, position
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, replace
from wasmlab.runtime.frame import FP, FUNC, RESUME
from wasmlab.syntax.row import Flow
from wasmlab.syntax.types import func_type

if TYPE_CHECKING:
    from wasmlab.debug.stops.probes import ConditionalProbes
    from wasmlab.debug.views.target import Position
    from wasmlab.runtime.store import FuncInst


def step_over(control: Control) -> Stop:
    """Execute one instruction; if it is a call, until the frame is current again or gone.

    A tail call takes the frame away: it ends at the caller. A breakpoint where the function begins
    that is called stops it, as any other there does.

    >>> session.step(8)
    <Stop step, step 8, $fac @0x3f line 20>
    >>> session.step_over()
    <Stop step, 24, step 48, $fac @0x41 line 21>
    """
    if not can_go(control):
        return control.stop
    depth, at = control.depth, position(control.target)
    is_tail = at is not None and at.instr.row.flow is Flow.TAIL_CALL
    stop = forward.step(control)
    is_inside = control.depth > depth or (is_tail and control.depth == depth)
    if stop.reason is not StopReason.STEP or not is_inside:
        return stop
    entered = position(control.target)
    hit = None if entered is None else forward.hit_here(control, entered)
    return hit or _out_to(control, depth - is_tail, "step")


def step_out(control: Control) -> Stop:
    """Run until the selected frame has returned.

    >>> session.step(9)
    <Stop step, step 9, $fac @0x2e line 10>
    >>> session.step_out()
    <Stop arrived, 24, step 48, $fac @0x41 line 21>
    """
    depth = control.depth - control.target.selected
    return _out_to(control, depth - 1, "returned")


def _out_to(control: Control, depth: int, what: str) -> Stop:
    """Run until at most ``depth`` frames are left; to the end of the call if none is to be."""
    return _back_to(control, depth, what) if depth > 0 else forward.run(control)


def _back_to(control: Control, depth: int, what: str) -> Stop:
    """Run until at most ``depth`` frames are left, and the innermost of them is current.

    It goes on after its call, or in a handler: its own or that of a frame below it.
    """
    way = way_back(control, depth)
    if way is None:
        return forward.run(control)

    def until(at: Position) -> Stop | None:
        return stop_back(control, way, at, by_step=what == "step")

    return forward.run_probed(control, way.probes, until)


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a frame can be left: by a return to its caller, or for a handler below."""

    depth: int
    """How many frames are left then."""
    left: FuncInst
    resume: int
    """The pc where the caller goes on."""
    probes: ConditionalProbes


def way_back(control: Control, depth: int) -> WayBack | None:
    """Return how ``depth`` frames can be left of those there are; None if a host function goes on.

    What goes on is a frame that is there now: it has its place on the stack.
    """
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
    from wasmlab.runtime.probe import InFrame

    agent, funcs = control.agent, control.store.funcs
    if funcs[agent.record(depth - 1, FUNC)].host is not None:
        return None
    left, resume = funcs[agent.record(depth, FUNC)], agent.record(depth - 1, RESUME)
    probes = ConditionalProbes()
    for number in range(depth):
        func = funcs[agent.record(number, FUNC)]
        if func.host is None:
            frame = InFrame(number, agent.record(number, FP))
            goes_on = {resume} if number == depth - 1 else set[int]()
            for handler in bound_code(func).handlers:
                goes_on |= {handler.target} if handler.target >= 0 else set()
            for pc in goes_on:
                add_probe(probes, func.addr, pc, frame)
    return WayBack(depth, left, resume, probes)


def stop_back(control: Control, way: WayBack, at: Position, *, by_step: bool) -> Stop | None:
    """Return the stop if the program has come back, with what was returned; else None."""
    if control.depth > way.depth:
        return None
    reason = StopReason.STEP if by_step else StopReason.ARRIVED
    stop = stop_here(control, reason, f"back at {current_location(control.target)}")
    has_returned = control.depth == way.depth and at.pc == way.resume
    return stopped(control, _with_results(control, stop, at, way.left)) if has_returned else stop


def _with_results(control: Control, stop: Stop, at: Position, left: FuncInst) -> Stop:
    """Return the stop after a return, with what the function has left on its caller's stack."""
    count = len(func_type(left.type).results)
    values = tuple(reversed(stack_values(control.target, at, 0, count)))
    if not values:
        return stop
    said = ", ".join(value.text for value in values)
    return replace(
        stop, message=f"{inst_name(left)} returned {said}; {stop.message}", results=values
    )
