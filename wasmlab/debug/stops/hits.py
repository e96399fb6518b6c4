"""Which stopping places the program has reached, and whether they stop it."""

from __future__ import annotations

from wasmlab.debug.stops.stop_point import AtCode
from wasmlab.errors import BadExpression
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.debug.stops.stop_point import StopPoint
    from wasmlab.debug.views.target import Position, Target


def hit_breakpoint(target: Target, breakpoints: Breakpoints, at: Position) -> StopPoint | None:
    """Count the hits at a place and return the breakpoint that stops there, if any."""
    stopping = None
    for point in breakpoints.by_place.get((at.func.addr, at.pc), {}).values():
        if point.enabled and _is_at(target, point, at):
            if not holds_at(target, point, at):
                continue
            point.note(target.store.tick)
            if point.stops(target.store.tick) and stopping is None:
                stopping = point
    return stopping


def _is_at(target: Target, point: StopPoint, at: Position) -> bool:
    from wasmlab.debug.stops.accesses import callee

    if not isinstance(point.at, AtCode) or point.at.func.host is None:
        return True
    return callee(target, at) is point.at.func


def holds_at(target: Target, point: StopPoint, at: Position) -> bool:
    """Return whether there is no condition, or it is true; it is not where a name is unknown.

    BadExpression if it has no value.
    """
    from wasmlab.debug.stops.expression import holds
    from wasmlab.debug.stops.known import all_known
    from wasmlab.debug.stops.scope import FrameScope

    tree = point.tree
    if tree is None:
        return True
    is_one = isinstance(point.at, AtCode) and len(point.at.sites) == 1
    if not is_one and not all_known(tree, at.func):
        return False
    try:
        return holds(tree, FrameScope(target, at))
    except BadExpression as error:
        which = f"breakpoint {point.number} if {escaped(point.terms.condition)}"
        raise BadExpression(f"{which}: {error.message}", hint=error.hint) from error
