"""Copies of many pages at once: only those that are marked as written and differ."""

from __future__ import annotations

from array import array

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.layout import PAGE_SHIFT
from wasmlab.native.loop import load_loop
from wasmlab.native.store_rows import address_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class PageCopier:
    """Copies between an arena and segments, which are never moved."""

    def __init__(self, segments: Sequence[object]) -> None:
        self._segments = segments
        self._addresses = array("Q")
        loop = load_loop()
        self._keep, self._put = loop.keep, loop.put

    def keep(
        self,
        data: object,
        dirty: object,
        first: int,
        count: int,
        slots: array[int],
        free: array[int],
    ) -> None:
        """Copy marked pages that differ from their slots into free ones, the last free one first.

        Taken slots are no longer free. The marks stay.
        """
        taken = self._keep(
            address_of(data) + (first << PAGE_SHIFT),
            address_of(dirty) + first,
            slots.buffer_info()[0],
            count,
            self._known(),
            free.buffer_info()[0] + len(free) * free.itemsize,
        )
        del free[len(free) - taken :]

    def put(
        self,
        data: object,
        dirty: object,
        first: int,
        count: int,
        now: array[int],
        wanted: array[int],
    ) -> None:
        """Give pages the contents of the wanted slots where they are marked, or in others now."""
        self._put(
            address_of(data) + (first << PAGE_SHIFT),
            address_of(dirty) + first,
            now.buffer_info()[0],
            wanted.buffer_info()[0],
            count,
            self._known(),
        )

    def _known(self) -> int:
        """Return where the addresses of all segments are."""
        for segment in self._segments[len(self._addresses) :]:
            self._addresses.append(address_of(segment))
        return self._addresses.buffer_info()[0]
