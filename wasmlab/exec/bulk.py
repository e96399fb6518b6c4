"""Bulk instructions in parts, so that a large one can be paused.

The operands always say what is left to do, as in the steps of the specification (exec/instructions
.html#exec-memory-fill): an instruction that is paused in the middle goes on from its operands.
"""

from __future__ import annotations

from wasmlab.errors import Trap
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import NamedTuple
from wasmlab.runtime.fuel import BYTES_SHIFT, can_move, exhaust
from wasmlab.runtime.operand import mask_of, offsets_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.exec.bind import Site
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


def bind_moving(whole: Op, site: Site, row: Row) -> Callable[[int], bool]:
    """Return what applies an instruction within the fuel, and returns whether that sufficed.

    The tick of the store must be that of the instruction. One that traps does so without fuel;
    others than bulk instructions are applied in any case, and may leave less than no fuel.
    """
    store, stack = site.instance.store, site.stack
    items, result = site.base + offsets_of(site.params)[-1], site.base
    shift = BYTES_SHIFT if row.writes_memory else 0
    window = None if row.bulk is None else _window(site, row.bulk)
    failed = mask_of(site.results[0]) if site.results else None

    def moving(fp: int) -> bool:
        n = stack[fp + items] >> shift
        if window is not None and not can_move(store, n) and _is_inside(whole, window, fp):
            exhaust(store)
            return False
        if window is not None and shift and store.budget.sparse and _is_inside(whole, window, fp):
            store.budget.need(stack[fp + items])
        whole(fp)
        if failed is None or stack[fp + result] != failed:
            store.moved += n
        return True

    return moving


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
