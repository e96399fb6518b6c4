"""What logpoints have said, in the order in which they said it."""

from __future__ import annotations

from collections import deque

from wasmlab.counted import counted_are
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    from wasmlab.debug.views.model import LogLine

KEPT = 10_000
"""Lines that are kept: the oldest are dropped."""


@dataclass(slots=True)
class Log:
    """The latest lines of the logpoints of a session."""

    lines: deque[LogLine] = field(default_factory=lambda: deque(maxlen=KEPT))
    said: int = 0
    """Lines that were said in all, also those that are dropped."""
    latest: dict[int, int] = field(default_factory=dict[int, int])
    """The tick of what each said last in the present move: a hit may be looked at twice."""

    @property
    def dropped(self) -> int:
        """How many of the oldest lines are not there any more."""
        return self.said - len(self.lines)

    def add(self, line: LogLine) -> None:
        """Say something, once at a hit."""
        if self.latest.get(line.number) == line.tick:
            return
        self.latest[line.number] = line.tick
        self.lines.append(line)
        self.said += 1

    def gone(self, dropped: int) -> tuple[str, ...]:
        """Return what to say before lines of which so many are dropped; nothing for none."""
        return (f"... {counted_are({'earlier line': dropped}, 'dropped')}",) if dropped else ()

    def since(self, said: int) -> tuple[int, tuple[LogLine, ...]]:
        """Return how many of the lines said after the first ``said`` are dropped, and the rest."""
        count = min(self.said - said, len(self.lines))
        if not count:
            return 0, ()
        kept = tuple(self.lines)[len(self.lines) - count :]
        return self.said - said - count, kept
