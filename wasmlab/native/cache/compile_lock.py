"""One process compiles, the others wait: a lock on a file of the cache folder.

The system holds it for the open file, so it ends with its owner, however that ends. Where no lock
can be had, all compile: twice the same is only a waste.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from time import monotonic, sleep

from wasmlab.hints import TYPE_CHECKING

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

if TYPE_CHECKING:
    from collections.abc import Generator

PATIENCE = 120.0
"""Seconds after which a lock that another process holds is passed over: compiling takes ten."""
_PAUSE = 0.05
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def locked(path: str, patience: float = PATIENCE) -> Generator[None]:
    """Hold a lock, of all processes of this user, if it can be had within ``patience`` seconds.

    The file is made if need be and removed afterwards. No symbolic link is followed, and a file
    that is another user's, or no plain file, is no lock.
    """
    descriptor = _opened(path)
    if descriptor is None:
        yield
        return
    has_lock = False
    try:
        has_lock = _wait(descriptor, patience)
        yield
    finally:
        if has_lock:  # whoever waits for it has it open
            with suppress(OSError):
                os.unlink(path)
        os.close(descriptor)


def _opened(path: str) -> int | None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError:
        return None
    status = os.fstat(descriptor)
    is_own = os.name != "posix" or status.st_uid == os.geteuid()
    if not is_own or not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return descriptor


def _wait(descriptor: int, patience: float) -> bool:
    """Return whether the lock was had in time."""
    if fcntl is None:
        return False
    end = monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= end:
                return False
            sleep(_PAUSE)
        except OSError:  # a file system without locks
            return False
        else:
            return True
