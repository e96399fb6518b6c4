"""Breakpoints: where execution stops, on which condition, from which hit on."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from itertools import islice

from wasmlab.debug.views import model
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import Position, Target, bound_code, location
from wasmlab.errors import BadExpression, DebugError, NoSuchLocation, UsageError
from wasmlab.escape import escaped, escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field, replace

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from wasmlab.debug.stops.call_sites import Sites
    from wasmlab.debug.stops.probes import ConditionalProbes
    from wasmlab.debug.stops.watchpoints import Watch
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code, FuncInst


@dataclass(slots=True)
class ActiveBreakpoint:
    """A breakpoint; ``ticks`` are those at which it was reached with its condition true."""

    number: int
    func: FuncInst
    """The function that it is in; a host function, if it is where that is called."""
    sites: Sites
    """Where it stops."""
    condition: str = ""
    tree: ast.expr | None = None
    hits: int = 0
    ticks: list[int] = field(default_factory=list[int])
    """Sorted ticks of its hits: how many are at or before a tick is the hit count there, which so
    survives going back and forth."""
    since: int = 0
    """From this tick on ``ticks`` are complete."""
    enabled: bool = True
    name: str = ""
    """What all functions of ``sites`` are called, if it was set by a name that several have."""

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

    by_number: dict[int, ActiveBreakpoint]
    last: int = 0
    watches: dict[int, Watch] = field(default_factory=dict[int, "Watch"])
    """Watchpoints, numbered together with the breakpoints."""
    by_place: dict[tuple[int, int], dict[int, ActiveBreakpoint]] = field(
        default_factory=dict[tuple[int, int], "dict[int, ActiveBreakpoint]"]
    )
    """Breakpoints by function address and pc, then by number."""


def add(
    target: Target, breakpoints: Breakpoints, where: str | int, condition: str = "", hits: int = 0
) -> model.Breakpoint:
    """Set a breakpoint and return it as front ends show it; NoSuchLocation, BadExpression.

    Where one stops at the same places under the same condition, it is that one, switched on.
    """
    from wasmlab.debug.stops.call_sites import call_sites
    from wasmlab.debug.stops.locations import resolve

    host = _imported(target, where)
    if host is None:
        found = resolve(target, where)
        func, moved = found.found[0].func, found.moved
        sites = {func.addr: {pc} for func, pc in found.found}
    else:
        func, moved, sites = host, None, call_sites(target, host)
        if not sites:
            raise NoSuchLocation(f"{where} is imported, but nothing calls it")
    tree, asked = condition_tree(target, condition, sites), (condition, hits)
    for known in breakpoints.by_number.values():
        if (known.func, known.sites) == (func, sites) and (known.condition, known.hits) == asked:
            return _set_already(target, breakpoints, known)
    name = str(where).strip() if host is None and len(sites) > 1 else ""
    breakpoints.last += 1
    breakpoint_ = ActiveBreakpoint(
        breakpoints.last, func, sites, condition, tree, hits, since=target.store.tick, name=name
    )
    put(breakpoints, breakpoint_)
    _refresh_at(target, breakpoints, sites)
    note = "" if moved is None else moved.note("set at")
    return replace(breakpoint_view(target, breakpoint_), note=note)


def _set_already(
    target: Target, breakpoints: Breakpoints, known: ActiveBreakpoint
) -> model.Breakpoint:
    """Switch a breakpoint on, and return it with what should be known of it."""
    again = "" if known.enabled else ", and is switched on again"
    enable(target, breakpoints, known.number, on=True)
    note = f"Breakpoint {known.number} is there already{again}"
    return replace(breakpoint_view(target, known), note=note)


def condition_tree(target: Target, text: str, sites: Sites) -> ast.expr | None:
    """Return a condition to be asked at some places, None if there is none; BadExpression."""
    from wasmlab.debug.stops.known import parse_condition

    return parse_condition(text, [target.store.funcs[addr] for addr in sites]) if text else None


def _imported(target: Target, where: str | int) -> FuncInst | None:
    """Return the host function that is meant, unless a module's function has the name."""
    from wasmlab.debug.stops.call_sites import find_import
    from wasmlab.debug.stops.locations import find_functions

    if isinstance(where, int) or find_functions(target, where.strip()):
        return None
    return find_import(target, where.strip())


def put(breakpoints: Breakpoints, breakpoint_: ActiveBreakpoint) -> None:
    """Add a breakpoint; ``refresh`` makes it stop."""
    breakpoints.by_number[breakpoint_.number] = breakpoint_
    for place in _places(breakpoint_):
        breakpoints.by_place.setdefault(place, {})[breakpoint_.number] = breakpoint_


def _places(breakpoint_: ActiveBreakpoint) -> Iterator[tuple[int, int]]:
    return ((addr, pc) for addr, pcs in breakpoint_.sites.items() for pc in pcs)


