"""Stopping places made of what is typed or pointed at."""

from __future__ import annotations

from wasmlab.debug.stops.breakpoints import enable, point_of, put, refresh, refresh_for
from wasmlab.debug.stops.stop_point import EVERY_TIME, AtCode, StopPoint, StopTerms
from wasmlab.debug.stops.views import breakpoint_view
from wasmlab.errors import NoSuchLocation, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import replace

if TYPE_CHECKING:
    import ast

    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.debug.stops.stop_point import OnAccess, Place
    from wasmlab.debug.views.model import Breakpoint, Moved
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import FuncInst


def add(
    target: Target, breakpoints: Breakpoints, where: str | int, terms: StopTerms = EVERY_TIME
) -> Breakpoint:
    """Set a breakpoint and return it as front ends show it; NoSuchLocation, BadExpression.

    Where one stops at the same places on the same terms, it is that one, switched on.
    """
    at, moved = code_place(target, where)
    tree = condition_tree(target, terms.condition, at)
    for known in breakpoints.by_number.values():
        if (known.at, known.terms) == (at, terms):
            return _set_already(target, breakpoints, known, at)
    point = StopPoint(breakpoints.numbered(), at, terms, tree, since=target.store.tick)
    put(breakpoints, point)
    refresh_for(target, breakpoints, point)
    note = "" if moved is None else moved.note("set at")
    return replace(breakpoint_view(target, point, at), note=note)


def code_place(target: Target, where: str | int) -> tuple[AtCode, Moved | None]:
    """Return the instructions that are meant, or the calls of a host function; NoSuchLocation.

    With what to say if no instruction starts there.
    """
    from wasmlab.debug.stops.call_sites import call_sites
    from wasmlab.debug.stops.locations import resolve

    host = _imported(target, where)
    if host is None:
        found = resolve(target, where)
        sites = {func.addr: {pc} for func, pc in found.found}
        name = str(where).strip() if len(sites) > 1 else ""
        return AtCode(found.found[0].func, sites, name), found.moved
    sites = call_sites(target, host)
    if not sites:
        raise NoSuchLocation(f"{where} is imported, but nothing calls it")
    return AtCode(host, sites), None


def _imported(target: Target, where: str | int) -> FuncInst | None:
    """Return the host function that is meant, unless a module's function has the name."""
    from wasmlab.debug.stops.call_sites import find_import
    from wasmlab.debug.stops.locations import find_functions

    if isinstance(where, int) or find_functions(target, where.strip()):
        return None
    return find_import(target, where.strip())


def _set_already(
    target: Target, breakpoints: Breakpoints, known: StopPoint, at: AtCode
) -> Breakpoint:
    """Switch a breakpoint on, and return it with what should be known of it."""
    again = "" if known.enabled else ", and is switched on again"
    enable(target, breakpoints, known.number, on=True)
    note = f"Breakpoint {known.number} is there already{again}"
    return replace(breakpoint_view(target, known, at), note=note)


def amend(target: Target, breakpoints: Breakpoints, number: int, terms: StopTerms) -> None:
    """Put a stopping place on other terms; its hits count from here. DebugError, BadExpression."""
    point = point_of(breakpoints, number)
    point.tree = condition_tree(target, terms.condition, point.at)
    point.terms = terms
    point.forget_hits(target.store.tick)
    refresh_for(target, breakpoints, point)


def condition_tree(target: Target, text: str, at: Place) -> ast.expr | None:
    """Return a condition to be asked at some place, None if there is none; BadExpression."""
    from wasmlab.debug.stops.known import parse_condition

    return parse_condition(text, asked_functions(target, at)) if text else None


def asked_functions(target: Target, at: Place) -> list[FuncInst]:
    """Return the functions in which conditions of a stopping place are asked."""
    from wasmlab.debug.stops.locations import functions

    if isinstance(at, AtCode):
        return [target.store.funcs[addr] for addr in at.sites]
    frame = at.watched.frame
    return list(functions(target)) if frame is None else [target.store.funcs[frame.addr]]


def add_watch(
    target: Target,
    breakpoints: Breakpoints,
    text: str,
    access: str = "w",
) -> tuple[StopPoint, OnAccess]:
    """Set a watchpoint on ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0`` or ``$x``.

    access is w, r or rw. Raises BadExpression, UsageError.
    """
    from wasmlab.debug.stops.watch_area import parse_watch_area
    from wasmlab.debug.stops.watchpoints import ACCESSES, watched

    if access not in ACCESSES:
        raise UsageError(f"unknown access {access!r}", hint="w, r or rw")
    at = watched(target, parse_watch_area(target, text), access)
    point = StopPoint(breakpoints.numbered(), at, since=target.store.tick)
    put(breakpoints, point)
    refresh(target, breakpoints)
    return point, at
