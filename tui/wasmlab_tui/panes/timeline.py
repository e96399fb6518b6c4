"""The timeline above the keys; a click goes to that step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.branches import forks_of
from wasmlab_tui.render.timeline import NextCall, tick_at, timeline_line

if TYPE_CHECKING:
    from textual import events

    from wasmlab_tui.panes.lab_view import LabView


class TimelineBar(LinePane, can_focus=False):
    """One line from the first recorded step to the last."""

    DEFAULT_CSS = """
    TimelineBar { height: 1; border: none; background: $surface; }
    """

    class Chosen(Message):
        """A step was chosen."""

        def __init__(self, tick: int) -> None:
            super().__init__()
            self.tick = tick

    _at = 0
    _span = (0, 0)
    _next_call: NextCall = lambda _tick: None
    _forks: frozenset[int] | set[int] = frozenset()

    def update_view(self, view: LabView) -> None:
        """Show where a session that rests stands in time."""
        session = view.session
        self._at, self._span = session.tick, session.recorded
        self._next_call = session.next_host_call
        self._forks = forks_of(session.branches)
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        """Draw anew."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Go to the step under the pointer."""
        self.post_message(self.Chosen(tick_at(event.x, *self._span, self.size.width)))

    def _draw(self) -> None:
        if self.size.width:
            width, forks = self.size.width, self._forks
            line = timeline_line(self._at, *self._span, self._next_call, width, forks)
            self.set_lines([line])
