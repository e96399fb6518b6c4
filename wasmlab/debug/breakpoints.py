"""Breakpoints: where execution stops, on which condition, from which hit on."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wasmlab.debug import view
from wasmlab.debug.expression import evaluate, parse
from wasmlab.debug.place import resolve
from wasmlab.debug.scope import FrameScope
from wasmlab.debug.target import Position, Target, bound, location
from wasmlab.errors import DebugError
from wasmlab.exec.code import set_probe

if TYPE_CHECKING:
    import ast

    from wasmlab.runtime.store import FuncInst


@dataclass(slots=True)
class Breakpoint:
    """A breakpoint; ``ticks`` are those at which it was reached with its condition true."""

    number: int
    func: FuncInst
    pc: int
    condition: str = ""
    tree: ast.expr | None = None
    hits: int = 0
    ticks: list[int] = field(default_factory=list[int])
    """In order; how often it was hit is so a function of the tick, on every way through time."""
    since: int = 0
    """From this tick on ``ticks`` are complete."""
    enabled: bool = True

    def count(self, tick: int) -> int:
        """Return how often it was reached up to a tick."""
        return bisect_right(self.ticks, tick)

    def note(self, tick: int) -> None:
        """Record a hit, once."""
        at = bisect_right(self.ticks, tick)
        if at == 0 or self.ticks[at - 1] != tick:
            self.ticks.insert(at, tick)


@dataclass(slots=True)
class Breakpoints:
    """All breakpoints of a session, by number."""

    by_number: dict[int, Breakpoint]
    last: int = 0


def add(
    target: Target, points: Breakpoints, where: str | int, condition: str = "", hits: int = 0
) -> Breakpoint:
    """Set a breakpoint; NoSuchLocation, BadExpression."""
    tree = parse(condition) if condition else None
    func, pc = resolve(target, where)
    points.last += 1
    point = Breakpoint(points.last, func, pc, condition, tree, hits, since=target.store.tick)
    points.by_number[point.number] = point
    set_probe(bound(func), pc, on=True)
    return point


def remove(points: Breakpoints, number: int) -> None:
    """Take a breakpoint away; DebugError if there is none of that number."""
    point = points.by_number.pop(number, None)
    if point is None:
        raise DebugError(f"there is no breakpoint {number}")
    _refresh(points, point)


def enable(points: Breakpoints, number: int, *, on: bool) -> None:
    """Switch a breakpoint on or off; DebugError if there is none of that number."""
    point = points.by_number.get(number)
    if point is None:
        raise DebugError(f"there is no breakpoint {number}")
    point.enabled = on
    _refresh(points, point)


def _refresh(points: Breakpoints, changed: Breakpoint) -> None:
    wanted = any(
        p.enabled and p.func is changed.func and p.pc == changed.pc
        for p in points.by_number.values()
    )
    set_probe(bound(changed.func), changed.pc, on=wanted)


def reached(target: Target, points: Breakpoints, at: Position) -> Breakpoint | None:
    """Count the hits at a place and return the breakpoint that stops there, if any."""
    stopping = None
    for point in points.by_number.values():
        if point.enabled and point.func is at.func and point.pc == at.pc:
            if point.tree is not None and not evaluate(point.tree, FrameScope(target, at)):
                continue
            point.note(target.store.tick)
            if point.count(target.store.tick) >= point.hits and stopping is None:
                stopping = point
    return stopping


def shown(target: Target, point: Breakpoint) -> view.Breakpoint:
    """Return a breakpoint as front ends show it."""
    offset = bound(point.func).instrs[point.pc].offset
    return view.Breakpoint(
        number=point.number,
        location=location(target, point.func, offset),
        condition=point.condition,
        hits=point.hits,
        count=point.count(target.store.tick),
        enabled=point.enabled,
    )


def moved(old: Breakpoint, func: FuncInst) -> Breakpoint:
    """Return a breakpoint at the same place of the same function in another store, uncounted."""
    if old.enabled:
        set_probe(bound(func), old.pc, on=True)
    return replace(old, func=func, ticks=[], since=0)


def forget_after(points: Breakpoints, tick: int) -> None:
    """Drop the hits behind a tick: they are of another timeline."""
    for point in points.by_number.values():
        del point.ticks[bisect_right(point.ticks, tick) :]
        point.since = min(point.since, tick)
