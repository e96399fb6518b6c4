"""What was compiled, on disk: of processes that need it at once, one compiles."""

from __future__ import annotations

from wasmlab.cache import path_of, read, write
from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.cache.compile_lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable

_OBJECT, _LOCK = ".o", ".lock"


def cached(key: str, make: Callable[[], bytes]) -> bytes:
    """Return what make returned for this key, now or earlier, here or in another process.

    Of processes that need it at once, one makes it and the others wait.
    """
    found = read(key + _OBJECT)
    if found is not None:
        return found
    with locked(path_of(key + _LOCK)):
        found = read(key + _OBJECT)
        if found is None:
            found = make()
            write(key + _OBJECT, found)
    return found


def is_cached(key: str) -> bool:
    """Return whether there is a whole file for a key."""
    return read(key + _OBJECT) is not None
