"""Linear memory: bytes, little endian, with a mark for every 4 KiB page that was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmlab.errors import Trap, TrapCode
from wasmlab.runtime.arena import reserve
from wasmlab.syntax.types import I32, MemType

if TYPE_CHECKING:
    from mmap import mmap

DIRTY_SHIFT = 12
"""Pages of 1 << 12 bytes are marked as they are written."""


@dataclass(slots=True, eq=False)
class Waiter:
    """An agent that waits at an address."""

    addr: int
    timeout: int | None
    """Nanoseconds; None is for ever."""
    outcome: int | None = None
    """``waiting.WOKEN`` or ``TIMED_OUT`` once it may go on."""


class MemoryBudget:
    """What all memories of a store may take together, in bytes."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def take(self, nbytes: int) -> bool:
        """Take nbytes if they are left; return whether they were."""
        if self.used + nbytes > self.limit:
            return False
        self.used += nbytes
        return True


class Memory:
    """A memory instance: ``data`` holds at least ``size`` bytes; beyond size it is zero.

    Raises Trap where the budget has too few bytes left.
    """

    __slots__ = ("budget", "data", "dirty", "reserved", "size", "type", "waiters")

    def __init__(self, memtype: MemType, budget: MemoryBudget) -> None:
        self.type = memtype
        self.budget = budget
        self.size = memtype.limits.minimum * memtype.page_size
        if not budget.take(self.size):
            raise Trap(
                TrapCode.MEMORY_EXHAUSTED,
                f"{self.size} bytes are asked for, {budget.limit - budget.used} are left",
            )
        wanted = min(self.max_pages * memtype.page_size, budget.limit)
        self.data: bytearray | mmap
        self.data, self.reserved = reserve(wanted)
        if self.reserved < self.size:
            self.data, self.reserved = bytearray(self.size), self.size
        self.waiters: list[Waiter] = []
        """Agents that wait at an address, the longest waiting first."""
        self.dirty = bytearray((self.reserved >> DIRTY_SHIFT) + 1)

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
        """Return whether it may have delta more pages."""
        left = self.budget.limit - self.budget.used
        return self.pages + delta <= self.max_pages and delta * self.type.page_size <= left

    def grow(self, delta: int) -> int:
        """Grow by delta pages; return the old size in pages, or -1 without any effect."""
        old = self.pages
        if not self.can_grow(delta):
            return -1
        self.budget.take(delta * self.type.page_size)
        self.size += delta * self.type.page_size
        if self.size > self.reserved:
            self._move(self.size)
        return old

    def _move(self, nbytes: int) -> None:
        data = bytearray(nbytes)
        data[: self.reserved] = self.data[: self.reserved]
        self.data, self.reserved = data, nbytes
        self.dirty.extend(bytes((nbytes >> DIRTY_SHIFT) + 1 - len(self.dirty)))

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
                f"{n} bytes from {src} on, the segment has {len(data)}",
            )
        self.check(dst, n)
        self.data[dst : dst + n] = data[src : src + n]
        self.mark(dst, n)


def check_atomic(memory: Memory, ea: int, n: int) -> None:
    """Trap unless ea is a multiple of n and n bytes from it on are inside."""
    if ea % n:
        raise Trap(TrapCode.UNALIGNED_ATOMIC, f"{n} bytes at 0x{ea:x}")
    memory.check(ea, n)


def out_of_bounds(memory: Memory, addr: int, n: int) -> Trap:
    """Return the trap for an access of n bytes at addr."""
    return Trap(
        TrapCode.OUT_OF_BOUNDS_MEMORY,
        f"{n} bytes at 0x{addr:x}, memory has 0x{memory.size:x}",
    )
