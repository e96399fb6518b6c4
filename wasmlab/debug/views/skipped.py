"""The trail of a step: structured instructions that it passed without executing them.

``block``, ``loop``, ``else`` and inner ``end`` take no tick: a step skips them.
"""

from __future__ import annotations

from wasmlab.debug.views.symbols import label_name
from wasmlab.debug.views.target import location
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.row import BlockKind

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Position, Target


@dataclass(frozen=True, slots=True)
class Skipped:
    """A structured instruction that a step went past."""

    text: str
    """``left $inner``, ``entered $again``, ``again $again``, ``took the else``."""
    location: Location


def skipped_instructions(target: Target, before: Position, after: Position) -> tuple[Skipped, ...]:
    """Return what lies between two positions that one step leads from and to, in its order.

    Nothing if they are in different frames: a call or a return says enough itself.
    """
    if before.number != after.number or before.func is not after.func:
        return ()
    typed = before.code.typed
    start, end = before.code.indices[before.pc], after.code.indices[after.pc]
    was, now = typed.open_blocks(start), typed.open_blocks(end)
    left = [
        Skipped(
            f"left {_name(before, opener, was[opener])}", _place(target, before, typed.ends[opener])
        )
        for opener in sorted(was.keys() - now, reverse=True)
    ]
    arm = typed.elses.get(start, end)
    entered = [
        Skipped(f"entered {_name(before, opener, now[opener])}", _place(target, before, opener))
        for opener in sorted(now.keys() - was - {start})
    ]
    again = [
        Skipped(f"again {_name(before, opener, now[opener])}", _place(target, before, opener))
        for opener in sorted(was.keys() & now)
        if typed.blocks[opener].kind is BlockKind.LOOP and before.code.landing[opener] == after.pc
    ]
    other = [Skipped("took the else", _place(target, before, arm))] if arm < end else []
    return (*left, *other, *(again[-1:] if end <= start else ()), *entered)


def _name(at: Position, opener: int, number: int) -> str:
    """Return the label's name, or what it is where it has none."""
    name = label_name(at.code.instance.module, at.func.index, number, 0)
    return name if name.startswith("$") else f"the {at.code.typed.blocks[opener].kind.value}"


def _place(target: Target, at: Position, index: int) -> Location:
    return location(target, at.func, at.code.typed.body.instrs[index].offset)
