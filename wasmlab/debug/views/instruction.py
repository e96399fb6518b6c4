"""What an instruction does, in general and at this very step."""

from __future__ import annotations

from wasmlab.debug.views.frames import local_value
from wasmlab.debug.views.model import Instruction
from wasmlab.debug.views.symbols import global_name, inst_name, local_name, shown_name
from wasmlab.debug.views.target import Position, Target, location, operand_types
from wasmlab.debug.views.values import reference_text, shown_value
from wasmlab.errors import Trap
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.runtime.operand import mask_of, offsets_of, read_operand
from wasmlab.runtime.store import read_global
from wasmlab.syntax.row import Flow, Kind
from wasmlab.syntax.types import FuncType, slot_count
from wasmlab.text.instructions import format_instr

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.views.model import Value


def instruction_view(target: Target, at: Position) -> Instruction:
    """Return the next instruction, explained."""
    row = at.instr.row
    return Instruction(
        location=location(target, at.func, at.instr.offset),
        mnemonic=row.mnemonic,
        text=instruction_text(target, at),
        signature=str(FuncType(*at.code.signature(at.pc))),
        explanation=row.doc,
        now=present_text(target, at),
        spec=row.url,
    )


def instruction_text(target: Target, at: Position) -> str:
    """Return the next instruction in the text format."""
    key = (at.func.addr, at.pc)
    text = target.texts.get(key)
    if text is None:
        text = format_instr(at.code.instance.module, at.func.index, at.instr)
        target.texts[key] = text
    return text


