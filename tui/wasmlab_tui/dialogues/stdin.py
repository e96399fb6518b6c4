"""A dialogue that asks for the program's standard input."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Input

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.prompt import PromptScreen


class StdinLine(Input):
    """One line of standard input; the key that ends input in a shell ends it in an empty line."""

    BINDINGS = bindings(Scope.STDIN)

    class Ended(Message):
        """There is no more input."""

    def action_end_input(self) -> None:
        """End the input; in a line with text, delete the character under the cursor."""
        if self.value:
            self.action_delete_right()
        else:
            self.post_message(self.Ended())


class StdinScreen(PromptScreen):
    """Asks for a line; ``dismiss`` gives it with its line feed, or "" for the end of input."""

    def __init__(self) -> None:
        super().__init__(
            "Standard input of the program:",
            hint="Enter sends the line, ctrl+d in an empty one ends the input. "
            "After esc: I ends the input, j says none yet.",
        )

    def line(self) -> Input:
        """Return the line of input."""
        return StdinLine(id="answer", compact=True)

    def take(self, line: str) -> None:
        """Give the line with its line feed."""
        self.dismiss(f"{line}\n")

    def on_stdin_line_ended(self, _event: StdinLine.Ended) -> None:
        """Give the end of input."""
        self.dismiss("")
