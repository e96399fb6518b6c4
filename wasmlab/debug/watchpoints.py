"""Watchpoints: stop where a memory range, a global or a local is read or written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from wasmlab.debug.access import (
    CALLS,
    LOCAL_WRITES,
    Area,
    coming_answer,
    host_areas,
    may_access,
    memory_reads,
    memory_writes,
)
from wasmlab.debug.scan import Probes, probes_where
from wasmlab.debug.shown import shown_value
from wasmlab.debug.symbols import global_name, local_name
from wasmlab.debug.target import position
from wasmlab.debug.view import Watchpoint
from wasmlab.errors import BadExpression
from wasmlab.exec.bind import offsets_of, read_operand
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.store import read_global

if TYPE_CHECKING:
    from wasmlab.debug.stepping import Control
    from wasmlab.debug.target import Position, Target
    from wasmlab.engine.recording.journal import Answer
    from wasmlab.exec.code import Code
    from wasmlab.runtime.store import FuncInst, GlobalInst, ModuleInst

ACCESSES = {"w", "r", "rw"}
_NUMBER = r"0x[0-9a-fA-F]+|\d+"
_MEMORY = re.compile(rf"memory(\d*)\[({_NUMBER})(?:\s*:\s*({_NUMBER}))?\]")
_TYPED = re.compile(rf"[iuf](8|16|32|64)\[({_NUMBER})\]")
_GLOBAL = re.compile(r"global(?:\s+|\.|\[)\s*(\$?[^\]\s]+)\]?")
_LOCAL = re.compile(r"\$?(\S+)")


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: bytes of a memory, a global, or a local of a function in any frame."""

    text: str
    area: Area | None = None
    memory: tuple[int, int] = (0, 0)
    """Of ``area``: the instance and the number of its memory."""
    variable: GlobalInst | None = None
    func: FuncInst | None = None
    local: int = 0


@dataclass(slots=True)
class Watch:
    """A watchpoint as set; ``probes`` are the instructions that may touch what it watches."""

    number: int
    watched: Watched
    access: str
    probes: Probes
    enabled: bool = True


def watched(target: Target, text: str) -> Watched:
    """Return what a person means by a text; BadExpression."""
    at = position(target)
    instance = target.program.instance if at is None else at.code.instance
    text = text.strip()
    if found := _MEMORY.fullmatch(text):
        start = int(found[2], 0)
        end = int(found[3], 0) if found[3] else start + 1
        return _bytes(target, text, instance, int(found[1] or 0), start, end)
    if found := _TYPED.fullmatch(text):
        start = int(found[2], 0)
        return _bytes(target, text, instance, 0, start, start + int(found[1]) // 8)
    if found := _GLOBAL.fullmatch(text):
        for index, variable in enumerate(instance.globals):
            name = global_name(instance.module, index)
            if found[1].lstrip("$") in {str(index), name.lstrip("$")}:
                return Watched(text, variable=variable)
        raise BadExpression(f"there is no global {found[1]}")
    found = _LOCAL.fullmatch(text)
    if found and at is not None:
        for index in range(len(at.code.typed.locals)):
            name = local_name(at.code.instance.module, at.func.index, index)
            if found[1] in {str(index), name.lstrip("$")}:
                return Watched(text, func=at.func, local=index)
    raise BadExpression(
        f"there is no {text!r} to watch here", hint="memory[0x10:0x14], i32[0x10], global 0, $x"
    )


def _bytes(
    target: Target, text: str, instance: ModuleInst, memory: int, start: int, end: int
) -> Watched:
    number = next(n for n, i in enumerate(target.store.instances) if i is instance)
    return Watched(text, _area(instance, memory, start, end), (number, memory))


def rebased(target: Target, what: Watched) -> Watched:
    """Return the same places in another store of the same modules."""
    store = target.store
    if what.area is not None:
        instance, memory = what.memory
        return replace(what, area=what.area._replace(space=store.instances[instance].mems[memory]))
    if what.variable is not None:
        slot = what.variable.slot
        return replace(what, variable=next(g for g in store.globals if g.slot == slot))
    return replace(what, func=store.funcs[what.func.addr if what.func else 0])


def _area(instance: ModuleInst, memory: int, start: int, end: int) -> Area:
    if memory >= len(instance.mems):
        raise BadExpression(f"there is no memory {memory}")
    if not start < end <= instance.mems[memory].size:
        size = instance.mems[memory].size
        raise BadExpression(f"0x{start:x} to 0x{end:x} is not in memory, which has 0x{size:x}")
    return Area(instance.mems[memory], start, end)


def may_touch(what: Watched, access: str, code: Code, pc: int) -> bool:
    """Return whether an instruction may read or write what is watched, as ``access`` asks."""
    instr = code.instrs[pc]
    rule = instr.row.rule
    reads, writes = "r" in access, "w" in access
    if what.area is not None:
        return what.area.space in code.instance.mems and may_access(
            code, pc, reads=reads, writes=writes
        )
    if what.variable is not None:
        wanted = (reads and rule == "global.get") or (writes and rule == "global.set")
        return wanted and code.instance.globals[cast("int", instr.imms[0])] is what.variable
    wanted = (reads and rule == "local.get") or (writes and rule in LOCAL_WRITES)
    return wanted and code.func is what.func and instr.imms[0] == what.local


def probes_of(target: Target, what: Watched, access: str) -> Probes:
    """Return the instructions that may touch what is watched."""
    return probes_where(target, lambda code, pc: may_touch(what, access, code, pc))


def touches(control: Control, what: Watched, access: str, at: Position) -> bool:
    """Return whether the next instruction touches what is watched; ``at`` is one of its probes.

    A host call that was not made yet counts as touching memory.
    """
    area = what.area
    if area is None:
        return True
    target = control.target
    if at.instr.row.rule in CALLS:
        answer = coming_answer(control.recorder)
        if answer is None:
            return False
        return _touched_by(target, area, access, at, answer)
    return ("r" in access and any(map(area.overlaps, memory_reads(target, at)))) or (
        "w" in access and any(map(area.overlaps, memory_writes(target, at)))
    )


def answered(control: Control, watch: Watch, at: Position, answer: Answer) -> bool:
    """Return whether a host call that ``at`` made touched what is watched."""
    area = watch.watched.area
    return area is not None and _touched_by(control.target, area, watch.access, at, answer)


def _touched_by(target: Target, area: Area, access: str, at: Position, answer: Answer) -> bool:
    reads = answer.record.reads if "r" in access else ()
    writes = answer.record.writes if "w" in access else ()
    return any(area.overlaps(other) for other in host_areas(target, at, (*reads, *writes)))


def value_text(target: Target, what: Watched, at: Position | None) -> str:
    """Return what is watched as it is now: bytes in hex, or the value."""
    store = target.store
    if what.area is not None:
        memory = what.area.space
        return (
            memory.read(what.area.start, what.area.end - what.area.start).hex(" ")
            if isinstance(memory, Memory)
            else ""
        )
    if what.variable is not None:
        variable = what.variable
        return shown_value(store, variable.type.value, read_global(store, variable)).text
    if at is None or at.func is not what.func:
        return ""
    t = at.code.typed.locals[what.local]
    slot = at.fp + offsets_of(at.code.typed.locals)[what.local]
    return shown_value(store, t, read_operand(store.agent.stack, slot, t)).text


def shown_watch(control: Control, watch: Watch) -> Watchpoint:
    """Return a watchpoint as front ends show it."""
    now = value_text(control.target, watch.watched, position(control.target))
    return Watchpoint(watch.number, watch.watched.text, watch.access, now, watch.enabled)
