"""Stopping places as front ends show them."""

from __future__ import annotations

from itertools import islice

from wasmlab.debug.stops.breakpoints import watches
from wasmlab.debug.stops.catching import FAILS, TRAP
from wasmlab.debug.stops.stop_point import AtCode, AtInstructions, OnAccess, OnFailure, OnTrap
from wasmlab.debug.views.model import Breakpoint, Catchpoint, Watchpoint
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import bound_code, location
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import asdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.debug.stops.stop_point import StopPoint
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Target
    from wasmlab.engine.recording.recorder import Recorder


def breakpoint_views(target: Target, breakpoints: Breakpoints) -> tuple[Breakpoint, ...]:
    """Return all breakpoints, by number."""
    points = breakpoints.by_number.values()
    return tuple(
        breakpoint_view(target, p, p.at) for p in points if p.number and isinstance(p.at, AtCode)
    )


def breakpoint_view(target: Target, point: StopPoint, at: AtCode) -> Breakpoint:
    """Return a breakpoint as front ends show it."""
    is_host = at.func.host is not None
    first, *others = islice(_locations(target, at), 1 if is_host else None)
    return Breakpoint(
        number=point.number,
        location=first,
        others=tuple(others),
        callee=inst_name(at.func) if is_host else "",
        name=escaped_name(at.name),
        pattern=at.pattern,
        **_terms(target, point),
    )


def _terms(target: Target, point: StopPoint) -> dict[str, Any]:
    """Return the fields that all kinds have."""
    return {
        "count": point.count(target.store.tick),
        "enabled": point.enabled,
        "ignores": point.ignores(target.store.tick),
        **asdict(point.terms),
    }


def _locations(target: Target, at: AtCode) -> Iterator[Location]:
    for addr, pcs in sorted(at.sites.items()):
        func = target.store.funcs[addr]
        for pc in sorted(pcs):
            yield location(target, func, bound_code(func).instrs[pc].offset)


def watchpoint_views(
    target: Target, recorder: Recorder, breakpoints: Breakpoints
) -> tuple[Watchpoint, ...]:
    """Return all watchpoints, by number."""
    return tuple(watchpoint_view(target, recorder, p, at) for p, at in watches(breakpoints))


def watchpoint_view(
    target: Target, recorder: Recorder, point: StopPoint, at: OnAccess
) -> Watchpoint:
    """Return a watchpoint as front ends show it."""
    from wasmlab.debug.stops.activation import is_alive
    from wasmlab.debug.stops.watchpoints import value_text

    frame = at.watched.frame
    gone = frame is not None and not is_alive(recorder, frame)
    now = "" if gone else value_text(target, at.watched)
    return Watchpoint(
        number=point.number,
        text=at.watched.text,
        access=at.access,
        now=now,
        again=at.watched.again,
        **_terms(target, point),
    )


def catchpoint_views(target: Target, breakpoints: Breakpoints) -> tuple[Catchpoint, ...]:
    """Return all catchpoints, by number."""
    points = breakpoints.by_number.values()
    caught = AtInstructions | OnFailure | OnTrap
    return tuple(
        catchpoint_view(target, p) for p in points if p.number and isinstance(p.at, caught)
    )


def catchpoint_view(target: Target, point: StopPoint) -> Catchpoint:
    """Return a catchpoint as front ends show it."""
    what = TRAP
    match point.at:
        case AtInstructions(event, _):
            what = event
        case OnFailure(func, _, errno):
            name = func.host.name if func.host is not None else ""
            what = f"{escaped_name(name)}={errno or FAILS}"
        case _:
            pass
    return Catchpoint(number=point.number, what=what, **_terms(target, point))
