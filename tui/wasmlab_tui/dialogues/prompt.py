"""A dialogue that asks for one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from wasmlab.escape import escaped
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.dialogues.ask import defect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult
    from textual.worker import Worker


def some_name(line: str) -> str:
    """Return what is wrong with a line that is to be a name, for ``PromptScreen``'s check."""
    return "" if line.strip() else "type a name, or press esc"


class PromptScreen(ModalScreen[str]):
    """Asks for a line; ``dismiss`` gives it, or nothing if it was cancelled.

    ``check`` returns what is wrong with a line, or "" if it may be taken; it may be a coroutine.
    """

    BINDINGS = bindings(Scope.DIALOGUE)

    DEFAULT_CSS = """
    PromptScreen { align: center middle; }
    PromptScreen #box {
        width: 72; max-width: 94%; height: auto; padding: 0 1;
        border: round $primary; background: $background;
    }
    PromptScreen Label { width: 1fr; height: auto; }
    PromptScreen #hint { color: $text-muted; }
    PromptScreen #wrong { color: $text-error; text-style: bold; }
    """

    def __init__(
        self,
        question: str,
        *,
        hint: str = "",
        value: str = "",
        check: Callable[[str], str | Awaitable[str]] = lambda _: "",
    ) -> None:
        super().__init__()
        self.question, self.hint, self.value, self.check = question, hint, value, check

    def compose(self) -> ComposeResult:
        """Lay out question, input line and hint."""
        with Vertical(id="box"):
            yield Label(Content(escaped(self.question)), id="question")
            yield self.line()
            yield Label(Content(escaped(self.hint or "Enter takes it, esc cancels.")), id="hint")
            yield Label(Content(""), id="wrong")

    def line(self) -> Input:
        """Return the line in which the answer is typed."""
        return Input(self.value, id="answer", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the line back, unless something is wrong with it."""
        found = self.check(event.value)
        if isinstance(found, str):
            self._take(event.value, found)
        else:
            check = self._checked(event.value, found)
            self.run_worker(check, exclusive=True, exit_on_error=False)

    async def _checked(self, line: str, wrong: Awaitable[str]) -> None:
        self._take(line, await wrong)

    def _take(self, line: str, wrong: str) -> None:
        if wrong:
            self.query_one("#wrong", Label).update(Content(escaped(wrong)))
        else:
            self.take(line)

    def take(self, line: str) -> None:
        """Give a line with which nothing is wrong."""
        self.dismiss(line)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed through a defect."""
        if message := defect(event):
            self.notify(message, severity="error")

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
