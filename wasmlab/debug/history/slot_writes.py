"""The search for the last write to a slot of the stack: a local, a parameter or an operand.

It is looked for in the frame that the slot belongs to; a parameter also in the frame of the caller,
which pushed it. What a call leaves on the stack is written by the return or the throw that ends the
call, in whatever function that is. So the replay stops where execution arrives from there in the
frame, and only then goes to the instruction before.
"""

from __future__ import annotations

from wasmlab.debug.history.asked import entry_of, entry_tick
from wasmlab.debug.history.reverse import goto_or_raise
from wasmlab.debug.history.search import backwards
from wasmlab.debug.history.writes import Reading, coming_write, coming_zeros
from wasmlab.debug.stops.accesses import callee, coming_answer, may_write_slot, slot_writes
from wasmlab.debug.stops.probes import add_probe, predicates_where
from wasmlab.debug.views.target import position
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.runtime.probe import InFrame
from wasmlab.syntax.row import Flow

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.history.asked import Asked, SlotFrame
    from wasmlab.debug.history.writes import Coming, Write
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.stops.probes import ConditionalProbes
    from wasmlab.debug.views.target import Position
    from wasmlab.runtime.store import Code

_NO_CALL = -1
_LEAVES = {Flow.CALL, Flow.THROW}
"""How execution leaves a frame that it may come back to."""


class _Arrival(NamedTuple):
    """Execution is back in a frame after a call or a throw that wrote the slot."""

    writers: _Writers
    pc: int


@dataclass(slots=True)
class _Writers:
    """Where a slot is written in one frame, and where execution comes back to it."""

    frame: SlotFrame
    slot: int
    """Relative to the frame's FP."""
    writers: set[int] = field(default_factory=set[int])
    """Pcs of instructions that write it."""
    left: set[int] = field(default_factory=set[int])
    """Pcs of calls and throws after which execution may come back to where it is written."""
    returns: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    """By the pc after a call that has it among its results: the pcs of such calls."""
    handlers: set[int] = field(default_factory=set[int])
    """Pcs where an exception arrives that is written to it."""
    waiting: int | None = _NO_CALL
    """Pc of the call or throw that is being made in the replay; None: that is not known."""

    def __post_init__(self) -> None:
        """Find the instructions of the function."""
        code = self.frame.code
        self.handlers = set(_handlers(code, self.slot - code.local_slots))
        for pc, instr in enumerate(code.instrs):
            if may_write_slot(code, pc, self.slot):
                self.writers.add(pc)
                if instr.row.flow is Flow.CALL:
                    self.returns.setdefault(code.nexts[pc], set()).add(pc)
            if self.handlers and instr.row.flow in _LEAVES:
                self.left.add(pc)
        self.left.update(*self.returns.values())

    @property
    def pcs(self) -> set[int]:
        """All instructions that the replay has to stop at."""
        return self.writers | self.left | self.returns.keys() | self.handlers

    def arrives(self, waiting: int | None, pc: int) -> bool:
        """Return whether the slot was just written if execution has come back from a call to pc."""
        if waiting == _NO_CALL:
            return False
        calls = self.returns.get(pc, ())
        return pc in self.handlers or waiting in calls or (waiting is None and bool(calls))


def _handlers(code: Code, operand: int) -> list[int]:
    """Return where an exception arrives that is written to a slot of operands."""
    inside = [h.target for h in code.handlers if not h.delegates and h.height <= operand]
    return [pc for pc in inside if 0 <= pc < len(code.heights) and operand < code.heights[pc]]


def last_slot_write(control: Control, asked: Asked) -> Write | None:
    """Return the last write to a slot; None if it came with the call by the host.

    The program stands anywhere afterwards, at most at ``asked.end``.
    """
    if asked.frame is None:
        return None
    search = _SlotSearch(control, asked, _writers_of(asked), Reading(control, asked.area))
    arrival, end = _Arrival(search.frames[0], asked.frame.pc), asked.end
    first = entry_tick(control.recorder, asked.entry)
    met = arrival if not asked.frame.waits and arrival.writers.arrives(None, arrival.pc) else None
    while met is None or isinstance(met, _Arrival):
        write = None if met is None else _write_before(control, asked.area, end, met)
        if write is not None:
            return write
        probes = search.probes()
        with control.work.expecting(end - first):
            found = backwards(control, end, probes, search.look, first=first, begin=search.begin)
        if found is None:
            return None
        end, met = found
    return search.reading.write(end, met)


def _writers_of(asked: Asked) -> list[_Writers]:
    """Return where a slot is written in its own frame, then in the caller's if that pushed it."""
    frames = (asked.frame, asked.caller if asked.is_param else None)
    return [_Writers(frame, asked.area.start - frame.fp) for frame in frames if frame is not None]


