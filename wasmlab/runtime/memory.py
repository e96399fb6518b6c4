"""Linear memory: bytes, little endian, with a mark for every 4 KiB page that was written."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.runtime.arena import reserve, take_pages_alone, zeroed
from wasmlab.runtime.memory_budget import MORE_ADDRESSES, MemoryBudget
from wasmlab.syntax.types import I32, MemType

if TYPE_CHECKING:
    from mmap import mmap

DIRTY_SHIFT = 12
"""Pages of 1 << 12 bytes are marked as they are written."""
_USUAL_RESERVE = 4 << 30
"""Bytes of address space for a memory that may become so large."""
_MARKS_AT_ONCE = 1 << 16
_MOVED_AT_ONCE = 1 << 24


@dataclass(slots=True, eq=False)
class Waiter:
    """An agent that waits at an address."""

    addr: int
    timeout: int | None
    """Nanoseconds; None is for ever."""
    outcome: int | None = None
    """``waiting.WOKEN`` or ``TIMED_OUT`` once it may go on."""


class Memory:
    """A memory instance: ``data`` holds at least ``size`` bytes; beyond size it is zero.

    ``dirty`` has a mark for each of its pages that was written. Raises Exhaustion where the budget,
    or the system, has too few bytes left.
    """

    __slots__ = (
        "_count", "_marked", "_written", "budget", "data", "dirty", "reserved", "size", "type",
        "waiters",
    )  # fmt: skip

    def __init__(self, memtype: MemType, budget: MemoryBudget) -> None:
        self.type = memtype
        self.budget = budget
        self.size = memtype.limits.minimum * memtype.page_size
        is_whole = budget.take(self.size)
        self.data: bytearray | mmap
        self.data, self.reserved = self._reserve(is_whole=is_whole)
        self.waiters: list[Waiter] = []
        """Agents that wait at an address, the longest waiting first."""
        self.dirty = zeroed((self.reserved >> DIRTY_SHIFT) + 1)
        self._written = None if is_whole else zeroed(len(self.dirty))
        """The marks of all pages ever written, for a memory that is sparse."""
        self._count = 0
        self._marked = set[int]()
        """Pages of marks that are in use, in each of two arrays."""
        if not is_whole:
            budget.sparse.append(self)
            take_pages_alone(self.data)

    def _reserve(self, *, is_whole: bool) -> tuple[bytearray | mmap, int]:
        """Return zeroed memory of at least its size: all that it may become, if there is so much.

        A memory that the budget does not have whole must be one that takes only what is touched.
        """
        size, budget = self.size, self.budget
        for wanted in (self._wanted(is_whole=is_whole), size):
            data, reserved = reserve(wanted)
            if reserved >= size and (is_whole or not isinstance(data, bytearray)):
                return data, reserved
        if not is_whole:
            raise budget.exhausted(size)
        try:
            return bytearray(size), size
        except MemoryError as error:
            budget.used -= size
            raise Exhaustion(
                TrapCode.MEMORY_EXHAUSTED, f"the system has no {size:,} bytes (see ulimit -v)"
            ) from error

    def _wanted(self, *, is_whole: bool) -> int:
        """Return how many bytes of address space to reserve.

        What memories with 64-bit addresses declare counts; Exhaustion if that is too much.
        """
        budget, most = self.budget, self.max_pages * self.type.page_size
        usual = min(most, _USUAL_RESERVE, budget.limit) if is_whole else most
        if self.type.addr is I32:
            return max(usual, self.size)
        left = budget.address_space - budget.declared
        if self.size > left:
            raise Exhaustion(
                TrapCode.MEMORY_EXHAUSTED,
                f"{self.size:,} bytes are declared, {left:,} of {budget.address_space:,} bytes "
                f"of address space are left; {MORE_ADDRESSES}",
            )
        budget.declared += self.size
        return max(min(usual, left), self.size)

    @property
    def max_pages(self) -> int:
        """Pages it may ever have: as declared, or what the address type can reach."""
        bits = 32 if self.type.addr is I32 else 64
        reachable = (1 << bits) // self.type.page_size
        declared = self.type.limits.maximum
        return reachable if declared is None else min(declared, reachable)

    @property
    def pages(self) -> int:
        """Current size in pages."""
        return self.size // self.type.page_size

    def can_grow(self, delta: int) -> bool:
        """Return whether it may have delta more pages, as far as the limits say that."""
        more, budget = delta * self.type.page_size, self.budget
        if self.pages + delta > self.max_pages:
            return False
        if self.is_sparse:
            return self.size + more <= self.reserved
        return budget.has(more)

    def grow(self, delta: int) -> int:
        """Grow by delta pages; return the old size in pages, or -1 without any effect."""
        old, more = self.pages, delta * self.type.page_size
        if not self.can_grow(delta) or not self._has_room(self.size + more):
            return -1
        if not self.is_sparse:
            self.budget.take(more)
        self.size += more
        return old

    def _has_room(self, nbytes: int) -> bool:
        """Move to a larger place if nbytes need one; return False if the system has none."""
        if nbytes <= self.reserved:
            return True
        try:
            data, dirty = zeroed(nbytes), zeroed((nbytes >> DIRTY_SHIFT) + 1)
        except Exhaustion:
            return False
        dirty[: len(self.dirty)] = self.dirty[:]
        for start in range(0, self.size, _MOVED_AT_ONCE):
            end = min(start + _MOVED_AT_ONCE, self.size)
            data[start:end] = self.data[start:end]
        self.data, self.reserved, self.dirty = data, nbytes, dirty
        return True

    # ---- pages that count as they are written ----
    @property
    def is_sparse(self) -> bool:
        """Whether its pages count as they are written, not its size as a whole."""
        return self._written is not None

    def count_written(self) -> int:
        """Return how many pages have been written, with those of the marks, if it is sparse."""
        for start in range(0, (self.size >> DIRTY_SHIFT) + 1, _MARKS_AT_ONCE):
            self.keep_marks(start, _MARKS_AT_ONCE)
        return self._count + 2 * len(self._marked)

    def keep_marks(self, first: int, count: int) -> None:
        """Remember which of so many pages are marked: their marks are going to be cleared."""
        if self._written is None:
            return
        marks = self.dirty[first : first + count]
        if 1 not in marks:
            return
        before = bytes(self._written[first : first + count])
        both = int.from_bytes(marks, "little") | int.from_bytes(before, "little")
        after = both.to_bytes(len(before), "little")
        self._written[first : first + count] = after
        self._count += after.count(1) - before.count(1)
        self._note_marks(first, len(before))

    def _note_marks(self, first: int, count: int) -> None:
        """Note which pages of the marks of all pages ever written are in use."""
        marks = self._written or b""
        for page in range(first >> DIRTY_SHIFT, (first + count - 1 >> DIRTY_SHIFT) + 1):
            if (
                page not in self._marked
                and 1 in marks[page << DIRTY_SHIFT : page + 1 << DIRTY_SHIFT]
            ):
                self._marked.add(page)

    def written_marks(self) -> bytes:
        """Return the marks of all pages ever written, compressed; nothing if it is not sparse."""
        if self._written is None:
            return b""
        import zlib

        self.count_written()
        return zlib.compress(self._written, 1)

    def restore_written(self, marks: bytes) -> None:
        """Take back what ``written_marks`` returned; nothing else counts as written then."""
        if self._written is not None:
            import zlib

            kept = zlib.decompress(marks)
            self._written = zeroed(len(kept))
            self._written[:] = kept
            self._count = kept.count(1)
            self._marked.clear()
            self._note_marks(0, len(kept))

    def check(self, addr: int, n: int) -> None:
        """Trap unless addr to addr + n (exclusive) is inside."""
        if addr + n > self.size:
            raise out_of_bounds(self, addr, n)

    def mark(self, addr: int, n: int) -> None:
        """Mark n bytes from addr on as written."""
        if n > 0:
            first, last = addr >> DIRTY_SHIFT, (addr + n - 1) >> DIRTY_SHIFT
            if first == last:
                self.dirty[first] = 1
            else:
                self.dirty[first : last + 1] = b"\x01" * (last - first + 1)

    def read(self, addr: int, n: int) -> bytes:
        """Return n bytes from addr on; Trap(OUT_OF_BOUNDS_MEMORY)."""
        self.check(addr, n)
        return bytes(self.data[addr : addr + n])

    def write(self, addr: int, data: bytes) -> None:
        """Write data at addr; Trap(OUT_OF_BOUNDS_MEMORY) before anything is written."""
        self.check(addr, len(data))
        self.data[addr : addr + len(data)] = data
        self.mark(addr, len(data))

    def fill(self, dst: int, value: int, n: int) -> None:
        """Set n bytes from dst on to value modulo 256."""
        self.check(dst, n)
        self.data[dst : dst + n] = bytes((value & 0xFF,)) * n
        self.mark(dst, n)

    def copy(self, dst: int, source: Memory, src: int, n: int) -> None:
        """Copy n bytes of source from src to dst, as if through a buffer."""
        source.check(src, n)
        self.check(dst, n)
        self.data[dst : dst + n] = source.data[src : src + n]
        self.mark(dst, n)

    def init(self, dst: int, data: bytes, src: int, n: int) -> None:
        """Copy n bytes of a segment from src to dst. Raises Trap."""
        if src + n > len(data):
            raise Trap(
                TrapCode.OUT_OF_BOUNDS_MEMORY,
                f"{counted(n, 'byte')} from {src} on, the segment has {len(data)}",
            )
        self.check(dst, n)
        self.data[dst : dst + n] = data[src : src + n]
        self.mark(dst, n)


def check_atomic(memory: Memory, ea: int, n: int) -> None:
    """Trap unless ea is a multiple of n and n bytes from it on are inside."""
    if ea % n:
        raise Trap(TrapCode.UNALIGNED_ATOMIC, f"{counted(n, 'byte')} at 0x{ea:x}")
    memory.check(ea, n)


def out_of_bounds(memory: Memory, addr: int, n: int) -> Trap:
    """Return the trap for an access of n bytes at addr."""
    return Trap(
        TrapCode.OUT_OF_BOUNDS_MEMORY,
        f"{counted(n, 'byte')} at 0x{addr:x}, memory has 0x{memory.size:x}",
    )
