"""One executed instruction with everything that it did: a line of the trace."""

from __future__ import annotations

from wasmlab.debug.views.instruction import (
    access_range,
    instruction_text,
    memory_text,
    popped_values,
)
from wasmlab.debug.views.model import Location, Step, Value
from wasmlab.debug.views.symbols import global_name, local_name
from wasmlab.debug.views.target import Position, Target, location
from wasmlab.debug.views.values import shown_value
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.runtime.operand import offsets_of, read_operand
from wasmlab.syntax.row import Flow, Kind
from wasmlab.syntax.types import func_type, slot_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import HostCall
    from wasmlab.syntax.types import ValType


class OperandsBefore(NamedTuple):
    """What is noted before an instruction runs."""

    at: Position
    location: Location
    text: str
    popped: tuple[Value, ...]
    depth: int


def before_step(target: Target, at: Position) -> OperandsBefore:
    """Note what the instruction will take."""
    return OperandsBefore(
        at=at,
        location=location(target, at.func, at.instr.offset),
        text=instruction_text(target, at),
        popped=popped_values(target, at),
        depth=target.store.agent.depth,
    )


def after_step(target: Target, before: OperandsBefore, calls: Sequence[HostCall]) -> Step:
    """Return the executed instruction with what it pushed and changed."""
    return Step(
        tick=target.store.tick,
        location=before.location,
        text=before.text,
        popped=before.popped,
        pushed=_pushed(target, before),
        depth=before.depth,
        effect="; ".join(call.text for call in calls) or _effect(target, before),
    )


def _pushed(target: Target, before: OperandsBefore) -> tuple[Value, ...]:
    """Return the results; a call of a module's function has none yet."""
    at, agent = before.at, target.store.agent
    flow = at.instr.row.flow
    if agent.depth > before.depth:
        return ()
    if flow is Flow.RETURN or agent.depth < before.depth:
        return _returned(target, before)
    if flow is Flow.TAIL_CALL:
        return ()
    params, results = at.code.signature(at.pc)
    base = at.fp + at.code.local_slots + at.height - slot_count(params)
    return _values(target, base, results)


def _returned(target: Target, before: OperandsBefore) -> tuple[Value, ...]:
    results = func_type(before.at.func.type).results
    return _values(target, before.at.fp, results)


def _values(target: Target, base: int, types: tuple[ValType, ...]) -> tuple[Value, ...]:
    stack = target.store.agent.stack
    return tuple(
        shown_value(target.store, t, read_operand(stack, base + offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    )


def _effect(_target: Target, before: OperandsBefore) -> str:
    at, row = before.at, before.at.instr.row
    module = at.code.instance.module
    if row.writes_local:
        name = local_name(module, at.func.index, at.instr.idx(0))
        return f"{_as_local(name)} = {before.popped[0].text}"
    if row.writes_global:
        name = global_name(module, at.instr.idx(0))
        return f"global {name} = {before.popped[0].text}"
    if row.kind in {Kind.STORE, Kind.RMW}:
        mem, ea, n = access_range(at, before.popped)
        data = at.code.instance.mems[mem].read(ea, n)
        return f"{memory_text(mem, ea, n)} = {data.hex(' ')}"
    return ""


def _as_local(name: str) -> str:
    return name if name.startswith("$") else f"local {name}"
