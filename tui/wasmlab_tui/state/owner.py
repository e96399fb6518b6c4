"""A name for this process, for files that are its own, and whether another one's owner still runs.

A process holds a lock on a file of its name. The system lets go of it when the process ends,
however that ends: unlike the number of a process, it means the same in containers and on other
machines that share the folder.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".lock"
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, alone: bool) -> None:
        del alone  # there is no other kind
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int, *, alone: bool) -> None:
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH  # those who only look do not meet
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)


@cache
def own_name(folder: Path) -> str:
    """Return the name of this process among those that share a folder.

    Where no lock can be had, the others take it for the name of one that has ended.
    """
    _remove_ended(folder)
    name = os.urandom(8).hex()
    with suppress(OSError):
        while not _hold(folder / f"{name}{_SUFFIX}"):
            name = os.urandom(8).hex()
    return name


def runs_elsewhere(folder: Path, name: str) -> bool:
    """Return whether a name is that of another process, which still runs."""
    return name != own_name(folder) and not _has_ended(folder / f"{name}{_SUFFIX}")


def _hold(path: Path) -> bool:
    """Take a lock that lasts as long as this process; False if the file was removed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _lock(descriptor, alone=True)
        is_held = path.exists()
    except BlockingIOError:  # another one is about to remove it
        is_held = False
    except BaseException:
        os.close(descriptor)
        raise
    if not is_held:
        os.close(descriptor)
    return is_held


def _has_ended(path: Path) -> bool:
    """Return whether nothing holds the lock of a file, or there is none."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return True
    try:
        _lock(descriptor, alone=False)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _remove_ended(folder: Path) -> None:
    """Remove the files of processes that have ended."""
    for path in folder.glob(f"*{_SUFFIX}"):
        if _has_ended(path):
            with suppress(OSError):
                path.unlink()
