"""Compiled objects on disk: one file for each key, written at once or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGEST_BYTES = 32


def cached(key: str, make: Callable[[], bytes]) -> bytes:
    """Return what make returned for this key, now or earlier.

    A file that is damaged, or that cannot be written, is as good as none.
    """
    path = _path(key)
    found = _read(path)
    if found is None:
        found = make()
        _write(path, found)
    return found


def is_cached(key: str) -> bool:
    """Return whether there is a whole file for a key."""
    return _read(_path(key)) is not None


def _path(key: str) -> Path:
    return user_cache_path("wasmlab") / f"{key}.o"


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return data if hashlib.sha256(data).digest() == digest else None


def _write(path: Path, data: bytes) -> None:
    """Write beside the path and rename, so that nobody ever reads half a file."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
