"""Choosing a function of the program by a few letters of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_FIRST = 100
"""Functions that are listed before a letter is typed."""


def function_picker(names: Sequence[str], take: Callable[[int], object]) -> CommandPalette:
    """Return a screen that finds functions by letters of their names, in order; take gets one."""

    class Functions(Provider):
        """The functions, those that fit best first."""

        async def discover(self) -> Hits:
            """Yield the first ones."""
            for number, name in enumerate(names[:_FIRST]):
                yield DiscoveryHit(name, lambda number=number: take(number))

        async def search(self, query: str) -> Hits:
            """Yield those whose names have the letters."""
            matcher = self.matcher(query)
            for number, name in enumerate(names):
                score = matcher.match(name)
                if score > 0:
                    yield Hit(score, matcher.highlight(name), lambda number=number: take(number))

    return CommandPalette(providers=[Functions], placeholder="Find a function")
