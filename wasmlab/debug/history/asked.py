"""An area at a tick, with everything that the search for its last write needs from the state there.

It is read while the program stands at that tick, so that the search need not come back.
"""

from __future__ import annotations

from wasmlab.debug.stops.accesses import GLOBALS, STACK, Area
from wasmlab.debug.views.target import position
from wasmlab.debug.views.values import memory_bytes, shown_value
from wasmlab.exec.roots import typed_slots
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.operand import read_operand

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.runtime.store import Code
    from wasmlab.syntax.types import ValType


class SlotFrame(NamedTuple):
    """A frame of a module's function, and how far it has got."""

    number: int
    """Record number in the arena, 0 is the outermost."""
    code: Code
    pc: int
    fp: int
    waits: bool
    """A frame that it called is there."""

    def is_at(self, at: Position) -> bool:
        """Return whether a position is in this frame, or in another one of the function there."""
        return (at.number, at.fp, at.code) == (self.number, self.fp, self.code)


class Asked(NamedTuple):
    """An area at tick ``end``, whose last write before that is wanted."""

    area: Area
    end: int
    text: str
    """What the area holds: the last write, or the last change by hand, has left that."""
    entry: tuple[int, int]
    """Which call by the host was being made, see ``entry_of``."""
    frame: SlotFrame | None = None
    """For slots of the stack, the frame that they belong to."""
    caller: SlotFrame | None = None
    """The frame that called that one; None if the host did."""

    @property
    def is_param(self) -> bool:
        """Whether it is a parameter: the caller wrote it, as an operand, before the call."""
        frame = self.frame
        return frame is not None and self.area.start - frame.fp < frame.code.param_slots


def ask(control: Control, area: Area) -> Asked:
    """Return an area with what the present state says of it."""
    target, recorder = control.target, control.recorder
    text, entry = area_text(target, area), entry_of(recorder)
    if area.space != STACK:
        return Asked(area, recorder.tick, text, entry)
    number = _number(target, area)
    frame = None if number is None else _slot_frame(target, number)
    caller = _slot_frame(target, number - 1) if number else None
    return Asked(area, recorder.tick, text, entry, frame, caller)


def entry_of(recorder: Recorder) -> tuple[int, int]:
    """Return how many calls by hand were made, and how many are left to make without them."""
    return recorder.entered, len(recorder.program.calls)


def entry_tick(recorder: Recorder, entry: tuple[int, int]) -> int:
    """Return the first recorded tick of a call by the host, or of calls that came before it."""
    timeline, entered = recorder.timeline, entry[0]
    return max(timeline.entries[entered - 1].tick, timeline.first) if entered else timeline.first


def _number(target: Target, area: Area) -> int | None:
    """Return the number of the frame that slots belong to."""
    agent = target.store.agent
    frames = range(agent.depth - 1, -1, -1)
    return next((n for n in frames if agent.record(n, FP) <= area.start), None)


def _slot_frame(target: Target, number: int) -> SlotFrame | None:
    agent = target.store.agent
    func = target.store.funcs[agent.record(number, FUNC)]
    if func.host is not None:
        return None
    pc, fp = agent.record(number, PC), agent.record(number, FP)
    return SlotFrame(number, func.bound_code, pc, fp, number < agent.depth - 1)


def area_text(target: Target, area: Area) -> str:
    """Return what an area holds now: bytes in hex as far as they are there, or a value.

    Empty for slots that are not in use.
    """
    store = target.store
    if isinstance(area.space, Memory):
        return memory_bytes(area.space, area.start, area.end)
    t = _type_of(target, area)
    if t is None:
        return ""
    arena = store.agent.stack if area.space == STACK else store.global_slots
    return shown_value(store, t, read_operand(arena, area.start, t)).text


def _type_of(target: Target, area: Area) -> ValType | None:
    """Return the type of the value in slots, as it is now; None if they are not in use."""
    store = target.store
    if area.space == GLOBALS:
        return next(g.type.value for g in store.globals if g.slot == area.start)
    depth = store.agent.depth
    for number in range(depth - 1, -1, -1):
        at = position(target, number)
        if at is not None and at.fp <= area.start:
            found = typed_slots(at.code, at.pc, waits=number < depth - 1)
            return next((t for slot, t in found if slot == area.start - at.fp), None)
    return None
