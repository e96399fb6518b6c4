"""What the user of a session prefers: what stepping goes over, and what a step is in scripts."""

from __future__ import annotations

from wasmlab.records import dataclass, field


@dataclass(slots=True)
class Skips:
    """Patterns of the names of functions that stepping goes over, by number."""

    by_number: dict[int, str] = field(default_factory=dict[int, str])
    last: int = 0
    known: dict[int, bool] = field(default_factory=dict[int, bool])
    """Functions by address, as far as they were asked for."""


@dataclass(slots=True)
class Preferences:
    """They stay when the program begins again, as it was or as another."""

    skips: Skips = field(default_factory=Skips)
    by_line: bool = False
    """The commands ``step`` and ``next`` go by lines of the text."""
    aliases: dict[str, str] = field(default_factory=dict[str, str])
    """Commands by the names that they were given."""


def carried(old: Preferences) -> Preferences:
    """Return the preferences for a program that begins anew, whose functions are others."""
    return Preferences(Skips(dict(old.skips.by_number), old.skips.last), old.by_line, old.aliases)
