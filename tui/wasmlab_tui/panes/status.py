"""One line above the footer: state, step, place, and why it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.line_pane import ListPane
from wasmlab_tui.render.status import (
    History,
    current_branch,
    running_line,
    status_line,
    trail_text,
)

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab_tui.lab.bridge import Bridge


class StatusBar(ListPane, can_focus=False):
    """What is going on."""

    DEFAULT_CSS = """
    StatusBar { height: 1; border: none; background: $surface; }
    """

    def update_view(self, session: Session) -> None:
        """Show a session that rests."""
        last = session.recorded[1]
        history = History(last, current_branch(session.branches), trail_text(session.trail))
        line = status_line(session.state, session.tick, session.location, session.stop, history)
        self.set_lines([line])

    def update_running(self, bridge: Bridge) -> None:
        """Show how far and how fast a running program is."""
        self.set_lines([running_line(bridge.session.tick, bridge.rate)])
