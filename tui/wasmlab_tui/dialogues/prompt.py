"""A dialogue that asks for one line."""

from __future__ import annotations

import asyncio
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

_PATIENCE = 0.1
"""Seconds after which it is said that a line is being looked at."""


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
        self.question, self.value, self.check = question, value, check
        self.hint = hint or "Enter takes it, esc cancels."
        self._checking: Worker[None] | None = None
        """Finds out what is wrong with the line."""
        self.checked = asyncio.Event()
        """Set unless a line is looked at."""
        self.checked.set()

    def compose(self) -> ComposeResult:
        """Lay out question, input line and hint."""
        with Vertical(id="box"):
            yield Label(Content(escaped(self.question)), id="question")
            yield self.line()
            yield Label(Content(escaped(self.hint)), id="hint")
            yield Label(Content(""), id="wrong")

    def line(self) -> Input:
        """Return the line in which the answer is typed."""
        return Input(self.value, id="answer", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the line back, unless something is wrong with it."""
        if self._checking is not None:
            return
        found = self.check(event.value)
        if isinstance(found, str):
            self._take(event.value, found)
        else:
            self.checked.clear()
            check = self._checked(event.value, found)
            self._checking = self.run_worker(check, exclusive=True, exit_on_error=False)

    async def _checked(self, line: str, wrong: Awaitable[str]) -> None:
        patience = self.set_timer(_PATIENCE, lambda: self._say("hint", "Working: esc stops it."))
        try:
            found = await wrong
        except asyncio.CancelledError:
            if not self.is_current:
                raise
            found = "stopped"
        finally:
            patience.stop()
            self._checking = None
            self.checked.set()
            if self.is_current:
                self._say("hint", self.hint)
        self._take(line, found)

    def _take(self, line: str, wrong: str) -> None:
        if wrong:
            self._say("wrong", wrong)
        else:
            self.take(line)

    def _say(self, where: str, text: str) -> None:
        self.query_one(f"#{where}", Label).update(Content(escaped(text)))

    def take(self, line: str) -> None:
        """Give a line with which nothing is wrong."""
        self.dismiss(line)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed through a defect."""
        if message := defect(event):
            self.notify(message, severity="error")

    def action_cancel(self) -> None:
        """Close without an answer; while a line is looked at, stop that."""
        if self._checking is None:
            self.dismiss(None)
        else:
            self._checking.cancel()
