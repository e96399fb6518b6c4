"""What is shown while a program takes long to be opened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label

from wasmlab.escape import escaped
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

_PAINTS = 2
"""Paints per second."""


class WaitingScreen(ModalScreen[None]):
    """Says what is done and for how long; the key that closes it stops that."""

    BINDINGS = bindings(Scope.DIALOGUE)

    DEFAULT_CSS = """
    WaitingScreen { align: center middle; }
    WaitingScreen #box {
        width: 60; max-width: 94%; height: auto; padding: 0 1;
        border: round $primary; background: $background;
    }
    WaitingScreen Label { width: 1fr; height: auto; }
    """

    def __init__(self, doing: str, stop: Callable[[], object]) -> None:
        super().__init__()
        self.doing, self.stop = doing, stop
        self._began = time.monotonic()

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        with Vertical(id="box"):
            yield Label(Content(self._text()))

    def on_mount(self) -> None:
        """Count the seconds."""
        self.set_interval(1 / _PAINTS, lambda: self.query_one(Label).update(Content(self._text())))

    def _text(self) -> str:
        return f"{escaped(self.doing)}, {time.monotonic() - self._began:.0f} s. Esc stops it."

    def action_cancel(self) -> None:
        """Stop what is done."""
        self.stop()
        self.dismiss(None)
