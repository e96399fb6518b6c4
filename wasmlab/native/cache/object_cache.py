"""What was compiled, on disk: files written whole or not at all, and never trusted blindly.

A file begins with the digest of the rest. One that is damaged, another user's, or a link is as
good as none, and so is a disk that cannot be written. The folder is kept small: what was not used
for longest goes first.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from wasmlab.native.cache.compile_lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 256 << 20
"""Bytes that all files may take together."""
_DIGEST_BYTES = 32
_READING = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OBJECT, _PART, _LOCK = ".o", ".part", ".lock"
_LIBRARY = Path(__file__).parents[2]
"""The folder of the library's packages."""


def cached(key: str, make: Callable[[], bytes]) -> bytes:
    """Return what make returned for this key, now or earlier, here or in another process.

    Of processes that need it at once, one makes it and the others wait.
    """
    found = read(key + _OBJECT)
    if found is not None:
        return found
    with locked(user_cache_path("wasmlab") / (key + _LOCK)):
        found = read(key + _OBJECT)
        if found is None:
            found = make()
            write(key + _OBJECT, found)
    return found


@cache
def digest_of(packages: tuple[str, ...], library: Path = _LIBRARY) -> bytes:
    """Return a digest of the sources of packages in a folder, for keys.

    Sources in subfolders count too, and so does where a source lies.
    """
    digest = hashlib.sha256()
    for package in packages:
        for source in sorted((library / package).rglob("*.py")):
            text = source.read_bytes()
            digest.update(f"{source.relative_to(library).as_posix()} {len(text)} ".encode())
            digest.update(text)
    return digest.digest()


def is_cached(key: str) -> bool:
    """Return whether there is a whole file for a key."""
    return read(key + _OBJECT) is not None


def read(name: str) -> bytes | None:
    """Return what was written under a name; None if there is nothing that can be trusted."""
    path = user_cache_path("wasmlab") / name
    try:
        with open(os.open(path, _READING), "rb") as file:  # noqa: PTH123 - a descriptor
            if not _is_own(file.fileno()):
                return None
            digest, data = file.read(_DIGEST_BYTES), file.read()
    except OSError:
        return None
    if hashlib.sha256(data).digest() != digest:
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
    path = user_cache_path("wasmlab") / name
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, suffix=_PART)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(data).digest())
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
