"""Views of a paused program: operands, locals, globals, labels, frames, memory."""

from __future__ import annotations

from itertools import islice, takewhile

from wasmlab.debug.views.listed import Listed, Variables
from wasmlab.debug.views.model import Frame, Label, MemoryRow, Pointer, StackSlot, Value, Variable
from wasmlab.debug.views.symbols import global_name, inst_name, label_name, local_name
from wasmlab.debug.views.target import Position, Target, location, position, top_operand
from wasmlab.debug.views.values import shown_value
from wasmlab.hints import TYPE_CHECKING, Protocol, cast
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
    content = frame_content(target, at)
    chosen = islice(downwards(content.top), start, start + count)
    return [_operand_value(content, operand) for operand in chosen]


class FrameContent(NamedTuple):
    """What a frame holds: now, or when it was kept."""

    target: Target
    at: Position
    slots: memoryview[int]
    """From the first slot of its locals on."""
    top: Operand | None
    popped: int
    """How many operands the next instruction takes."""
    tick: int
    """When that was: what values pointed at is read then only."""

    @property
    def is_now(self) -> bool:
        """Whether memory holds what it held then."""
        return self.tick == self.target.store.tick


def frame_content(target: Target, at: Position) -> FrameContent:
    """Return what a frame holds, read where it is."""
    popped = len(at.code.signature(at.pc)[0]) if _is_innermost(target, at) else 0
    held, tick = target.store.agent.stack[at.fp :], target.store.tick
    return FrameContent(target, at, held, _top(target, at), popped, tick)


def kept_content(target: Target, at: Position) -> FrameContent:
    """Return what a frame holds now, whatever becomes of it."""
    content = frame_content(target, at)
    top = content.top
    end = at.code.local_slots + (0 if top is None else top.start + slots(top.type))
    return content._replace(slots=memoryview(content.slots[:end].tobytes()).cast("Q"))


def _operand_value(content: FrameContent, operand: Operand) -> Value:
    place = content.at.code.local_slots + operand.start
    bits = read_operand(content.slots, place, operand.type)
    return shown_value(content.target.store, operand.type, bits)


def stack_view(
    content: FrameContent, before: Operands | None, start: int, count: int | None
) -> Listed[StackSlot]:
    """Return count operands, top first, from number start on; all from there if count is None.

    before: those of the stop before in the same frame.
    """
    end = None if count is None else start + count
    shown = list(islice(downwards(content.top), start, end))
    old = {} if before is None or not shown else _by_height(before, shown[-1].height)
    values = ((operand, _operand_value(content, operand)) for operand in shown)
    meant = _used_operands(content) if content.popped and content.is_now else {}
    return Listed(
        (
            StackSlot(
                held=value,
                number=number,
                popped=number < content.popped,
                changed=before is not None
                and old.get(operand.height) != (operand.type, value.bits),
                pointer=meant[number] if number in meant else _pointer(content, value),
            )
            for number, (operand, value) in enumerate(values, start)
        ),
        kind="operand",
        place=f"in {inst_name(content.at.func)}",
    )


def _pointer(content: FrameContent, value: Value) -> Pointer | None:
    if not content.is_now:
        return None
    from wasmlab.debug.views.pointers import pointer_of

    return pointer_of(content.target, content.at.code.instance, value)


def _used_operands(content: FrameContent) -> dict[int, Pointer | None]:
    """Return what the operands mean that the next instruction takes as pointers, by number."""
    from wasmlab.debug.views.coming_call import coming_arguments
    from wasmlab.debug.views.pointers import operand_pointers

    target, at, taken = content.target, content.at, content.popped
    popped = stack_values(target, at, 0, taken)[::-1]
    pointers = operand_pointers(target, at, popped)
    for place, found in enumerate(coming_arguments(target, at, popped)):
        address = popped[place].bits if found.is_address else None
        pointers[place] = Pointer(found.text, address) if found.text else None
    return {taken - 1 - place: pointer for place, pointer in pointers.items()}


def _by_height(before: Operands, lowest: int) -> dict[int, tuple[ValType, int]]:
    """Return types and bits of the operands from a height up."""
    return {
        operand.height: (operand.type, read_operand(before.slots, operand.start, operand.type))
        for operand in takewhile(lambda o: o.height >= lowest, downwards(before.top))
    }


