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
    from wasmlab.debug.stops.template import Template
    from wasmlab.debug.stops.watch_area import WatchArea
    from wasmlab.runtime.store import FuncInst


@dataclass(frozen=True, slots=True)
class StopTerms:
    """When it stops, and what is done then; without any of it it stops every time."""

    condition: str = ""
    """Empty if it always holds."""
    hits: int = 0
    """Stops only from this hit on; 0 or 1 mean every time."""
    temporary: bool = False
    """It is removed once it has stopped the program."""
    log: str = ""
    """What is said at each hit in place of stopping, see ``stops.template``."""
    commands: tuple[str, ...] = ()
    """Commands of the debugger that a front end carries out when it has stopped."""


EVERY_TIME = StopTerms()


@dataclass(slots=True)
class AtCode:
    """Before instructions that are known: a place, the beginnings of functions, calls of a host."""

    func: FuncInst
    """The function that it is in; a host function, if it is where that is called."""
    sites: Sites
    name: str = ""
    """What all functions of ``sites`` are called, if it was set by a name that several have."""
    pattern: bool = False
    """The name is a pattern that their names match."""


@dataclass(slots=True)
class AtInstructions:
    """Before instructions of a kind, in functions that are bound later too."""

    what: str
    """``throw``, or a condition that is waited for."""
    probes: ConditionalProbes


@dataclass(slots=True)
class OnAccess:
    """Where something is read or written: a watchpoint."""

    watched: WatchArea
    access: str
    """w, r or rw."""
    probes: ConditionalProbes
    """The instructions that may touch what is watched."""


@dataclass(slots=True)
class OnFailure:
    """Where a call of a host function fails."""

    func: FuncInst
    sites: Sites
    """Where it is called."""
    errno: str
    """The name of the error number; empty: any."""


@dataclass(slots=True)
class OnTrap:
    """Where the program would end with a trap."""


Place = AtCode | AtInstructions | OnAccess | OnFailure | OnTrap


@dataclass(slots=True)
class StopPoint:
    """A stopping place; ``ticks`` are those at which it was reached with its condition true.

    Of what stops after an instruction it is the tick after that.
    """

    number: int
    at: Place
    terms: StopTerms = EVERY_TIME
    tree: ast.expr | None = None
    """The condition, parsed."""
    template: Template | None = None
    """What it says, parsed."""
    enabled: bool = True
    ticks: array[int] = field(default_factory=lambda: array("q"))
    """Sorted ticks of its hits: how many are at or before a tick is the hit count there, which so
    survives going back and forth."""
    since: int = 0
    """From this tick on ``ticks`` are complete."""
    ignored: int = 0
    """So many hits after tick ``ignored_from`` are passed over."""
    ignored_from: int = -1

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
        count, from_ = self.count(tick), self.ignored_from
        is_ignored = tick > from_ and count - self.count(from_) <= self.ignored
        return count >= self.terms.hits and not is_ignored

    def ignores(self, tick: int) -> int:
        """Return how many further hits are passed over from a tick on."""
        done = self.count(tick) - self.count(self.ignored_from) if tick > self.ignored_from else 0
        return max(self.ignored - done, 0)

    def is_uncounted(self, first: int) -> bool:
        """Return whether hits from tick ``first`` on matter that are not counted."""
        start = max(self.ignored_from + 1, first) if self.ignored else first
        return (self.terms.hits > 1 or bool(self.ignored)) and self.since > start

    def forget_hits(self, tick: int) -> None:
        """Count from a tick on."""
        del self.ticks[:]
        self.since, self.ignored = tick, 0

    def forget_after(self, tick: int) -> None:
        """Drop the hits after a tick: they are of another timeline."""
        del self.ticks[bisect_right(self.ticks, tick) :]
        self.since = min(self.since, tick)


def copied(point: StopPoint, at: Place, tick: int) -> StopPoint:
    """Return a stopping place on the same terms elsewhere, uncounted; tick: where the old one is.

    What it still ignores there, it ignores from the beginning.
    """
    left = point.ignores(tick)
    return replace(point, at=at, ticks=array("q"), since=0, ignored=left, ignored_from=-1)
