"""Going back by lines of the text: to where stepping forward by lines would have stopped last.

Steps into calls meet those forward everywhere: their stops are the beginnings of statements and the
places where frames go on whose calls were entered. Steps over calls meet those forward as long as
the frame is the same.
"""

from __future__ import annotations

from wasmlab.debug import forward
from wasmlab.debug.history import reverse
from wasmlab.debug.history.skipping import skipped_above
from wasmlab.debug.lines.table import calls_entered, line_table, statement_starts
from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
from wasmlab.debug.stops.skips import enters
from wasmlab.debug.views.model import StopReason
from wasmlab.debug.views.target import position
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.frame import FP, FUNC
from wasmlab.runtime.probe import InFrame
from wasmlab.syntax.row import Flow

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Stop
    from wasmlab.debug.views.target import Position


def back_out(control: Control) -> Stop:
    """Go back to the line whose call entered the selected frame's function; TimelineEnd."""
    stop = reverse.reverse_out(control)
    at = position(control.target)
    if stop.reason is StopReason.PAUSED or at is None or _is_start(control, at):
        return stop
    return _to_last(control, at, control.tick, into=False)


def back(control: Control, *, into: bool) -> Stop:
    """Go back to the line before; into functions that have returned, or over them; TimelineEnd."""
    at, tick = position(control.target), control.tick
    stop = reverse.step_back(control)
    before = position(control.target)
    if stop.reason is StopReason.PAUSED or before is None:
        return stop
    frame = _frame(control, at, before, into=into)
    if frame is before and _is_start(control, before):
        return stop
    if line_table(control.target, frame.code) is None:
        depth = frame.number + 1
        return forward.guarded(control, lambda: reverse.goto_call(control, depth, tick) or stop)
    return _to_last(control, frame, tick, into=into)


def _frame(control: Control, at: Position | None, before: Position, *, into: bool) -> Position:
    """Return the frame whose lines are looked through: before is where the last instruction was.

    That is the frame of ``at``, from which one goes back, as long as that is there, and unless one
    goes into a function that has returned to it.
    """
    if at is None or before.number <= at.number:
        return before
    waiting = position(control.target, at.number)
    if waiting is None or (into and not skipped_above(control, at)):
        return before
    return waiting


def _is_start(control: Control, at: Position) -> bool:
    return at.pc in statement_starts(control.target, at.code)


def _to_last(control: Control, frame: Position, end: int, *, into: bool) -> Stop:
    """Go to the last stop before a tick in a frame, which is there now; else to the first tick."""

    def go() -> Stop:
        look, before = _Looking(control, frame, into), end
        while True:
            found = reverse.search_back(control, before, _probes(look), look.look, look.begin)
            if found is None or found not in look.unsure or _has_arrived(control, frame, found):
                return reverse.goto(control, control.timeline.first if found is None else found)
            before = found

    return forward.guarded(control, go)


def _has_arrived(control: Control, frame: Position, tick: int) -> bool:
    """Return whether a frame goes on at a tick after a call that is entered; the program moves."""
    reverse.goto_or_raise(control, tick - 1)
    waiting = position(control.target, frame.number) if control.depth > frame.number + 1 else None
    return waiting is not None and not skipped_above(control, waiting)


@dataclass(slots=True)
class _Looking:
    """A search for the last stop in a frame."""

    control: Control
    frame: Position
    into: bool
    called: bool = False
    """The frame waits for a call that is entered: where it goes on is a stop."""
    began: int = -1
    """The tick at which the present stretch begins."""
    unsure: set[int] = field(default_factory=set[int])
    """Ticks at which stretches begin: what went before is not known there."""

    def begin(self) -> None:
        """Find out whether the frame waits for such a call where a stretch begins."""
        self.began = self.control.tick
        agent, number = self.control.agent, self.frame.number
        waits = self.into and agent.depth > number + 1
        here = waits and (agent.record(number, FUNC), agent.record(number, FP))
        there = here == (self.frame.func.addr, self.frame.fp)
        at = position(self.control.target, number) if there else None
        self.called = at is not None and not skipped_above(self.control, at)

    def look(self, at: Position) -> bool | None:
        """Return whether one stops here; None if not, or if that is another frame."""
        mine = (self.frame.func.addr, self.frame.number, self.frame.fp)
        if (at.func.addr, at.number, at.fp) != mine:
            return None
        arrived, skips = self.called, self.control.preferences.skips
        is_entered = self.into and at.instr.row.flow is not Flow.TAIL_CALL
        self.called = is_entered and enters(self.control.target, skips, at)
        if arrived or _is_start(self.control, at):
            return True
        if self.into and self.control.tick == self.began > self.control.timeline.first:
            self.unsure.add(self.began)
            return True
        return None


def _probes(look: _Looking) -> ConditionalProbes:
    """Return where a frame's statements begin; with calls, where they are made and end, too."""
    frame, code = InFrame(look.frame.number, look.frame.fp), look.frame.code
    calls = calls_entered(look.control, code) if look.into else frozenset[int]()
    after = {pc + 1 for pc in calls} | (code.catch_pcs if calls else set[int]())
    probes = ConditionalProbes()
    for pc in statement_starts(look.control.target, code) | calls | after:
        if pc < len(code.instrs):
            add_probe(probes, look.frame.func.addr, pc, frame)
    return probes
