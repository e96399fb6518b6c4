"""Bulk instructions in parts, so that a large one can be paused.

The operands always say what is left to do, as in the steps of the specification (exec/instructions
.html#exec-memory-fill): an instruction that is paused in the middle goes on from its operands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from wasmlab.errors import Trap
from wasmlab.exec.bind import Site, offsets_of

if TYPE_CHECKING:
    from wasmlab.exec.binder import Op
    from wasmlab.syntax.row import Bulk, Row

_PART_OF_MEMORY = 1 << 20
"""Bytes that are done in one go."""
_PART_OF_OTHERS = 1 << 16
"""Elements of tables and arrays that are done in one go."""
_WORTH_A_LOOK = 1 << 16
"""Items before which it is asked whether to go on."""
_WORD = 1 << 64


def bind_bulk(whole: Op, site: Site, row: Row) -> Op:
    """Return a closure that does a bulk instruction in parts: a pause may come in between."""
    window, store = _window(site, cast("Bulk", row.bulk)), site.instance.store
    part = _PART_OF_MEMORY if row.writes_memory else _PART_OF_OTHERS
    stack, count = window.stack, window.items

    def bulk(fp: int) -> None:
        n = stack[fp + count]
        if n >= _WORTH_A_LOOK and store.poll is not None:
            store.poll()
        if n > part and _is_inside(whole, window, fp):
            while stack[fp + count] > part:
                _do_part(whole, window, fp, part)
                if store.poll is not None:
                    store.poll()
        whole(fp)

    return bulk


class _Window(NamedTuple):
    """The operands that change from part to part, as slots relative to the FP."""

    stack: memoryview[int]
    items: int
    to: int
    source: int | None

    def get(self, fp: int) -> tuple[int, int, int]:
        """Return how many items, where they go, and where they are from (else where they go)."""
        s, to = self.stack, self.stack[fp + self.to]
        return s[fp + self.items], to, to if self.source is None else s[fp + self.source]

    def put(self, fp: int, n: int, to: int, source: int) -> None:
        """Set them."""
        self.stack[fp + self.items], self.stack[fp + self.to] = n, to
        if self.source is not None:
            self.stack[fp + self.source] = source


def _window(site: Site, bulk: Bulk) -> _Window:
    slots = [site.base + at for at in offsets_of(site.params)]
    source = None if bulk.source is None else slots[bulk.source]
    return _Window(site.stack, slots[bulk.items], slots[bulk.to], source)


def _is_inside(whole: Op, window: _Window, fp: int) -> bool:
    """Return whether it will not trap: no item at its end would not either."""
    n, to, source = window.get(fp)
    if max(to, source) + n >= _WORD:
        return False
    try:
        window.put(fp, 0, to + n, source + n)
        whole(fp)
    except Trap:
        return False
    finally:
        window.put(fp, n, to, source)
    return True


def _do_part(whole: Op, window: _Window, fp: int, part: int) -> None:
    """Do the first items, or the last ones if what is written may still have to be read."""
    n, to, source = window.get(fp)
    if to > source:
        window.put(fp, part, to + n - part, source + n - part)
        whole(fp)
        window.put(fp, n - part, to, source)
    else:
        window.put(fp, part, to, source)
        whole(fp)
        window.put(fp, n - part, to + part, source + part)