def local_values(content: FrameContent) -> list[Value]:
    """Return the locals of a frame, parameters first."""
    types, store = content.at.code.typed.locals, content.target.store
    return [
        shown_value(store, t, read_operand(content.slots, offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    ]


def local_value(target: Target, at: Position, index: int) -> Value:
    """Return one local of a frame."""
    t = at.code.typed.locals[index]
    place = at.fp + slot_count(at.code.typed.locals[:index])
    return shown_value(target.store, t, read_operand(target.store.agent.stack, place, t))


def locals_view(content: FrameContent, before: list[Value] | None) -> Variables[Variable]:
    """Return the locals of a frame by name, with what they were at the stop before."""
    from wasmlab.debug.views.pointers import local_pointer

    at = content.at
    module, params = at.code.instance.module, len(func_type(at.func.type).params)
    values = local_values(content)
    target, is_now = content.target, content.is_now
    old = before if before is not None and len(before) == len(values) else values
    return Variables(
        (
            Variable(
                name=local_name(module, at.func.index, index),
                index=index,
                held=value,
                kind="param" if index < params else "local",
                changed=value != old[index],
                previous=old[index] if value != old[index] else None,
                pointer=local_pointer(target, at, index, value) if is_now else None,
            )
            for index, value in enumerate(values)
        ),
        kind="local",
        place=f"in {inst_name(at.func)}",
    )


def global_values(target: Target, instance: ModuleInst) -> list[Value]:
    """Return the globals of an instance."""
    return [
        shown_value(target.store, g.type.value, read_global(target.store, g))
        for g in instance.globals
    ]


def globals_view(
    target: Target, instance: ModuleInst, before: list[Value] | None
) -> Variables[Variable]:
    """Return the globals of an instance by name."""
    values = global_values(target, instance)
    old = before if before is not None and len(before) == len(values) else values
    return Variables(
        (
            Variable(
                name=global_name(instance.module, index),
                index=index,
                held=value,
                kind="global",
                mutable=instance.globals[index].type.mutable,
                changed=value != old[index],
                previous=old[index] if value != old[index] else None,
                pointer=_global_pointer(target, instance, index, value),
            )
            for index, value in enumerate(values)
        ),
        kind="global",
        place="in the module" if values else "in the module: it has none",
    )


def _global_pointer(
    target: Target, instance: ModuleInst, index: int, value: Value
) -> Pointer | None:
    """Return what a global points at; one that never changes is itself the name of an address."""
    from wasmlab.debug.views.pointers import pointer_of

    is_variable = instance.globals[index].type.mutable
    return pointer_of(target, instance, value) if is_variable else None


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


def frames_view(
    target: Target, start: int, count: int, before: _Earlier | None = None
) -> Listed[Frame]:
    """Return count call frames, innermost first, from number start on.

    before: the state at the stop before, with which what frames hold is compared.
    """
    last = target.store.agent.depth
    numbers = range(max(start, 0), min(start + count, last))
    place = "" if last else f": {NO_CALL}"
    return Listed((_frame(target, number, before) for number in numbers), kind="frame", place=place)


class _Earlier(Protocol):
    """The state at the stop before."""

    def operands_of(self, at: Position) -> Operands | None:
        """Return the operands that a frame had; None if they were not kept."""
        ...

    def locals_of(self, at: Position) -> list[Value] | None:
        """Return the locals that a frame had; None if they were not kept."""
        ...


NO_CALL = "no function is being called"


def _frame(target: Target, number: int, before: _Earlier | None) -> Frame:
    agent = target.store.agent
    record = agent.depth - 1 - number
    func = target.store.funcs[agent.record(record, FUNC)]
    name = inst_name(func, qualified=True)
    if func.host is not None:
        return Frame(number, name, None, (), NoContent(f": {name} is a host function"), host=True)
    at = cast("Position", position(target, record))
    params = range(len(func_type(func.type).params))
    args = tuple(local_value(target, at, index) for index in params)
    content = SeenContent(kept_content(target, at), before)
    from wasmlab.debug.views.pointers import pointer_of

    instance = at.code.instance
    pointers = tuple(pointer_of(target, instance, value) for value in args)
    place = location(target, func, at.instr.offset)
    return Frame(number, name, place, args, content, pointers=pointers)


class SeenContent(NamedTuple):
    """The locals and operands of a frame that was seen, made when they are looked at."""

    content: FrameContent
    before: _Earlier | None

    @property
    def locals(self) -> Variables[Variable]:
        """The locals."""
        before = None if self.before is None else self.before.locals_of(self.content.at)
        return locals_view(self.content, before)

    @property
    def stack(self) -> Listed[StackSlot]:
        """The operands, top first."""
        before = None if self.before is None else self.before.operands_of(self.content.at)
        return stack_view(self.content, before, 0, None)


class NoContent(NamedTuple):
    """The locals and operands of what has none."""

    why: str
    """Why that is, after a colon."""

    @property
    def locals(self) -> Variables[Variable]:
        """No locals."""
        return Variables(kind="local", place=self.why)

    @property
    def stack(self) -> Listed[StackSlot]:
        """No operands."""
        return Listed(kind="operand", place=self.why)


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
