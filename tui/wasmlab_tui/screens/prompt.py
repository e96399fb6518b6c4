"""A dialogue that asks for one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from wasmlab.debug.symbols import escaped
from wasmlab_tui.actions import Scope, bindings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult


class PromptScreen(ModalScreen[str]):
    """Asks for a line; ``dismiss`` gives it, or nothing if it was cancelled.

    ``check`` returns what is wrong with a line, or "" if it may be taken; it may be a coroutine.
    """

    BINDINGS = bindings(Scope.DIALOGUE)

    DEFAULT_CSS = """
    PromptScreen { align: center middle; background: $background 60%; }
    PromptScreen #box {
        width: 72; max-width: 94%; height: auto; padding: 0 1;
        border: round $primary; background: $surface;
    }
    PromptScreen #hint { color: $text-muted; }
    PromptScreen #wrong { color: $text-error; text-style: bold; height: auto; }
    """

    def __init__(
        self,
        question: str,
        *,
        hint: str = "",
        value: str = "",
        check: Callable[[str], str | Awaitable[str]] = lambda _: "",
        words: Sequence[str] = (),
    ) -> None:
        """Ask question; words are offered to complete what is typed."""
        super().__init__()
        self.question, self.hint, self.value, self.check = question, hint, value, check
        self.suggester = SuggestFromList(words) if words else None

    def compose(self) -> ComposeResult:
        """Lay out question, input line and hint."""
        with Vertical(id="box"):
            yield Label(Content(escaped(self.question)), id="question")
            yield Input(self.value, id="answer", compact=True, suggester=self.suggester)
            yield Label(Content(escaped(self.hint or "Enter takes it, esc cancels.")), id="hint")
            yield Label(Content(""), id="wrong")

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the line back, unless something is wrong with it."""
        found = self.check(event.value)
        wrong = found if isinstance(found, str) else await found
        if wrong:
            self.query_one("#wrong", Label).update(Content(escaped(wrong)))
        else:
            self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
