"""Arenas between pages that cannot be touched: a read or write just outside ends the process."""

from __future__ import annotations

import ctypes
import mmap
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wasmlab.engine.recording.snapshots import page_pool, pages
from wasmlab.runtime import arena, memory

if TYPE_CHECKING:
    from collections.abc import Generator

_GUARD = 1 << 16
_FLAGS = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_PROT_NONE = 0


def _reserve(nbytes: int) -> tuple[memoryview, int]:
    """Return memory that ends, but for less than 8 bytes, where the pages of the guard begin."""
    nbytes = max(nbytes, 1)
    body = -(-nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    whole = mmap.mmap(-1, _GUARD + body + _GUARD, flags=_FLAGS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(whole))
    mprotect = ctypes.CDLL(None, use_errno=True).mprotect
    for start in (address, address + _GUARD + body):
        assert mprotect(ctypes.c_void_p(start), ctypes.c_size_t(_GUARD), _PROT_NONE) == 0
    first = (_GUARD + body - nbytes) & -8
    return memoryview(whole)[first : first + nbytes], nbytes


def _plain(nbytes: int) -> tuple[bytearray, int]:
    """Return memory for copies of pages, which no program sees."""
    return bytearray(nbytes), nbytes


def _leave(_data: object) -> None:
    """Take pages as the system likes."""


def _keep(_data: object, _start: int, _nbytes: int) -> bool:
    """Give no pages back: they are written as zeros."""
    return False


@contextmanager
def guarded_arenas() -> Generator[None]:
    """Let every stack, table, heap and memory that is made meanwhile have guards around it."""
    before, alone, back = arena.reserve, memory.take_pages_alone, pages.give_back
    memory.take_pages_alone = _leave  # part of a mapping cannot be advised
    pages.give_back = _keep
    page_pool.reserve = _plain  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue] - likewise
    arena.reserve = memory.reserve = _reserve  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue] - bytes as any others
    try:
        yield
    finally:
        arena.reserve = memory.reserve = page_pool.reserve = before
        memory.take_pages_alone, pages.give_back = alone, back
