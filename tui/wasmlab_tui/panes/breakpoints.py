"""The list of breakpoints and watchpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.breakpoints import breakpoint_lines

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Breakpoint, Catchpoint, Watchpoint
    from wasmlab_tui.panes.lab_view import LabView

    StopPoint = Breakpoint | Watchpoint | Catchpoint


class BreakpointsPane(ChoicePane):
    """Breakpoints in the order they were set."""

    BINDINGS = bindings(Scope.LIST, Scope.BREAKPOINTS)
    scope = Scope.BREAKPOINTS

    class Switched(Message):
        """A breakpoint is to be switched on or off."""

        def __init__(self, chosen: StopPoint) -> None:
            super().__init__()
            self.breakpoint = chosen

    class Amended(Message):
        """A breakpoint is to have another condition."""

        def __init__(self, chosen: StopPoint) -> None:
            super().__init__()
            self.breakpoint = chosen

    class Removed(Message):
        """A breakpoint is to be removed."""

        def __init__(self, chosen: StopPoint) -> None:
            super().__init__()
            self.breakpoint = chosen

    breakpoints: tuple[StopPoint, ...] = ()

    def update_view(self, view: LabView) -> None:
        """Show the session's breakpoints."""
        session = view.session
        self.breakpoints = (*session.breakpoints, *session.watchpoints, *session.catchpoints)
        self.set_lines(breakpoint_lines(self.breakpoints))
        self.cursor = max(0, min(self.cursor, len(self.breakpoints) - 1))

    def action_switch(self) -> None:
        """Switch the breakpoint under the cursor on or off."""
        if self.breakpoints:
            self.post_message(self.Switched(self.breakpoints[self.cursor]))

    def action_amend(self) -> None:
        """Change when and how what is under the cursor stops."""
        if self.breakpoints:
            self.post_message(self.Amended(self.breakpoints[self.cursor]))

    def action_remove(self) -> None:
        """Remove the breakpoint under the cursor."""
        if self.breakpoints:
            self.post_message(self.Removed(self.breakpoints[self.cursor]))
