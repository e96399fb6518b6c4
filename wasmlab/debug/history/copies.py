"""What kind of write an instruction makes, and what it copies there."""

from __future__ import annotations

from wasmlab.debug.stops.accesses import (
    STACK,
    Area,
    base_slot,
    branch_operands,
    global_area,
    local_area,
    memory_reads,
    top_slot,
)
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import Flow, Kind
from wasmlab.syntax.types import slot_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.views.target import Position, Target


def cause(target: Target, area: Area, at: Position) -> tuple[str, Area | None]:
    """Return what the next instruction writes to an area, and what it copies, if it copies.

    The first is copy, constant, computed, growth or host, as in ``Origin.kind``.
    """
    flow = at.instr.row.flow
    if at.instr.row.grows_memory and area.space != STACK:
        return "growth", None
    if flow is Flow.CALL or (flow is Flow.TAIL_CALL and area.space != STACK):
        return "host", None
    source = _operand_or_variable(target, area, at)
    return _from_memory(target, area, at) if source is None else ("copy", source)


def _operand_or_variable(target: Target, area: Area, at: Position) -> Area | None:
    """Return what an instruction copies that moves values about outside memory."""
    row, base, width = at.instr.row, base_slot(at), area.end - area.start
    if row.reads_local:
        return local_area(at.code, at.fp, at.instr.idx(0))
    if row.reads_global:
        return global_area(at.code, at.instr.idx(0))
    if row.writes_local or row.writes_global:
        return Area(STACK, base, base + width)
    if row.rule in _CHOICES:
        return _CHOICES[row.rule](target, at)
    shift = _shift(target, at)
    return None if shift is None else Area(STACK, area.start + shift, area.end + shift)


def _shift(target: Target, at: Position) -> int | None:
    """Return how far above their new slots the operands are that control flow takes along."""
    match at.instr.row.flow:
        case Flow.RETURN:
            return top_slot(at) - at.code.result_slots - at.fp
        case Flow.TAIL_CALL:
            return base_slot(at) - at.fp
        case Flow.BRANCH:
            source, to = branch_operands(target, at)
            return source.start - to.start
        case _:
            return None


def _chosen(target: Target, at: Position) -> Area:
    """Return the operand that a select leaves."""
    base, condition = base_slot(at), top_slot(at) - 1
    width = (condition - base) // 2
    start = base if target.store.agent.stack[condition] else base + width
    return Area(STACK, start, start + width)


_CHOICES: dict[str, Callable[[Target, Position], Area]] = {"select": _chosen, "select t": _chosen}


def _from_memory(target: Target, area: Area, at: Position) -> tuple[str, Area | None]:
    row, base = at.instr.row, base_slot(at)
    if row.bulk is not None and row.writes_memory:
        if row.bulk.source is None:
            return "copy", Area(STACK, base + 1, base + 2)
        source = next(memory_reads(target, at), None)
        if source is None:
            return "constant", None
        shift = source.start - target.store.agent.stack[base]
        return "copy", Area(source.space, area.start + shift, area.end + shift)
    if row.kind is Kind.STORE:
        return "copy", Area(STACK, base + 1, top_slot(at))
    if row.kind is Kind.LOAD:
        return "copy", next(memory_reads(target, at), None)
    takes = slot_count(row.params) if row.params is not None else 1
    return ("computed" if takes else "constant"), None
