"""The call frames; selecting one shows its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.frames import frame_lines
from wasmlab_tui.render.window import BLOCK, Window

if TYPE_CHECKING:
    from textual import events

    from wasmlab_tui.panes.lab_view import LabView
    from wasmlab_tui.render.line import Line


class FramesPane(LinePane):
    """Call frames, innermost first."""

    BINDINGS = bindings(Scope.FRAMES)
    scope = Scope.FRAMES

    class Selected(Message):
        """A frame was chosen."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    selected = 0

    def update_view(self, view: LabView) -> None:
        """Show all frames, one as selected."""
        session, base, frame = view.session, view.base, view.frame
        self.selected = frame
        if session.depth <= BLOCK:
            self.set_lines(frame_lines(session.frames, frame, base))
        else:

            def make(start: int, stop: int) -> list[Line]:
                return frame_lines(session.frame_rows(start, stop - start), frame, base)

            self.set_lines(Window(session.depth, make))
        self.reveal(frame, margin=1)

    def action_select(self, delta: int) -> None:
        """Select the frame that many lines further down."""
        self.post_message(self.Selected(self.selected + delta))

    def on_click(self, event: events.Click) -> None:
        """Select the frame that was clicked."""
        line = self.line_under(event)
        if line is not None:
            self.post_message(self.Selected(line))
