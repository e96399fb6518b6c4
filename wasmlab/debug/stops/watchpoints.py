"""Watchpoints: stop where a memory range, a global or a local is read or written."""

from __future__ import annotations

from wasmlab.debug.stops.accesses import (
    Area,
    coming_answer,
    host_areas,
    host_writes,
    memory_reads,
    memory_writes,
)
from wasmlab.debug.stops.activation import is_alive, is_frame, is_there, note_end
from wasmlab.debug.stops.catching import failed
from wasmlab.debug.stops.predicates import touch_predicate
from wasmlab.debug.stops.probes import ConditionalProbes, predicates_where
from wasmlab.debug.stops.stop_point import OnAccess, OnFailure
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.values import memory_bytes, shown_value
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.operand import read_operand
from wasmlab.runtime.probe import ALWAYS
from wasmlab.runtime.store import read_global

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.debug.stops.stop_point import StopPoint
    from wasmlab.debug.stops.watch_area import WatchArea
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code

ACCESSES = {"w", "r", "rw"}


def _touching(what: WatchArea, access: str, code: Code, pc: int) -> Predicate | None:
    """Return the predicate of an access to what is watched; None where there can be none."""
    instr = code.instrs[pc]
    row = instr.row
    reads, writes = "r" in access, "w" in access
    if what.area is not None:
        if what.area.space not in code.instance.mems:
            return None
        return touch_predicate(code, pc, what.area, reads=reads, writes=writes)
    if what.variable is not None:
        wanted = (reads and row.reads_global) or (writes and row.writes_global)
        if wanted and code.instance.globals[instr.idx(0)] is what.variable:
            return ALWAYS
        return None
    wanted = (reads and row.reads_local) or (writes and row.writes_local)
    if what.frame is None or not wanted:
        return None
    is_it = code.addr == what.frame.addr and instr.imms[0] == what.local
    return what.frame.frame if is_it else None


def watched(target: Target, what: WatchArea, access: str) -> OnAccess:
    """Return where something is accessed: its probes are the instructions that may touch it."""
    probes = predicates_where(target, lambda code, pc: _touching(what, access, code, pc))
    return OnAccess(what, access, probes)


def ends_of(watch: OnAccess) -> ConditionalProbes:
    """Return what runs when the frame has gone whose local is watched."""
    return ConditionalProbes() if watch.watched.frame is None else watch.watched.frame.ends


def note_ends(watches: Iterable[OnAccess], at: Position, tick: int) -> None:
    """Note which watched frames the next instruction shows to be gone."""
    for watch in watches:
        if watch.watched.frame is not None:
            note_end(watch.watched.frame, at, tick)


def touches(target: Target, recorder: Recorder, what: WatchArea, access: str, at: Position) -> bool:
    """Return whether the next instruction touches what is watched; ``at`` is one of its probes.

    A host call that was not made yet counts as touching memory.
    """
    area = what.area
    if area is None:
        frame = what.frame
        return frame is None or (is_frame(frame, at) and is_alive(recorder, frame))
    if at.instr.row.is_call:
        answer = coming_answer(recorder)
        if answer is None:
            return False
        writes = "w" in access and host_writes(recorder, target, at, answer, area)
        return writes or _touched_by(target, area, access, at, answer)
    return ("r" in access and any(map(area.overlaps, memory_reads(target, at)))) or (
        "w" in access and any(map(area.overlaps, memory_writes(target, at)))
    )


def _host_call_touches(target: Target, watch: OnAccess, at: Position, answer: HostAnswer) -> bool:
    """Return whether a host call that ``at`` made touched what is watched."""
    area = watch.watched.area
    return area is not None and _touched_by(target, area, watch.access, at, answer)


def _touched_by(target: Target, area: Area, access: str, at: Position, answer: HostAnswer) -> bool:
    reads = answer.call.reads if "r" in access else ()
    writes = answer.call.writes if "w" in access else ()
    return any(area.overlaps(other) for other in host_areas(target, at, (*reads, *writes)))


