"""The CPU time that a process takes until its terminal shows a text."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
from pathlib import Path

ROWS, COLUMNS = 40, 120
PATIENCE = 120.0
"""Seconds without output after which it is given up."""
_USED = slice(11, 15)
"""CPU time in ``/proc/PID/stat`` after the name: own and that of children, user's and system's."""


def spent_until(text: bytes, command: list[str], environment: dict[str, str]) -> float:
    """Return the CPU seconds, children that ended included, and kill the process (Linux).

    Linux counts in hundredths of a second.
    """
    child, master = pty.fork()
    if child == 0:
        os.execve(command[0], command, {**environment, "TERM": "xterm-256color"})  # noqa: S606
    try:
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        _wait_for(text, master)
        words = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, words[_USED])) / os.sysconf("SC_CLK_TCK")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)


def _wait_for(text: bytes, master: int) -> None:
    shown = b""
    while text not in shown:
        if not select.select([master], [], [], PATIENCE)[0]:
            raise SystemExit(f"{text!r} does not appear")
        shown += os.read(master, 1 << 16)
