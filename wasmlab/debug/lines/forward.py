"""Going forward by lines of the text: into calls, over them, and out of a function.

A line step stops where a statement of the frame begins (a branch back to the beginning of a line
too), where a function that it goes into begins, and where the frame has been left, in the middle of
a line too. What is executed until then runs with probes.
"""

from __future__ import annotations

from wasmlab.debug import coming_back, forward
from wasmlab.debug.control import can_go, stop_here
from wasmlab.debug.history import skipping
from wasmlab.debug.lines.table import calls_entered, line_table, statement_starts
from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
from wasmlab.debug.stops.skips import enters
from wasmlab.debug.views.model import StopReason
from wasmlab.debug.views.target import current_location, position
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.probe import InFrame
from wasmlab.syntax.row import Flow

if TYPE_CHECKING:
    from wasmlab.debug.coming_back import WayBack
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Stop
    from wasmlab.debug.views.target import Position
    from wasmlab.engine.program import Call


def step(control: Control, *, into: bool) -> Stop:
    """Go on to the next line; into functions that are called, or over them."""
    at = position(control.target)
    if at is None or not can_go(control):
        return control.stop
    if line_table(control.target, at.code) is None:
        return skipping.step(control) if into else coming_back.step_over(control)
    if (called := _through_call(control, at, into=into)) is not None:
        return called
    going = Going(control, at, _way_out(control, at), control.program.current, into=into)
    stop = forward.run_probed(control, _probes(going), going.look)
    return coming_back.step_over(control) if going.at_tail else stop


def _through_call(control: Control, at: Position, *, into: bool) -> Stop | None:
    """Go through the next instruction if it is a call that is entered, or ends the frame."""
    if not at.instr.row.is_call:
        return None
    if into and enters(control.target, control.preferences.skips, at):
        return _entered(control)
    return coming_back.step_over(control) if at.instr.row.flow is Flow.TAIL_CALL else None


def _entered(control: Control) -> Stop:
    stop = forward.step(control)
    at = position(control.target)
    hit = (
        None if at is None or stop.reason is not StopReason.STEP else forward.hit_here(control, at)
    )
    return hit or stop


def _way_out(control: Control, at: Position) -> WayBack | None:
    """Return how a frame may be left; None if it is the outermost one, apart from the host's."""
    agent, funcs = control.agent, control.store.funcs
    below = range(at.number - 1, -1, -1)
    found = (n for n in below if funcs[agent.record(n, FUNC)].host is None)
    number = next(found, None)
    return None if number is None else coming_back.way_back(control, number + 1)


@dataclass(slots=True)
class Going:
    """A line step that is under way."""

    control: Control
    at: Position
    """Where it began."""
    way: WayBack | None
    call: Call | None
    """The call by the host that the frame belongs to."""
    into: bool
    at_tail: bool = False
    """It stands at a tail call, which the frame does not survive."""

    def look(self, at: Position) -> Stop | None:
        """Return the stop if the step ends here."""
        control = self.control
        if control.program.current is not self.call:
            return self._stop(at)
        if at.number < self.at.number:
            back = (
                None
                if self.way is None
                else coming_back.stop_back(control, self.way, at, by_step=True)
            )
            return back and (forward.hit_here(control, at) or back)
        if (at.func, at.number, at.fp) != (self.at.func, self.at.number, self.at.fp):
            return None
        if at.pc in statement_starts(control.target, at.code):
            return self._stop(at)
        return self._at_call(at) if at.instr.row.is_call else None

    def _back(self, at: Position) -> Stop | None:
        way, control = self.way, self.control
        back = None if way is None else coming_back.stop_back(control, way, at, by_step=True)
        return None if back is None else forward.hit_here(control, at) or back

    def _stop(self, at: Position) -> Stop:
        """Return the stop at a line; that of a breakpoint, if one is here."""
        place = current_location(self.control.target)
        hit = forward.hit_here(self.control, at)
        return hit or stop_here(self.control, StopReason.STEP, f"at {place}")

    def _at_call(self, at: Position) -> Stop | None:
        hit = forward.hit_here(self.control, at)
        if hit is not None:
            return hit
        self.at_tail = at.instr.row.flow is Flow.TAIL_CALL
        if self.into and enters(self.control.target, self.control.preferences.skips, at):
            self.at_tail = False
            return _entered(self.control)
        return self._stop(at) if self.at_tail else None


def _probes(going: Going) -> ConditionalProbes:
    """Return where a line step looks: in its frame, and in those below, which may go on."""
    at, target = going.at, going.control.target
    probes, frame = ConditionalProbes(), InFrame(at.number, at.fp)
    calls = {
        pc
        for pc in calls_entered(going.control, at.code)
        if going.into or at.code.instrs[pc].row.flow is Flow.TAIL_CALL
    }
    for pc in statement_starts(target, at.code) | calls:
        add_probe(probes, at.func.addr, pc, frame)
    if going.way is not None:
        for addr, pcs in going.way.probes.items():
            for pc, predicate in pcs.items():
                add_probe(probes, addr, pc, predicate)
    return probes
