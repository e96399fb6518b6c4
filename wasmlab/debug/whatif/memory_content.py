"""What a memory holds at a tick, without the pages that were never written; where two differ."""

from __future__ import annotations

from wasmlab.engine.recording.snapshots.page_pool import PAGE
from wasmlab.engine.recording.snapshots.pages import written_pages
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wasmlab.engine.recording.snapshots.pages import DirtyTracker
    from wasmlab.runtime.memory import Memory

_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class MemoryContent:
    """A copy of a memory."""

    size: int
    """Bytes."""
    pages: Mapping[int, bytes]
    """Pages of 4 KiB by number, in order; those that are missing are zero."""

    def __getitem__(self, part: slice[int, int, None]) -> bytes:
        """Return the bytes from ``start`` to before ``stop``, as far as the memory goes."""
        stop = min(part.stop, self.size)
        first, last = part.start // PAGE, -(-stop // PAGE)
        found = b"".join(self.pages.get(page, bytes(PAGE)) for page in range(first, last))
        return found[part.start - first * PAGE : stop - first * PAGE]


def memory_content(memory: Memory, tracker: DirtyTracker) -> MemoryContent:
    """Return what a memory holds now; tracker: the memory's own."""
    return MemoryContent(
        memory.size,
        {
            page: bytes(memory.data[page * PAGE : (page + 1) * PAGE])
            for page in written_pages(tracker)
            if page * PAGE < memory.size
        },
    )


def different_bytes(a: MemoryContent, b: MemoryContent) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the ranges in which two memories differ, as far as both go."""
    size, start, end = min(a.size, b.size), 0, 0
    for page in sorted(a.pages.keys() | b.pages.keys()):
        at = page * PAGE
        if at >= size or a.pages.get(page) == b.pages.get(page):
            continue
        whole = slice(at, min(at + PAGE, size))
        for first, last in different_ranges(a[whole], b[whole]):
            if end and at + first == end:
                end = at + last
                continue
            if end:
                yield start, end
            start, end = at + first, at + last
    if end:
        yield start, end


def different_ranges(a: bytes, b: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the ranges in which two images differ, as far as both go."""
    size, begun = min(len(a), len(b)), -1
    for chunk in range(0, size, _CHUNK):
        end = min(chunk + _CHUNK, size)
        if a[chunk:end] == b[chunk:end]:
            if begun >= 0:
                yield begun, chunk
                begun = -1
            continue
        for at in range(chunk, end):
            if a[at] != b[at] and begun < 0:
                begun = at
            elif a[at] == b[at] and begun >= 0:
                yield begun, at
                begun = -1
    if begun >= 0:
        yield begun, size
