"""What happens when a line of a pane is chosen: the lab goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State
from wasmlab_tui.panes.breakpoints import BreakpointsPane
from wasmlab_tui.panes.displays import DisplaysPane
from wasmlab_tui.panes.labels import LabelsPane
from wasmlab_tui.panes.source import SourcePane

if TYPE_CHECKING:
    from wasmlab_tui.lab.browsing import BrowsingKeys
    from wasmlab_tui.lab.commands import CommandKeys
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.displays import DisplayKeys
    from wasmlab_tui.lab.editing import EditingKeys
    from wasmlab_tui.lab.history import HistoryKeys
    from wasmlab_tui.panes.choice import ChoicePane


class Choices:
    """Acts on the line chosen in a pane: goes to its step, breakpoint or label, edits its value."""

    def __init__(
        self,
        desk: Desk,
        commands: CommandKeys,
        history: HistoryKeys,
        editing: EditingKeys,
        browsing: BrowsingKeys,
        displays: DisplayKeys,
    ) -> None:
        self.desk, self.commands, self.history = desk, commands, history
        self.editing, self.browsing, self.displays = editing, browsing, displays

    def take(self, pane: ChoicePane, number: int) -> None:
        """Go to line ``number``, from 0: a moment, a breakpoint's line; or change its value."""
        line = pane.lines[number]
        if line.tick is not None:
            self.history.go_to_tick(line.tick)
        elif line.value:
            self.editing.change()
        elif isinstance(pane, BreakpointsPane):
            self._show_breakpoint(number)
        elif isinstance(pane, DisplaysPane):
            self.displays.edit()
        elif isinstance(pane, LabelsPane):
            self._show_target(pane, number)
        elif self.desk.session.state is State.WAITING_FOR_INPUT:
            self.commands.input()

    def _show_breakpoint(self, number: int) -> None:
        breakpoints = self.desk.session.breakpoints
        if number < len(breakpoints):
            place = breakpoints[number].location
            self.browsing.show_offset(place.offset, f"{place} is in another module.")

    def _show_target(self, pane: LabelsPane, number: int) -> None:
        target = pane.targets[number] if pane.targets else None
        source = self.desk.pane(SourcePane)
        source.go_to(target or source.cursor)
