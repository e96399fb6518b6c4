"""Looking through recorded history: replay with probes, and what is found at them.

Going backwards, each interval between two snapshots is replayed once, the last one first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from wasmlab.debug.place import functions
from wasmlab.debug.target import Position, bound, position
from wasmlab.engine.recording.recorder import account, run_to, show
from wasmlab.engine.recording.timeline import index_before
from wasmlab.errors import Trap
from wasmlab.exec.code import probes_of, set_probes
from wasmlab.exec.machine import Status
from wasmlab.runtime.probe import ALWAYS, AnyOf

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from wasmlab.debug.stepping import Control
    from wasmlab.debug.target import Target
    from wasmlab.exec.code import Code
    from wasmlab.runtime.probe import Filter

T = TypeVar("T")
Ask = Callable[["Code", int], "Filter | None"]
"""Returns the filter for a pc of a function, None if there is to be no probe."""
Probes = dict[int, set[int]]
"""Pcs by function address."""


class Filtered(dict[int, "dict[int, Filter | None]"]):
    """The same with filters: the machine stops only where they hold.

    ``ask`` says which probes functions get that are bound later.
    """

    def __init__(self, ask: Ask | None = None) -> None:
        super().__init__()
        self.ask = ask


Placed = Mapping[int, Collection[int]]
"""One or the other."""

_MANY = 1000
"""Positions that are looked at one after the other when only the last hit is wanted."""


def probes_where(target: Target, wanted: Callable[[Code, int], bool]) -> Filtered:
    """Return the pcs for which ``wanted(code, pc)``, of all functions that are or will be bound."""
    return filtered_where(target, lambda code, pc: ALWAYS if wanted(code, pc) else None)


def codes(target: Target) -> Iterator[Code]:
    """Yield the bound bodies of all functions; those that cannot be bound are left out."""
    for func in functions(target):
        try:
            yield bound(func)
        except Trap:
            continue


def add_probe(probes: Filtered, addr: int, pc: int, filter_: Filter | None) -> None:
    """Add a probe; one that is there already stops then if either filter holds."""
    pcs = probes.setdefault(addr, {})
    before = pcs.get(pc)
    if pc not in pcs:
        pcs[pc] = filter_
    elif filter_ is None or before is None:
        pcs[pc] = None
    elif filter_ != before:
        pcs[pc] = AnyOf((before, filter_))


def filtered_where(target: Target, ask: Ask) -> Filtered:
    """Return the pcs for which ``ask(code, pc)`` returns a filter, with it.

    Of all functions that are bound, and of others as soon as they are: those of a large program
    would take too long, and most never run.
    """
    found = Filtered(ask)
    for func in functions(target):
        if func.code is not None:
            extend(found, func.code)
    return found


def extend(probes: Placed, code: Code) -> None:
    """Add the probes that a function gets which was bound just now."""
    if isinstance(probes, Filtered) and probes.ask is not None:
        asked = ((pc, probes.ask(code, pc)) for pc in range(len(code.instrs)))
        for pc, filter_ in asked:
            if filter_ is not None:
                add_probe(probes, code.addr, pc, filter_)


@contextmanager
def probing(target: Target, probes: Placed) -> Generator[None]:
    """Have these probes and no others for a while."""
    store, funcs = target.store, target.store.funcs
    usual = {f.addr: probes_of(f.code) for f in funcs if f.code is not None and f.code.probes}
    told, later = store.bound, list[int]()

    def bind(code: Code) -> None:
        later.append(code.addr)
        extend(probes, code)
        set_probes(code, probes.get(code.addr, ()))

    store.bound = bind
    try:
        for addr in usual.keys() - probes.keys():
            set_probes(bound(funcs[addr]), ())
        for addr, pcs in list(probes.items()):
            set_probes(bound(funcs[addr]), pcs)
        yield
    finally:
        store.bound = told
        for addr in usual.keys() | probes.keys():
            set_probes(bound(funcs[addr]), usual.get(addr, ()))
        if told is not None:
            for addr in later:
                told(bound(funcs[addr]))


def visits(control: Control, end: int, probes: Placed) -> Iterator[Position]:
    """Replay from the present up to a tick (exclusive); yield every position that has a probe.

    What is not recorded is not executed: at the last recorded tick it ends.
    """
    recorder, last = control.recorder, control.recorder.timeline.last
    at = position(control.target)
    if at is not None and recorder.tick < end and at.pc in probes.get(at.func.addr, ()):
        yield at
    while recorder.tick < min(end, last):
        status = run_to(recorder, min(end, last), control.pause)
        if recorder.tick >= end:
            return
        at = position(control.target)
        if at is not None and (status is Status.PROBE or at.pc in at.code.probes):
            yield at
        if status is not Status.PROBE:
            return


def intervals(control: Control, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the intervals between snapshots in [first, end), the last one first.

    Each is the tick of a snapshot and the tick where the interval ends, exclusive.
    """
    timeline = control.recorder.timeline
    while end > first:
        at = index_before(timeline, end - 1)
        if at < 0:
            return
        start = timeline.snapshots[at].tick
        yield start, end
        end = start


def backwards(
    control: Control,
    end: int,
    probes: Placed,
    look: Callable[[Position], T | None],
    *,
    first: int = 0,
) -> tuple[int, T] | None:
    """Return the last tick in [first, end) at which ``look`` finds something, and what.

    The program stands anywhere afterwards.
    """
    with probing(control.target, probes):
        for start, stop in intervals(control, first, end):
            found = _last(control, (max(start, first), stop), probes, look)
            account(control.recorder)
            if found is not None:
                return found
    return None


def _last(
    control: Control,
    between: tuple[int, int],
    probes: Placed,
    look: Callable[[Position], T | None],
) -> tuple[int, T] | None:
    """Return what ``look`` finds last from one tick to before another, in one interval.

    Where there is much to look at, the later half of what is left comes first.
    """
    start, stop = between
    found: tuple[int, T] | None = None
    while start < stop:
        _stand(control, start)
        for looked, at in enumerate(visits(control, stop, probes)):
            if looked == _MANY:
                break
            seen = look(at)
            if seen is not None:
                found = control.recorder.tick, seen
        else:
            return found
        start = control.recorder.tick
        middle = (start + stop) // 2
        later = _last(control, (middle, stop), probes, look) if middle > start else None
        if later is not None:
            return later
        stop = middle if middle > start else stop
    return found


def _stand(control: Control, tick: int) -> None:
    """Replay to a tick without a stop."""
    recorder = control.recorder
    show(recorder, index_before(recorder.timeline, tick))
    if recorder.tick < tick:
        with probing(control.target, {}):
            run_to(recorder, tick, control.pause)


def forwards(
    control: Control, first: int, end: int, probes: Placed, look: Callable[[Position], T | None]
) -> Iterator[list[tuple[int, T]]]:
    """Yield lists of ticks in [first, end) at which ``look`` finds something, and what, in order.

    Other commands may move the program between two lists.
    """
    recorder = control.recorder
    for start, stop in sorted(intervals(control, first, end)):
        found: list[tuple[int, Any]] = []
        with probing(control.target, probes):
            show(recorder, index_before(recorder.timeline, start))
            for at in visits(control, stop, probes):
                seen = look(at) if recorder.tick >= first else None
                if seen is not None:
                    found.append((recorder.tick, seen))
            account(recorder)
        yield found
