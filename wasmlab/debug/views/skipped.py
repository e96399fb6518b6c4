"""The trail of a step: structured instructions that it passed without executing them.

``block``, ``loop``, ``else`` and inner ``end`` take no tick; a person who steps still crosses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmlab.debug.views.symbols import label_name
from wasmlab.debug.views.target import location

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Position, Target


@dataclass(frozen=True, slots=True)
class Crossing:
    """A structured instruction that a step went past."""

    text: str
    """``left $inner``, ``entered $again``, ``again $again``, ``took the else``."""
    location: Location


def crossed(target: Target, before: Position, after: Position) -> tuple[Crossing, ...]:
    """Return what lies between two positions that one step leads from and to, in its order.

    Nothing if they are in different frames: a call or a return says enough itself.
    """
    if before.number != after.number or before.func is not after.func:
        return ()
    was, now = _opened(before), _opened(after)
    body = before.code.typed.body.instrs
    start, end = before.code.indices[before.pc], after.code.indices[after.pc]
    ends = before.code.typed.ends
    left = [
        Crossing(f"left {_name(before, opener)}", _place(target, before, ends[opener]))
        for opener in sorted(was - now, reverse=True)
    ]
    arm = _arm(before, start, end)
    entered = [
        Crossing(f"entered {_name(before, opener)}", _place(target, before, opener))
        for opener in sorted(now - was - {start})
    ]
    again = [
        Crossing(f"again {_name(before, opener)}", _place(target, before, opener))
        for opener in sorted(was & now)
        if body[opener].row.rule == "loop" and before.code.landing[opener] == after.pc
    ]
    other = [] if arm is None else [Crossing("took the else", _place(target, before, arm))]
    return (*left, *other, *(again[-1:] if end <= start else ()), *entered)


def _opened(at: Position) -> set[int]:
    """Return the indices of the structured instructions that are open."""
    here = at.code.indices[at.pc]
    return {o for o, end in at.code.typed.ends.items() if 0 <= o < here <= end}


def _arm(at: Position, start: int, end: int) -> int | None:
    """Return the index of the ``else`` that ``if`` at start went to, if it did."""
    body, ends = at.code.typed.body.instrs, at.code.typed.ends
    if body[start].row.rule != "if":
        return None
    index = start + 1
    while index < min(end, ends[start]):
        if body[index].row.rule == "else":
            return index
        index = ends.get(index, index) + 1
    return None


def _name(at: Position, opener: int) -> str:
    """Return the label's name, or what it is where it has none."""
    typed = at.code.typed
    ordinal = sum(0 <= other < opener for other in typed.ends)
    name = label_name(at.code.instance.module, at.func.index, ordinal, 0)
    return name if name.startswith("$") else f"the {typed.body.instrs[opener].row.mnemonic}"


def _place(target: Target, at: Position, index: int) -> Location:
    return location(target, at.func, at.code.typed.body.instrs[index].offset)