def value_text(target: Target, what: WatchArea) -> str:
    """Return what is watched as it is now: bytes in hex, or the value; empty without its frame.

    Bytes that are not in memory now are said to be missing.
    """
    store = target.store
    if what.area is not None and isinstance(what.area.space, Memory):
        return memory_bytes(what.area.space, what.area.start, what.area.end)
    if what.variable is not None:
        variable = what.variable
        return shown_value(store, variable.type.value, read_global(store, variable)).text
    frame, t = what.frame, what.type
    if frame is None or t is None or not is_there(target, frame):
        return ""
    bits = read_operand(store.agent.stack, frame.fp + what.slot, t)
    return shown_value(store, t, bits).text


class KeptValue(NamedTuple):
    """What is watched as it was."""

    text: str
    bits: bytes | str
    """What tells whether it was written: bytes that are not in memory yet are the zeros that come
    with it."""


def kept_value(target: Target, what: WatchArea) -> KeptValue:
    """Return what is watched as it is now, to be compared with later."""
    text, area = value_text(target, what), what.area
    if area is None or not isinstance(area.space, Memory):
        return KeptValue(text, text)
    there = bytes(area.space.data[area.start : min(area.end, area.space.size)])
    return KeptValue(text, there.ljust(area.end - area.start, b"\0"))


def change_text(what: WatchArea, old: str, new: str) -> str:
    """Return what became of something that is watched."""
    return f"{what.text}: {f'{old} -> {new}' if old != new else f'{new}, as before'}"


# ---- what stops after an instruction ----


def failure_text(call: OnFailure, made: Iterable[HostAnswer]) -> str:
    """Return how a call failed that is waited for; empty if none of these did."""
    how = failed(call, made)
    return f"{inst_name(call.func)} failed: {how}" if how else ""


class Effect(NamedTuple):
    """What an instruction may do that a stopping place waits for."""

    point: StopPoint
    old: KeptValue | None = None
    """What was watched, before the instruction; None for a call."""
    is_sure: bool = False
    """It is known before the instruction that it does it."""

    def after(self, target: Target, at: Position, made: Sequence[HostAnswer]) -> str:
        """Return what was done, after the instruction; empty if it was not.

        made: the host calls that it made.
        """
        match self.point.at:
            case OnAccess() as watch if self.old is not None:
                if not self.is_sure and not _is_hit(target, watch, at, self.old, made):
                    return ""
                what = watch.watched
                return change_text(what, self.old.text, value_text(target, what))
            case OnFailure() as call:
                return failure_text(call, made)
            case _:
                return ""


def effects_before(
    target: Target, recorder: Recorder, at: Position, points: Iterable[StopPoint], *, unknown: bool
) -> list[Effect]:
    """Return what the next instruction may do of what is waited for.

    unknown: it may call the host, which has not answered yet.
    """
    found: list[Effect] = []
    for point in points:
        match point.at:
            case OnAccess(what, access):
                if unknown or touches(target, recorder, what, access, at):
                    found.append(Effect(point, kept_value(target, what), not unknown))
            case OnFailure():
                found.append(Effect(point))
            case _:
                pass
    return found


def coming_effect(target: Target, recorder: Recorder, at: Position, point: StopPoint) -> bool:
    """Return whether the next instruction, which is recorded, does what is waited for."""
    match point.at:
        case OnAccess(what, access):
            return touches(target, recorder, what, access, at)
        case OnFailure() as call:
            answer = coming_answer(recorder)
            return answer is not None and bool(failed(call, [answer]))
        case _:
            return False


def _is_hit(
    target: Target, watch: OnAccess, at: Position, old: KeptValue, made: Sequence[HostAnswer]
) -> bool:
    """Return whether host calls touched what is watched, or changed it by calling back."""
    if any(_host_call_touches(target, watch, at, answer) for answer in made):
        return True
    changed = "w" in watch.access and kept_value(target, watch.watched).bits != old.bits
    return changed and any(answer.arenas is not None for answer in made)
