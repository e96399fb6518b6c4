"""The pool of page copies that images are made of.

Memory is taken in segments and kept; a slot is free again once no page table names it.
"""

from __future__ import annotations

import gc
import sys
from array import array
from contextlib import suppress
from itertools import compress
from weakref import WeakSet

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.arena import reserve
from wasmlab.runtime.memory import DIRTY_SHIFT

if TYPE_CHECKING:
    from mmap import mmap

    from wasmlab.native.page_copier import PageCopier

PAGE = 1 << DIRTY_SHIFT
TABLE_PAGES = 256
"""Pages of a page table, and of a segment."""
_POPULATE = 23
"""MADV_POPULATE_WRITE: Linux allocates all pages at once, which costs less than one by one."""
_LARGE = 64
"""At this many segments, if another pool is as large, garbage is collected before growing: finished
sessions lie in reference cycles, with their pools."""
_IS_ZERO = bytes((1, 0)) + bytes(254)


@dataclass(slots=True, eq=False, weakref_slot=True)
class PageTable:
    """The slots of 256 consecutive pages of an arena, 0 for a page of zeros; images share it."""

    slots: array[int]


@dataclass(slots=True, eq=False, weakref_slot=True)
class PagePool:
    """Slots for copies of pages; the page tables that are alive tell which of them are used."""

    segments: list[bytearray | mmap] = field(default_factory=list["bytearray | mmap"])
    free: array[int] = field(default_factory=lambda: array("I"))
    """Free slots, taken from the end; ``make_ready`` provides enough for a page table."""
    zero: PageTable = field(default_factory=lambda: PageTable(array("I", bytes(4 * TABLE_PAGES))))
    copied: int = 0
    """Pages copied one by one since the native copier was last looked for."""
    copier: PageCopier | None = None
    """The native copier of many pages, once it is loaded."""
    _page_tables: WeakSet[PageTable] = field(default_factory=WeakSet[PageTable])
    _made: int = 0
    _gone: int = 0
    """Page tables that had died when free slots were last searched for."""

    def __post_init__(self) -> None:
        """Take a first segment: it has the page of zeros."""
        _POOLS.add(self)
        self._grow()

    @property
    def nbytes(self) -> int:
        """Bytes of all segments."""
        return len(self.segments) * TABLE_PAGES * PAGE

    def make_ready(self) -> None:
        """Provide free slots for all pages of a page table."""
        if len(self.free) < TABLE_PAGES:
            gone = self._made - len(self._page_tables)
            if gone > self._gone:
                self._gone = gone
                self._collect()
        while len(self.free) < TABLE_PAGES:
            self._grow()

    def page_table(self, slots: array[int]) -> PageTable:
        """Return a new page table; its slots are used as long as it is alive."""
        page_table = PageTable(slots)
        self._page_tables.add(page_table)
        self._made += 1
        return page_table

    def read(self, slot: int) -> bytes | bytearray:
        """Return a copy of the page in a slot."""
        at = slot % TABLE_PAGES * PAGE
        return self.segments[slot // TABLE_PAGES][at : at + PAGE]

    def write(self, page: bytes) -> int:
        """Copy a page into a free slot and return its number."""
        slot = self.free.pop()
        at = slot % TABLE_PAGES * PAGE
        self.segments[slot // TABLE_PAGES][at : at + PAGE] = page
        return slot

    def _collect(self) -> None:
        used = bytearray(TABLE_PAGES * len(self.segments))
        for page_table in self._page_tables:
            for slot in page_table.slots:
                used[slot] = 1
        used[0] = 1
        used.reverse()
        self.free = array("I", compress(range(len(used) - 1, -1, -1), used.translate(_IS_ZERO)))

    def _grow(self) -> None:
        """Take a segment; the very first slot is the page of zeros."""
        if len(self.segments) == _LARGE and any(len(pool.segments) > _LARGE for pool in _POOLS):
            gc.collect()
        data, size = reserve(TABLE_PAGES * PAGE)
        if size < TABLE_PAGES * PAGE:
            data = bytearray(TABLE_PAGES * PAGE)
        elif sys.platform == "linux" and not isinstance(data, bytearray):
            with suppress(OSError):
                data.madvise(_POPULATE)
        first = TABLE_PAGES * len(self.segments)
        self.segments.append(data)
        self.free = array("I", range(first + TABLE_PAGES - 1, max(first, 1) - 1, -1)) + self.free


_POOLS: WeakSet[PagePool] = WeakSet()
