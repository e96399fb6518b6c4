"""All stopping places of a session: setting, changing and removing them, and their probes."""

from __future__ import annotations

from functools import partial

from wasmlab.debug.stops.log import Log
from wasmlab.debug.stops.stop_point import (
    AtCode,
    AtInstructions,
    OnAccess,
    OnFailure,
    OnTrap,
    StopPoint,
    copied,
)
from wasmlab.debug.views.target import Position, Target, bound_code
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wasmlab.debug.stops.call_sites import Sites
    from wasmlab.debug.stops.probes import ConditionalProbes
    from wasmlab.debug.stops.stop_point import Place
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code


@dataclass(slots=True)
class Breakpoints:
    """All stopping places of a session."""

    by_number: dict[int, StopPoint] = field(default_factory=dict[int, StopPoint])
    last: int = 0
    """The number that was given last."""
    by_place: dict[tuple[int, int], dict[int, StopPoint]] = field(
        default_factory=dict[tuple[int, int], "dict[int, StopPoint]"]
    )
    """Those at known instructions by function address and pc, then by number."""
    spread: dict[int, StopPoint] = field(default_factory=dict[int, StopPoint])
    """By number those that ask functions where they may stop, also functions bound later."""
    spent: StopPoint | None = None
    """The temporary one that has stopped the program last, and was removed then."""
    log: Log = field(default_factory=Log)
    """What logpoints have said."""


# ---- the list ----


def put(breakpoints: Breakpoints, point: StopPoint) -> None:
    """Add a stopping place; ``refresh`` makes it stop."""
    breakpoints.by_number[point.number] = point
    if isinstance(point.at, OnAccess | AtInstructions):
        breakpoints.spread[point.number] = point
    for place in _places(point.at):
        breakpoints.by_place.setdefault(place, {})[point.number] = point


def _places(at: Place) -> Iterator[tuple[int, int]]:
    sites = at.sites if isinstance(at, AtCode | OnFailure) else {}
    return ((addr, pc) for addr, pcs in sites.items() for pc in pcs)


def point_of(breakpoints: Breakpoints, number: int) -> StopPoint:
    """Return the stopping place of a number; DebugError if none has it."""
    point = breakpoints.by_number.get(number)
    if point is None:
        raise DebugError(f"there is no breakpoint {number}")
    return point


def remove(target: Target, breakpoints: Breakpoints, number: int) -> None:
    """Take a stopping place away; DebugError if no such number is known."""
    point = point_of(breakpoints, number)
    del breakpoints.by_number[number]
    breakpoints.spread.pop(number, None)
    for place in _places(point.at):
        del breakpoints.by_place[place][number]
    refresh_for(target, breakpoints, point)


def enable(target: Target, breakpoints: Breakpoints, number: int, *, on: bool) -> None:
    """Switch a stopping place on or off; DebugError if no such number is known."""
    point = point_of(breakpoints, number)
    point.enabled = on
    refresh_for(target, breakpoints, point)


def kinds(breakpoints: Breakpoints) -> dict[str, int]:
    """Return how many there are of each kind, by its name."""
    found = dict.fromkeys(_KINDS.values(), 0)
    for point in breakpoints.by_number.values():
        found[kind(point)] += 1
    return found


def kind(point: StopPoint) -> str:
    """Return what a stopping place is called: breakpoint, watchpoint or catchpoint."""
    return _KINDS[type(point.at)]


_KINDS: dict[type, str] = {
    AtCode: "breakpoint", OnAccess: "watchpoint", AtInstructions: "catchpoint",
    OnFailure: "catchpoint", OnTrap: "catchpoint",
}  # fmt: skip


# ---- probes ----


