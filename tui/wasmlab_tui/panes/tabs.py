"""The line of tabs that names the panes on a small screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.layout import TABS, PaneRow
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

    _rows, _active = TABS, ""

    def mark(self, pane: str) -> None:
        """Mark the tab of a pane."""
        self._active = pane
        self.set_lines([tab_line(self._rows, pane)])

    def have(self, rows: tuple[PaneRow, ...]) -> None:
        """Show the tabs of these panes."""
        if rows != self._rows:
            self._rows = rows
            self.mark(self._active)

    def on_click(self, event: events.Click) -> None:
        """Show the pane that was clicked."""
        pane = tab_at(self._rows, event.x, self._active)
        if pane:
            self.post_message(self.Chosen(pane))
