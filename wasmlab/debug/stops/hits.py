"""Which stopping places the program has reached, and whether they stop it."""

from __future__ import annotations

from wasmlab.debug.stops.stop_point import AtCode, AtInstructions
from wasmlab.debug.views.model import LogLine
from wasmlab.debug.views.target import location
from wasmlab.errors import BadExpression
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.debug.stops.stop_point import StopPoint
    from wasmlab.debug.views.target import Position, Target


def hit_breakpoint(target: Target, breakpoints: Breakpoints, at: Position) -> StopPoint | None:
    """Count the hits at a place and return what stops there, if anything; BadExpression."""
    reached = reached_at(target, breakpoints, at)
    return next((point for point in list(reached) if point.template is None), None)


def stopping(
    target: Target, breakpoints: Breakpoints, at: Position, reached: Iterable[StopPoint]
) -> StopPoint | None:
    """Let logpoints say what they have to at a position, and return the first that stops."""
    found = None
    for point in reached:
        if point.template is not None:
            breakpoints.log.add(log_line(target, point, at))
        elif found is None:
            found = point
    return found


def log_line(target: Target, point: StopPoint, at: Position) -> LogLine:
    """Return what a logpoint says at a position."""
    from wasmlab.debug.stops.template import filled

    place = location(target, at.func, at.instr.offset)
    text = filled(point.template or (), target, at)
    return LogLine(target.store.tick, point.number, place, text)


def reached_at(target: Target, breakpoints: Breakpoints, at: Position) -> Iterator[StopPoint]:
    """Yield what stops or says something before the next instruction, having counted the hit.

    BadExpression for a condition that has no value.
    """
    placed = breakpoints.by_place.get((at.func.addr, at.pc), {})
    for point in (*placed.values(), *breakpoints.spread.values()):
        is_here = point.enabled and _is_at(target, point, at)
        if is_here and counts(target, point, at, target.store.tick):
            yield point


def _is_at(target: Target, point: StopPoint, at: Position) -> bool:
    from wasmlab.debug.stops.accesses import callee

    match point.at:
        case AtCode(func):
            return func.host is None or callee(target, at) is func
        case AtInstructions(_, probes):
            return at.pc in probes.get(at.func.addr, ())
        case _:
            return False


def counts(target: Target, point: StopPoint, at: Position | None, tick: int) -> bool:
    """Count a hit if the condition is true at a position; return whether it stops.

    BadExpression for a condition that has no value.
    """
    if not holds_at(target, point, at):
        return False
    point.note(tick)
    return point.stops(tick)


def holds_at(target: Target, point: StopPoint, at: Position | None) -> bool:
    """Return whether there is no condition, or it is true; it is not where a name is unknown.

    BadExpression if it has no value.
    """
    from wasmlab.debug.stops.expression import holds
    from wasmlab.debug.stops.known import all_known
    from wasmlab.debug.stops.scope import FrameScope

    tree = point.tree
    if tree is None or at is None:
        return tree is None
    is_one = isinstance(point.at, AtCode) and len(point.at.sites) == 1
    if not is_one and not all_known(tree, at.func):
        return False
    try:
        return holds(tree, FrameScope(target, at))
    except BadExpression as error:
        if not point.number:
            return False  # a condition that is waited for
        which = f"breakpoint {point.number} if {escaped(point.terms.condition)}"
        raise BadExpression(f"{which}: {error.message}", hint=error.hint) from error
