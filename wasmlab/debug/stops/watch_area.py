"""From the text of a watchpoint to what it watches: bytes, a global, or a local of a frame."""

from __future__ import annotations

import re

from wasmlab.binary.body import decode_body
from wasmlab.debug.stops.accesses import Area
from wasmlab.debug.stops.activation import Activation, activation_of
from wasmlab.debug.stops.scope import (
    IN_FRAME,
    frame_above,
    global_index,
    local_index,
    no_local,
    shared_global,
    shown_global,
)
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import Position, Target, selected_position
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import BadExpression, NotInMemory, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ROWS
from wasmlab.records import dataclass, replace
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.operand import offsets_of

if TYPE_CHECKING:
    from wasmlab.runtime.store import FuncInst, GlobalInst, ModuleInst
    from wasmlab.syntax.types import ValType

_NUMBER = r"0x[0-9a-fA-F]+|\d{1,20}"
_MEMORY = re.compile(rf"memory(\d{{0,9}})\[({_NUMBER})(?:\s*:\s*({_NUMBER}))?\]")
_TYPED = re.compile(rf"[iuf](8|16|32|64)\[({_NUMBER})\]")
_GLOBAL = re.compile(r"global(?:\s+|\s*\.\s*|\s*\[)\s*(\$?[^\]]+?)\s*\]?")
_GROW = next(row for row in ROWS if row.grows_memory)


LONGEST = 1 << 16
"""Bytes of memory that are watched, shown or asked about at once."""


@dataclass(frozen=True, slots=True)
class WatchArea:
    """What is watched: bytes of a memory, a global, or a local in one frame."""

    text: str
    """As messages name it: as it was typed, and of a local the function too."""
    area: Area | None = None
    memory: tuple[int, int] = (0, 0)
    """Where the memory of ``area`` is: the number of its instance, and its index there."""
    variable: GlobalInst | None = None
    frame: Activation | None = None
    slot: int = 0
    """The local's first, relative to FP."""
    local: int = 0
    type: ValType | None = None
    """The local's."""

    @property
    def again(self) -> str:
        """What names it whatever is being called; empty for a local, whose frame is gone then.

        A local may have the name of a global.
        """
        if self.frame is not None:
            return ""
        is_named = self.variable is not None and not self.text.startswith("global")
        return f"global {self.text}" if is_named else self.text


def in_frame(target: Target, text: str) -> tuple[str, Position | None]:
    """Return what a text names, and its frame: the selected one, for ``$x@1`` that one's caller.

    BadExpression if there is no such frame of a module's function.
    """
    selected, name = selected_position(target), text.strip()
    if selected is not None and local_index(selected.code, name.removeprefix("$")) is not None:
        return name, selected
    found = IN_FRAME.fullmatch(name)
    if found is None:
        return name, selected
    record = target.store.agent.depth - 1 - target.selected
    return found[1], frame_above(target, record, int(found[2]))


