"""The store: everything that instances share, the instances themselves, and bound bodies."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain

from wasmlab.errors import Crash, Exhaustion, TrapCode
from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import Enum, NamedTuple, auto, dataclass, field
from wasmlab.runtime.arena import slot_arena
from wasmlab.runtime.frame import Agent, FrameLayout, Limits
from wasmlab.runtime.heap import Heap
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.memory_budget import MemoryBudget
from wasmlab.runtime.reference import func_ref
from wasmlab.runtime.table import Table
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import DefType, GlobalType, TagType, ValType, slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from wasmlab.runtime.host import HostFunc, RecordedCaller
    from wasmlab.runtime.observer import Observer
    from wasmlab.runtime.probe import Predicate
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.module import Func, Module
    from wasmlab.valid.body import BranchTarget, TypedBody
    from wasmlab.valid.context import Sig

_GLOBAL_SLOTS = 1 << 20


@dataclass(slots=True, eq=False)
class FuncInst:
    """A function instance: of a module (``instance``) or of the host (``host``)."""

    addr: int
    type: DefType
    index: int = 0
    """Index in its module's function index space; for host functions 0."""
    instance: ModuleInst | None = None
    host: HostFunc | None = None
    code: Code | None = None
    """Its bound body, once it was called; ``exec.lazy_code.code_of`` binds it."""

    @property
    def func(self) -> Func | None:
        """What its module says of it; None for a host function."""
        if self.instance is None:
            return None
        module = self.instance.module
        return module.funcs[self.index - module.imported_funcs]

    @property
    def bound_code(self) -> Code:
        """The body of a function that was called. Raises Crash if it was not."""
        if self.code is None:
            raise Crash(f"function {self.addr} is not bound")
        return self.code


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


