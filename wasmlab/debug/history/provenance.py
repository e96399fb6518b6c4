"""Who wrote this: the instruction that last wrote a byte, a local, a global or an operand.

What it copied from is known too, so that a value can be followed back to its origin: a constant,
a computation, a host call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from wasmlab.debug.history.reverse import goto, undisturbed
from wasmlab.debug.history.search import backwards
from wasmlab.debug.stops.accesses import (
    GLOBALS,
    STACK,
    Area,
    base_slot,
    callee,
    coming_answer,
    global_area,
    host_writes,
    local_area,
    may_access,
    may_write_slot,
    memory_reads,
    memory_writes,
    moved,
    slot_writes,
    tick_behind,
    top_slot,
)
from wasmlab.debug.stops.filters import touch_filter
from wasmlab.debug.stops.probes import add_probe, filtered_where, probing
from wasmlab.debug.stops.watch_area import in_frame, watched
from wasmlab.debug.views.host_calls import shown_answer
from wasmlab.debug.views.instruction import instruction_text
from wasmlab.debug.views.target import Position, bound, location, operand_types, position
from wasmlab.debug.views.values import shown_value
from wasmlab.engine.recording.recorder import run_until
from wasmlab.engine.recording.timeline import written_ranges
from wasmlab.errors import BadExpression, DebugError
from wasmlab.exec.bind import offsets_of, read_operand
from wasmlab.exec.roots import typed_slots
from wasmlab.isa.row import Flow, Kind
from wasmlab.runtime.frame import FP, FUNC, PC, RESUME
from wasmlab.runtime.memory import DIRTY_SHIFT, Memory
from wasmlab.runtime.probe import ALWAYS, CallsHost, InFrame
from wasmlab.syntax.types import slot_count, slots

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Target
    from wasmlab.exec.code import Code
    from wasmlab.runtime.probe import Filter
    from wasmlab.syntax.types import ValType

LONGEST = 1000
"""Copies that are followed at most."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The last write of something before a moment."""

    tick: int
    """The state before the writing instruction; 0 with kind ``instantiation``."""
    kind: str
    """copy, constant, computed, host, zero, instantiation, or argument (of a call by hand)."""
    text: str
    """The instruction, or the host call."""
    location: Location | None
    old: str
    """What it held before: bytes in hex, or a value; empty if it was not in use."""
    new: str
    source: Area | None = None
    """Where a copy came from; ``who_wrote`` takes an Origin to follow it."""


def who_wrote(control: Control, area: Area, end: int) -> Origin:
    """Return the last write to an area before tick ``end``; the program stands there afterwards.

    The present must be at ``end``.
    """
    with undisturbed(control):
        goto(control, end)
        if area.space == STACK:
            return _of_slot(control, area, end)
        return _of_static(control, area, end)


def _of_static(control: Control, area: Area, end: int) -> Origin:
    """Find the write to a memory or a global: their writers are known from the code."""
    probes = filtered_where(control.target, partial(_write_filter, area))
    for start, stop in _candidates(control, area, end):
        found = backwards(
            control, stop, probes, lambda at: _writes(control, area, at) or None, first=start
        )
        if found is not None:
            return _origin(control, area, found[0])
    now = shown_area(control, area)
    return Origin(0, "instantiation", "the module's initial contents", None, now, now)


def _write_filter(area: Area, code: Code, pc: int) -> Filter | None:
    """Return a filter for where an instruction writes an area, which is no stack; None: nowhere."""
    if isinstance(area.space, Memory):
        return touch_filter(code, pc, area, reads=False, writes=True)
    instr = code.instrs[pc]
    if instr.row.writes_global:
        return ALWAYS if area.overlaps(global_area(code, cast("int", instr.imms[0]))) else None
    is_call = instr.row.is_call and may_access(code, pc, reads=False, writes=True)
    return CallsHost() if is_call else None


def _candidates(control: Control, area: Area, end: int) -> list[tuple[int, int]]:
    """Return the stretches of history before ``end`` that can have the write, the last one first.

    Snapshots know which pages were written between them, so most need no replay.
    """
    recorder = control.recorder
    if not isinstance(area.space, Memory):
        return [(recorder.timeline.first, end)]
    number = next(n for n, m in enumerate(recorder.taker.mems) if m is area.space)
    pages = range(area.start >> DIRTY_SHIFT, (area.end - 1 >> DIRTY_SHIFT) + 1)
    return written_ranges(recorder.timeline, (number,), pages, end)


