"""Tables of references: flat 64-bit slots, with a mark for every 4 KiB that was written."""

from __future__ import annotations

import sys

from wasmlab.counted import counted
from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.arena import IS_BROWSER, slot_arena
from wasmlab.runtime.memory_budget import MemoryBudget
from wasmlab.syntax.types import I32, TableType

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ELEMENTS = 10_000_000
"""A table grows no further, whatever its type says (spec appendix on implementation limits)."""
ELEMENT_BYTES = 8
_FIRST_ELEMENTS = 1 << 12
_FILLED_AT_ONCE = 1 << 16
DIRTY_SHIFT = 9
"""512 elements make a page of 4 KiB."""


class Table:
    """A table instance: elements are the first ``size`` slots of ``cells``.

    Raises Exhaustion for more elements than any table may have, or than the budget has room for.
    """

    __slots__ = ("budget", "cells", "dirty", "size", "type")

    def __init__(
        self, tabletype: TableType, ref: int = 0, budget: MemoryBudget | None = None
    ) -> None:
        self.type = tabletype
        self.budget = budget or MemoryBudget(ELEMENT_BYTES * MAX_ELEMENTS)
        self.size = 0
        if tabletype.limits.minimum > MAX_ELEMENTS:
            raise Exhaustion(
                TrapCode.MEMORY_EXHAUSTED, f"a table of {tabletype.limits.minimum} elements"
            )
        capacity = max(self.max_elements, tabletype.limits.minimum)
        if IS_BROWSER:
            capacity = max(min(capacity, _FIRST_ELEMENTS), tabletype.limits.minimum)
        nbytes = ELEMENT_BYTES * tabletype.limits.minimum
        if not self.budget.has(nbytes):
            raise self.budget.exhausted(nbytes)
        self.cells = slot_arena(capacity)
        self.dirty = bytearray((capacity >> DIRTY_SHIFT) + 1)
        self.grow(tabletype.limits.minimum, ref)

    @property
    def max_elements(self) -> int:
        """Elements it may ever have."""
        reachable = (1 << (32 if self.type.addr is I32 else 64)) - 1
        declared = self.type.limits.maximum
        return min(MAX_ELEMENTS, reachable if declared is None else declared)

    def get(self, i: int) -> int:
        """Return element i; Trap(OUT_OF_BOUNDS_TABLE)."""
        self._check(i, 1)
        return self.cells[i]

    def set(self, i: int, ref: int) -> None:
        """Set element i."""
        self._check(i, 1)
        self.cells[i] = ref
        self.dirty[i >> DIRTY_SHIFT] = 1

    def grow(self, delta: int, ref: int) -> int:
        """Grow by delta elements equal to ref; return the old size, or -1 without any effect."""
        old = self.size
        if old + delta > self.max_elements or not self.budget.take(ELEMENT_BYTES * delta):
            return -1
        self.size += delta
        if self.size > len(self.cells):
            self._move(self.size * 2)
        if ref:  # null is what was never touched
            self.fill(old, ref, delta)
        return old

    def _move(self, capacity: int) -> None:
        cells = slot_arena(capacity)
        cells[: len(self.cells)] = self.cells
        self.cells = cells
        self.dirty.extend(bytes((capacity >> DIRTY_SHIFT) + 1 - len(self.dirty)))

    def fill(self, i: int, ref: int, n: int) -> None:
        """Set n elements from i on to ref."""
        self._check(i, n)
        for start in range(i, i + n, _FILLED_AT_ONCE):
            count = min(_FILLED_AT_ONCE, i + n - start)
            pattern = ref.to_bytes(ELEMENT_BYTES, sys.byteorder) * count
            self.cells[start : start + count] = memoryview(pattern).cast("Q")
        self._mark(i, n)

    def copy(self, dst: int, source: Table, src: int, n: int) -> None:
        """Copy n elements of source from src to dst, as if through a buffer."""
        source._check(src, n)
        self._check(dst, n)
        self.cells[dst : dst + n] = source.cells[src : src + n]
        self._mark(dst, n)

    def init(self, dst: int, refs: Sequence[int], src: int, n: int) -> None:
        """Copy n references of a segment from src to dst. Raises Trap."""
        if src + n > len(refs):
            raise Trap(
                TrapCode.OUT_OF_BOUNDS_TABLE,
                f"{counted(n, 'element')} from {src} on, the segment has {len(refs)}",
            )
        self._check(dst, n)
        for i, ref in enumerate(refs[src : src + n], dst):
            self.cells[i] = ref
        self._mark(dst, n)

    def _check(self, i: int, n: int) -> None:
        if i + n > self.size:
            raise Trap(
                TrapCode.OUT_OF_BOUNDS_TABLE,
                f"{counted(n, 'element')} at {i}, the table has {self.size}",
            )

    def _mark(self, i: int, n: int) -> None:
        if n:
            first, last = i >> DIRTY_SHIFT, (i + n - 1) >> DIRTY_SHIFT
            self.dirty[first : last + 1] = b"\x01" * (last - first + 1)
