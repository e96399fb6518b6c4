"""The shape of a row of the instruction table.

A row says everything about one instruction; how a tier applies it follows from ``kind``:

========  ==============================================================================
kind      what ``py`` and ``llvm`` take and give
========  ==============================================================================
PURE      py(*lane_imms, *operands) -> bits; nothing but operands matters
LOAD      py(raw) -> bits, raw being ``access`` bytes of memory as an unsigned integer
STORE     py(bits) -> raw to be written, before wrapping to ``access`` bytes
RMW       py(old, *operands) -> new raw value; the instruction's result is old
LANE      py(raw, lane, vector) -> vector (load lane), py(lane, vector) -> raw (store lane)
STATE     py(machine, *imms, *operands) -> bits, or None without a result
CONTROL   None: each tier implements ``rule`` once
========  ==============================================================================

Operands come in push order (the top of the stack is last) as unsigned bit patterns of their type,
floats too. Results are bit patterns *before* wrapping to the result type: the tier takes them
modulo 2**width. Two results come as a tuple. A row raises ``Trap`` before it changes anything.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import Enum, NamedTuple, auto, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.syntax.types import ValType

SPEC = "https://webassembly.github.io/spec/core/"
"""The address that ``Row.spec`` is relative to."""


def anchor(label: str) -> str:
    """Return page#anchor of a label in the specification's sources, such as ``op-iadd``.

    The published pages keep letters and digits of labels only, joined by hyphens.
    """
    import re  # most starts need no links

    page = "numerics" if label.startswith("op-") else "instructions"
    return f"exec/{page}.html#{re.sub('[^a-z0-9]+', '-', label)}"


class Kind(Enum):
    """How a tier applies a row."""

    PURE = auto()
    LOAD = auto()
    STORE = auto()
    RMW = auto()
    LANE = auto()
    STATE = auto()
    CONTROL = auto()


class Imm(Enum):
    """Kinds of immediates; the value is what messages call them."""

    BLOCKTYPE = "block type"  # None | ValType | int (type index)
    TYPEIDX = "type index"  # int, as all indices
    FUNCIDX = "function index"
    TABLEIDX = "table index"
    MEMIDX = "memory index"
    GLOBALIDX = "global index"
    TAGIDX = "tag index"
    ELEMIDX = "element index"
    DATAIDX = "data index"
    LOCALIDX = "local index"
    LABELIDX = "label index"
    FIELDIDX = "field index"
    LABELS = "label indices"  # tuple[int, ...], the default last
    MEMARG = "memory argument"  # MemArg
    I32 = "i32 constant"  # int, unsigned bit pattern
    I64 = "i64 constant"
    F32 = "f32 constant"  # int, bit pattern
    F64 = "f64 constant"
    V128 = "v128 constant"  # int, 128 bits, lane 0 lowest
    LANE = "lane index"  # int
    LANES = "lane indices"  # tuple of 16 int (shuffle)
    HEAPTYPE = "heap type"  # HeapType, already resolved to DefType
    REFTYPE = "reference type"  # RefType (legacy encodings of casts: null flag + heap type)
    VALTYPES = "value types"  # tuple[ValType, ...] (select)
    CATCHES = "catch clauses"  # tuple[Catch, ...] (try_table)
    CASTTYPES = "cast types"  # tuple[RefType, RefType] (br_on_cast: flags and two heap types)
    LENGTH = "length"  # int (array.new_fixed)
    ZERO = "zero byte"  # reserved byte (atomic.fence)


class Flow(Enum):
    """Where execution goes on after an instruction."""

    NONE = auto()
    """At the next instruction."""
    IF = auto()
    """In one of two arms, as ``condition`` says."""
    BRANCH = auto()
    """At a label; at the next instruction if ``condition`` does not hold."""
    CALL = auto()
    """In the function called, which returns to the next instruction."""
    TAIL_CALL = auto()
    """In the function called, which returns to the caller of this one."""
    RETURN = auto()
    """In the caller; of several ``end`` this is the function's own."""
    THROW = auto()
    """At the handler of an exception."""
    TRAP = auto()
    """Nowhere."""


class Condition(Enum):
    """What the topmost operand must be for an if or a branch to be taken."""

    NON_ZERO = auto()
    INDEX = auto()
    """Anything: it chooses among several labels."""
    NULL = auto()
    NON_NULL = auto()
    MATCH = auto()
    """A reference of the instruction's second type."""
    NO_MATCH = auto()

    @property
    def takes_along(self) -> bool:
        """Whether the operand is among those that the label takes."""
        return self in _TAKEN_ALONG


_TAKEN_ALONG = {Condition.NON_NULL, Condition.MATCH, Condition.NO_MATCH}


class BlockKind(Enum):
    """What opens a label: a structured instruction, an arm of one, or a function."""

    FUNC = "func"
    BLOCK = "block"
    LOOP = "loop"
    IF = "if"
    ELSE = "else"
    TRY_TABLE = "try_table"
    TRY = "try"
    CATCH = "catch"
    CATCH_ALL = "catch_all"


