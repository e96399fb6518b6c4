"""The list of breakpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.line_pane import ListPane
from wasmlab_tui.render.breakpoints import breakpoint_lines

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


class BreakpointsPane(ListPane):
    """Breakpoints in the order they were set."""

    def update_view(self, session: Session) -> None:
        """Show the session's breakpoints."""
        self.set_lines(breakpoint_lines(session.breakpoints))
