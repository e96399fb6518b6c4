"""A process that kills itself at a system call of a commit: ``python -m tests.attack.killed``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.attack.commit import case
from tests.attack.disk import Fault, FaultyDisk
from wasmlab.host.wasi.fs.commit.journal import RESERVED


class LastDisk(FaultyDisk):
    """Kills the process, a write being half done, where a ``FaultyDisk`` would only raise."""

    def strike(self) -> None:
        """End at once: nothing is flushed, closed or unlocked."""
        os.kill(os.getpid(), signal.SIGKILL)


class NotingDisk(FaultyDisk):
    """Notes at which call the journal comes to each state, and at which it goes."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: dict[str, int] = {}

    def rename(self, at: int, old: str, name: str) -> None:
        """Rename; a journal's name ends in its state."""
        super().rename(at, old, name)
        self.entered[name.rpartition(".")[2]] = self.calls

    def unlink(self, at: int, name: str) -> None:
        """Remove a name; with its journal a commit ends."""
        super().unlink(at, name)
        if name.startswith(f"{RESERVED}."):
            self.entered["end"] = self.calls


if __name__ == "__main__":
    case(Path(sys.argv[1])).guest.wasi.commit(LastDisk(Fault(int(sys.argv[2]))))