class Bulk(NamedTuple):
    """Which operands of a bulk instruction say what, as numbers in push order."""

    to: int
    """The first item written."""
    items: int
    """How many; the last operand."""
    source: int | None = None
    """The first item read; None if every item gets the same value."""


class Access(NamedTuple):
    """The bytes that a LOAD, STORE, RMW or LANE row accesses in memory."""

    nbytes: int
    """1, 2, 4, 8 or 16."""
    atomic: bool = False
    """Atomic accesses must be aligned exactly, in the module and at run time."""


@dataclass(frozen=True, slots=True)
class Row:
    """Everything about one instruction."""

    opcode: tuple[int, ...]
    """(0x6A,), or prefix and number: (0xFC, 8). The number is unsigned, not its LEB bytes."""
    mnemonic: str
    """Name in the text format."""
    params: tuple[ValType, ...] | None
    """Operand types in push order, ``ADDR`` for a memory's address type; None: see ``rule``."""
    results: tuple[ValType, ...] | None
    """Result types in push order; None: see ``rule``."""
    imms: tuple[Imm, ...]
    """Immediates in the order of the binary format."""
    kind: Kind
    py: Callable[..., Any] | None
    """Python semantics, see the module's table."""
    llvm: Callable[..., Any] | None
    """LLVM semantics over an ``Emitter`` with the same arguments; None: it leaves the loop."""
    doc: str
    """One sentence that front ends show, at most 90 characters, ends with a full stop."""
    spec: str
    """page#anchor of its execution, relative to ``SPEC``; of a proposal, an absolute address."""
    rule: str = ""
    """Name of the typing rule where params is None, and of the CONTROL rule of every tier."""
    access: Access | None = None
    executed: bool = True
    """It takes a tick: it does more than delimit a block. Of several ``end``, the function's own
    does."""
    flow: Flow = Flow.NONE
    condition: Condition | None = None
    """When an if or a branch is taken; None: always, or it is neither."""
    opens: BlockKind | None = None
    """The block or arm that begins here."""
    closes: bool = False
    """The innermost block or arm ends here; ``else`` and ``catch`` close one arm and open one."""
    bulk: Bulk | None = None
    """It writes any number of items of a memory, a table or an array."""
    is_sized: bool = False
    """Its last operand says how many items it writes, though it is not done in parts."""
    writes: Imm | None = None
    """LOCALIDX or GLOBALIDX: it writes the variable that this immediate names."""
    grows: Imm | None = None
    """MEMIDX or TABLEIDX: it may make larger what this immediate names."""
    nullable: bool | None = None
    """Whether the type that a cast wants includes null; None for others."""
    allocates: bool = False
    """It may make a new object in the GC heap, so that a collection can happen."""
    feature: str = "1.0"
    """The version or proposal that brought it: 1.0, 2.0, simd, tail-call, gc, threads, ..."""

    @property
    def url(self) -> str:
        """The address of its execution in the specification or the proposal."""
        return self.spec if self.spec.startswith("https:") else SPEC + self.spec

    @property
    def is_call(self) -> bool:
        """Whether it calls a function, in place of the current one or not."""
        return self.flow is Flow.CALL or self.flow is Flow.TAIL_CALL

    @property
    def moves(self) -> bool:
        """Whether its last operand says how many items it moves: its fuel depends on that."""
        return self.is_sized or self.bulk is not None

    @property
    def is_direct_call(self) -> bool:
        """Whether it calls the function that its immediate names."""
        return self.is_call and Imm.FUNCIDX in self.imms

    @property
    def is_block(self) -> bool:
        """Whether it is a structured instruction, which has a block type."""
        return self.opens is not None and not self.closes

    @property
    def reads_local(self) -> bool:
        """Whether it pushes the local that its immediate names."""
        return Imm.LOCALIDX in self.imms and self.writes is None

    @property
    def writes_local(self) -> bool:
        """Whether it sets the local that its immediate names."""
        return self.writes is Imm.LOCALIDX

    @property
    def reads_global(self) -> bool:
        """Whether it pushes the global that its immediate names."""
        return Imm.GLOBALIDX in self.imms and self.writes is None

    @property
    def writes_global(self) -> bool:
        """Whether it sets the global that its immediate names."""
        return self.writes is Imm.GLOBALIDX

    @property
    def reads_memory(self) -> bool:
        """Whether it reads bytes of a memory at an address among its operands."""
        if self.bulk is not None:
            return self.imms.count(Imm.MEMIDX) > 1
        return self._accesses and (self.kind is not Kind.STORE and not self._stores_lane)

    @property
    def writes_memory(self) -> bool:
        """Whether it writes bytes of a memory at an address among its operands."""
        if self.bulk is not None:
            return Imm.MEMIDX in self.imms
        return self._accesses and (self.kind in {Kind.STORE, Kind.RMW} or self._stores_lane)

    @property
    def grows_memory(self) -> bool:
        """Whether it may bring new bytes into a memory."""
        return self.grows is Imm.MEMIDX

    @property
    def _accesses(self) -> bool:
        return self.access is not None and Imm.MEMARG in self.imms

    @property
    def _stores_lane(self) -> bool:
        return self.kind is Kind.LANE and not self.results
