"""Files in the user's cache directory: written whole or not at all, and never trusted blindly.

A file begins with the digest of the rest. One that is damaged, another user's, or a link is as
good as none, and so is a disk that cannot be written. The folder is kept small: what was not used
for longest goes first.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

LIMIT = 256 << 20
"""Bytes that all files may take together."""
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


def folder() -> Path:
    """Return where the files are: ``platformdirs.user_cache_path("wasmlab")``.

    Importing that takes ten times as long as what it does on Linux.
    """
    if sys.platform == "linux":
        named, home = (os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "HOME"))
        if named.startswith("/"):
            return Path(named) / "wasmlab"
        if home.startswith("/"):
            return Path(home) / ".cache" / "wasmlab"
    from platformdirs import user_cache_path

    return user_cache_path("wasmlab")


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


def path_of(name: str) -> Path:
    """Return where the file of a name is, or would be."""
    return folder() / name


def read(name: str) -> bytes | None:
    """Return what was written under a name; None if there is nothing that can be trusted."""
    path = path_of(name)
    try:
        with open(os.open(path, _READING), "rb") as file:  # noqa: PTH123 - a descriptor
            if not _is_own(file.fileno()):
                return None
            noted, data = file.read(_DIGEST_BYTES), file.read()
    except OSError:
        return None
    if digest(data) != noted:
        return None
    with suppress(OSError):
        os.utime(path)
    return data


def _is_own(descriptor: int) -> bool:
    """Return whether a file is plain, and this user's alone, as far as the system knows owners."""
    if os.name != "posix":
        return True
    status = os.fstat(descriptor)
    is_mine = status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE
    return is_mine and stat.S_ISREG(status.st_mode)


def write(name: str, data: bytes) -> None:
    """Write beside the file and rename, so that no half of it is ever read."""
    import tempfile

    path = path_of(name)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, suffix=_PART)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(digest(data))
                file.write(data)
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        _make_room(path)


def _make_room(newest: Path) -> None:
    """Remove the files that were not used for longest, until the rest keeps the limit."""
    found = [(file, file.stat()) for file in newest.parent.iterdir() if file.is_file()]
    total = sum(status.st_size for _, status in found)
    for file, status in sorted(found, key=lambda entry: entry[1].st_mtime):
        if total <= LIMIT:
            return
        if file != newest:
            file.unlink(missing_ok=True)
            total -= status.st_size
