"""A write to an area as history shows it, and the search for the last one in the store.

What is said of a write is read where it is met, so that no interval is replayed again for it. Where
a search meets many, that would take longer than going back to the last of them.
"""

from __future__ import annotations

from functools import partial

from wasmlab.debug.history.asked import area_text, ask
from wasmlab.debug.history.copies import cause
from wasmlab.debug.history.reverse import goto_or_raise
from wasmlab.debug.history.search import backwards
from wasmlab.debug.stops.accesses import (
    coming_answer,
    global_area,
    host_grows,
    host_writes,
    may_access,
    memory_growth,
    memory_writes,
    tick_after,
)
from wasmlab.debug.stops.predicates import touch_predicate
from wasmlab.debug.stops.probes import predicates_where
from wasmlab.debug.views.host_calls import shown_answer
from wasmlab.debug.views.instruction import instruction_text
from wasmlab.debug.views.target import location, position
from wasmlab.engine.recording.timeline import growth_range, written_ranges
from wasmlab.errors import Crash
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass
from wasmlab.runtime.memory import DIRTY_SHIFT, Memory
from wasmlab.runtime.probe import ALWAYS, CallsHost

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.control import Control
    from wasmlab.debug.history.asked import Asked
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Position
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code

    Coming = Callable[[Control, Area, Position], "Write"]
    """Says what the next instruction writes to an area."""

_FEW = 200
"""Writes that a search reads where it meets them: some 20 ms."""


class Write(NamedTuple):
    """A write to an area, with what the state before it says."""

    tick: int
    """The state before it."""
    after: int
    """The state after it: the next tick, unless a host function called back."""
    kind: str
    """See ``Origin.kind``."""
    text: str
    """The instruction, or the host call."""
    location: Location
    old: str
    """What the area held before, as text."""
    source: Asked | None = None
    """What it copied, asked about at ``tick``."""


def coming_write(control: Control, area: Area, at: Position) -> Write:
    """Return the write that the next instruction makes to an area."""
    target, recorder = control.target, control.recorder
    kind, source = cause(target, area, at)
    answer = coming_answer(recorder) if kind == "host" else None
    return Write(
        tick=recorder.tick,
        after=tick_after(recorder),
        kind=kind,
        text=instruction_text(target, at) if answer is None else shown_answer(answer).text,
        location=location(target, at.func, at.instr.offset),
        old=area_text(target, area),
        source=None if source is None else ask(control, source),
    )


def coming_zeros(control: Control, area: Area, at: Position) -> Write:
    """Return the write of the next instruction, a call that sets a local to zero."""
    tick, place = control.tick, location(control.target, at.func, at.instr.offset)
    text = "a call, which sets its locals to zero"
    return Write(tick, tick + 1, "zero", text, place, area_text(control.target, area))


@dataclass(slots=True)
class Reading:
    """What one search for a write to an area reads of the writes that it meets."""

    control: Control
    area: Area
    met: int = 0

    def meet(self, coming: Coming, at: Position) -> Write | Coming:
        """Return the next instruction's write; after the first ``_FEW``, only what tells of it."""
        self.met += 1
        return coming(self.control, self.area, at) if self.met <= _FEW else coming

    def write(self, tick: int, met: Write | Coming) -> Write:
        """Return the write that was met at a tick, going there if it was not read.

        Raises Crash if no instruction comes there, which is a defect.
        """
        if isinstance(met, Write):
            return met
        goto_or_raise(self.control, tick)
        at = position(self.control.target)
        if at is None:
            raise Crash(f"no instruction comes at step {tick:,}")
        return met(self.control, self.area, at)


def last_store_write(control: Control, asked: Asked) -> Write | None:
    """Return the last write to a memory or a global; None if there was none.

    Growing the memory writes the bytes that this brings. Writers are known from the code. The
    program stands anywhere afterwards, at most at ``asked.end``.
    """
    area = asked.area
    probes = predicates_where(control.target, partial(_write_predicate, area))
    reading = Reading(control, area)

    def look(at: Position) -> Write | Coming | None:
        return reading.meet(coming_write, at) if _writes(control, area, at) else None

    candidates = _candidates(control, asked)
    found = None
    with control.work.expecting(sum(stop - start for start, stop in candidates)):
        for start, stop in candidates:
            found = found or backwards(control, stop, probes, look, first=start)
    return None if found is None else reading.write(*found)


def _write_predicate(area: Area, code: Code, pc: int) -> Predicate | None:
    """Return a predicate for where an instruction writes an area of the store; None: nowhere."""
    instr = code.instrs[pc]
    if isinstance(area.space, Memory):
        if instr.row.grows_memory:
            return ALWAYS if code.instance.mems[instr.idx(0)] is area.space else None
        return touch_predicate(code, pc, area, reads=False, writes=True)
    if instr.row.writes_global:
        return ALWAYS if area.overlaps(global_area(code, instr.idx(0))) else None
    is_call = instr.row.is_call and may_access(code, pc, reads=False, writes=True)
    return CallsHost() if is_call else None


def _candidates(control: Control, asked: Asked) -> list[tuple[int, int]]:
    """Return the stretches of history that can have the write, the latest first.

    Snapshots know which pages were written between them, so most need no replay.
    """
    timeline, area = control.timeline, asked.area
    if not isinstance(area.space, Memory):
        return [(timeline.first, asked.end)]
    mems = control.recorder.taker.mems
    number = next(n for n, memory in enumerate(mems) if memory is area.space)
    pages = range(area.start >> DIRTY_SHIFT, (area.end - 1 >> DIRTY_SHIFT) + 1)
    found = written_ranges(timeline, (number,), pages, asked.end)
    grown = growth_range(timeline, number, area.end, asked.end)
    return found if grown is None else sorted({*found, grown}, reverse=True)


def _writes(control: Control, area: Area, at: Position) -> bool:
    """Return whether the next instruction writes an area of the store, or makes it."""
    target, recorder, row = control.target, control.recorder, at.instr.row
    if row.writes_global:
        return area.overlaps(global_area(at.code, at.instr.idx(0)))
    if row.is_call:
        answer = coming_answer(recorder)
        return answer is not None and (
            host_writes(recorder, target, at, answer, area) or host_grows(recorder, answer, area)
        )
    grown = memory_growth(target, at)
    written = memory_writes(target, at) if grown is None else (grown,)
    return any(map(area.overlaps, written))