def add_watch(target: Target, breakpoints: Breakpoints, text: str, access: str = "w") -> Watch:
    """Set a watchpoint on ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0`` or ``$x``.

    access is w, r or rw. Raises BadExpression, UsageError.
    """
    from wasmlab.debug.stops.watch_area import parse_watch_area
    from wasmlab.debug.stops.watchpoints import ACCESSES, Watch, probes_of

    if access not in ACCESSES:
        raise UsageError(f"unknown access {access!r}", hint="w, r or rw")
    what = parse_watch_area(target, text)
    breakpoints.last += 1
    watch = Watch(breakpoints.last, what, access, probes_of(target, what, access))
    breakpoints.watches[watch.number] = watch
    refresh(target, breakpoints)
    return watch


def remove(target: Target, breakpoints: Breakpoints, number: int) -> None:
    """Take a breakpoint or watchpoint away; DebugError if no such number is known."""
    breakpoint_ = breakpoints.by_number.pop(number, None)
    if breakpoint_ is not None:
        for place in _places(breakpoint_):
            del breakpoints.by_place[place][number]
        _refresh_at(target, breakpoints, breakpoint_.sites)
    elif breakpoints.watches.pop(number, None) is not None:
        refresh(target, breakpoints)
    else:
        raise DebugError(f"there is no breakpoint {number}")


def enable(target: Target, breakpoints: Breakpoints, number: int, *, on: bool) -> None:
    """Switch a breakpoint or watchpoint on or off; DebugError if no such number is known."""
    breakpoint_, watch = breakpoints.by_number.get(number), breakpoints.watches.get(number)
    if breakpoint_ is not None:
        breakpoint_.enabled = on
        _refresh_at(target, breakpoints, breakpoint_.sites)
    elif watch is not None:
        watch.enabled = on
        refresh(target, breakpoints)
    else:
        raise DebugError(f"there is no breakpoint {number}")


def amend(target: Target, breakpoints: Breakpoints, number: int, condition: str, hits: int) -> None:
    """Give a breakpoint another condition; its hits count from here. DebugError, BadExpression."""
    breakpoint_ = breakpoints.by_number.get(number)
    if breakpoint_ is None:
        raise DebugError(f"there is no breakpoint {number}")
    tree = condition_tree(target, condition, breakpoint_.sites)
    breakpoint_.condition, breakpoint_.tree, breakpoint_.hits = condition, tree, hits
    breakpoint_.ticks.clear()
    breakpoint_.since = target.store.tick
    _refresh_at(target, breakpoints, breakpoint_.sites)


