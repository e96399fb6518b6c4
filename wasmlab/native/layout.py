"""What the loop and Python share: the layout of cells, rows and the state block, in bytes.

A cell is one instruction: its handler's address, two 32-bit operands ``A`` and ``B``, and two
64-bit ones, ``C`` and ``NEXT``. What they mean is the handler's business; offsets of slots are
relative to the frame's first slot. Cell number pc belongs to the pc of ``exec.code``.
"""

from __future__ import annotations

from wasmlab.records import IntEnum, NamedTuple
from wasmlab.runtime.heap import HEADER_SLOTS

WORD = 8
CELL_SHIFT = 5
CELL = 1 << CELL_SHIFT
WORDS_IN_CELL = CELL // WORD
HANDLER, A, B, C, NEXT = 0, 8, 12, 16, 24
"""Offsets in a cell. NEXT is the address of the next cell, for handlers that need it."""
PAYLOAD = HEADER_SLOTS * WORD
"""Offset of an object's first field, or of an array's first element."""
PAGE_SHIFT = 12
SEGMENT_SHIFT = 8
"""Slots of kept pages are numbered through segments of 1 << 8 pages."""
FUNC_SHIFT = 6
FUNC_ROW = 1 << FUNC_SHIFT
FRAME_SHIFT = 5
"""A frame record has four words, see ``runtime.frame``."""
HOOK_SHIFT = 1
"""A hook is as large as this power of two of cells."""


class StateWord(IntEnum):
    """Words of the state block: registers while the loop is not running, then what stays."""

    PC = 0
    FP = 1
    MEM = 2
    SIZE = 3
    DIRTY = 4
    FUEL = 5
    FRAME = 6
    REASON = 7
    STACK = 8
    STACK_END = 9
    FUNCS = 10
    FIRST_FRAME = 11
    """The record of the invocation's first frame, which the loop does not leave by itself."""
    FRAMES_END = 12
    HEAP = 13
    """The GC heap: a reference's tag is 0, so it is the object's offset."""
    HEAP_DIRTY = 14
    SHAPES = 15
    """For each shape of the heap the number of its type."""
    SUPERS = 16
    """For each number of a type that of its super type; 0 above the top."""
    BUDGET = 17
    """Bytes that all memories take."""
    BUDGET_LIMIT = 18
    MOVED = 19
    """Items that instructions have moved in this run: fuel that is gone without ticks."""
    TRACE = 20
    """Address where the next step record goes; with TRACE_END, where the room for them ends."""
    TRACE_END = 21
    COPY = 22
    """Address of the C library's ``memmove``."""
    FILL = 23
    """Address of its ``memset``."""


class FuncWord(IntEnum):
    """Words of a function's row. CODE is 0 until the function has cells."""

    CODE = 0
    TYPE = 1
    """Number of its type; equal types have equal numbers. Every function has it."""
    PARAM_BYTES = 2
    LOCAL_BYTES = 3
    FRAME_BYTES = 4
    MEMORY = 5
    """Address of the row of its instance's first memory."""
    ADDR = 6
    HOOKS = 7
    """Hooks - (cells << HOOK_SHIFT), modulo 2**64: the hook of the cell at an address is at
    (address << HOOK_SHIFT) + HOOKS. 0 until there are hooks."""


class MemoryWord(IntEnum):
    """Words of a memory's row."""

    DATA = 0
    SIZE = 1
    DIRTY = 2
    PAGE_BYTES = 3
    MOST = 4
    """Bytes that it can grow to inside the loop."""


class TableWord(IntEnum):
    """Words of a table's row."""

    CELLS = 0
    SIZE = 1
    DIRTY = 2
    MOST = 3
    """Elements that it can grow to inside the loop."""


class SegmentWord(IntEnum):
    """Words of the row of a data or element segment."""

    START = 0
    LENGTH = 1
    """In bytes or in references; 0 once it is dropped."""
    DROPPED = 2
    """1 if that happened in this run."""


