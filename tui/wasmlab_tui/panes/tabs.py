"""The line of tabs that names the panes on a small screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.panes.line_pane import ListPane
from wasmlab_tui.render.tabs import tab_at, tab_line

if TYPE_CHECKING:
    from textual import events


class TabStrip(ListPane, can_focus=False):
    """One line; the shown pane is marked, a click shows another."""

    DEFAULT_CSS = """
    TabStrip { height: 1; border: none; background: $surface; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def show_tabs(self, names: tuple[str, ...], active: str) -> None:
        """Show these tabs."""
        self.names = names
        self.set_lines([tab_line(names, active)])

    def on_click(self, event: events.Click) -> None:
        """Show the pane that was clicked."""
        name = tab_at(self.names, event.x)
        if name:
            self.post_message(self.Chosen(name))