def _writes(control: Control, area: Area, at: Position) -> bool:
    if at.instr.row.writes_global:
        return area.overlaps(global_area(at.code, cast("int", at.instr.imms[0])))
    if at.instr.row.is_call:
        answer = coming_answer(control.recorder)
        recorder = control.recorder
        return answer is not None and host_writes(recorder, control.target, at, answer, area)
    return any(area.overlaps(written) for written in memory_writes(control.target, at))


def _of_slot(control: Control, area: Area, end: int) -> Origin:
    """Find the write to a slot of the stack, in the frame that it belongs to or its callers."""
    agent = control.target.store.agent
    number = next(
        (n for n in range(agent.depth - 1, -1, -1) if agent.record(n, FP) <= area.start), -1
    )
    while number >= 0:
        goto(control, end)
        declared = area.start - agent.record(number, FP) >= _params(control, number)
        found = _last_in_frame(control, area, end, number)
        if found is None:
            break
        end, is_write = found
        if is_write:
            return _written(control, area, end)
        if declared:
            return _zeroed(control, area, end)
        number -= 1
    goto(control, end)
    first, now = control.recorder.timeline.first, shown_area(control, area)
    if number >= 0 and area.start - agent.record(number, FP) >= _params(control, number):
        return Origin(first, "zero", "the start, which sets locals to zero", None, "", "0")
    return Origin(first, "argument", "an argument of the call", None, "", now)


def _params(control: Control, number: int) -> int:
    """Return the slots of a frame's parameters."""
    store = control.target.store
    return store.funcs[store.agent.record(number, FUNC)].code.param_slots


def _last_in_frame(control: Control, area: Area, end: int, number: int) -> tuple[int, bool] | None:
    """Return the tick of the last write to a slot in a frame (True), or of its call (False)."""
    agent, funcs = control.target.store.agent, control.target.store.funcs
    addr, fp = agent.record(number, FUNC), agent.record(number, FP)
    slot, code, frame = area.start - fp, bound(funcs[addr]), InFrame(number, fp)
    probes = filtered_where(control.target, lambda code, pc: frame if _is_tail(code, pc) else None)
    for pc in range(len(code.instrs)):
        if may_write_slot(code, pc, slot):
            add_probe(probes, addr, pc, frame)
    caller = (-1, -1)
    if number and funcs[agent.record(number - 1, FUNC)].host is None:
        caller = agent.record(number - 1, FUNC), agent.record(number - 1, PC)
        add_probe(probes, *caller, InFrame(number - 1, agent.record(number - 1, FP)))

    def look(at: Position) -> bool | None:
        if at.number == number - 1 and (at.func.addr, at.pc) == caller:
            return False
        if at.number == number and at.fp == fp and _is_tail(at.code, at.pc):
            return slot < code.param_slots
        in_frame = at.number == number and at.fp == fp and at.func.addr == addr
        return (in_frame and area.overlaps(slot_writes(control.target, at))) or None

    return backwards(control, end, probes, look)


def _is_tail(code: Code, pc: int) -> bool:
    """Return whether an instruction replaces its frame by that of the function it calls."""
    return code.instrs[pc].row.flow is Flow.TAIL_CALL


def _zeroed(control: Control, area: Area, tick: int) -> Origin:
    goto(control, tick)
    at = position(control.target)
    place = None if at is None else location(control.target, at.func, at.instr.offset)
    text = "a call, which sets its locals to zero"
    return Origin(tick, "zero", text, place, shown_area(control, area), "0")


def _written(control: Control, area: Area, tick: int) -> Origin:
    """Return the origin at a write; for what a call left, the return or the throw that did it."""
    goto(control, tick)
    at = position(control.target)
    called = None if at is None else callee(control.target, at)
    if at is None or called is None or called.host is not None or _is_tail(at.code, at.pc):
        return _origin(control, area, tick)
    agent, depth = control.target.store.agent, control.target.store.agent.depth
    goto(control, tick + 1)
    back = {at.func.addr: {agent.record(depth - 1, RESUME)} | at.code.catch_pcs}
    with probing(control.target, back):
        run_until(control.recorder, control.recorder.timeline.last)
        while agent.depth > depth and control.recorder.tick < control.recorder.timeline.last:
            run_until(control.recorder, control.recorder.timeline.last)
    return _origin(control, area, control.recorder.tick - 1)


def _origin(control: Control, area: Area, tick: int) -> Origin:
    """Describe the instruction that is next at a tick, which writes an area."""
    goto(control, tick)
    target = control.target
    at = cast("Position", position(target))
    old, place = shown_area(control, area), location(target, at.func, at.instr.offset)
    kind, source = _cause(control, area, at)
    text = instruction_text(target, at)
    if kind == "host":
        answer = coming_answer(control.recorder)
        text = text if answer is None else shown_answer(answer).text
    goto(control, tick_behind(control.recorder))
    return Origin(tick, kind, text, place, old, shown_area(control, area), source)