class JumpWord(IntEnum):
    """Words of a jump with operands to move; offsets in bytes. TARGET 0 returns."""

    TARGET = 0
    SOURCE = 1
    DESTINATION = 2
    COUNT = 3


CAST_TYPE = len(JumpWord)
"""Index of the word after a jump that depends on a cast: the number of the type."""


class IndirectWord(IntEnum):
    """Words of what an indirect call's cell points to."""

    TABLE = 0
    TYPE = 1
    INDEX = 2
    """Offset of the slot with the index."""


class Reason(IntEnum):
    """Why the loop came back."""

    FUEL = 0
    LEAVE = 1
    """The reference is to execute the instruction at PC."""
    PROBE = 2
    FULL = 3
    """There is no room for a step record."""


RUNNING = len(Reason)
"""What stands for a reason until there is one."""


class HookWord(IntEnum):
    """Words of a cell's hook. Handlers patched into a cell go on with one of the first two."""

    ORIGINAL = 0
    """The handler of the instruction, or of a sequence."""
    OBSERVER = 1
    """The handler that counts or traces, or the original."""
    PREDICATE = 2
    """Address of the predicate's first row."""
    COUNT = 3
    IDENTITY = 4
    """Function address and offset, as in a trace."""
    TOP = 5
    """Offset of the topmost slot."""
    ADDRESS = 6
    """Offset of the slot with the address that is accessed."""
    OFFSET = 7
    """What is added to that address."""


class Action(IntEnum):
    """Where a row of a predicate leads if not to another row: what the hook does then."""

    GO_ON = 0
    """Execute the instruction."""
    STOP = 1
    """Leave the loop with ``Reason.PROBE``."""


PREDICATE = "predicate_"
"""Prefix of handlers that decide predicates; the kind follows, for those of one row."""


class PredicateKind(IntEnum):
    """What a row of a predicate asks, as ``runtime.probe`` defines it."""

    COMPARE = 0
    TOUCH = 1
    IN_FRAME = 2
    COMPARE_SLOT = 3
    """COMPARE of a slot in the frame with a constant: the common case, with fewer loads."""


class PredicateWord(IntEnum):
    """Words of a row of a predicate: its kind, then the address of a row, or an action.

    THEN is taken where the row's question has the answer yes, OTHERWISE where it has no. The words
    from 3 on depend on the kind. A number has three: a mask for FP, what is added to
    it, and the unused bits.
    """

    KIND = 0
    THEN = 1
    OTHERWISE = 2
    LEFT = 3
    RIGHT = 6
    RELATIONS = 9
    CONSTANT = 10
    """Where the right number is if it is a constant."""
    ADDRESS = 3
    OFFSET = 4
    NBYTES = 5
    COUNT = 6
    COUNTS = 7
    """All bits are set if COUNT is a slot whose number is added to NBYTES."""
    START = 8
    END = 9
    FRAME = 3
    FP = 4


class Relocation(IntEnum):
    """How a word of an encoded body is turned into an address when the body is relocated."""

    NONE = 0
    CELL = 1
    """It is an offset from the first cell."""
    POOL = 2
    """It is an offset in the pool."""
    SYMBOL = 3
    """It is an index in the list of symbols."""


class SymbolKind(IntEnum):
    """What a body refers to by an index of its module."""

    FUNC = 0
    """The row of a function."""
    FUNC_REF = 1
    """The reference to it."""
    MEMORY = 2
    TABLE = 3
    GLOBAL = 4
    DATA = 5
    ELEM = 6
    TYPE = 7
    """The number of a defined type."""


class Symbol(NamedTuple):
    """Something whose address or number is known only in a store."""

    kind: SymbolKind
    number: int
    """Index in the space of its kind."""


class Cell(NamedTuple):
    """What an encoder says of an instruction."""

    handler: str
    a: int = 0
    b: int = 0
    c: int = 0
    next: int | None = None
    """None: the cell where execution continues after the instruction."""
    relocation: Relocation = Relocation.NONE
    """What C is."""
    next_relocation: Relocation = Relocation.NONE
    """What NEXT is, if it is given."""