def probes(target: Target, breakpoints: Breakpoints) -> ConditionalProbes:
    """Return where the machine has to stop for what is switched on."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
    from wasmlab.debug.stops.watchpoints import ends_of

    found = ConditionalProbes()
    for breakpoint_ in breakpoints.by_number.values():
        for addr, pcs in breakpoint_.sites.items() if breakpoint_.enabled else ():
            predicate = _predicate(bound_code(target.store.funcs[addr]), breakpoint_)
            for pc in pcs:
                add_probe(found, addr, pc, predicate)
    for watch in breakpoints.watches.values():
        for asked in (watch.probes, ends_of(watch)) if watch.enabled else ():
            for addr, pcs in asked.items():
                for pc, predicate in pcs.items():
                    add_probe(found, addr, pc, predicate)
    return found


def refresh(target: Target, breakpoints: Breakpoints) -> None:
    """Put probes where breakpoints and watchpoints need them, and nowhere else."""
    from wasmlab.exec.code import set_probes

    target.store.bound = partial(_bind, breakpoints) if breakpoints.watches else None
    wanted = probes(target, breakpoints)
    for func in target.store.funcs:
        if func.addr in wanted or (func.code is not None and func.code.probes):
            set_probes(bound_code(func), wanted.get(func.addr, {}))


def _refresh_at(target: Target, breakpoints: Breakpoints, sites: Sites) -> None:
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
    from wasmlab.debug.stops.watchpoints import ends_of

    for breakpoint_ in breakpoints.by_place.get((code.addr, pc), {}).values():
        if breakpoint_.enabled:
            yield _predicate(code, breakpoint_)
    for watch in breakpoints.watches.values():
        for asked in (watch.probes, ends_of(watch)) if watch.enabled else ():
            pcs = asked.get(code.addr, {})
            if pc in pcs:
                yield pcs[pc]


def _predicate(code: Code, breakpoint_: ActiveBreakpoint) -> Predicate | None:
    from wasmlab.debug.stops.predicates import condition_predicate

    return None if breakpoint_.tree is None else condition_predicate(code, breakpoint_.tree)


def _bind(breakpoints: Breakpoints, code: Code) -> None:
    """Give a function that was bound just now the probes that watchpoints need."""
    from wasmlab.debug.stops.probes import ConditionalProbes, add_probe, extend
    from wasmlab.exec.code import set_probes

    wanted = ConditionalProbes()
    for watch in breakpoints.watches.values():
        extend(watch.probes, code)
        for pc, predicate in watch.probes.get(code.addr, {}).items() if watch.enabled else ():
            add_probe(wanted, code.addr, pc, predicate)
    if wanted:
        set_probes(code, wanted[code.addr])


def watches_at(breakpoints: Breakpoints, at: Position) -> list[Watch]:
    """Return the watchpoints that the next instruction may hit."""
    return [
        watch
        for watch in breakpoints.watches.values()
        if watch.enabled and at.pc in watch.probes.get(at.func.addr, ())
    ]


def hit_breakpoint(
    target: Target, breakpoints: Breakpoints, at: Position
) -> ActiveBreakpoint | None:
    """Count the hits at a place and return the breakpoint that stops there, if any."""
    stopping = None
    for breakpoint_ in breakpoints.by_place.get((at.func.addr, at.pc), {}).values():
        if breakpoint_.enabled and _is_at(target, breakpoint_, at):
            if not _holds(target, breakpoint_, at):
                continue
            breakpoint_.note(target.store.tick)
            if breakpoint_.count(target.store.tick) >= breakpoint_.hits and stopping is None:
                stopping = breakpoint_
    return stopping


def _is_at(target: Target, breakpoint_: ActiveBreakpoint, at: Position) -> bool:
    from wasmlab.debug.stops.accesses import callee

    return breakpoint_.func.host is None or callee(target, at) is breakpoint_.func


def _holds(target: Target, breakpoint_: ActiveBreakpoint, at: Position) -> bool:
    """Return whether there is no condition, or it is true; it is not where a name is unknown."""
    from wasmlab.debug.stops.expression import holds
    from wasmlab.debug.stops.known import all_known
    from wasmlab.debug.stops.scope import FrameScope

    tree = breakpoint_.tree
    if tree is None:
        return True
    if len(breakpoint_.sites) > 1 and not all_known(tree, at.func):
        return False
    try:
        return holds(tree, FrameScope(target, at))
    except BadExpression as error:
        which = f"breakpoint {breakpoint_.number} if {escaped(breakpoint_.condition)}"
        raise BadExpression(f"{which}: {error.message}", hint=error.hint) from error


def breakpoint_view(target: Target, breakpoint_: ActiveBreakpoint) -> model.Breakpoint:
    """Return a breakpoint as front ends show it."""
    is_host = breakpoint_.func.host is not None
    first, *others = islice(_locations(target, breakpoint_), 1 if is_host else None)
    return model.Breakpoint(
        number=breakpoint_.number,
        location=first,
        others=tuple(others),
        callee=inst_name(breakpoint_.func) if is_host else "",
        condition=breakpoint_.condition,
        hits=breakpoint_.hits,
        count=breakpoint_.count(target.store.tick),
        enabled=breakpoint_.enabled,
        name=escaped_name(breakpoint_.name),
    )


def watchpoint_views(
    target: Target, recorder: Recorder, breakpoints: Breakpoints
) -> tuple[model.Watchpoint, ...]:
    """Return all watchpoints as front ends show them, by number."""
    watches = breakpoints.watches.values()
    if not watches:
        return ()
    from wasmlab.debug.stops.watchpoints import shown_watch

    return tuple(shown_watch(target, recorder, watch) for watch in watches)


def _locations(target: Target, breakpoint_: ActiveBreakpoint) -> Iterator[model.Location]:
    for addr, pcs in sorted(breakpoint_.sites.items()):
        func = target.store.funcs[addr]
        for pc in sorted(pcs):
            yield location(target, func, bound_code(func).instrs[pc].offset)


def move_all(target: Target, old: Breakpoints, breakpoints: Breakpoints) -> None:
    """Set breakpoints and watchpoints at the same places of another store."""
    from wasmlab.debug.stops.watch_area import rebase
    from wasmlab.debug.stops.watchpoints import Watch, probes_of

    for breakpoint_ in old.by_number.values():
        func = target.store.funcs[breakpoint_.func.addr]
        put(breakpoints, copy_breakpoint(breakpoint_, func))
    for number, watch in old.watches.items():
        what = rebase(target, watch.watched)
        found = probes_of(target, what, watch.access)
        breakpoints.watches[number] = Watch(number, what, watch.access, found, watch.enabled)
    refresh(target, breakpoints)


def copy_breakpoint(old: ActiveBreakpoint, func: FuncInst) -> ActiveBreakpoint:
    """Return a breakpoint at the same place of the same function in another store, uncounted."""
    return replace(old, func=func, ticks=[], since=0)


def forget_after(breakpoints: Breakpoints, tick: int) -> None:
    """Drop the hits after a tick: they are of another timeline."""
    from wasmlab.debug.stops.activation import forget_end

    for breakpoint_ in breakpoints.by_number.values():
        del breakpoint_.ticks[bisect_right(breakpoint_.ticks, tick) :]
        breakpoint_.since = min(breakpoint_.since, tick)
    for watch in breakpoints.watches.values():
        if watch.watched.frame is not None:
            forget_end(watch.watched.frame, tick)
