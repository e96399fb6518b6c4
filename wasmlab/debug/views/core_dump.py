"""Wasm core dumps: the state of a program as a module of its own, for other tools.

Source: WebAssembly tool-conventions, Coredump.md. The custom sections are ``core`` (the program's
name), ``coremodules``, ``coreinstances`` (module, memories and globals of each) and ``corestack``
(the frames, innermost first). Memories are memories with active data segments, globals are
constants. Values that the format has no form for (vectors, references) are missing in frames, and
references are null in globals.
"""

from __future__ import annotations

from wasmlab.binary import write
from wasmlab.debug.views.target import position
from wasmlab.engine.work import looking
from wasmlab.exec.roots import typed_slots
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FUNC
from wasmlab.runtime.operand import read_operand
from wasmlab.runtime.store import read_global
from wasmlab.syntax.types import I32, I64, NumType, RefType, slot_count
from wasmlab.valid.matching import top

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.types import ValType

_MEMORY, _GLOBAL, _DATA = 5, 6, 11
_CHUNK = 4096
_MOST_SEGMENTS = 50_000
"""Data segments that a memory is written as; engines accept 100,000 in a module."""
_MISSING = b"\1"
_THREAD = "main"


def core_dump(target: Target) -> bytes:
    """Return the present state of a program as a core dump; Interrupted."""
    store = target.store
    memories = list({id(m): m for i in store.instances for m in i.mems}.values())
    segments = [part for index, m in enumerate(memories) for part in _segments(target, index, m)]
    sections = [
        write.custom("core", b"\0" + write.name(target.program.module.name)),
        write.custom("coremodules", _modules(store)),
        write.custom("coreinstances", _instances(store, memories)),
        write.custom("corestack", b"\0" + write.name(_THREAD) + write.vector(_frames(target))),
        write.section(
            _MEMORY, write.vector(write.memtype(m.type, m.pages, m.max_pages) for m in memories)
        ),
        write.section(_GLOBAL, write.vector(_globals(store))),
        write.section(_DATA, write.vector(segments)),
    ]
    return write.PREAMBLE + b"".join(sections)


def _modules(store: Store) -> bytes:
    return write.vector(b"\0" + write.name(instance.name) for instance in store.instances)


def _instances(store: Store, memories: list[Memory]) -> bytes:
    memory_of = {id(m): write.unsigned(index) for index, m in enumerate(memories)}
    global_of = {id(g): write.unsigned(index) for index, g in enumerate(store.globals)}
    return write.vector(
        b"\0"
        + write.unsigned(number)
        + write.vector(memory_of[id(m)] for m in instance.mems)
        + write.vector(global_of[id(g)] for g in instance.globals)
        for number, instance in enumerate(store.instances)
    )


def _globals(store: Store) -> Iterator[bytes]:
    for variable in store.globals:
        t = _plain(variable.type.value)
        yield write.globaltype(t) + write.constant(t, read_global(store, variable))


def _plain(t: ValType) -> ValType:
    """Return a type that needs no definition: of a reference, the top of its hierarchy."""
    return RefType(nullable=True, heap=top(t.heap)) if isinstance(t, RefType) else t


# --- frames -------------------------------------------------------------------------------------


def _frames(target: Target) -> Iterator[bytes]:
    agent, funcs = target.store.agent, target.store.funcs
    for number in range(agent.depth - 1, -1, -1):
        target.work.look()  # a body may have to be decoded first
        if funcs[agent.record(number, FUNC)].host is None:
            at = position(target, number)
            if at is not None:
                yield _frame(target.store, at, waits=number < agent.depth - 1)


def _frame(store: Store, at: Position, *, waits: bool) -> bytes:
    body = at.func.func.body if at.func.func is not None else at.instr[-1:]
    values = list(typed_slots(at.code, at.pc, waits=waits))
    count = len(at.code.typed.locals)
    hidden = at.code.local_slots - slot_count(at.code.typed.locals)
    operands = values[count : len(values) - hidden]
    number = next(n for n, i in enumerate(store.instances) if i is at.code.instance)
    return b"".join(
        (
            b"\0",
            write.unsigned(number),
            write.unsigned(at.func.index),
            write.unsigned(at.instr.offset - body[0]),
            write.vector(_value(store, at.fp + slot, t) for slot, t in values[:count]),
            write.vector(_value(store, at.fp + slot, t) for slot, t in operands),
        )
    )


def _value(store: Store, slot: int, t: ValType) -> bytes:
    if not isinstance(t, NumType):
        return _MISSING
    return write.valtype(t) + write.value(t, read_operand(store.agent.stack, slot, t))


# --- memories -----------------------------------------------------------------------------------


def _segments(target: Target, index: int, memory: Memory) -> Iterator[bytes]:
    """Yield active data segments for what is not zero; neighbours are joined, more so if many."""
    size, gap = _CHUNK, 0
    runs = list(_runs(target, memory, size, gap))
    while len(runs) > _MOST_SEGMENTS:
        gap = 2 * gap + size
        runs = list(_runs(target, memory, size, gap))
    kind = b"\0" if index == 0 else b"\2" + write.unsigned(index)
    address = I64 if memory.type.addr is I64 else I32
    for start, end in looking(target.work, runs):
        content = bytes(memory.data[start:end]).rstrip(b"\0")
        yield kind + write.constant(address, start) + write.sized(content)


def _runs(target: Target, memory: Memory, size: int, gap: int) -> Iterator[tuple[int, int]]:
    """Yield where bytes are that are not zero, in pieces of size; gaps up to ``gap`` are in."""
    begun: int | None = None
    end = 0
    for start in looking(target.work, range(0, memory.size, size)):
        stop = min(start + size, memory.size)
        if not bytes(memory.data[start:stop]).strip(b"\0"):
            continue
        if begun is not None and start - end > gap:
            yield begun, end
            begun = None
        begun = start if begun is None else begun
        end = stop
    if begun is not None:
        yield begun, end
