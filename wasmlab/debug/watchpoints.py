"""Watchpoints: stop where a memory range, a global or a local is read or written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from wasmlab.debug.access import (
    LOCAL_WRITES,
    Area,
    coming_answer,
    host_areas,
    host_writes,
    memory_reads,
    memory_writes,
)
from wasmlab.debug.activation import (
    activation_of,
    find_begin,
    is_alive,
    is_frame,
    is_there,
    note_end,
)
from wasmlab.debug.filters import touch_filter
from wasmlab.debug.scan import Filtered, filtered_where
from wasmlab.debug.scope import global_index, local_index
from wasmlab.debug.shown import shown_value
from wasmlab.debug.target import position
from wasmlab.debug.view import Watchpoint
from wasmlab.engine.recording.recorder import goto as stand_at
from wasmlab.errors import BadExpression
from wasmlab.exec.bind import offsets_of, read_operand
from wasmlab.exec.callee import CALLS
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.probe import ALWAYS
from wasmlab.runtime.store import read_global

if TYPE_CHECKING:
    from wasmlab.debug.activation import Activation
    from wasmlab.debug.stepping import Control
    from wasmlab.debug.target import Position, Target
    from wasmlab.engine.recording.journal import Answer
    from wasmlab.exec.code import Code
    from wasmlab.runtime.probe import Filter
    from wasmlab.runtime.store import GlobalInst, ModuleInst
    from wasmlab.syntax.types import ValType

ACCESSES = {"w", "r", "rw"}
_NUMBER = r"0x[0-9a-fA-F]+|\d{1,20}"
_MEMORY = re.compile(rf"memory(\d{{0,9}})\[({_NUMBER})(?:\s*:\s*({_NUMBER}))?\]")
_TYPED = re.compile(rf"[iuf](8|16|32|64)\[({_NUMBER})\]")
_GLOBAL = re.compile(r"global(?:\s+|\.|\[)\s*(\$?[^\]\s]+)\]?")
_IN_FRAME = re.compile(r"(\$?[^\s@]+)@([0-9]{1,9})")
_LOCAL = re.compile(r"\$?(\S+)")


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: bytes of a memory, a global, or a local in one frame."""

    text: str
    area: Area | None = None
    memory: tuple[int, int] = (0, 0)
    """Of ``area``: the instance and the number of its memory."""
    variable: GlobalInst | None = None
    frame: Activation | None = None
    slot: int = 0
    """The local's first, relative to FP."""
    local: int = 0
    type: ValType | None = None
    """The local's."""


@dataclass(slots=True)
class Watch:
    """A watchpoint as set; ``probes`` are the instructions that may touch what it watches."""

    number: int
    watched: Watched
    access: str
    probes: Filtered
    enabled: bool = True


def in_frame(target: Target, text: str) -> tuple[str, Position | None]:
    """Return what a text names, and the frame it is of: ``$x@1`` is the caller's, else innermost.

    Frames count from the innermost, as ``bt`` shows them. BadExpression if there is none.
    """
    innermost, found = position(target), _IN_FRAME.fullmatch(text.strip())
    if not found or (innermost and local_index(innermost.code, found[0]) is not None):
        return text.strip(), innermost
    number = target.store.agent.depth - 1 - int(found[2])
    at = position(target, number) if number >= 0 else None
    if at is None:
        raise BadExpression(f"frame {found[2]} is none of a module's function", hint="see bt")
    return found[1], at


