"""Images of arenas: pages of 4 KiB, shared between images where they are equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.runtime.memory import Memory
from wasmlab.runtime.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from wasmlab.runtime.heap import Heap

PAGE = 4096
_ZEROS = bytes(PAGE)
_ENTRY = 100
"""Bytes that an entry of a dictionary of pages takes, about."""

Pages = dict[int, bytes]
"""Contents by page number; a page that is missing is zero."""


@dataclass(slots=True, eq=False)
class Tracked:
    """An arena with dirty marks, and its pages when marks and pages last agreed."""

    arena: Memory | Table | Heap
    base: Pages = field(default_factory=Pages)


def _bytes_of(arena: Memory | Table | Heap) -> bytearray | mmap | memoryview:
    return arena.data if isinstance(arena, Memory) else arena.cells.cast("B")


def _used(arena: Memory | Table | Heap) -> int:
    """Return how many bytes of an arena are in use."""
    if isinstance(arena, Memory):
        return arena.size
    return 8 * (arena.size if isinstance(arena, Table) else arena.top)


def _marked(dirty: bytearray) -> Iterator[int]:
    at = dirty.find(1)
    while at >= 0:
        yield at
        at = dirty.find(1, at + 1)


def _clear(dirty: bytearray) -> None:
    dirty[:] = bytes(len(dirty))


def capture(tracked: Tracked) -> tuple[Pages, int]:
    """Return the pages of an arena as they are now, and how many bytes of that are new.

    Clears the dirty marks.
    """
    arena, base = tracked.arena, tracked.base
    data, used = _bytes_of(arena), _used(arena)
    pages: Pages | None = None
    new = 0
    for number in _marked(arena.dirty):
        start = number * PAGE
        page = bytes(data[start : min(start + PAGE, max(used, start))])
        if page == base.get(number, _ZEROS[: len(page)]):
            continue
        pages = dict(base) if pages is None else pages
        pages[number] = page
        new += len(page)
    _clear(arena.dirty)
    if pages is not None:
        tracked.base = pages
        new += _ENTRY * len(pages)
    return tracked.base, new


def restore(tracked: Tracked, pages: Pages) -> None:
    """Make an arena hold pages again; clears the dirty marks.

    The arena's size must be at least that of the image, and what lies beyond it is made zero.
    """
    arena, base = tracked.arena, tracked.base
    data = _bytes_of(arena)
    limit = len(data)
    changed = set(_marked(arena.dirty))
    if base is not pages:
        changed.update(n for n, page in pages.items() if base.get(n) is not page)
        changed.update(n for n in base if n not in pages)
    for number in changed:
        start = number * PAGE
        end = min(start + PAGE, limit)
        page = pages.get(number, b"")
        data[start:end] = page + bytes(end - start - len(page))
    _clear(arena.dirty)
    tracked.base = pages
