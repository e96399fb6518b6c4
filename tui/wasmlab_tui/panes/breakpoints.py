"""The list of breakpoints and watchpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab.debug.views.model import Breakpoint
from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.breakpoints import breakpoint_lines

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Watchpoint


class BreakpointsPane(ChoicePane):
    """Breakpoints in the order they were set."""

    BINDINGS = bindings(Scope.LIST, Scope.BREAKPOINTS)

    class Switched(Message):
        """A breakpoint is wanted on or off."""

        def __init__(self, stop: Breakpoint | Watchpoint) -> None:
            super().__init__()
            self.point = stop

    class Amended(Message):
        """A breakpoint is wanted with another condition."""

        def __init__(self, stop: Breakpoint) -> None:
            super().__init__()
            self.point = stop

    class Removed(Message):
        """A breakpoint is wanted no more."""

        def __init__(self, stop: Breakpoint | Watchpoint) -> None:
            super().__init__()
            self.point = stop

    stops: tuple[Breakpoint | Watchpoint, ...] = ()

    def update_view(self, session: Session) -> None:
        """Show the session's breakpoints."""
        self.stops = (*session.breakpoints, *session.watchpoints)
        self.set_lines(breakpoint_lines(session.breakpoints, session.watchpoints))
        self.cursor = max(0, min(self.cursor, len(self.stops) - 1))

    def action_switch(self) -> None:
        """Switch the breakpoint under the cursor on or off."""
        if self.stops:
            self.post_message(self.Switched(self.stops[self.cursor]))

    def action_amend(self) -> None:
        """Change the condition of the breakpoint under the cursor; a watchpoint has none."""
        stop = self.stops[self.cursor] if self.stops else None
        if isinstance(stop, Breakpoint):
            self.post_message(self.Amended(stop))

    def action_remove(self) -> None:
        """Remove the breakpoint under the cursor."""
        if self.stops:
            self.post_message(self.Removed(self.stops[self.cursor]))
