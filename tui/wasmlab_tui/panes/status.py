"""One line above the footer: state, step, place, and why it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.line import Tone, Toned, line
from wasmlab_tui.render.status import (
    InHistory,
    branch_text,
    running_line,
    status_line,
    trail_text,
)

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab_tui.panes.lab_view import LabView


class StatusBar(LinePane, can_focus=False):
    """What is going on."""

    DEFAULT_CSS = """
    StatusBar { height: 1; border: none; background: $surface; }
    """

    def update_view(self, view: LabView) -> None:
        """Show a session that rests."""
        session = view.session
        last = session.recorded[1]
        history = InHistory(last, branch_text(session.branches), trail_text(session.trail))
        width, place = self.size.width or None, session.location
        line = status_line(session.state, session.tick, place, session.stop, history, width=width)
        self.set_lines([line])

    def remark(self, text: str) -> None:
        """Show a text before what is shown."""
        remark = Toned(f" {text} ", Tone.HERE)
        rest = (span for shown in self.lines for span in shown.spans if span != remark)
        self.set_lines([line(remark, *rest)])

    def update_running(self, session: Session) -> None:
        """Show how far a command is."""
        self.set_lines([running_line(str(session.views.progress))])
