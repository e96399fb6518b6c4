"""Room for copies of pages: taken in segments that stay, used again when no image needs a copy."""

from __future__ import annotations

import gc
import sys
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING
from weakref import WeakSet

from wasmlab.runtime.arena import reserve
from wasmlab.runtime.memory import DIRTY_SHIFT

if TYPE_CHECKING:
    from mmap import mmap

    from wasmlab.native.page_copier import PageCopier

PAGE = 1 << DIRTY_SHIFT
LEAF = 256
"""Pages that a leaf knows, and pages of a segment."""
_POPULATE = 23
"""MADV_POPULATE_WRITE: Linux takes all pages at once, which costs less than one by one."""
_LARGE = 64
"""Segments of a room that is worth looking for others that nobody needs."""
_IS_ZERO = bytes((1, 0)) + bytes(254)


@dataclass(slots=True, eq=False, weakref_slot=True)
class Leaf:
    """Where copies of 256 pages are: numbers of slots, 0 for zeros. Images share leaves."""

    slots: array[int]


@dataclass(slots=True, eq=False, weakref_slot=True)
class Room:
    """Slots for pages; which of them are used follows from the leaves that are alive."""

    segments: list[bytearray | mmap] = field(default_factory=list["bytearray | mmap"])
    free: array[int] = field(default_factory=lambda: array("I"))
    """Slots to take, from the end on; ``make_ready`` sees to it that there are enough."""
    zero: Leaf = field(default_factory=lambda: Leaf(array("I", bytes(4 * LEAF))))
    copied: int = 0
    """Pages that were copied one by one."""
    copier: PageCopier | None = None
    """What copies many of them, once it is loaded."""
    _leaves: WeakSet[Leaf] = field(default_factory=WeakSet[Leaf])
    _made: int = 0
    _gone: int = 0
    """Leaves that were gone when slots were last looked through."""

    def __post_init__(self) -> None:
        """Take a first segment: it has the page of zeros."""
        _ROOMS.add(self)
        self._grow()

    @property
    def nbytes(self) -> int:
        """Bytes of all segments."""
        return len(self.segments) * LEAF * PAGE

    def make_ready(self) -> None:
        """See to it that a leaf full of pages can be copied."""
        if len(self.free) < LEAF:
            gone = self._made - len(self._leaves)
            if gone > self._gone:
                self._gone = gone
                self._collect()
        while len(self.free) < LEAF:
            self._grow()

    def leaf(self, slots: array[int]) -> Leaf:
        """Return a leaf, whose slots are used from now on."""
        leaf = Leaf(slots)
        self._leaves.add(leaf)
        self._made += 1
        return leaf

    def read(self, slot: int) -> bytes | bytearray:
        """Return the page in a slot."""
        at = slot % LEAF * PAGE
        return self.segments[slot // LEAF][at : at + PAGE]

    def write(self, page: bytes) -> int:
        """Copy a page into a free slot and return that."""
        slot = self.free.pop()
        at = slot % LEAF * PAGE
        self.segments[slot // LEAF][at : at + PAGE] = page
        return slot

    def _collect(self) -> None:
        used = bytearray(LEAF * len(self.segments))
        for leaf in self._leaves:
            for slot in leaf.slots:
                used[slot] = 1
        used[0] = 1
        used.reverse()
        self.free = array("I", compress(range(len(used) - 1, -1, -1), used.translate(_IS_ZERO)))

    def _grow(self) -> None:
        """Take a segment; the very first slot is the page of zeros."""
        if len(self.segments) == _LARGE and any(len(room.segments) > _LARGE for room in _ROOMS):
            gc.collect()  # sessions that are over lie in cycles, with their rooms
        data, size = reserve(LEAF * PAGE)
        if size < LEAF * PAGE:
            data = bytearray(LEAF * PAGE)
        elif sys.platform == "linux" and not isinstance(data, bytearray):
            with suppress(OSError):
                data.madvise(_POPULATE)
        first = LEAF * len(self.segments)
        self.segments.append(data)
        self.free = array("I", range(first + LEAF - 1, max(first, 1) - 1, -1)) + self.free


_ROOMS: WeakSet[Room] = WeakSet()
