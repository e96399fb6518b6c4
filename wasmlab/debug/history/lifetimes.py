"""When the frames began whose locals are watched: found in the recorded past."""

from __future__ import annotations

from wasmlab.debug.history.search import backwards
from wasmlab.debug.stops.breakpoints import watches
from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
from wasmlab.engine.recording.recorder import goto as goto_tick
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import Flow

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.activation import Activation
    from wasmlab.debug.views.target import Position


def find_begin(control: Control, activation: Activation) -> None:
    """Find out when an activation began, by replaying what came before; the program moves."""
    if activation.since is not None or activation.caller is None:
        return
    addr, pc, below = activation.caller
    calls = ConditionalProbes()
    add_probe(calls, addr, pc, below)
    store = control.store
    for code in (func.code for func in store.funcs if func.code is not None):
        for place, instr in enumerate(code.instrs):
            if instr.row.flow is Flow.TAIL_CALL:
                add_probe(calls, code.addr, place, None)

    def look(at: Position) -> bool | None:
        is_call = at.number == below.number and (at.func.addr, at.pc) == (addr, pc)
        return is_call or at.number == activation.number or None

    with control.work.expecting(activation.seen - control.timeline.first):
        found = backwards(control, activation.seen, calls, look)
    activation.since = control.timeline.first if found is None else found[0] + 1


def find_begins(control: Control) -> None:
    """Find out when watched frames began; the program stays where it is."""
    known = [watch.watched.frame for _, watch in watches(control.breakpoints)]
    origin = control.tick
    for frame in filter(None, known):
        find_begin(control, frame)
    if control.tick != origin:
        goto_tick(control.recorder, origin)
