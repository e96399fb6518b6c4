"""What is noted of the instructions that a store executes: how often each, and which in turn."""

from __future__ import annotations

from array import array

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD_WORDS = 3
"""Words of a record: function address << 32 | offset, the topmost slot, the effective address.

The offset is that of the instruction in its module.
The slot is the one before the instruction, 0 if there is no operand. The address is that of the
instruction's first access to memory, 0 if it has none.
"""
OFFSET_BITS = 32


@dataclass(slots=True, eq=False)
class Observer:
    """Counts of instructions and, if there is room for it, a trace.

    Only instructions that complete are noted. One that is under way, a call of the host that calls
    back, is in the trace already.
    """

    room: int = 0
    """Records that there is room for; 0: no trace is kept."""
    sink: Callable[[memoryview], None] | None = None
    """Is given the records when there is no room for more; they are gone afterwards."""
    records: array[int] = field(init=False)
    used: int = 0
    """Words that hold records."""
    counted: dict[int, array[int]] = field(default_factory=dict[int, "array[int]"])
    """By function address one count for each pc; ``counts`` adds what lies elsewhere."""
    blocks: dict[tuple[int, tuple[int, ...]], list[int]] = field(
        default_factory=dict[tuple[int, tuple[int, ...]], "list[int]"]
    )
    """How often the interpreter began blocks, by function address and pcs."""
    sources: list[Callable[[], None]] = field(default_factory=list["Callable[[], None]"])
    """Add to ``counted`` what other tiers have counted, and begin at 0 again."""

    def __post_init__(self) -> None:
        """Make room for the trace."""
        self.records = array("Q", bytes(8 * RECORD_WORDS * self.room))

    @property
    def traces(self) -> bool:
        """Whether a trace is kept."""
        return self.room > 0

    def flush(self) -> None:
        """Give the records to the sink."""
        used, self.used = self.used, 0
        if self.sink is not None and used:
            self.sink(memoryview(self.records)[:used])

    def counts(self) -> dict[int, array[int]]:
        """Return how often each instruction was executed, by function address and pc."""
        for source in self.sources:
            source()
        for (addr, pcs), times in self.blocks.items():
            for pc in pcs:
                self.add(addr, pc, times[0])
            times[0] = 0
        return self.counted

    def add(self, addr: int, pc: int, times: int) -> None:
        """Count an instruction."""
        counted = self.counted.setdefault(addr, array("q"))
        if pc >= len(counted):
            counted.extend([0] * (pc + 1 - len(counted)))
        counted[pc] += times
