"""Stopping places made of what is typed or pointed at."""

from __future__ import annotations

from fnmatch import fnmatchcase

from wasmlab.counted import counted
from wasmlab.debug.stops.breakpoints import enable, point_of, put, refresh_for
from wasmlab.debug.stops.stop_point import (
    EVERY_TIME,
    AtCode,
    AtInstructions,
    OnAccess,
    OnTrap,
    StopPoint,
    StopTerms,
)
from wasmlab.debug.stops.views import breakpoint_view, catchpoint_view
from wasmlab.debug.views.symbols import inst_name
from wasmlab.errors import NoSuchLocation, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import replace

if TYPE_CHECKING:
    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.debug.stops.stop_point import Place
    from wasmlab.debug.views.model import Breakpoint, Catchpoint, Moved
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import FuncInst

MOST_FUNCTIONS = 1000
"""Functions that a pattern may match: each is decoded when it is given a breakpoint."""


def add(
    target: Target, breakpoints: Breakpoints, where: str | int, terms: StopTerms = EVERY_TIME
) -> Breakpoint:
    """Set a breakpoint and return it as front ends show it; NoSuchLocation, BadExpression.

    Where one stops at the same places on the same terms, it is that one, switched on. UsageError
    for terms that make no sense.
    """
    at, moved = code_place(target, where)
    shown = _added(target, breakpoints, at, terms)
    return shown if moved is None or shown.note else replace(shown, note=moved.note("set at"))


def add_matching(
    target: Target, breakpoints: Breakpoints, pattern: str, terms: StopTerms = EVERY_TIME
) -> Breakpoint:
    """Set a breakpoint at the beginning of all functions whose names match, as ``add`` does.

    pattern: with ``*``, ``?`` and ``[...]``, with or without ``$``. NoSuchLocation if no name
    matches; UsageError if more than ``MOST_FUNCTIONS`` do.
    """
    return _added(target, breakpoints, matching(target, pattern), terms)


def matching(target: Target, pattern: str) -> AtCode:
    """Return the beginnings of the functions whose names match; NoSuchLocation, UsageError."""
    from wasmlab.debug.stops.locations import functions

    wanted = pattern.strip().removeprefix("$")
    found = [f for f in functions(target) if fnmatchcase(inst_name(f).removeprefix("$"), wanted)]
    if not found:
        hint = "* stands for any text: rbreak str*"
        raise NoSuchLocation(f"no function's name matches {pattern}", hint=hint)
    if len(found) > MOST_FUNCTIONS:
        hint = f"at most {MOST_FUNCTIONS:,}: a longer pattern matches fewer"
        raise UsageError(f"{pattern} matches {counted(len(found), 'function')}", hint=hint)
    return AtCode(found[0], {func.addr: {0} for func in found}, pattern.strip(), pattern=True)


def _added(target: Target, breakpoints: Breakpoints, at: AtCode, terms: StopTerms) -> Breakpoint:
    point = StopPoint(breakpoints.last + 1, at, since=target.store.tick)
    _take_terms(target, point, terms)
    there = next((addr, pc) for addr, pcs in at.sites.items() for pc in pcs)
    for known in breakpoints.by_place.get(there, {}).values():
        if (known.at, known.terms) == (at, terms):
            return _set_already(target, breakpoints, known, at)
    _set(target, breakpoints, point)
    return breakpoint_view(target, point, at)


def _set(target: Target, breakpoints: Breakpoints, point: StopPoint) -> None:
    breakpoints.last = point.number
    put(breakpoints, point)
    refresh_for(target, breakpoints, point)


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
    """Put a stopping place on other terms; its hits count from here if these say when it stops.

    Raises DebugError, BadExpression, UsageError.
    """
    point = point_of(breakpoints, number)
    old = point.terms
    _take_terms(target, point, terms)
    if (old.condition, old.hits) != (terms.condition, terms.hits):
        point.forget_hits(target.store.tick)
    refresh_for(target, breakpoints, point)