def popped_values(target: Target, at: Position) -> tuple[Value, ...]:
    """Return the operands that the next instruction takes, in push order."""
    count = len(at.code.signature(at.pc)[0])
    if not count:
        return ()
    types = operand_types(target, at, count)
    base = at.fp + at.code.local_slots + at.height - slot_count(types)
    stack = target.store.agent.stack
    return tuple(
        shown_value(target.store, t, read_operand(stack, base + offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    )


def present_text(target: Target, at: Position) -> str:
    """Return one sentence about the next step with its operands; empty if nothing is to be said."""
    popped = popped_values(target, at)
    row = at.instr.row
    special = _SPECIAL.get(row.rule) if row.rule else None
    if special is not None:
        return special(target, at, popped)
    pops = f"{row.mnemonic} pops {_listed(popped)}" if popped else row.mnemonic
    try:
        outcome = _OUTCOMES[row.kind](target, at, popped) if row.kind in _OUTCOMES else ""
    except Trap as trap:
        outcome = f"traps: {trap.message}"
    return f"{pops}, {outcome}" if outcome and popped else f"{pops} {outcome}".strip()


def _listed(values: tuple[Value, ...]) -> str:
    texts = [v.text for v in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _pushes(target: Target, at: Position, bits: object) -> str:
    results = at.code.signature(at.pc)[1]
    found = cast("tuple[int, ...]", bits) if isinstance(bits, tuple) else (cast("int", bits),)
    texts = tuple(
        shown_value(target.store, t, b & mask_of(t)) for t, b in zip(results, found, strict=True)
    )
    return f"pushes {_listed(texts)}"


def _pure(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    py = at.instr.row.py
    return "" if py is None else _pushes(target, at, py(*at.instr.imms, *(v.bits for v in popped)))


def access_range(at: Position, popped: tuple[Value, ...]) -> tuple[int, int, int]:
    """Return memory index, effective address and bytes of a load or store."""
    arg = at.instr.memarg
    access = at.instr.row.access
    return arg.mem, popped[0].bits + arg.offset, access.nbytes if access else 0


def memory_text(mem: int, ea: int, n: int) -> str:
    """Return ``memory[0x10:0x14]``; memories other than 0 with their number."""
    return f"memory{mem or ''}[0x{ea:x}:0x{ea + n:x}]"


def _load(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    mem, ea, n = access_range(at, popped)
    place = memory_text(mem, ea, n)
    memory = at.code.instance.mems[mem]
    if ea + n > memory.size:
        return f"reads {place} and traps: memory ends at 0x{memory.size:x}"
    py = at.instr.row.py
    raw = int.from_bytes(memory.read(ea, n), "little")
    return f"reads {place}, {_pushes(target, at, py(raw))}" if py else f"reads {place}"


def _store(_target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    mem, ea, n = access_range(at, popped)
    place = memory_text(mem, ea, n)
    memory = at.code.instance.mems[mem]
    if ea + n > memory.size:
        return f"writes {place} and traps: memory ends at 0x{memory.size:x}"
    return f"writes {place}"


def _only_reads(at: Position) -> bool:
    """Tell whether an instruction on the machine's state changes none of it: it can be tried."""
    row = at.instr.row
    pushes = bool(at.code.signature(at.pc)[1])
    return pushes and not row.allocates and row.grows is None and row.access is None


def _state(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    from wasmlab.runtime.verbs import machine_of

    row = at.instr.row
    if row.py is None or not _only_reads(at):
        return ""
    machine = machine_of(at.code.instance)
    return _pushes(target, at, row.py(machine, *at.instr.imms, *(v.bits for v in popped)))


_OUTCOMES: dict[Kind, Callable[[Target, Position, tuple[Value, ...]], str]] = {
    Kind.PURE: _pure,
    Kind.LOAD: _load,
    Kind.STORE: _store,
    Kind.STATE: _state,
}


def _local(at: Position) -> str:
    return local_name(at.code.instance.module, at.func.index, at.instr.idx(0))


def _local_get(target: Target, at: Position, _popped: tuple[Value, ...]) -> str:
    value = local_value(target, at, at.instr.idx(0))
    return f"local.get pushes {value.text}, the value of {_local(at)}"


def _local_set(_target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    verb = "copies" if at.code.signature(at.pc)[1] else "pops"
    return f"{at.instr.row.mnemonic} {verb} {popped[0].text} into {_local(at)}"


def _global_get(target: Target, at: Position, _popped: tuple[Value, ...]) -> str:
    index, instance = at.instr.idx(0), at.code.instance
    variable = instance.globals[index]
    value = shown_value(target.store, variable.type.value, read_global(target.store, variable))
    name = global_name(instance.module, index)
    shown = name if name.startswith("$") else f"global {name}"
    return f"global.get pushes {value.text}, the value of {shown}"


def _global_set(_target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    name = global_name(at.code.instance.module, at.instr.idx(0))
    return f"global.set pops {popped[0].text} into {name}"


def _condition(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    condition = popped[-1]
    met, unmet = (
        ("goes into the if", "goes to the else or end")
        if at.instr.row.flow is Flow.IF
        else (_branch_text(target, at, 0), "goes on")
    )
    return f"{at.instr.row.mnemonic} pops {condition.text}: {met if condition.bits else unmet}"


def _branch(target: Target, at: Position, _popped: tuple[Value, ...]) -> str:
    return f"br {_branch_text(target, at, 0)}"


def _branch_table(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    index, last = popped[-1].bits, len(at.code.targets(at.pc)) - 1
    default = "the default, " if index >= last else ""
    return f"br_table pops {index}: {default}{_branch_text(target, at, min(index, last))}"


def _branch_text(target: Target, at: Position, number: int) -> str:
    """Return where the branch goes, of several labels to that number."""
    to, index = at.code.targets(at.pc)[number], at.code.indices[at.pc]
    if to.block < 0:
        return f"returns from {inst_name(at.func)}"
    instance = at.code.instance
    names = instance.module.names.labels.get(at.func.index, {})
    name = shown_name(names.get(at.code.typed.open_blocks(index).get(to.block, -1)), "")
    place = location(target, at.func, at.code.instrs[at.code.target_pc(to)].offset)
    where = f"0x{place.offset:x}" if place.line is None else f"line {place.line}"
    what = "the beginning of the loop" if to.is_loop else "after the end of the block"
    return f"branches to {where}, {what} {name}".rstrip()


def _select(_target: Target, _at: Position, popped: tuple[Value, ...]) -> str:
    first, second, condition = popped
    kept = first if condition.bits else second
    return f"select pops {_listed(popped)}, pushes {kept.text}"


def _call(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    from wasmlab.debug.views.coming_call import coming_arguments

    callee = at.code.instance.funcs[at.instr.idx(0)]
    texts = [found.text for found in coming_arguments(target, at, popped) if found.text]
    args = ", ".join(texts or (v.text for v in popped))
    return f"{at.instr.row.mnemonic} enters {inst_name(callee)}({args})"


def _indirect(target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    """Say which function the index popped stands for; one of another type traps."""
    mnemonic, table = at.instr.row.mnemonic, at.code.instance.tables[at.instr.idx(1)]
    pops = f"{mnemonic} pops {_listed(popped)}"
    try:
        ref = table.get(popped[-1].bits)
    except Trap:
        return f"{pops} and traps: the table ends at {table.size:,}"
    return f"{pops}, the index of {reference_text(target.store, ref)}"


def _end(_target: Target, at: Position, popped: tuple[Value, ...]) -> str:
    results = f" with {_listed(popped)}" if popped else ""
    return f"returns from {inst_name(at.func)}{results}"


_SPECIAL: dict[str, Callable[[Target, Position, tuple[Value, ...]], str]] = {
    "local.get": _local_get,
    "local.set": _local_set,
    "local.tee": _local_set,
    "global.get": _global_get,
    "global.set": _global_set,
    "if": _condition,
    "br_if": _condition,
    "br": _branch,
    "br_table": _branch_table,
    "select": _select,
    "select t": _select,
    "call": _call,
    "return_call": _call,
    "call_indirect": _indirect,
    "return_call_indirect": _indirect,
    "end": _end,
    "return": _end,
}
