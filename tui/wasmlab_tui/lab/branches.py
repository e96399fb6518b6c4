"""The key that shows the branches of history, to go to one or to compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.lab.desk import at_rest
from wasmlab_tui.render.branches import branch_lines, current_branch

if TYPE_CHECKING:
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher


class BranchKeys:
    """Goes from one branch to another."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher) -> None:
        self.desk, self.dispatcher = desk, dispatcher

    @at_rest
    def choose(self) -> None:
        """Show the branches that there are, and go to the end of one."""
        from wasmlab_tui.dialogues.chooser import BranchesScreen

        found = self.desk.session.branches
        if len(found) == 1:
            self.desk.say("There is one history so far: e changes a value and begins a branch.")
            return
        screen = BranchesScreen("Branches", branch_lines(found))

        def chosen(number: int | None) -> None:
            if number is not None:
                take = self._compare if screen.compares else self._go_to
                take(found[number].number)

        self.desk.ask(screen, chosen)

    def _go_to(self, number: int) -> None:
        self.dispatcher.send(lambda: self.desk.session.switch(number))

    def _compare(self, number: int) -> None:
        present = current_branch(self.desk.session.branches).number
        if number == present:
            self.desk.say("This is the present branch: choose another one.")
            return
        self.dispatcher.send(
            lambda: self.desk.session.compare(present, number),
            lambda found: self.desk.say(str(found)),
        )
