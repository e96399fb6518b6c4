"""Views of a paused program: operands, locals, globals, labels, frames, memory."""

from __future__ import annotations

from itertools import islice, takewhile

from wasmlab.debug.views.model import Frame, Label, MemoryRow, StackSlot, Value, Variable
from wasmlab.debug.views.symbols import global_name, inst_name, label_name, local_name
from wasmlab.debug.views.target import Position, Target, location, position, top_operand
from wasmlab.debug.views.values import shown_value
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.operand import offsets_of, read_operand
from wasmlab.runtime.store import read_global
from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import func_type, slot_count, slots
from wasmlab.valid.operands import Operand, count_of, downwards

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.syntax.types import ValType

ROW = 16
"""Bytes of a memory row."""


def stack_size(target: Target, at: Position) -> int:
    """Return how many operands a frame has."""
    return count_of(_top(target, at))


def _top(target: Target, at: Position) -> Operand | None:
    """Return the topmost operand of a frame, without the arguments of a call that it waits for."""
    top = top_operand(target, at)
    waits = () if _is_innermost(target, at) else at.code.signature(at.pc)[0]
    return next(islice(downwards(top), len(waits), None), None)


def _is_innermost(target: Target, at: Position) -> bool:
    return at.number == target.store.agent.depth - 1


class Operands(NamedTuple):
    """The operands of a frame, kept to be compared with later ones."""

    top: Operand | None
    slots: memoryview[int]


def kept_operands(target: Target, at: Position) -> Operands:
    """Return a copy of a frame's operands."""
    base, top = at.fp + at.code.local_slots, _top(target, at)
    end = base if top is None else base + top.start + slots(top.type)
    return Operands(top, memoryview(target.store.agent.stack[base:end].tobytes()).cast("Q"))


def stack_values(target: Target, at: Position, start: int, count: int) -> list[Value]:
    """Return the values of count operands of a frame, top first, from number start on."""
    chosen = islice(downwards(_top(target, at)), start, start + count)
    return [_operand_value(target, at, operand) for operand in chosen]


def _operand_value(target: Target, at: Position, operand: Operand) -> Value:
    place = at.fp + at.code.local_slots + operand.start
    bits = read_operand(target.store.agent.stack, place, operand.type)
    return shown_value(target.store, operand.type, bits)


def stack_view(
    target: Target, at: Position, before: Operands | None, start: int, count: int
) -> tuple[StackSlot, ...]:
    """Return count operands, top first, from number start on.

    before: those of the stop before in the same frame.
    """
    top = _top(target, at)
    popped = count_of(top) - (len(at.code.signature(at.pc)[0]) if _is_innermost(target, at) else 0)
    shown = list(islice(downwards(top), start, start + count))
    old = {} if before is None or not shown else _by_height(before, shown[-1].height)
    return tuple(
        StackSlot(
            value=value,
            number=number,
            popped=operand.height >= popped,
            changed=before is not None and old.get(operand.height) != (operand.type, value.bits),
        )
        for number, operand in enumerate(shown, start)
        for value in (_operand_value(target, at, operand),)
    )


def _by_height(before: Operands, lowest: int) -> dict[int, tuple[ValType, int]]:
    """Return types and bits of the operands from a height up."""
    return {
        operand.height: (operand.type, read_operand(before.slots, operand.start, operand.type))
        for operand in takewhile(lambda o: o.height >= lowest, downwards(before.top))
    }


def local_values(target: Target, at: Position) -> list[Value]:
    """Return the locals of a frame, parameters first."""
    types = at.code.typed.locals
    stack = target.store.agent.stack
    return [
        shown_value(target.store, t, read_operand(stack, at.fp + offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    ]


def local_value(target: Target, at: Position, index: int) -> Value:
    """Return one local of a frame."""
    t = at.code.typed.locals[index]
    place = at.fp + slot_count(at.code.typed.locals[:index])
    return shown_value(target.store, t, read_operand(target.store.agent.stack, place, t))


def locals_view(target: Target, at: Position, before: list[Value] | None) -> tuple[Variable, ...]:
    """Return the locals of a frame by name, with what they were at the stop before."""
    module = at.code.instance.module
    params = len(func_type(at.func.type).params)
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
    opened = typed.open_blocks(at.code.indices[at.pc])
    labels = [_function_label(target, at, len(opened))]
    top = top_operand(target, at) if opened else None
    for place, (opener, number) in enumerate(opened.items()):
        depth = len(opened) - 1 - place
        instr, block = typed.body.instrs[opener], typed.blocks[opener]
        is_loop = block.kind is BlockKind.LOOP
        line = location(target, at.func, instr.offset).line
        end = typed.body.instrs[typed.ends[opener]]
        labels.append(
            Label(
                kind=instr.row.mnemonic,
                name=label_name(module, at.func.index, number, depth),
                depth=depth,
                arity=len(block.params if is_loop else block.results),
                height=_operands_in(top, block.height),
                line=line,
                target_line=line if is_loop else location(target, at.func, end.offset).line,
            )
        )
    return tuple(labels)


def _function_label(target: Target, at: Position, depth: int) -> Label:
    results = func_type(at.func.type).results
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


def _operands_in(top: Operand | None, height: int) -> int:
    """Return how many operands fill the lowest ``height`` slots."""
    if top is None or top.start == top.height:
        return height  # none below takes two
    return sum(1 for operand in downwards(top) if operand.start < height)


def frames_view(target: Target, start: int, count: int) -> tuple[Frame, ...]:
    """Return count call frames, innermost first, from number start on."""
    last = target.store.agent.depth
    return tuple(
        _frame(target, number) for number in range(max(start, 0), min(start + count, last))
    )


def _frame(target: Target, number: int) -> Frame:
    agent = target.store.agent
    record = agent.depth - 1 - number
    func = target.store.funcs[agent.record(record, FUNC)]
    if func.host is not None:
        return Frame(number, inst_name(func, qualified=True), None, (), host=True)
    at = cast("Position", position(target, record))
    params = range(len(func_type(func.type).params))
    args = tuple(local_value(target, at, index) for index in params)
    name = inst_name(func, qualified=True)
    return Frame(number, name, location(target, func, at.instr.offset), args)


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
    first = max(start // ROW * ROW, 0)
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