def _write_before(control: Control, area: Area, tick: int, arrival: _Arrival) -> Write | None:
    """Return the write by the instruction before an arrival; None if it is nothing of the kind."""
    if tick <= control.timeline.first:
        return None
    goto_or_raise(control, tick - 1)
    at, frame = position(control.target), arrival.writers.frame
    if at is None or at.number < frame.number or not _is_there(control, frame):
        return None
    agent = control.store.agent
    waiting = agent.record(frame.number, PC) if at.number > frame.number else at.pc
    if at.number == frame.number and not _may_throw(control, at):
        return None
    return coming_write(control, area, at) if arrival.writers.arrives(waiting, arrival.pc) else None


def _is_there(control: Control, frame: SlotFrame) -> bool:
    """Return whether a frame of the same function is at the same place now."""
    store = control.store
    return (
        store.agent.depth > frame.number
        and store.agent.record(frame.number, FP) == frame.fp
        and store.funcs[store.agent.record(frame.number, FUNC)] is frame.code.func
    )


def _may_throw(control: Control, at: Position) -> bool:
    """Return whether the next instruction throws, or calls a host function that does."""
    return at.instr.row.flow is Flow.THROW or _host_error(control, at)


def _host_error(control: Control, at: Position) -> bool:
    answer = coming_answer(control.recorder) if at.instr.row.is_call else None
    return answer is not None and answer.call.error is not None


@dataclass(slots=True)
class _SlotSearch:
    """Looks for writes to a slot while history is replayed."""

    control: Control
    asked: Asked
    frames: list[_Writers]
    """The slot's own frame first."""
    reading: Reading
    began: int = 0
    """Tick at which the replay of this stretch began."""

    def probes(self) -> ConditionalProbes:
        """Return where the replay has to stop."""
        own, caller = self.frames[0].frame, self.asked.caller
        inside = InFrame(own.number, own.fp)
        probes = predicates_where(
            self.control.target, lambda code, pc: inside if _is_tail_call(code, pc) else None
        )
        for writers in self.frames:
            frame = writers.frame
            for pc in writers.pcs:
                add_probe(probes, frame.code.addr, pc, InFrame(frame.number, frame.fp))
        if caller is not None:
            add_probe(probes, caller.code.addr, caller.pc, InFrame(caller.number, caller.fp))
        return probes

    def begin(self) -> None:
        """Find out which calls are being made where the replay begins."""
        self.began = self.control.tick
        agent = self.control.store.agent
        for writers in self.frames:
            number = writers.frame.number
            writers.waiting = _NO_CALL
            if _is_there(self.control, writers.frame):
                waits = agent.depth > number + 1
                writers.waiting = agent.record(number, PC) if waits else None

    def look(self, at: Position) -> Write | Coming | _Arrival | None:
        """Return the write that the next instruction makes, or the one before has made."""
        control, asked = self.control, self.asked
        if entry_of(control.recorder) != asked.entry:
            return None
        own, caller = self.frames[0].frame, asked.caller
        if _is_tail_call(at.code, at.pc) and (at.number, at.fp) == (own.number, own.fp):
            coming = coming_write if asked.is_param else coming_zeros
            return self.reading.meet(coming, at)
        for writers in self.frames:
            if writers.frame.is_at(at):
                return self._in_frame(writers, at)
        if caller is not None and not asked.is_param and caller.is_at(at) and at.pc == caller.pc:
            return self.reading.meet(coming_zeros, at)
        return None

    def _in_frame(self, writers: _Writers, at: Position) -> Write | Coming | _Arrival | None:
        control, waiting = self.control, writers.waiting
        if waiting is None and control.tick > self.began:
            waiting = _NO_CALL
        writers.waiting = at.pc if at.pc in writers.left else _NO_CALL
        if at.pc in writers.writers and _writes_slot(control, self.asked.area, at):
            writers.waiting = _NO_CALL
            return self.reading.meet(coming_write, at)
        return _Arrival(writers, at.pc) if writers.arrives(waiting, at.pc) else None


def _is_tail_call(code: Code, pc: int) -> bool:
    """Return whether an instruction replaces its frame by that of the function it calls."""
    return code.instrs[pc].row.flow is Flow.TAIL_CALL


def _writes_slot(control: Control, area: Area, at: Position) -> bool:
    """Return whether the next instruction itself writes to an area of its frame.

    A call of a module's function does not: the end of the call does.
    """
    if at.instr.row.is_call:
        called = callee(control.target, at)
        if called is None or called.host is None or _host_error(control, at):
            return False
    return area.overlaps(slot_writes(control.target, at))