def watched(target: Target, text: str) -> Watched:
    """Return what a person means by a text; BadExpression."""
    text, at = in_frame(target, text)
    instance = target.program.instance if at is None else at.code.instance
    if found := _MEMORY.fullmatch(text):
        start = int(found[2], 0)
        end = int(found[3], 0) if found[3] else start + 1
        return _bytes(target, text, instance, int(found[1] or 0), start, end)
    if found := _TYPED.fullmatch(text):
        start = int(found[2], 0)
        return _bytes(target, text, instance, 0, start, start + int(found[1]) // 8)
    if found := _GLOBAL.fullmatch(text):
        index = global_index(instance, found[1].lstrip("$"))
        if index is None:
            raise BadExpression(f"there is no global {found[1]}")
        return Watched(text, variable=instance.globals[index])
    found = _LOCAL.fullmatch(text)
    index = local_index(at.code, found[1]) if found and at is not None else None
    if index is not None and at is not None:
        types = at.code.typed.locals
        return Watched(
            text,
            frame=activation_of(target, at),
            slot=offsets_of(types)[index],
            local=index,
            type=types[index],
        )
    raise BadExpression(
        f"there is no {text!r} to watch here",
        hint="memory[0x10:0x14], i32[0x10], global 0, $x, $x@1",
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
    return replace(what, frame=replace(what.frame) if what.frame else None)


def _area(instance: ModuleInst, memory: int, start: int, end: int) -> Area:
    if memory >= len(instance.mems):
        raise BadExpression(f"there is no memory {memory}")
    if not start < end <= instance.mems[memory].size:
        size = instance.mems[memory].size
        raise BadExpression(f"0x{start:x} to 0x{end:x} is not in memory, which has 0x{size:x}")
    return Area(instance.mems[memory], start, end)


def _touching(what: Watched, access: str, code: Code, pc: int) -> Filter | None:
    """Return a filter for where an instruction reads or writes what is watched; None: nowhere."""
    instr = code.instrs[pc]
    rule = instr.row.rule
    reads, writes = "r" in access, "w" in access
    if what.area is not None:
        if what.area.space not in code.instance.mems:
            return None
        return touch_filter(code, pc, what.area, reads=reads, writes=writes)
    if what.variable is not None:
        wanted = (reads and rule == "global.get") or (writes and rule == "global.set")
        if wanted and code.instance.globals[cast("int", instr.imms[0])] is what.variable:
            return ALWAYS
        return None
    wanted = (reads and rule == "local.get") or (writes and rule in LOCAL_WRITES)
    if what.frame is None or not wanted:
        return None
    is_it = code.addr == what.frame.addr and instr.imms[0] == what.local
    return what.frame.frame if is_it else None


def probes_of(target: Target, what: Watched, access: str) -> Filtered:
    """Return the instructions that may touch what is watched."""
    return filtered_where(target, lambda code, pc: _touching(what, access, code, pc))


def ends_of(watch: Watch) -> Filtered:
    """Return what runs when the frame has gone whose local is watched."""
    return Filtered() if watch.watched.frame is None else watch.watched.frame.ends


def note_ends(control: Control, at: Position) -> None:
    """Note which watched frames the next instruction shows to be gone."""
    for watch in control.points.watches.values():
        if watch.watched.frame is not None:
            note_end(control, watch.watched.frame, at)


def find_begins(control: Control) -> None:
    """Find out when watched frames began; the program stays where it is."""
    unknown = [w.watched.frame for w in control.points.watches.values() if w.watched.frame]
    origin = control.recorder.tick
    for frame in unknown:
        find_begin(control, frame)
    if control.recorder.tick != origin:
        stand_at(control.recorder, origin)


def touches(control: Control, what: Watched, access: str, at: Position) -> bool:
    """Return whether the next instruction touches what is watched; ``at`` is one of its probes.

    A host call that was not made yet counts as touching memory.
    """
    area = what.area
    if area is None:
        frame = what.frame
        return frame is None or (is_frame(frame, at) and is_alive(control, frame))
    target = control.target
    if at.instr.row.rule in CALLS:
        answer = coming_answer(control.recorder)
        if answer is None:
            return False
        writes = "w" in access and host_writes(control.recorder, target, at, answer, area)
        return writes or _touched_by(target, area, access, at, answer)
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


def value_text(target: Target, what: Watched) -> str:
    """Return what is watched as it is now: bytes in hex, or the value; empty without its frame."""
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
    frame, t = what.frame, what.type
    if frame is None or t is None or not is_there(target, frame):
        return ""
    bits = read_operand(store.agent.stack, frame.fp + what.slot, t)
    return shown_value(store, t, bits).text


def shown_watch(control: Control, watch: Watch) -> Watchpoint:
    """Return a watchpoint as front ends show it."""
    frame = watch.watched.frame
    gone = frame is not None and not is_alive(control, frame)
    now = "" if gone else value_text(control.target, watch.watched)
    return Watchpoint(watch.number, watch.watched.text, watch.access, now, watch.enabled)
