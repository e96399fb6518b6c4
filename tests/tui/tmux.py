"""A shell in tmux: a real terminal that knows what is on its screen."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32" or shutil.which("tmux") is None or shutil.which("bash") is None:
    pytest.skip("needs tmux and bash", allow_module_level=True)

from tests.tui.terminal import COLUMNS, LINES, START, Terminal, running

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


NAMED = ("Enter", "Up", "Down", "BSpace")
"""Keys that tmux knows by name."""


MOST_READS = 1_000
"""Of what is painted, before a text is missing: a cursor that blinks paints for ever."""


class Shown(str):
    """Text that is to be seen before the next key is pressed."""

    __slots__ = ()


class Tmux:
    """A shell in tmux, which knows what is on the screen."""

    def __init__(self, client: Terminal, socket: str) -> None:
        self.client = client
        self.command = ("tmux", "-S", socket)

    def type(self, *keys: str) -> None:
        """Send keys, by tmux's names for them."""
        subprocess.run([*self.command, "send-keys", *keys], check=True)

    def press(self, *keys: str) -> None:
        """Send keys or texts one by one, each once the screen shows what the one before did.

        Single characters and texts are sent as they are, and ``Shown`` is waited for. Every one
        must change what can be seen.
        """
        for key in keys:
            before = self.screen("-e")
            literal = [] if key in NAMED else ["-l"]
            if isinstance(key, Shown):
                self.wait_for(key)
                continue
            subprocess.run([*self.command, "send-keys", *literal, key], check=True)
            while self.screen("-e") == before:
                assert self.client.read(), f"tmux ended; the screen was\n{before}"

    def enter(self, line: str) -> None:
        """Type a line for the shell."""
        subprocess.run([*self.command, "send-keys", "-l", line], check=True)
        self.type("Enter")

    def screen(self, *how: str) -> str:
        """Return what can be seen; with ``-e`` its colours too."""
        capture = [*self.command, "capture-pane", "-p", *how]
        return subprocess.run(capture, check=True, capture_output=True, text=True).stdout

    def wait_for(self, text: str) -> str:
        """Return what can be seen once text is."""
        for _ in range(MOST_READS):
            if text in (screen := self.screen()):
                return screen
            assert self.client.read(), f"tmux ended; the screen was\n{screen}"
        raise AssertionError(f"no {text!r} on the screen:\n{self.screen()}")


@contextmanager
def shell(folder: Path, columns: int = COLUMNS, lines: int = LINES) -> Generator[Tmux]:
    """Run a shell in tmux, in a folder where ``./lab`` is wasmlab."""
    lab = folder / "lab"
    lab.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{START}' \"$@\"\n")
    lab.chmod(0o755)
    socket, settings = str(folder / "tmux"), folder / "tmux.conf"
    settings.write_text("set -g status off\n")  # its clock would break every silence
    inner = ("bash", "--norc", "--noprofile", "-i")
    size = ("-x", str(columns), "-y", str(lines))
    command = ("tmux", "-f", str(settings), "-S", socket, "new-session", *size, "-c", str(folder))
    env = {"XDG_STATE_HOME": str(folder / "state"), "PS1": "READY ", "TMUX": ""}
    with running([*command, *inner], env, columns, lines) as client:
        tmux = Tmux(client, socket)
        client.wait_for("READY")
        try:
            yield tmux
        finally:
            subprocess.run([*tmux.command, "kill-server"], check=False)
            client.finish()
