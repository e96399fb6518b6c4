"""A stopping place: where it is, on which terms it stops, and how often it was reached."""

from __future__ import annotations

from array import array
from bisect import bisect_right

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field, replace

if TYPE_CHECKING:
    import ast

    from wasmlab.debug.stops.call_sites import Sites
    from wasmlab.debug.stops.probes import ConditionalProbes
    from wasmlab.debug.stops.watch_area import WatchArea
    from wasmlab.runtime.store import FuncInst


@dataclass(frozen=True, slots=True)
class StopTerms:
    """When it stops, and what is done then; without any of it it stops every time."""

    condition: str = ""
    """Empty if it always holds."""
    hits: int = 0
    """Stops only from this hit on; 0 or 1 mean every time."""


EVERY_TIME = StopTerms()


@dataclass(slots=True)
class AtCode:
    """Before instructions that are known: a place, the beginnings of functions, calls of a host."""

    func: FuncInst
    """The function that it is in; a host function, if it is where that is called."""
    sites: Sites
    name: str = ""
    """What all functions of ``sites`` are called, if it was set by a name that several have."""


@dataclass(slots=True)
class OnAccess:
    """Where something is read or written: a watchpoint."""

    watched: WatchArea
    access: str
    """w, r or rw."""
    probes: ConditionalProbes
    """The instructions that may touch what is watched."""


Place = AtCode | OnAccess


@dataclass(slots=True)
class StopPoint:
    """A breakpoint or watchpoint; ``ticks`` are those at which it was reached, condition true."""

    number: int
    at: Place
    terms: StopTerms = EVERY_TIME
    tree: ast.expr | None = None
    """The condition, parsed."""
    enabled: bool = True
    ticks: array[int] = field(default_factory=lambda: array("q"))
    """Sorted ticks of its hits: how many are at or before a tick is the hit count there, which so
    survives going back and forth."""
    since: int = 0
    """From this tick on ``ticks`` are complete."""

    def count(self, tick: int) -> int:
        """Return how often it was reached up to a tick."""
        return bisect_right(self.ticks, tick)

    def note(self, tick: int) -> None:
        """Record a hit, once."""
        at = bisect_right(self.ticks, tick)
        if at == 0 or self.ticks[at - 1] != tick:
            self.ticks.insert(at, tick)

    def stops(self, tick: int) -> bool:
        """Return whether the hit of a tick, which was noted, is one that stops."""
        return self.count(tick) >= self.terms.hits

    def forget_hits(self, tick: int) -> None:
        """Count from a tick on."""
        del self.ticks[:]
        self.since = tick

    def forget_after(self, tick: int) -> None:
        """Drop the hits after a tick: they are of another timeline."""
        del self.ticks[bisect_right(self.ticks, tick) :]
        self.since = min(self.since, tick)


def copied(point: StopPoint, at: Place, tree: ast.expr | None) -> StopPoint:
    """Return a stopping place on the same terms elsewhere, uncounted."""
    return replace(point, at=at, tree=tree, ticks=array("q"), since=0)
