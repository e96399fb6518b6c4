"""All stopping places of a session: setting, changing and removing them, and their probes."""

from __future__ import annotations

from functools import partial

from wasmlab.debug.stops.stop_point import AtCode, OnAccess, StopPoint, copied
from wasmlab.debug.views.target import Position, Target, bound_code
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def numbered(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last


# ---- the list ----


def put(breakpoints: Breakpoints, point: StopPoint) -> None:
    """Add a stopping place; ``refresh`` makes it stop."""
    breakpoints.by_number[point.number] = point
    if isinstance(point.at, OnAccess):
        breakpoints.spread[point.number] = point
    for place in _places(point.at):
        breakpoints.by_place.setdefault(place, {})[point.number] = point


def _places(at: Place) -> Iterator[tuple[int, int]]:
    sites = at.sites if isinstance(at, AtCode) else {}
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
    """Return what a stopping place is called: breakpoint or watchpoint."""
    return _KINDS[type(point.at)]


_KINDS: dict[type, str] = {AtCode: "breakpoint", OnAccess: "watchpoint"}


# ---- probes ----


def probes(target: Target, breakpoints: Breakpoints) -> ConditionalProbes:
    """Return where the machine has to stop for what is switched on."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe

    found = ConditionalProbes()
    for point in breakpoints.by_number.values():
        if point.enabled and isinstance(point.at, AtCode):
            for addr, pcs in point.at.sites.items():
                predicate = _predicate(bound_code(target.store.funcs[addr]), point)
                for pc in pcs:
                    add_probe(found, addr, pc, predicate)
    for asked in _spread_probes(breakpoints):
        for addr, predicates in asked.items():
            for pc, predicate in predicates.items():
                add_probe(found, addr, pc, predicate)
    return found


def _spread_probes(breakpoints: Breakpoints) -> Iterator[ConditionalProbes]:
    from wasmlab.debug.stops.watchpoints import ends_of

    for point in breakpoints.spread.values():
        if point.enabled and isinstance(point.at, OnAccess):
            yield point.at.probes
            yield ends_of(point.at)


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
    if isinstance(point.at, AtCode):
        refresh_at(target, breakpoints, point.at.sites)
    else:
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
    for asked in _spread_probes(breakpoints):
        pcs = asked.get(code.addr, {})
        if pc in pcs:
            yield pcs[pc]


def _predicate(code: Code, point: StopPoint) -> Predicate | None:
    from wasmlab.debug.stops.predicates import condition_predicate

    return None if point.tree is None else condition_predicate(code, point.tree)


def _bind(breakpoints: Breakpoints, code: Code) -> None:
    """Give a function that was bound just now the probes that it needs."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe, extend
    from wasmlab.exec.code import set_probes

    wanted = ConditionalProbes()
    for point in breakpoints.spread.values():
        if isinstance(point.at, OnAccess):
            extend(point.at.probes, code)
    for asked in _spread_probes(breakpoints):
        for pc, predicate in asked.get(code.addr, {}).items():
            add_probe(wanted, code.addr, pc, predicate)
    if wanted:
        set_probes(code, wanted[code.addr])


# ---- watchpoints ----


def watches(breakpoints: Breakpoints) -> list[tuple[StopPoint, OnAccess]]:
    """Return the watchpoints, with what they watch."""
    return [
        (point, point.at) for point in breakpoints.spread.values() if isinstance(point.at, OnAccess)
    ]


def watches_at(breakpoints: Breakpoints, at: Position) -> list[tuple[StopPoint, OnAccess]]:
    """Return the watchpoints that the next instruction may hit."""
    return [
        (point, watched)
        for point, watched in watches(breakpoints)
        if point.enabled and at.pc in watched.probes.get(at.func.addr, ())
    ]


# ---- other stores and timelines ----


def move_all(target: Target, old: Breakpoints, breakpoints: Breakpoints) -> None:
    """Set all at the same places of another store."""
    for point in old.by_number.values():
        put(breakpoints, copied(point, _moved(target, point.at), point.tree))
    refresh(target, breakpoints)


def _moved(target: Target, at: Place) -> Place:
    from wasmlab.debug.stops.watch_area import rebase
    from wasmlab.debug.stops.watchpoints import watched

    match at:
        case AtCode(func, sites, name):
            return AtCode(target.store.funcs[func.addr], sites, name)
        case OnAccess(what, access):
            return watched(target, rebase(target, what), access)


def forget_after(breakpoints: Breakpoints, tick: int) -> None:
    """Drop the hits after a tick: they are of another timeline."""
    from wasmlab.debug.stops.activation import forget_end

    for point in breakpoints.by_number.values():
        point.forget_after(tick)
        if isinstance(point.at, OnAccess) and point.at.watched.frame is not None:
            forget_end(point.at.watched.frame, tick)
