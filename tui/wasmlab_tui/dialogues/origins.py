"""Who wrote a value, who wrote what that was copied from, and so on, as a list."""

from __future__ import annotations

from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.dialogues.chooser import ChooserScreen
from wasmlab_tui.panes.choice import ChoicePane


class OriginsScreen(ChooserScreen):
    """The key that asked goes on along the chain."""

    BINDINGS = bindings(Scope.ORIGINS)
    scopes = (Scope.ORIGINS, Scope.CHOOSER)

    def action_follow(self) -> None:
        """Go on to where the value was copied from."""
        pane = self.query_one(ChoicePane)
        if pane.cursor == pane.count - 1:
            self.notify("This is the origin: nothing was copied here.", timeout=3)
        else:
            pane.action_move(1)
