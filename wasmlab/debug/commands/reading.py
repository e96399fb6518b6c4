"""Files that commands read: plain ones, of a limited size."""

from __future__ import annotations

import os
import stat
from errno import EINVAL

_READING = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def file_bytes(path: str, most: int, *, any_kind: bool = False) -> bytes:
    """Return what is in a file, at most a byte more than ``most``, by which too much is known.

    any_kind: it may be a pipe. Raises OSError if it cannot be read, or is no plain file.
    """
    flags = _READING if any_kind else _READING | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode) or not (any_kind or stat.S_ISREG(mode)):
            raise OSError(EINVAL, "it is no file", path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(descriptor)
