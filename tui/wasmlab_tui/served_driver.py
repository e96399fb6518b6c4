"""Textual's web driver for a lab in a tab: it ends with its server, and keeps sizes sane."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from textual import messages
from textual.drivers.web_driver import WebDriver

from wasmlab_tui.last_resort import end_soon

if TYPE_CHECKING:
    from textual.app import App

LARGEST = (1000, 500)
"""Columns and rows up to which a terminal is drawn; a page that asks for more gets these."""


class ServedDriver(WebDriver):
    """Takes input from the server; without a server there is no lab."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        columns, rows = size or (_environment("COLUMNS", 80), _environment("ROWS", 24))
        super().__init__(app, debug=debug, mouse=mouse, size=_bounded(columns, rows))

    def run_input_thread(self) -> None:
        """Dispatch input until it ends; if the server is gone, end the process."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            end_soon(1)
            self._app.post_message(messages.ExitApp())

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Act on what the server sends beside input; sizes are brought into bounds."""
        if packet_type == "resize":
            width, height = payload.get("width"), payload.get("height")
            if not isinstance(width, int) or not isinstance(height, int):
                return
            columns, rows = _bounded(width, height)
            payload = {**payload, "width": columns, "height": rows}
        super().on_meta(packet_type, payload)


def _environment(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else default


def _bounded(width: int, height: int) -> tuple[int, int]:
    return min(max(width, 1), LARGEST[0]), min(max(height, 1), LARGEST[1])
