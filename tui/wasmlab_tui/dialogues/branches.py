"""The futures that a program has, as a list: one is gone to, or compared with the present one."""

from __future__ import annotations

from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.dialogues.chooser import ChooserScreen
from wasmlab_tui.panes.choice import ChoicePane


class BranchesScreen(ChooserScreen):
    """Gives the number of the line; ``compares`` says what it was chosen for."""

    BINDINGS = bindings(Scope.BRANCHES)
    scopes = (Scope.BRANCHES,)
    compares = False

    def action_compare(self) -> None:
        """Choose the branch to be compared."""
        self.compares = True
        self.dismiss(self.query_one(ChoicePane).cursor)
