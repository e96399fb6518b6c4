"""The help screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Footer

from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.panes.line_pane import ListPane
from wasmlab_tui.render.help import help_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult


class HelpScreen(Screen[None]):
    """Keys and signs."""

    BINDINGS = bindings(Scope.READER)

    def compose(self) -> ComposeResult:
        """Lay out one long list."""
        yield ListPane(id="keys", title="Keys and signs")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill the list."""
        pane = self.query_one("#keys", ListPane)
        pane.set_lines(help_lines())
        pane.focus()

    def action_close(self) -> None:
        """Back to where the person was."""
        self.dismiss(None)