def probes(target: Target, breakpoints: Breakpoints) -> ConditionalProbes:
    """Return where the machine has to stop for what is switched on."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe

    found = ConditionalProbes()
    for point in breakpoints.by_number.values():
        if point.enabled and isinstance(point.at, AtCode | OnFailure):
            for addr, pcs in point.at.sites.items():
                predicate = _predicate(bound_code(target.store.funcs[addr]), point)
                for pc in pcs:
                    add_probe(found, addr, pc, predicate)
    for point in breakpoints.spread.values():
        for addr in _addresses(point):
            for pc, predicate in _spread_predicates(point, bound_code(target.store.funcs[addr])):
                add_probe(found, addr, pc, predicate)
    return found


def _addresses(point: StopPoint) -> set[int]:
    """Return the functions that have probes of a stopping place that asks for them."""
    from wasmlab.debug.stops.watchpoints import ends_of

    match point.at:
        case OnAccess() as watch:
            return watch.probes.keys() | ends_of(watch).keys()
        case AtInstructions(_, asked):
            return set(asked)
        case _:
            return set()


def _spread_predicates(
    point: StopPoint, code: Code, at: int | None = None
) -> Iterator[tuple[int, Predicate | None]]:
    """Yield the pcs of a function at which such a stopping place has a probe, with what it asks.

    at: the only pc that is wanted.
    """
    from wasmlab.debug.stops.predicates import condition_after, condition_predicate, joined
    from wasmlab.debug.stops.watchpoints import ends_of

    if not point.enabled:
        return
    tree = point.tree
    match point.at:
        case AtInstructions(_, asked):
            holds = None if tree is None else condition_predicate(code, tree)
            for pc, predicate in _at(asked.get(code.addr, {}), at):
                yield pc, predicate if holds is None else joined(predicate, holds)
        case OnAccess() as watch:
            for pc, predicate in _at(watch.probes.get(code.addr, {}), at):
                after = None if tree is None else condition_after(code, pc, tree)
                yield pc, predicate if after is None else joined(predicate, after)
            yield from _at(ends_of(watch).get(code.addr, {}), at)
        case _:
            return


def _at(
    predicates: dict[int, Predicate | None], pc: int | None
) -> Iterable[tuple[int, Predicate | None]]:
    if pc is None:
        return predicates.items()
    return [(pc, predicates[pc])] if pc in predicates else []


def refresh(target: Target, breakpoints: Breakpoints) -> None:
    """Put probes where stopping places need them, and nowhere else."""
    from wasmlab.exec.code import set_probes

    target.store.bound = partial(_bind, breakpoints) if breakpoints.spread else None
    wanted = probes(target, breakpoints)
    for func in target.store.funcs:
        if func.addr in wanted or (func.code is not None and func.code.probes):
            set_probes(bound_code(func), wanted.get(func.addr, {}))


def refresh_for(target: Target, breakpoints: Breakpoints, point: StopPoint) -> None:
    """Put probes as they are needed now that a stopping place was changed."""
    match point.at:
        case AtCode(_, sites) | OnFailure(_, sites):
            refresh_at(target, breakpoints, sites)
        case OnTrap():
            return
        case _:
            refresh(target, breakpoints)


def refresh_at(target: Target, breakpoints: Breakpoints, sites: Sites) -> None:
    """Put probes at some places as they are needed there now; all others are as they should be."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
    from wasmlab.exec.code import change_probes

    for addr, pcs in sites.items():
        code, wanted = bound_code(target.store.funcs[addr]), ConditionalProbes()
        for pc in pcs:
            for predicate in _predicates_at(breakpoints, code, pc):
                add_probe(wanted, addr, pc, predicate)
                if predicate is None:
                    break  # it stops there whatever else is asked
        change_probes(code, pcs, wanted.get(addr, {}))


def _predicates_at(breakpoints: Breakpoints, code: Code, pc: int) -> Iterator[Predicate | None]:
    """Yield what all that is switched on asks at a place, in the order of ``probes``."""
    for point in breakpoints.by_place.get((code.addr, pc), {}).values():
        if point.enabled:
            yield _predicate(code, point)
    for point in breakpoints.spread.values():
        yield from (predicate for _, predicate in _spread_predicates(point, code, pc))


def _predicate(code: Code, point: StopPoint) -> Predicate | None:
    from wasmlab.debug.stops.predicates import condition_predicate

    is_before = isinstance(point.at, AtCode)  # what is after an instruction is not known yet
    return condition_predicate(code, point.tree) if is_before and point.tree else None


def _bind(breakpoints: Breakpoints, code: Code) -> None:
    """Give a function that was bound just now the probes that it needs."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe, extend
    from wasmlab.exec.code import set_probes

    wanted = ConditionalProbes()
    for point in breakpoints.spread.values():
        if isinstance(point.at, OnAccess | AtInstructions):
            extend(point.at.probes, code)
        for pc, predicate in _spread_predicates(point, code):
            add_probe(wanted, code.addr, pc, predicate)
    if wanted:
        set_probes(code, wanted[code.addr])


# ---- watchpoints ----


def watches(breakpoints: Breakpoints) -> list[tuple[StopPoint, OnAccess]]:
    """Return the watchpoints, with what they watch."""
    return [
        (point, point.at) for point in breakpoints.spread.values() if isinstance(point.at, OnAccess)
    ]


def effects_at(breakpoints: Breakpoints, at: Position) -> list[StopPoint]:
    """Return those that the next instruction may hit, which stop after it going forward."""
    placed = breakpoints.by_place.get((at.func.addr, at.pc), {}).values()
    failures = [p for p in placed if p.enabled and isinstance(p.at, OnFailure)]
    return failures + [
        point
        for point, watched in watches(breakpoints)
        if point.enabled and at.pc in watched.probes.get(at.func.addr, ())
    ]


# ---- other stores and timelines ----


def move_all(target: Target, old: Breakpoints, breakpoints: Breakpoints, tick: int) -> None:
    """Set all at the same places of another store; tick: where the old one is."""
    for point in old.by_number.values():
        put(breakpoints, copied(point, _moved(target, point.at), tick))
    breakpoints.log = old.log
    refresh(target, breakpoints)


def _moved(target: Target, at: Place) -> Place:
    from wasmlab.debug.stops.catching import instructions_of
    from wasmlab.debug.stops.watch_area import rebase
    from wasmlab.debug.stops.watchpoints import watched

    match at:
        case AtCode(func) | OnFailure(func):
            return replace(at, func=target.store.funcs[func.addr])
        case AtInstructions():
            return instructions_of(target, at.what)
        case OnAccess(what, access):
            return watched(target, rebase(target, what), access)
        case OnTrap():
            return at


def forget_after(breakpoints: Breakpoints, tick: int) -> None:
    """Drop the hits after a tick: they are of another timeline."""
    from wasmlab.debug.stops.activation import forget_end

    for point in breakpoints.by_number.values():
        point.forget_after(tick)
        if isinstance(point.at, OnAccess) and point.at.watched.frame is not None:
            forget_end(point.at.watched.frame, tick)
