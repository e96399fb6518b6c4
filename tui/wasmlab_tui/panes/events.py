"""What happened so far, and what is recorded ahead, in the order of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.events import event_window

if TYPE_CHECKING:
    from textual import events

    from wasmlab_tui.panes.lab_view import LabView

SHOWN = 1_000
"""Events that are shown at most: the nearest."""


class EventsPane(ChoicePane):
    """Calls, output, changes by hand, hits of breakpoints, the end; one click goes there."""

    clicks = 1

    _unread: LabView | None = None
    """What is not shown yet because the pane is hidden."""

    def update_view(self, view: LabView) -> None:
        """Show the events of the present history once the pane can be seen."""
        self._unread = view
        self._read()

    def leave_alone(self) -> None:
        """Read nothing more until the next view."""
        super().leave_alone()
        self._unread = None

    def on_show(self, _event: events.Show) -> None:
        """Show what was left until now."""
        self._read()

    def _read(self) -> None:
        if self._unread is None or not self.display:
            return
        view = self._unread.session.timeline_near(SHOWN // 2)
        self._unread = None
        past = sum(event.tick <= view.tick for event in view.events)
        first = max(0, min(past - SHOWN // 2, len(view.events) - SHOWN))
        shown = view.events[first : first + SHOWN]
        self.set_lines(event_window(shown, view.tick))
        if shown:
            self.go_to(max(past - first - 1, 0))
