"""What handlers of bulk instructions share: bounds, the marks of pages, and their fuel.

What takes more fuel than the run has leaves the loop, and the reference executes it in pieces: so a
pause need not wait long.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handlers.handler import INT8, INT64
from wasmlab.native.layout import WORD, StateWord
from wasmlab.runtime.fuel import BYTES_SHIFT

if TYPE_CHECKING:
    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler


def spend(h: Handler, items: Ir) -> None:
    """Take fuel for items that are moved, or leave; nothing after it may leave."""
    fuel = h.registers["fuel"]
    h.leave_if(h.e.gt_u(items, fuel))
    h.registers["fuel"] = h.e.sub(fuel, items)
    moved = h.e.add(h.state(StateWord.MOVED, INT64), items)
    h.store(moved, h.registers["state"], StateWord.MOVED * WORD)


def spend_bytes(h: Handler, nbytes: Ir) -> None:
    """Take fuel for bytes of memory that are moved, or leave likewise."""
    spend(h, h.e.lshr(nbytes, INT64(BYTES_SHIFT)))


def leave_unless_inside(h: Handler, first: Ir, count: Ir, size: Ir) -> None:
    """Leave if count items from the first on are not among size items."""
    end = h.e.add(first, count)
    h.leave_if(h.e.or_(h.e.gt_u(end, size), h.e.lt_u(end, first)))


def mark_pages(h: Handler, dirty: Ir, first: Ir, count: Ir, page_shift: int) -> None:
    """Mark the pages of count items from the first on; none if count is 0."""
    e, shift = h.e, INT64(page_shift)
    page = e.lshr(first, shift)
    last = e.lshr(e.sub(e.add(first, count), INT64(1)), shift)
    pages = e.add(e.sub(last, page), INT64(1))
    nonzero = e.select(e.eq(count, INT64(0)), INT64(0), pages)
    h.fill(h.at(dirty, page), INT8(1), nonzero)