def parse_watch_area(target: Target, text: str) -> WatchArea:
    """Return what a text names, to be watched; BadExpression if there is nothing of the kind.

    Bytes that are not in memory now are taken if memory may grow to have them, see ``in_memory``.
    """
    text, at = in_frame(target, text)
    instance = target.program.instance if at is None else at.code.instance
    if found := _MEMORY.fullmatch(text):
        start = int(found[2], 0)
        end = int(found[3], 0) if found[3] else start + 1
        return watched_bytes(target, text, instance, int(found[1] or 0), start, end)
    if found := _TYPED.fullmatch(text):
        start = int(found[2], 0)
        return watched_bytes(target, text, instance, 0, start, start + int(found[1]) // 8)
    if found := _GLOBAL.fullmatch(text):
        index = global_index(instance, found[1].lstrip("$"))
        if index is None:
            hint = shared_global(instance, found[1].lstrip("$"))
            raise BadExpression(f"there is no global {found[1]}", hint=hint)
        return WatchArea(text, variable=instance.globals[index])
    name = text.removeprefix("$")
    index = None if at is None else local_index(at.code, name)
    if index is not None and at is not None:
        types = at.code.typed.locals
        return WatchArea(
            f"{text} of {_frame_text(target, at)}",
            frame=activation_of(target, at),
            slot=offsets_of(types)[index],
            local=index,
            type=types[index],
        )
    index = shown_global(instance, name)
    if index is not None:
        return WatchArea(text, variable=instance.globals[index])
    if at is not None and text.startswith("$"):
        raise no_local(at, name, text)
    usual = "memory[0x10:0x14], i32[0x10], global 0, $x, $x@1"
    raise BadExpression(f"there is no {text!r} here", hint=usual)


def _frame_text(target: Target, at: Position) -> str:
    """Return the function of a frame; if it is being called several times, which call it is."""
    agent, addr = target.store.agent, at.func.addr
    calls = [n for n in range(agent.depth) if agent.record(n, FUNC) == addr]
    which = f", call {calls.index(at.number) + 1} of {len(calls)}" if len(calls) > 1 else ""
    return f"{inst_name(at.func)}{which}"


def watched_bytes(
    target: Target, text: str, instance: ModuleInst, memory: int, start: int, end: int
) -> WatchArea:
    """Return bytes of an instance's memory, to be watched; BadExpression."""
    number = next(n for n, i in enumerate(target.store.instances) if i is instance)
    return WatchArea(text, _area(target, instance, memory, start, end), (number, memory))


def rebase(target: Target, what: WatchArea) -> WatchArea:
    """Return the same places in another store of the same modules."""
    store = target.store
    if what.area is not None:
        instance, memory = what.memory
        return replace(what, area=what.area._replace(space=store.instances[instance].mems[memory]))
    if what.variable is not None:
        slot = what.variable.slot
        return replace(what, variable=next(g for g in store.globals if g.slot == slot))
    return replace(what, frame=replace(what.frame) if what.frame else None)


def _area(target: Target, instance: ModuleInst, index: int, start: int, end: int) -> Area:
    if index >= len(instance.mems):
        raise BadExpression(f"there is no memory {index}")
    memory = instance.mems[index]
    if start >= end:
        raise BadExpression(f"0x{start:x} to 0x{end:x} has no bytes")
    if end - start > LONGEST:
        raise BadExpression(f"{end - start:,} bytes are too many", hint=f"at most {LONGEST:,}")
    if end > memory.size and not (end <= _most(memory) and _is_grown(target, memory)):
        has = f"it has 0x{memory.size:x} bytes"
        raise BadExpression(f"0x{start:x} to 0x{end:x} is not in memory, nor will be: {has}")
    return Area(memory, start, end)


def in_memory(area: Area) -> Area:
    """Return an area all of which is there at this step; NotInMemory for another."""
    if isinstance(area.space, Memory) and area.end > area.space.size:
        hint = f"memory has 0x{area.space.size:x} bytes"
        raise NotInMemory(f"0x{area.start:x} to 0x{area.end:x} is {NOT_IN_MEMORY}", hint=hint)
    return area


def _most(memory: Memory) -> int:
    """Return how many bytes a memory may ever have."""
    return memory.max_pages * memory.type.page_size


def _is_grown(target: Target, memory: Memory) -> bool:
    """Return whether a function has an instruction that grows a memory."""
    return any(
        _grows(func, number)
        for func in target.store.funcs
        if func.instance is not None
        for number, known in enumerate(func.instance.mems)
        if known is memory
    )


def _grows(func: FuncInst, memory: int) -> bool:
    if func.func is None or func.instance is None:
        return False
    module, span = func.instance.module, func.func.body
    body, opcode = module.data[span.start : span.end], bytes(_GROW.opcode)
    low = memory & 0x7F
    if not any(opcode + bytes((first,)) in body for first in (low, low | 0x80)):
        return False  # most functions, which need not be decoded
    try:
        instrs = decode_body(module, func.func).instrs
    except WasmlabError:
        return False  # it traps when it is called
    return any(i.row.grows_memory and i.imms[0] == memory for i in instrs)
