"""What handlers of bulk instructions share: bounds, the marks of pages, and how much is too much.

A run moves at most ``BULK_IN_RUN`` bytes, so that a pause need not wait long. What goes
beyond leaves the loop, and the reference executes it in pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.native.handlers.handler import INT8, INT64
from wasmlab.native.layout import WORD, StateWord

if TYPE_CHECKING:
    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler

BULK_IN_RUN = 4 << 20
"""Bytes: about a millisecond."""


def spend(h: Handler, nbytes: Ir) -> None:
    """Take bytes from what the run may still move, or leave; nothing after it may leave."""
    left = h.state(StateWord.BULK, INT64)
    h.leave_if(h.e.gt_u(nbytes, left))
    h.store(h.e.sub(left, nbytes), h.registers["state"], StateWord.BULK * WORD)


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
