"""Screens to read: the help, and what a command has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.keybar import KeyBar
from wasmlab_tui.panes.line_pane import LinePane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from wasmlab_tui.render.line import Line


class ReaderScreen(Screen[None]):
    """Lines that can be scrolled."""

    BINDINGS = bindings(Scope.READER)

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.heading, self.lines = title, lines

    def compose(self) -> ComposeResult:
        """Lay out one long list."""
        yield LinePane(id="text", title=self.heading)
        yield KeyBar(Scope.READER)

    def on_mount(self) -> None:
        """Fill the list."""
        pane = self.query_one("#text", LinePane)
        pane.set_lines(self.lines)
        pane.focus()

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
