"""What happened so far, and what is recorded ahead, in the order of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.events import event_window

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

SHOWN = 1_000
"""Events that are shown at most: the nearest."""


class EventsPane(ChoicePane):
    """Calls, output, changes by hand, hits of breakpoints, the end; one click goes there."""

    clicks = 1

    def update_view(self, session: Session) -> None:
        """Show the events of the present history, unless nobody can see them."""
        if not self.display:
            return
        view = session.timeline_near(SHOWN // 2)
        past = sum(event.tick <= view.tick for event in view.events)
        first = max(0, min(past - SHOWN // 2, len(view.events) - SHOWN))
        shown = view.events[first : first + SHOWN]
        self.set_lines(event_window(shown, view.tick))
        if shown:
            self.go_to(max(past - first - 1, 0))
