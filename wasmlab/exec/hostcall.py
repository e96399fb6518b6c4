"""Calling host functions: their arguments, their view of memory, and the record of the call."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import (
    Crash,
    Exhaustion,
    HostError,
    Interrupted,
    OutOfFuel,
    ProcExit,
    TimelineEnd,
    Trap,
    TrapCode,
    WasmException,
    WouldBlock,
)
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import dataclass, field
from wasmlab.runtime.frame import FP, FRAME_WORDS, PC
from wasmlab.runtime.fuel import BYTES_SHIFT, can_move, exhaust
from wasmlab.runtime.host import MadeAgain
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.operand import mask_of, offsets_of, read_operand, write_operand
from wasmlab.syntax.types import func_type, slot_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.runtime.host import Content, HostFunc, RecordedCaller
    from wasmlab.runtime.store import FuncInst, ModuleInst, Store


@dataclass(slots=True)
class RecordedMemory:
    """A memory that notes what a host function reads and writes."""

    memory: Memory
    reads: list[tuple[int, bytes]]
    writes: list[tuple[int, Content]]

    @property
    def size(self) -> int:
        """Current size in bytes."""
        return self.memory.size

    def read(self, addr: int, n: int) -> bytes:
        """Return n bytes from addr on; Trap(OUT_OF_BOUNDS_MEMORY)."""
        data = self.memory.read(addr, n)
        self.reads.append((addr, data))
        return data

    def write(self, addr: int, data: Content) -> None:
        """Write data at addr; Trap(OUT_OF_BOUNDS_MEMORY) before anything is written."""
        self.memory.check(addr, len(data))
        self.memory.budget.need(len(data))
        self.memory.write(addr, bytes(data))
        self.writes.append((addr, data if isinstance(data, MadeAgain) else bytes(data)))


@dataclass(slots=True)
class HostCaller:
    """The instance that called a host function, as far as the function may see it."""

    store: Store
    instance: ModuleInst | None
    reads: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    writes: list[tuple[int, Content]] = field(default_factory=list[tuple[int, "Content"]])

    @property
    def memory(self) -> RecordedMemory:
        """The caller's export "memory", or its first memory; Trap(HOST) if it has none."""
        exported, instance = self.exported_memory, self.instance
        if exported is not None:
            return exported
        if instance is None or not instance.mems:
            raise Trap(TrapCode.HOST, "the caller has no memory")
        return RecordedMemory(instance.mems[0], self.reads, self.writes)

    @property
    def exported_memory(self) -> RecordedMemory | None:
        """The caller's export "memory"; None if it exports none of that name."""
        memory = None if self.instance is None else self.instance.exports.get("memory")
        return (
            RecordedMemory(memory, self.reads, self.writes) if isinstance(memory, Memory) else None
        )

    @property
    def tick(self) -> int:
        """Instructions completed before this call."""
        return self.store.tick

    def need_fuel(self, nbytes: int) -> None:
        """Raise OutOfFuel if the call may not move so many bytes; to be asked before any effect."""
        if not can_move(self.store, nbytes >> BYTES_SHIFT):
            exhaust(self.store)
            raise OutOfFuel("the limit is reached")

    @property
    def moved(self) -> int:
        """How many bytes the call has read and written so far."""
        return sum(len(data) for touched in (self.reads, self.writes) for _, data in touched)


def call_host(store: Store, func: FuncInst, at: int, instance: ModuleInst | None) -> None:
    """Call a host function: arguments from slot at on, results in their place.

    Raises what the function raises, if it is an error of wasmlab, else HostError.
    """
    host = cast("HostFunc", func.host)
    functype = func_type(func.type)
    stack = store.agent.stack
    args = tuple(
        read_operand(stack, at + offset, t)
        for offset, t in zip(offsets_of(functype.params), functype.params, strict=True)
    )
    caller = HostCaller(store, instance)
    _push_host_frame(store, func, at + slot_count(functype.params))
    try:
        if store.host_calls is None:
            results = result_bits(host, call_python(host, caller, args))
        else:
            results = store.host_calls(host, caller, args)
    finally:
        store.agent.depth -= 1
    if store.fuel_end is not None:
        store.moved += caller.moved >> BYTES_SHIFT
    for offset, t, bits in zip(
        offsets_of(functype.results), functype.results, results, strict=True
    ):
        write_operand(stack, at + offset, t, bits)


def result_bits(host: HostFunc, results: Sequence[int]) -> tuple[int, ...]:
    """Return what a host function returned as bit patterns of its result types.

    HostError if it returned more or fewer values.
    """
    types = host.type.results
    if len(results) != len(types):
        raise HostError(f"{host.module}.{host.name} returned {counted(len(results), 'value')}")
    return tuple([bits & mask_of(t) for t, bits in zip(types, results, strict=True)])


_OF_PROGRAMS = (
    Trap, WasmException, HostError, ProcExit, WouldBlock, Interrupted, TimelineEnd, Crash,
)  # fmt: skip


def call_python(host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]) -> Sequence[int]:
    """Call the Python function of a host function.

    Raises what it raises, if that is an end or a pause of the program, else HostError.
    """
    try:
        return host.call(caller, *args)
    except _OF_PROGRAMS:
        raise
    except Exception as error:
        raise HostError(
            f"{host.module}.{host.name} raised {type(error).__name__}: {error}"
        ) from error


def _push_host_frame(store: Store, func: FuncInst, free: int) -> None:
    agent = store.agent
    if agent.depth >= agent.limits.frames:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{agent.depth} frames")
    word = agent.depth * FRAME_WORDS
    agent.frames[word] = func.addr
    agent.frames[word + PC] = 0
    agent.frames[word + FP] = free
    agent.depth += 1
