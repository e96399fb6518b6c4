"""Files in the user's cache directory: written whole or not at all, and never trusted blindly.

A file begins with the digest of the rest and of its name. One that is damaged, renamed, another
user's, or a link is as good as none, and so are a disk that cannot be written and a folder that
others may write to. The folder is kept small: what was not used for longest goes first.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager, suppress
from errno import EPERM

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import BinaryIO

LIMIT = 256 << 20
"""Bytes that all files may take together."""
MOST_FILES = 4000
"""Files that there may be: each new one looks at all."""
_DIGEST_BYTES = 32
_LARGE = 1 << 20
_READING = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_PART = ".part"


def folder() -> str:
    """Return where the files are: ``platformdirs.user_cache_dir("wasmlab")``.

    Importing that takes ten times as long as what it does on Linux.
    """
    if sys.platform == "linux":
        named, home = (os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "HOME"))
        if named.startswith("/"):
            return f"{named}/wasmlab"
        if home.startswith("/"):
            return f"{home}/.cache/wasmlab"
    from platformdirs import user_cache_dir

    return user_cache_dir("wasmlab")


def digest(data: bytes, *more: bytes) -> bytes:
    """Return 32 bytes that no other parts have: for small data by what loads at once."""
    if len(data) < _LARGE:
        try:
            from _blake2 import blake2b  # hashlib loads OpenSSL
        except ImportError:
            from hashlib import blake2b
        found = blake2b(data, digest_size=_DIGEST_BYTES)
    else:
        from hashlib import sha256  # three times as fast

        found = sha256(data)
    for part in more:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()


def path_of(name: str) -> str:
    """Return where the file of a name is, or would be."""
    return os.path.join(folder(), name)


def read(name: str) -> bytes | None:
    """Return what was written under a name; None if there is nothing that can be trusted."""
    path = path_of(name)
    try:
        with own_file(path) as file:
            noted, data = file.read(_DIGEST_BYTES), file.read()
    except OSError:
        return None
    if digest(data, name.encode()) != noted:
        return None
    with suppress(OSError):
        os.utime(path)
    return data


@contextmanager
def own_file(path: str) -> Generator[BinaryIO]:
    """Open a file for reading. Raises PermissionError if others can write to it or its folder."""
    if not _is_own(os.stat(os.path.dirname(path))):
        raise PermissionError(EPERM, "others can write to its folder", path)
    with open(os.open(path, _READING), "rb") as file:
        status = os.fstat(file.fileno())
        if not (_is_own(status) and stat.S_ISREG(status.st_mode)):
            raise PermissionError(EPERM, "others can write to it, or it is no plain file", path)
        yield file


def _is_own(status: os.stat_result) -> bool:
    """Return whether this user alone may write there, as far as the system knows owners."""
    if os.name != "posix":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE


def has_own_folder(path: str) -> bool:
    """Make a folder, closed to others if it is this user's; return whether it is."""
    os.makedirs(path, exist_ok=True)
    status = os.stat(path)
    if os.name == "posix" and status.st_uid == os.geteuid() and status.st_mode & _OTHERS_WRITE:
        os.chmod(path, stat.S_IMODE(status.st_mode) & ~_OTHERS_WRITE)
        status = os.stat(path)
    return _is_own(status)


def write(name: str, data: bytes) -> None:
    """Write beside the file and rename, so that no half of it is ever read."""
    import tempfile

    path = path_of(name)
    with suppress(OSError):
        if not has_own_folder(folder()):
            return
        descriptor, part = tempfile.mkstemp(_PART, f"{name}.", folder())
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(digest(data, name.encode()))
                file.write(data)
            os.replace(part, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(part)
            raise
        _make_room(path)


def _make_room(newest: str) -> None:
    """Remove the files that were not used for longest, until the rest keeps the limits.

    What is not called as a file of the cache is left alone: the folder may have been another's.
    """
    files = (entry for entry in os.scandir(folder()) if _has_name_of_cache(entry.name))
    found = [(entry.path, entry.stat()) for entry in files if entry.is_file()]
    total, count = sum(status.st_size for _, status in found), len(found)
    for path, status in sorted(found, key=lambda entry: entry[1].st_mtime):
        if total <= LIMIT and count <= MOST_FILES:
            return
        if path != newest:
            with suppress(FileNotFoundError):
                os.unlink(path)
            total, count = total - status.st_size, count - 1


def _has_name_of_cache(name: str) -> bool:
    """Return whether a file's name begins with a digest in hexadecimal digits."""
    found, dot, _ = name.partition(".")
    return bool(dot) and len(found) == 2 * _DIGEST_BYTES and not found.strip("0123456789abcdef")