class Embedder(Protocol):
    """What Python has of a store."""

    def func(self, extern: FuncInst, /) -> object:
        """Return what Python has of a function."""
        ...


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
    moved: int = 0
    """Items that instructions have moved, beyond one fuel a tick; see ``runtime.fuel``."""
    fuel_end: int | None = None
    """It stops where ``tick + moved`` reaches this."""
    yields: bool = False
    """The run is to end before the next instruction, as if its fuel were spent; what drives the run
    takes this back."""
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
    host_calls: Callable[[HostFunc, RecordedCaller, tuple[int, ...]], Sequence[int]] | None = None
    """Calls a host function: ``engine.host_calls.HostCalls``; None: it is called directly."""
    poll: Callable[[], None] | None = None
    """Called now and then between instructions, and between the parts of a bulk instruction; what
    it raises ends the run there."""
    tier: Callable[[Store, int], Status] | None = None
    """What runs it, with the contract of ``exec.machine.run``; None: that itself."""
    known_layout: Callable[[FuncInst], FrameLayout | None] | None = None
    """Returns the layout of a function's frame if its body is known to be valid: an earlier run has
    encoded it."""
    keep: Callable[[], None] | None = None
    """Keeps on disk what the next run of its modules can begin with."""
    bound: Callable[[Code], None] | None = None
    """Told of the code of each function that is bound, before it runs."""
    observer: Observer | None = None
    """What is noted of its instructions; ``exec.observe.observed`` sets it."""
    embedder: Embedder | None = None
    """What Python has of it; None for the program of a session or of ``run``."""
    agent: Agent = field(init=False)
    budget: MemoryBudget = field(init=False)

    def __post_init__(self) -> None:
        """Reserve the arenas."""
        self.agent = Agent(self.limits)
        self.budget = MemoryBudget(self.limits.memory, self.limits.address_space)
        self.heap = self.budget.heap = Heap(self.limits.heap // 16 * 2, self.budget)


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
        span = self.module.initial.datas[x].span
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


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions that run one after the other, and the one that ends them, if any."""

    ops: tuple[Callable[[int], int | None], ...]
    pcs: tuple[int, ...]
    """The pcs of ops; then the pc of the control instruction, else of the next instruction."""
    control: Callable[[int], int] | None
    ticks: int
    end: int
    """The next pc if no control instruction ends the block."""
    is_hot_loop: bool = False
    """``control`` is a hot loop: it returns ``exec.code.HOT_LOOP``, after ``ticks`` instructions at
    most."""


class ExceptionHandler(NamedTuple):
    """A handler of the exceptions that are thrown between two instructions of the body."""

    first: int
    """Index of the instruction that opens the block; those after it are covered."""
    last: int
    """Index of the first instruction that is no longer covered."""
    tag: int | None
    """Index of the tag that it catches; None: it catches all, or delegates."""
    target: int
    """A pc; for delegate, the index of the block whose handlers are asked next."""
    height: int = 0
    """Slots of operands below what the handler gets."""
    delegates: bool = False
    gives_ref: bool = False
    """The exception is pushed as a reference, on top of the tag's arguments."""
    keep: int | None = None
    """The hidden local that keeps the exception (legacy)."""


@dataclass(slots=True, eq=False)
class Code:
    """A bound body. A pc counts executed instructions: those that take a tick.

    ``block``, ``loop``, ``else`` and inner ``end`` have no pc; ``nexts`` leads past them.
    """

    addr: int
    func: FuncInst
    instance: ModuleInst
    typed: TypedBody
    param_slots: int
    local_slots: int
    """Slots of all locals, parameters included; operands begin after them."""
    result_slots: int
    clears: bool = False
    """The body has declared locals, which a call sets to zero."""
    frame_slots: int = 0
    """Slots of the locals and of the most operands that there are at once."""
    instrs: list[Instr] = field(default_factory=list["Instr"])
    heights: list[int] = field(default_factory=list[int])
    """Slots of operands before the instruction."""
    indices: list[int] = field(default_factory=list[int])
    """Index of the instruction in the decoded body."""
    nexts: list[int] = field(default_factory=list[int])
    steps: list[Callable[[int], int | None]] = field(
        default_factory=list["Callable[[int], int | None]"]
    )
    """Bound instructions by pc; empty until ``bind_now``. Each takes the frame's FP. One of
    ``controls`` returns the next pc or one of the signals of ``exec.code``, any other None."""
    controls: set[int] = field(default_factory=set[int])
    """Pcs of instructions after which execution may go on elsewhere than at the next one, or whose
    fuel depends on their operands."""
    moves: dict[int, Callable[[int], bool]] = field(
        default_factory=dict[int, "Callable[[int], bool]"]
    )
    """By pc, instructions whose fuel depends on their operands. They return whether it sufficed."""
    blocks: list[Block | None] = field(default_factory=list["Block | None"])
    """Blocks that begin often, by pc; a hot loop may stand in place of one."""
    plain: dict[int, Block] = field(default_factory=dict[int, Block])
    """All blocks."""
    runs: dict[int, int] = field(default_factory=dict[int, int])
    """By pc, how often a block began; no longer counted once the block is in ``blocks``."""
    loops_through: list[Code] = field(default_factory=list["Code"])
    """Bodies whose hot loops pass through this one."""
    probes: set[int] = field(default_factory=set[int])
    """Pcs before which the machine stops, those with a predicate only where that holds."""
    predicates: dict[int, Predicate] = field(default_factory=dict[int, "Predicate"])
    """The predicates of those probes that have one, by pc."""
    handlers: list[ExceptionHandler] = field(default_factory=list[ExceptionHandler])
    """Exception handlers, the innermost first."""
    types: list[tuple[ValType, ...] | None] = field(
        default_factory=list["tuple[ValType, ...] | None"]
    )
    """Operand types before every instruction of the body; empty until they are needed."""
    ref_slots: dict[tuple[int, bool], Sequence[int]] = field(
        default_factory=dict[tuple[int, bool], "Sequence[int]"]
    )
    """Slots that hold references at a pc, by whether the frame waits there for a call."""
    bind: Callable[[Code], None] | None = None
    """Binds ``steps``, which only the reference tier needs; None once it has."""
    landing: list[int] = field(default_factory=list[int])
    """For each instruction of the decoded body, by index, the pc of the first executed instruction
    at or after it; -1 after the last one."""
    watchers: list[Callable[[Collection[int]], None]] = field(
        default_factory=list["Callable[[Collection[int]], None]"]
    )
    """Called with the pcs where probes were set, changed or removed, for other tiers."""

    @property
    def layout(self) -> FrameLayout:
        """The sizes of its frames, in slots."""
        return FrameLayout(self.param_slots, self.local_slots, self.result_slots, self.frame_slots)

    def top_at(self, pc: int) -> int:
        """Return the first free slot before the instruction at pc, relative to the FP."""
        return self.local_slots + self.heights[pc]

    def signature(self, pc: int) -> Sig:
        """Return what the instruction at pc pops and pushes."""
        from wasmlab.valid.body import signature  # validates: only decoded bodies come here

        return signature(self.instance.module, self.typed, self.indices[pc])

    def targets(self, pc: int) -> tuple[BranchTarget, ...]:
        """Return where the branch at pc may go, one for each label."""
        return self.typed.targets[self.indices[pc]]

    def target_pc(self, target: BranchTarget) -> int:
        """Return the pc where a branch to a block goes on."""
        before = target.block if target.is_loop else self.typed.ends[target.block]
        return self.landing[before + 1]

    def otherwise(self, pc: int) -> int:
        """Return the pc where the if at pc goes on when its condition is 0."""
        index = self.indices[pc]
        return self.landing[self.typed.elses.get(index, self.typed.ends[index]) + 1]

    @property
    def catch_pcs(self) -> set[int]:
        """The pcs where caught exceptions go on."""
        return {handler.target for handler in self.handlers if not handler.delegates}

    def accessed(self, pc: int) -> tuple[int, int] | None:
        """Return where an instruction's first memory address is; None if it accesses no memory.

        The slot that holds the address, relative to the FP, and the offset that is added to it.
        """
        instr = self.instrs[pc]
        row = instr.row
        if row.access is not None and Imm.MEMARG in row.imms:
            offset = instr.memarg.offset
        elif row.bulk is not None and row.writes_memory:
            offset = 0
        else:
            return None
        operands = slot_count(self.signature(pc)[0])
        return self.local_slots + self.heights[pc] - operands, offset


def is_of(store: Store, extern: Extern) -> bool:
    """Return whether an external value is one of a store."""
    match extern:
        case FuncInst():
            return extern.addr < len(store.funcs) and store.funcs[extern.addr] is extern
        case TagInst():
            return extern.addr < len(store.tags) and store.tags[extern.addr] is extern
        case GlobalInst():
            at = bisect_left(store.globals, extern.slot, key=lambda known: known.slot)
            return at < len(store.globals) and store.globals[at] is extern
        case Memory():
            known = chain(store.mems, *(instance.mems for instance in store.instances))
            return any(memory is extern for memory in known)
        case Table():
            known = chain(store.tables, *(instance.tables for instance in store.instances))
            return any(table is extern for table in known)


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
