"""The stack-and-frame arena of an agent (a thread of execution)."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.runtime.arena import slot_arena
from wasmlab.runtime.memory_budget import USUAL_HEAP, default_limit

if TYPE_CHECKING:
    from wasmlab.runtime.memory import Waiter

FRAME_WORDS = 4
"""Words of a frame record."""
_MAX_LOCALS = 1 << 17
FUNC, PC, FP, RESUME = range(FRAME_WORDS)
"""Words of a record: function address, pc, first slot of the locals, pc after its current call."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go; part of what makes it repeatable."""

    frames: int = 65_536
    slots: int = 1 << 20
    """64-bit slots of operands and locals of all frames together."""
    memory: int = field(default_factory=default_limit)
    """Bytes that memories, tables, segments, the heap and files in memory may take together."""
    address_space: int = 64 << 30
    """Bytes that memories with 64-bit addresses may declare together."""
    heap: int = USUAL_HEAP
    """Bytes of the GC heap."""
    host_depth: int = 64
    """How deep host functions may call back into WebAssembly."""
    steps: int | None = None
    """Instructions that one call from Python may take; a session counts its own."""


class FrameLayout(NamedTuple):
    """How many slots the frame of a function has."""

    params: int
    locals: int
    """Parameters included; operands begin after them."""
    results: int
    all: int
    """Locals and the operands at their highest."""


@dataclass(slots=True, eq=False)
class Agent:
    """Operand stack with the locals in it, and frame records, both flat.

    A frame's locals begin at its ``FP`` (the arguments, where the caller left them), its operands
    after the locals. The innermost record is number depth - 1; its ``PC`` is the next instruction
    whenever the machine is not running. The ``PC`` of the others is the call they wait for. A host
    function's ``FP`` is the first free slot.
    """

    limits: Limits
    depth: int = 0
    base: int = 0
    """Depth at which the current invocation ends."""
    nesting: int = 0
    """Host functions that are waiting for a call into WebAssembly."""
    pending: tuple[int, int, bool] | None = None
    """Address of the host function to call, slot of its arguments, whether it is a tail call."""
    left: tuple[int, int, int] = (0, 0, 0)
    """Where the last hot loop was left: instructions completed, function address, pc."""
    max_frames: int = field(init=False)
    max_slots: int = field(init=False)
    waiter: Waiter | None = None
    """What it waits for on a shared memory."""
    scheduled: bool = False
    """Other agents run while this one waits."""
    stack: memoryview[int] = field(init=False)
    frames: memoryview[int] = field(init=False)
    zeros: memoryview[int] = field(init=False)
    """Slots that are never written; what locals are cleared with."""

    def __post_init__(self) -> None:
        """Reserve the arenas."""
        self.max_frames, self.max_slots = self.limits.frames, self.limits.slots
        self.stack = slot_arena(self.limits.slots)
        self.frames = slot_arena((self.limits.frames + 1) * FRAME_WORDS)
        self.zeros = slot_arena(_MAX_LOCALS)

    def record(self, number: int, word: int) -> int:
        """Return a word of frame record number (0 is the outermost)."""
        return self.frames[number * FRAME_WORDS + word]
