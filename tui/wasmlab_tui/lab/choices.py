"""What happens when a line of a pane is chosen: the part of the lab that goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State
from wasmlab_tui.lab.editing import ChangingScreen
from wasmlab_tui.panes.labels import LabelsPane
from wasmlab_tui.panes.source import SourcePane

if TYPE_CHECKING:
    from wasmlab_tui.panes.breakpoints import BreakpointsPane
    from wasmlab_tui.panes.choice import ChoicePane


class ChoosingScreen(ChangingScreen):
    """Goes to moments, values and breakpoints; changes breakpoints."""

    def on_choice_pane_taken(self, event: ChoicePane.Taken) -> None:
        """Go to what was chosen: a moment, a breakpoint's line; or change a value."""
        line = event.pane.lines[event.number]
        if line.tick is not None:
            self.go_to_tick(line.tick)
        elif line.value:
            self.action_change()
        elif event.pane.id == "breakpoints":
            self._show_stop(event.number)
        elif isinstance(event.pane, LabelsPane):
            target = event.pane.targets[event.number] if event.pane.targets else None
            self.query_one(SourcePane).go_to(target or self.query_one(SourcePane).cursor)
        elif self.session.state is State.WAITING_FOR_INPUT:
            self.action_input()

    def _show_stop(self, number: int) -> None:
        stops = self.session.breakpoints
        if number < len(stops):
            place = stops[number].location
            self.show_offset(place.offset, f"{place} is in another module.")

    def on_breakpoints_pane_switched(self, event: BreakpointsPane.Switched) -> None:
        """Switch a breakpoint on or off."""
        stop = event.point
        self.change(lambda: self.session.enable_breakpoint(stop.number, on=not stop.enabled))

    def on_breakpoints_pane_removed(self, event: BreakpointsPane.Removed) -> None:
        """Remove a breakpoint."""
        self.change(lambda: self.session.remove_breakpoint(event.point.number))

    def on_breakpoints_pane_amended(self, event: BreakpointsPane.Amended) -> None:
        """Ask for another condition of a breakpoint."""
        self.amend(event.point)
