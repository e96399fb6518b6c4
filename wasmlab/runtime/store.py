"""The store: everything that instances share, and the instances themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from wasmlab.errors import Exhaustion, TrapCode
from wasmlab.runtime.arena import slot_arena
from wasmlab.runtime.frame import Agent, Limits
from wasmlab.runtime.heap import Heap
from wasmlab.runtime.memory import Memory, MemoryBudget
from wasmlab.runtime.reference import func_ref
from wasmlab.runtime.table import Table
from wasmlab.syntax.types import DefType, GlobalType, TagType, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wasmlab.runtime.host import HostFunc
    from wasmlab.runtime.observer import Observer
    from wasmlab.syntax.module import Func, Module

_GLOBAL_SLOTS = 1 << 20


@dataclass(slots=True, eq=False)
class FuncInst:
    """A function instance: of a module (``func``) or of the host (``host``)."""

    addr: int
    type: DefType
    index: int = 0
    """Index in its module's function index space; for host functions 0."""
    instance: ModuleInst | None = None
    func: Func | None = None
    host: HostFunc | None = None
    code: Any = None
    """What a tier made of the body, once it was called."""


@dataclass(slots=True, eq=False)
class GlobalInst:
    """A global variable: its first slot in the store's arena of globals."""

    type: GlobalType
    slot: int


@dataclass(slots=True, eq=False)
class TagInst:
    """An exception tag; identity is what counts."""

    type: TagType
    addr: int


Extern = FuncInst | Table | Memory | GlobalInst | TagInst


class Status(Enum):
    """Why a run of a tier ended, if it was no error."""

    FUEL = auto()
    """``limit`` ticks are reached."""
    PROBE = auto()
    """The next instruction has a probe, whose predicate holds."""
    DONE = auto()
    """The invocation's first frame has returned; its results are where its arguments were."""


@dataclass(slots=True, eq=False)
class Store:
    """All mutable state of a run; ``tick`` counts completed instructions."""

    limits: Limits = field(default_factory=Limits)
    tick: int = 0
    funcs: list[FuncInst] = field(default_factory=list[FuncInst])
    tables: list[Table] = field(default_factory=list[Table])
    mems: list[Memory] = field(default_factory=list[Memory])
    globals: list[GlobalInst] = field(default_factory=list[GlobalInst])
    tags: list[TagInst] = field(default_factory=list[TagInst])
    instances: list[ModuleInst] = field(default_factory=list["ModuleInst"])
    handles: list[object] = field(default_factory=list[object])
    """Host objects that external references stand for; append-only."""
    global_slots: memoryview[int] = field(default_factory=lambda: slot_arena(_GLOBAL_SLOTS))
    global_count: int = 0
    heap: Heap = field(init=False)
    roots: Callable[[], Iterable[int]] = tuple
    """References that keep objects alive: from stacks, locals, globals and tables."""
    host_calls: Callable[[HostFunc, Any, tuple[int, ...]], Sequence[int]] | None = None
    """Calls a host function: ``engine.host_calls.HostCalls``; None: it is called directly."""
    poll: Callable[[], None] | None = None
    """Called now and then between instructions, and between the parts of a bulk instruction; what
    it raises ends the run there."""
    tier: Callable[[Store, int], Status] | None = None
    """What runs it, with the contract of ``exec.machine.run``; None: that itself."""
    bound: Callable[[Any], None] | None = None
    """Told of the code of each function that is bound, before it runs."""
    observer: Observer | None = None
    """What is noted of its instructions; ``exec.observe.observed`` sets it."""
    agent: Agent = field(init=False)
    budget: MemoryBudget = field(init=False)

    def __post_init__(self) -> None:
        """Reserve the arenas."""
        self.agent = Agent(self.limits)
        self.heap = Heap(self.limits.heap // 8)
        self.budget = MemoryBudget(self.limits.memory)


@dataclass(slots=True, eq=False)
class ModuleInst:
    """A module instance: index spaces as lists, imports first."""

    module: Module
    store: Store
    name: str = ""
    funcs: list[FuncInst] = field(default_factory=list[FuncInst])
    tables: list[Table] = field(default_factory=list[Table])
    mems: list[Memory] = field(default_factory=list[Memory])
    globals: list[GlobalInst] = field(default_factory=list[GlobalInst])
    tags: list[TagInst] = field(default_factory=list[TagInst])
    elems: list[Sequence[int]] = field(default_factory=list["Sequence[int]"])
    dropped_datas: set[int] = field(default_factory=set[int])
    exports: dict[str, Extern] = field(default_factory=dict[str, Extern])

    def data(self, x: int) -> bytes:
        """Return data segment x, empty once it is dropped."""
        if x in self.dropped_datas:
            return b""
        span = self.module.datas[x].init
        return self.module.data[span.start : span.end]

    def drop_data(self, x: int) -> None:
        """Drop data segment x."""
        self.dropped_datas.add(x)

    def elem(self, x: int) -> Sequence[int]:
        """Return element segment x as references, empty once it is dropped."""
        return self.elems[x]

    def drop_elem(self, x: int) -> None:
        """Drop element segment x."""
        self.elems[x] = ()

    def func_ref(self, x: int) -> int:
        """Return the reference to function x."""
        return func_ref(self.funcs[x].addr)


def alloc_func(store: Store, deftype: DefType) -> FuncInst:
    """Add a function to the store; the caller says whose it is."""
    func = FuncInst(len(store.funcs), deftype)
    store.funcs.append(func)
    return func


def alloc_host_func(store: Store, host: HostFunc, deftype: DefType) -> FuncInst:
    """Add a host function to the store."""
    func = alloc_func(store, deftype)
    func.host = host
    return func


def alloc_global(store: Store, globaltype: GlobalType, bits: int) -> GlobalInst:
    """Add a global variable to the store; Exhaustion if the arena is full."""
    width = slots(globaltype.value)
    if store.global_count + width > len(store.global_slots):
        raise Exhaustion(TrapCode.MEMORY_EXHAUSTED, "too many globals")
    variable = GlobalInst(globaltype, store.global_count)
    store.global_count += width
    store.globals.append(variable)
    write_global(store, variable, bits)
    return variable


def read_global(store: Store, variable: GlobalInst) -> int:
    """Return a global's bits, 128 of them for a v128."""
    low = store.global_slots[variable.slot]
    if slots(variable.type.value) == 1:
        return low
    return low | store.global_slots[variable.slot + 1] << 64


def write_global(store: Store, variable: GlobalInst, bits: int) -> None:
    """Set a global's bits."""
    store.global_slots[variable.slot] = bits & 0xFFFF_FFFF_FFFF_FFFF
    if slots(variable.type.value) > 1:
        store.global_slots[variable.slot + 1] = bits >> 64
