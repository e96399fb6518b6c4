"""A terminal for a program: a pseudo terminal without a screen."""

from __future__ import annotations

import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 30
"""Seconds to wait for anything."""
START = "import sys; from wasmlab.cli.main import main; sys.exit(main())"
COLUMNS, LINES = 100, 30


class Terminal:
    """What a program in a terminal prints, and the keys that it gets."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.output = b""

    def type(self, keys: str) -> None:
        """Send keys."""
        os.write(self.master, keys.encode())

    def wait_for(self, text: str) -> None:
        """Read until the program has printed text after what was waited for before."""
        wanted, seen = text.encode(), len(self.output)
        while wanted not in self.output[max(seen - len(wanted), 0) :]:
            if not self.read():
                raise AssertionError(f"no {text!r} in {self.output[-2000:]!r}")

    def finish(self) -> int:
        """Read until the program has ended; return its exit status."""
        while self.read():
            pass
        return self.process.wait(PATIENCE)

    def hang_up(self) -> int:
        """Let the terminal be gone; return the program's exit status."""
        os.close(self.master)
        self.master = os.open(os.devnull, os.O_RDONLY)
        return self.process.wait(PATIENCE)

    def settings(self) -> list[object]:
        """Return the settings of the terminal."""
        return termios.tcgetattr(self.master)

    def read(self) -> bytes:
        """Return what comes next, nothing at the end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.master, selectors.EVENT_READ)
            if not selector.select(PATIENCE):
                raise AssertionError(f"silence after {self.output[-2000:]!r}")
        try:
            data = os.read(self.master, 65_536)
        except OSError:  # how Linux says that no process has the terminal open any more
            return b""
        self.output += data
        return data


@contextmanager
def terminal(
    *words: str, state: Path, code: str = START, env: Mapping[str, str] | None = None
) -> Generator[Terminal]:
    """Run wasmlab with these words in a terminal; files that it remembers go to state."""
    command = (sys.executable, "-c", code, *words)
    with running(command, {"XDG_STATE_HOME": str(state), **(env or {})}) as shown:
        yield shown


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], columns: int = COLUMNS, lines: int = LINES
) -> Generator[Terminal]:
    """Run a command in a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    settings = {**os.environ, "TERM": "xterm-256color", **env}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=settings, start_new_session=True
    )
    os.close(slave)
    shown = Terminal(process, master)
    try:
        yield shown
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        os.close(master)
