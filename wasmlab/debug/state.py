"""Views of a paused program: operands, locals, globals, labels, frames, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wasmlab.debug.shown import shown_value
from wasmlab.debug.symbols import global_name, inst_name, label_name, local_name
from wasmlab.debug.target import Position, Target, location, operand_types, position
from wasmlab.debug.view import Frame, Label, MemoryRow, StackSlot, Value, Variable
from wasmlab.exec.bind import offsets_of, read_operand
from wasmlab.exec.body import block_type
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.store import read_global
from wasmlab.syntax.types import FuncType, slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.syntax.types import ValType

ROW = 16
"""Bytes of a memory row."""


def operands(target: Target, at: Position) -> list[Value]:
    """Return the operands of a frame, bottom first.

    A frame that waits for a call has only the operands below the call's arguments.
    """
    types = operand_types(target, at)
    if not _is_innermost(target, at):
        types = types[: len(types) - len(_popped_types(at))]
    base = at.fp + at.code.local_slots
    stack = target.store.agent.stack
    return [
        shown_value(target.store, t, read_operand(stack, base + offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    ]


def _is_innermost(target: Target, at: Position) -> bool:
    return at.number == target.store.agent.depth - 1


def signature(at: Position) -> tuple[tuple[ValType, ...], tuple[ValType, ...]]:
    """Return what the next instruction pops and pushes, with its address types resolved."""
    row = at.instr.row
    if row.params is not None and row.results is not None:
        return row.params, row.results
    found = at.code.typed.sigs.get(at.code.indices[at.pc])
    return found if found is not None else ((), ())


def _popped_types(at: Position) -> tuple[ValType, ...]:
    return signature(at)[0]


def stack_view(target: Target, at: Position, before: list[Value] | None) -> tuple[StackSlot, ...]:
    """Return the operands, top first; before: those of the stop before in the same frame."""
    values = operands(target, at)
    popped = len(values) - len(_popped_types(at)) if _is_innermost(target, at) else len(values)
    return tuple(
        StackSlot(
            value=value,
            height=height,
            popped=height >= popped,
            changed=before is not None and (height >= len(before) or before[height] != value),
        )
        for height, value in reversed(list(enumerate(values)))
    )


def local_values(target: Target, at: Position) -> list[Value]:
    """Return the locals of a frame, parameters first."""
    types = at.code.typed.locals
    stack = target.store.agent.stack
    return [
        shown_value(target.store, t, read_operand(stack, at.fp + offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    ]


def locals_view(target: Target, at: Position, before: list[Value] | None) -> tuple[Variable, ...]:
    """Return the locals of a frame by name, with what they were at the stop before."""
    module = at.code.instance.module
    params = len(cast("FuncType", at.func.type.comp).params)
    values = local_values(target, at)
    old = before if before is not None and len(before) == len(values) else values
    return tuple(
        Variable(
            name=local_name(module, at.func.index, index),
            index=index,
            value=value,
            kind="param" if index < params else "local",
            changed=value != old[index],
            previous=old[index] if value != old[index] else None,
        )
        for index, value in enumerate(values)
    )


def global_values(target: Target, instance: ModuleInst) -> list[Value]:
    """Return the globals of an instance."""
    return [
        shown_value(target.store, g.type.value, read_global(target.store, g))
        for g in instance.globals
    ]


def globals_view(
    target: Target, instance: ModuleInst, before: list[Value] | None
) -> tuple[Variable, ...]:
    """Return the globals of an instance by name."""
    values = global_values(target, instance)
    old = before if before is not None and len(before) == len(values) else values
    return tuple(
        Variable(
            name=global_name(instance.module, index),
            index=index,
            value=value,
            kind="global",
            mutable=instance.globals[index].type.mutable,
            changed=value != old[index],
            previous=old[index] if value != old[index] else None,
        )
        for index, value in enumerate(values)
    )


def labels_view(target: Target, at: Position) -> tuple[Label, ...]:
    """Return the structured instructions that are open at a place, outermost first."""
    typed, module = at.code.typed, at.code.instance.module
    here = at.code.indices[at.pc]
    opened = [
        (ordinal, opener)
        for ordinal, opener in enumerate(sorted(typed.ends), -1)
        if 0 <= opener < here <= typed.ends[opener]
    ]
    labels = [_function_label(target, at, len(opened))]
    for place, (ordinal, opener) in enumerate(opened):
        depth = len(opened) - 1 - place
        instr = typed.body.instrs[opener]
        params, results = block_type(at.code, instr.imms[0])
        is_loop = instr.row.rule == "loop"
        height = typed.heights[opener] - slot_count(params) - (instr.row.rule == "if")
        line = location(target, at.func, instr.offset).line
        end = typed.body.instrs[typed.ends[opener]]
        labels.append(
            Label(
                kind=instr.row.mnemonic,
                name=label_name(module, at.func.index, ordinal, depth),
                depth=depth,
                arity=len(params if is_loop else results),
                height=_count(operand_types(target, at), height),
                line=line,
                target_line=line if is_loop else location(target, at.func, end.offset).line,
            )
        )
    return tuple(labels)


def _function_label(target: Target, at: Position, depth: int) -> Label:
    results = cast("FuncType", at.func.type.comp).results
    last = at.code.typed.body.instrs[-1]
    return Label(
        kind="func",
        name=inst_name(at.func),
        depth=depth,
        arity=len(results),
        height=0,
        line=location(target, at.func, at.code.typed.body.instrs[0].offset).line,
        target_line=location(target, at.func, last.offset).line,
    )


def _count(types: tuple[ValType, ...], height: int) -> int:
    """Return how many operands fill the lowest ``height`` slots."""
    filled = count = 0
    for t in types:
        if filled >= height:
            break
        filled += slots(t)
        count += 1
    return count


def frames_view(target: Target) -> tuple[Frame, ...]:
    """Return the call frames, innermost first."""
    agent, store = target.store.agent, target.store
    frames = list[Frame]()
    for record in range(agent.depth - 1, -1, -1):
        func = store.funcs[agent.record(record, FUNC)]
        number = len(frames)
        if func.host is not None:
            frames.append(Frame(number, inst_name(func), None, (), host=True))
            continue
        at = cast("Position", position(target, record))
        params = len(cast("FuncType", func.type.comp).params)
        args = tuple(local_values(target, at)[:params])
        place = location(target, func, at.instr.offset)
        frames.append(Frame(number, inst_name(func), place, args))
    return tuple(frames)


def frame_position(target: Target, number: int) -> Position | None:
    """Return the frame of a number that counts from the innermost, None for a host frame."""
    depth = target.store.agent.depth
    return position(target, depth - 1 - number) if 0 <= number < depth else None


def memory_view(
    memory: Memory,
    start: int,
    count: int,
    before: Mapping[int, bytes],
    touched: Collection[tuple[int, int]],
) -> tuple[MemoryRow, ...]:
    """Return count rows from address start (rounded down to 16) on.

    before: what rows held at the stop before, by address, as far as it is known. touched: ranges
    of (address, bytes).
    """
    rows = list[MemoryRow]()
    first = start // ROW * ROW
    for address in range(first, min(first + count * ROW, memory.size), ROW):
        data = bytes(memory.data[address : min(address + ROW, memory.size)])
        old = before.get(address, data)
        changed = frozenset(
            address + i for i, byte in enumerate(data) if i >= len(old) or old[i] != byte
        )
        marked = frozenset(
            a
            for lowest, n in touched
            for a in range(max(lowest, address), min(lowest + n, address + ROW))
        )
        rows.append(MemoryRow(address, data, changed, marked))
    return tuple(rows)