def _cause(control: Control, area: Area, at: Position) -> tuple[str, Area | None]:
    """Return what kind of write the next instruction makes, and what it copies, if it copies."""
    if at.instr.row.is_call and not (area.space == STACK and _is_tail(at.code, at.pc)):
        return "host", None
    source = _copied(control, area, at)
    return _cause_in_memory(control, area, at) if source is None else ("copy", source)


def _copied(control: Control, area: Area, at: Position) -> Area | None:
    """Return what an instruction copies that moves values about outside memory."""
    base, top, width = base_slot(at), top_slot(at), area.end - area.start
    row = at.instr.row
    if row.reads_local:
        return local_area(at.code, at.fp, cast("int", at.instr.imms[0]))
    if row.reads_global:
        return global_area(at.code, cast("int", at.instr.imms[0]))
    if row.flow is Flow.RETURN:
        start = area.start + top - at.code.result_slots - at.fp
    elif row.flow is Flow.TAIL_CALL:
        start = area.start + base - at.fp
    elif row.flow is Flow.BRANCH:
        source, to = moved(control.target, at)
        start = area.start + source.start - to.start
    elif row.rule in _CHOICES:
        return _CHOICES[row.rule](control, at)
    elif row.writes is not None:
        start = base
    else:
        return None
    return Area(STACK, start, start + width)


def _chosen(control: Control, at: Position) -> Area:
    """Return the operand that a select leaves."""
    base, top = base_slot(at), top_slot(at)
    width = (top - 1 - base) // 2
    start = base if control.target.store.agent.stack[top - 1] else base + width
    return Area(STACK, start, start + width)


_CHOICES = {"select": _chosen, "select t": _chosen}


def _cause_in_memory(control: Control, area: Area, at: Position) -> tuple[str, Area | None]:
    row, base = at.instr.row, base_slot(at)
    if row.bulk is not None and row.reads_memory:
        source = next(memory_reads(control.target, at))
        shift = source.start - control.target.store.agent.stack[base]
        return "copy", Area(source.space, area.start + shift, area.end + shift)
    if row.bulk is not None and row.writes_memory:
        is_filled = row.bulk.source is None
        return ("copy", Area(STACK, base + 1, base + 2)) if is_filled else ("constant", None)
    if row.kind is Kind.STORE:
        return "copy", Area(STACK, base + 1, top_slot(at))
    if row.kind is Kind.LOAD:
        return "copy", next(memory_reads(control.target, at), None)
    takes = slot_count(row.params) if row.params is not None else 1
    return ("computed" if takes else "constant"), None


def shown_area(control: Control, area: Area) -> str:
    """Return what an area holds now: bytes in hex, or a value; empty if nothing is there."""
    store = control.target.store
    if isinstance(area.space, Memory):
        if area.end > area.space.size:
            return ""
        return area.space.read(area.start, area.end - area.start).hex(" ")
    t = _type_of(control.target, area)
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
            found = dict(typed_slots(at.code, at.pc, waits=number < depth - 1))
            return found.get(area.start - at.fp)
    return None


def area_of(control: Control, what: int | str | Area | Origin, count: int = 1) -> Area:
    """Return the area that a person means: an address, ``stack[n]``, or what ``watch`` takes.

    BadExpression if there is no such thing here.
    """
    if isinstance(what, Area):
        return what
    if isinstance(what, Origin):
        if what.source is None:
            raise DebugError(f"{what.text} copied nothing: it is the origin")
        return what.source
    if isinstance(what, int):
        what = f"memory[{what}:{what + count}]"
    _, at = in_frame(control.target, what)
    if at is not None and what.startswith("stack["):
        return operand_area(control, at, what)
    found = watched(control.target, what)
    if found.area is not None:
        return found.area
    if found.variable is not None:
        first, width = found.variable.slot, slots(found.variable.type.value)
        return Area(GLOBALS, first, first + width)
    return local_area(cast("Position", at).code, cast("Position", at).fp, found.local)


_OPERAND = re.compile("[0-9]{1,9}")


def operand_area(control: Control, at: Position, text: str) -> Area:
    """Return the slots of ``stack[n]``, 0 being the top."""
    number = text.removeprefix("stack[").removesuffix("]")
    types = operand_types(control.target, at)
    if not _OPERAND.fullmatch(number) or int(number) >= len(types):
        raise BadExpression(f"there is no {text} here", hint=f"the stack has {len(types)} operands")
    index = len(types) - 1 - int(number)
    start = at.fp + at.code.local_slots + offsets_of(types)[index]
    return Area(STACK, start, start + slot_count(types[index : index + 1]))
