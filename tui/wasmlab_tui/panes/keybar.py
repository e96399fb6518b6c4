"""The keys that are worth knowing, at the bottom of every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.actions import Action, Scope, actions_of
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.keys import action_at, fitting, line_of_keys

if TYPE_CHECKING:
    from textual import events


class KeyBar(LinePane, can_focus=False):
    """One line made of the table of actions; a click does what the key does.

    Textual's own footer makes a widget of every key, anew at every change of focus.
    """

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; border: none; background: $panel; }
    """

    def __init__(self, *scopes: Scope) -> None:
        super().__init__(id="keybar")
        self.every = [a for scope in scopes for a in actions_of(scope) if a.footer]
        self.actions: list[Action] = []

    def on_resize(self, _event: events.Resize) -> None:
        """Show the keys that have room."""
        self.actions = fitting(self.every, self.size.width)
        self.set_lines([line_of_keys(self.actions)])

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the pointer does."""
        action = action_at(self.actions, event.x)
        if action is not None:
            await self.screen.run_action(action.command)
