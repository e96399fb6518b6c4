"""Lines of a long list, made when they come into sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from wasmlab_tui.render.line import Line, line

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 64
"""Lines that are made at a time."""
_UNKNOWN = line("")


class Window(Sequence[Line]):
    """A list of ``count`` lines; ``make(start, stop)`` makes those of a range.

    Once it is closed, no more are made: what was not looked at is empty.
    """

    def __init__(self, count: int, make: Callable[[int, int], Sequence[Line]]) -> None:
        self._count = count
        self._make: Callable[[int, int], Sequence[Line]] | None = make
        self._blocks: dict[int, Sequence[Line]] = {}

    def __len__(self) -> int:
        """Return how many lines there are."""
        return self._count

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        """Return a line, made now if need be, or several."""
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(self._count))]
        number = at + self._count if at < 0 else at
        if not 0 <= number < self._count:
            raise IndexError(at)
        block, place = divmod(number, BLOCK)
        if block not in self._blocks and self._make is not None:
            first = block * BLOCK
            self._blocks[block] = self._make(first, min(first + BLOCK, self._count))
        found = self._blocks.get(block, ())
        return found[place] if place < len(found) else _UNKNOWN

    @property
    def made(self) -> Sequence[Line]:
        """The lines that were looked at so far."""
        return [found for block in self._blocks.values() for found in block]

    def close(self) -> None:
        """Make no more lines: what they are made of is about to change."""
        self._make = None


def longest(lines: Sequence[Line]) -> int:
    """Return how many columns the longest line has, as far as lines were made."""
    known = lines.made if isinstance(lines, Window) else lines
    return max((len(line.text) for line in known), default=0)
