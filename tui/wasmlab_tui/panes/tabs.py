"""The line of tabs that names the panes on a small screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.layout import TABS
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.tabs import tab_at, tab_line

if TYPE_CHECKING:
    from textual import events


class TabStrip(LinePane, can_focus=False):
    """One line; the shown pane is marked, a click shows another."""

    DEFAULT_CSS = """
    TabStrip { height: 1; border: none; background: $surface; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def mark(self, pane: str) -> None:
        """Mark the tab of a pane."""
        self.set_lines([tab_line(TABS, pane)])

    def on_click(self, event: events.Click) -> None:
        """Show the pane that was clicked."""
        pane = tab_at(TABS, event.x)
        if pane:
            self.post_message(self.Chosen(pane))
