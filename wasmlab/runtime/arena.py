"""Flat memory for arenas: reserved once where the system can, never moved while it is in use."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

from wasmlab.errors import Exhaustion, TrapCode
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap

IS_BROWSER = sys.platform == "emscripten"
"""Memory is scarce there: nothing is reserved, arenas that can move begin small."""
_NORESERVE = 0x4000  # Linux; the mmap module names it only from Python 3.13 on
_NO_HUGE_PAGE, _DONT_NEED = 15, 4  # Linux, likewise
_SMALL = 1 << 16


def reserve(nbytes: int) -> tuple[bytearray | mmap, int]:
    """Return zeroed memory and how many bytes of it there are, at least 1.

    On Linux and macOS the pages are only taken when they are touched, so a large reservation is
    free. Elsewhere, or if the system refuses, the caller gets less than it asked for (64 KiB at
    least, if asked for that much) and has to grow by moving.
    """
    if nbytes > _SMALL and sys.platform in {"linux", "darwin"}:
        import mmap  # Pyodide has no anonymous mappings

        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        if sys.platform == "linux":
            flags |= _NORESERVE
        for last_try in (False, True):
            try:
                return mmap.mmap(-1, nbytes, flags=flags), nbytes
            except (OSError, ValueError, OverflowError):
                if not last_try:
                    gc.collect()  # stores that are over lie in cycles, with their reservations
        nbytes = _SMALL
    elif nbytes > _SMALL:
        nbytes = _SMALL
    return bytearray(max(nbytes, 1)), nbytes


def take_pages_alone(data: bytearray | mmap) -> None:
    """Let the system take only the pages of 4 KiB that are touched, none that are larger."""
    if sys.platform == "linux" and not isinstance(data, bytearray):
        with suppress(OSError):
            data.madvise(_NO_HUGE_PAGE)


def give_back(data: bytearray | mmap, start: int, nbytes: int) -> bool:
    """Make pages zero that take no memory until they are touched; return whether that can be."""
    if sys.platform != "linux" or isinstance(data, bytearray):
        return False
    data.madvise(_DONT_NEED, start, nbytes)
    return True


def zeroed(nbytes: int) -> bytearray | mmap:
    """Return zeroed bytes; a page of many that is never touched takes no memory where it can be.

    Raises Exhaustion if the system has not enough memory.
    """
    data, size = reserve(nbytes)
    return data if size >= nbytes else _filled(nbytes)


def _filled(nbytes: int) -> bytearray:
    try:
        return bytearray(nbytes)
    except MemoryError as error:
        raise Exhaustion(TrapCode.MEMORY_EXHAUSTED, f"{nbytes:,} bytes are asked for") from error


def slot_arena(count: int) -> memoryview[int]:
    """Return count zeroed 64-bit slots in one piece, native byte order.

    Raises Exhaustion if the system has not enough memory.
    """
    return memoryview(zeroed(max(count, 1) * 8)).cast("Q")
