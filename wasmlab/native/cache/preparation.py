"""Compiling the loop in a process beside this one, while the program goes on in the reference."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

_COMMAND = "from wasmlab.native.loop import prepare; prepare()"


class Preparation:
    """A process that compiles the loop into the cache; it outlives this one if it has to."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very Python
            [sys.executable, "-P", "-c", _COMMAND],
            # An empty entry would be the current folder, whose files are not ours to run.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait for the end."""
        self._process.wait()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for; it may have failed."""
        return self._process.poll() is not None


@cache
def preparation() -> Preparation:
    """Begin to compile the loop, once in this process. Raises OSError where that cannot be."""
    if not sys.executable or getattr(sys, "frozen", False):
        raise OSError("no Python to compile with")
    return Preparation()
