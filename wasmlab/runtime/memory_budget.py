"""The budget of a program: how much its store, and what its host holds for it, may take together.

What is declared is reserved as address space; what is touched is bounded. Sizes count as a whole
where they fit. A memory whose declared size does not is sparse: its pages count when they are
written, with those of its marks. The GC heap counts as far as it has grown.

What the host holds is files in memory, input that was read and output that is kept: it asks before
it takes more, and its count is part of WASI's state, so that a replay finds the same room at the
same step. A recording has a limit of its own, since what it takes depends on time, which the
program must not see.
"""

from __future__ import annotations

import os

from wasmlab.errors import Exhaustion, TrapCode
from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import dataclass, field
from wasmlab.runtime.arena import IS_BROWSER

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE_SHIFT = 12
"""Pages of 1 << 12 bytes count as they are written."""
_USUAL = 2 << 30
MOST_MEMORY = 1 << 37
"""Higher limits are this one."""
MOST_ADDRESSES = 1 << 40
USUAL_HEAP = 16 << 20 if IS_BROWSER else 128 << 20
"""Bytes of a GC heap whose program was given no limit."""
MOST_HEAP = USUAL_HEAP if IS_BROWSER else 1 << 30
"""Bytes of the largest GC heap: it is reserved whole, and collected without stopping halfway."""
_CGROUP = "/sys/fs/cgroup/memory.max"
MORE = "--max-memory allows more (max_memory in Python)"
MORE_ADDRESSES = "--max-address-space allows more (max_address_space in Python)"


def default_limit() -> int:
    """Return half of what this machine, or the container it is, has of memory, in bytes."""
    if IS_BROWSER:
        return _USUAL
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _USUAL
    try:
        with open(_CGROUP, encoding="ascii") as file:  # noqa: PTH123 - Path is not needed to start
            text = file.read().strip()
    except OSError:
        text = ""
    return min((min(whole, int(text)) if text.isdecimal() else whole) // 2, MOST_MEMORY)


class Sparse(Protocol):
    """A memory whose pages count as they are written."""

    def count_written(self) -> int:
        """Return how many of its pages have been written, those of their marks included."""
        ...


class Growing(Protocol):
    """An arena that counts as far as it has grown."""

    @property
    def nbytes(self) -> int:
        """How far that is."""
        ...


@dataclass(slots=True)
class MemoryBudget:
    """What a program may take, in bytes."""

    limit: int
    """How much may be touched."""
    address_space: int = 64 << 30
    """How much memories with 64-bit addresses may declare."""
    used: int = 0
    """What is taken as a whole: sizes of memories, tables, segments."""
    host: int = 0
    """What the host holds for the program."""
    declared: int = 0
    """What memories with 64-bit addresses have declared."""
    sparse: list[Sparse] = field(default_factory=list[Sparse])
    heap: Growing | None = None

    @property
    def left(self) -> int:
        """How much more may be touched."""
        return max(self.most_used - self.used, 0)

    @property
    def most_used(self) -> int:
        """How much may be taken as a whole, with what else is taken now."""
        heap = 0 if self.heap is None else self.heap.nbytes
        return max(self.limit - self.host - heap - self.written, 0)

    def has(self, nbytes: int) -> bool:
        """Return whether nbytes are left."""
        return self.used + nbytes <= self.most_used

    def take(self, nbytes: int) -> bool:
        """Take nbytes if they are left; return whether they were."""
        if not self.has(nbytes):
            return False
        self.used += nbytes
        return True

    def take_for_host(self, nbytes: int) -> bool:
        """Let the host hold nbytes more, if they are left; return whether they were.

        Less than 0 gives back.
        """
        if nbytes > self.left:
            return False
        self.host += nbytes
        return True

    @property
    def written(self) -> int:
        """Bytes of the pages of sparse memories that have been written."""
        return sum(memory.count_written() for memory in self.sparse) << PAGE_SHIFT

    @property
    def pages_left(self) -> int:
        """How many more pages of sparse memories may be written."""
        return self.left >> PAGE_SHIFT

    def need(self, nbytes: int) -> None:
        """Raise Exhaustion if so many bytes, wherever they begin, may not be written any more."""
        if self.sparse and nbytes and pages_of(nbytes) > self.pages_left:
            raise self.exhausted(nbytes)

    def exhausted(self, nbytes: int) -> Exhaustion:
        """Return the error for nbytes that are not left."""
        return Exhaustion(
            TrapCode.MEMORY_EXHAUSTED,
            f"{nbytes:,} bytes are asked for, {self.left:,} of {self.limit:,} are left; {MORE}",
        )


def heap_limit(memory: int) -> int:
    """Return how many bytes the GC heap may have where so many were given for everything."""
    return min(max(memory, USUAL_HEAP), MOST_HEAP)


def heap_is_full(capacity: int) -> Exhaustion:
    """Return the error for a GC heap of so many bytes that is full."""
    more = f"; {MORE}, up to {MOST_HEAP:,}" if capacity < MOST_HEAP else ", the most there is"
    return Exhaustion(TrapCode.MEMORY_EXHAUSTED, f"the GC heap of {capacity:,} bytes is full{more}")


def pages_of(nbytes: int) -> int:
    """Return the most pages that so many bytes touch, in a memory and in its two rows of marks."""
    return (nbytes >> PAGE_SHIFT) + 2 + 2 * ((nbytes >> 2 * PAGE_SHIFT) + 2)


def taken_by(parts: Iterable[int], each: int, free: int = 1 << 20) -> int:
    """Return what many small objects count: those of an ordinary module nothing."""
    return max(sum(parts) * each - free, 0)
