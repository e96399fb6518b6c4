"""Textual's driver for a Unix terminal: it ends a lab whose terminal is gone, in good order."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

from wasmlab_tui.last_resort import end_soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

HUNG_UP = 128 + signal.SIGHUP
"""Exit status without a terminal, as shells count."""


class TerminalDriver(LinuxDriver):
    """Ends the app in the ordinary way, which keeps drafts and breakpoints, without a terminal.

    Textual's own stops writing at the first error, fills its queue, and then waits for ever.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType] - Textual's own
        self._file = WhileThere(sys.__stderr__ or sys.stderr, self._lose)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start_application_mode(self) -> None:
        """Begin to draw, and to watch the terminal."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            threading.Thread(target=self._watch, name="wasmlab-terminal", daemon=True).start()
        super().start_application_mode()

    def _watch(self) -> None:
        """Wait until the terminal hangs up; not every process that uses it gets a signal."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(event & select.POLLHUP for _, event in poll.poll()):
            self._lose()

    def _lose(self) -> None:
        """Let output and input go nowhere, and the app end."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in {self.fileno, self._file.fileno()}:
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
        end_soon(HUNG_UP)
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._app.exit, HUNG_UP)


class WhileThere:
    """A text file, and what to do at the first error; it raises none."""

    def __init__(self, file: TextIO, lose: Callable[[], None]) -> None:
        self._file = file
        self._lose = lose

    def write(self, text: str) -> None:
        """Write text if the file still takes it."""
        try:
            self._file.write(text)
        except OSError:
            self._lose()

    def flush(self) -> None:
        """Write what has gathered, likewise."""
        try:
            self._file.flush()
        except OSError:
            self._lose()

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file.fileno()