def ignore(target: Target, breakpoints: Breakpoints, number: int, count: int) -> None:
    """Pass over so many hits after this step; DebugError, UsageError below 0."""
    point = point_of(breakpoints, number)
    if count < 0:
        raise UsageError(f"cannot ignore {count} hits", hint="ignore 1 3; ignore 1 0 ends it")
    point.ignored, point.ignored_from = count, target.store.tick


def take_terms(target: Target, point: StopPoint, at: Place) -> None:
    """Read the terms of a stopping place anew, where it is now; BadExpression, UsageError."""
    point.at = at
    _take_terms(target, point, point.terms)


def _take_terms(target: Target, point: StopPoint, terms: StopTerms) -> None:
    from wasmlab.debug.stops.known import parse_condition
    from wasmlab.debug.stops.template import parse_template

    if terms.log and (terms.commands or terms.temporary):
        raise UsageError("a logpoint does not stop: it takes no commands, and stays")
    funcs = asked_functions(target, point.at) if terms.condition or terms.log else []
    tree = parse_condition(terms.condition, funcs) if terms.condition else None
    template = parse_template(terms.log, funcs) if terms.log else None
    point.terms, point.tree, point.template = terms, tree, template
    if funcs:  # some of them may have been bound for it just now
        point.at = _asking_again(target, point.at)


def _asking_again(target: Target, at: Place) -> Place:
    """Return a place whose probes are those in all functions that are bound."""
    from wasmlab.debug.stops.catching import instructions_of
    from wasmlab.debug.stops.watchpoints import watched

    match at:
        case OnAccess(what, access):
            return watched(target, what, access)
        case AtInstructions(what, _):
            return instructions_of(target, what)
        case _:
            return at


def asked_functions(target: Target, at: Place) -> list[FuncInst]:
    """Return the functions in which expressions of a stopping place are asked."""
    from wasmlab.debug.stops.locations import functions

    match at:
        case AtCode(_, sites):
            return [target.store.funcs[addr] for addr in sites]
        case OnAccess(what) if what.frame is not None:
            return [target.store.funcs[what.frame.addr]]
        case _:
            return list(functions(target))


def add_watch(
    target: Target,
    breakpoints: Breakpoints,
    text: str,
    access: str = "w",
    terms: StopTerms = EVERY_TIME,
) -> tuple[StopPoint, OnAccess]:
    """Set a watchpoint on ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0`` or ``$x``.

    access is w, r or rw. Raises BadExpression, UsageError.
    """
    from wasmlab.debug.stops.watch_area import parse_watch_area
    from wasmlab.debug.stops.watchpoints import ACCESSES, watched

    if access not in ACCESSES:
        raise UsageError(f"unknown access {access!r}", hint="w, r or rw")
    at = watched(target, parse_watch_area(target, text), access)
    return _placed(target, breakpoints, at, terms), at


def add_catch(
    target: Target, breakpoints: Breakpoints, what: str, terms: StopTerms = EVERY_TIME
) -> Breakpoint | Catchpoint:
    """Stop at ``trap``, ``throw``, calls of a host function, or those that fail.

    ``path_open=ENOENT`` is a failure, ``path_open=fails`` any. Raises NoSuchLocation,
    BadExpression, UsageError.
    """
    from wasmlab.debug.stops.catching import THROW, TRAP, called, instructions_of, on_failure

    name, equals, wanted = (part.strip() for part in what.partition("="))
    if equals:
        at: Place = on_failure(target, name, wanted)
    elif name == TRAP:
        at = OnTrap()
    elif name == THROW:
        at = instructions_of(target, THROW)
    else:
        called(target, name)
        return add(target, breakpoints, name, terms)
    return catchpoint_view(target, _placed(target, breakpoints, at, terms))


def _placed(target: Target, breakpoints: Breakpoints, at: Place, terms: StopTerms) -> StopPoint:
    point = StopPoint(breakpoints.last + 1, at, since=target.store.tick)
    _take_terms(target, point, terms)
    _set(target, breakpoints, point)
    return point
