"""A program that begins again, as it was or as another, with the breakpoints that were set."""

from __future__ import annotations

from wasmlab.debug.preferences import carried
from wasmlab.debug.stops import breakpoints
from wasmlab.engine.recording.hosts.rewind import hosts_at_start
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.beginning import Beginning
    from wasmlab.debug.control import Control


def begun_again(
    beginning: Beginning, old: Control, *, carries: bool
) -> tuple[Control, tuple[str, ...]]:
    """Return what begins in the place of a program, and which of its stops have no place there.

    carries: it may be another program, so that breakpoints go where their instructions went. What
    raises changes nothing: as ``Session.restart``.
    """
    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.debug.whatif.carried import carry_stops

    def begin() -> tuple[Control, tuple[str, ...]]:
        control = beginning.begin(Breakpoints(last=old.breakpoints.last))
        control.preferences = carried(old.preferences)
        control.displays = old.displays
        if carries:
            return control, carry_stops(old, control)
        breakpoints.move_all(control.target, old.breakpoints, control.breakpoints, old.tick)
        return control, ()

    grants, work = beginning.grants, old.work
    with hosts_at_start(old.recorder.host.hosts, old.recorder.host.log), work.query():
        if grants.imports or grants.wasi is not None:  # they are the old program's too
            return begin()
        return work.beside("beginning again", begin)
