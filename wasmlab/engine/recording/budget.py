"""What all histories of a program may take together; when it is full, the oldest goes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wasmlab.engine.recording.timeline import drop_snapshots, thin

if TYPE_CHECKING:
    from collections.abc import Collection

    from wasmlab.engine.recording.timeline import Timeline


def keep_within(
    limit: int, timelines: Collection[Timeline], current: Timeline, present: int
) -> None:
    """Drop snapshots until all timelines together take at most ``limit`` bytes, or nothing can go.

    Those of other timelines go first; then those of the current one, and its oldest history.
    """
    if len(timelines) == 1:
        thin(current, limit, present)
        return
    excess = taken(timelines) - limit
    for other in timelines if excess > 0 else ():
        if other is not current:
            drop_snapshots(other, other.cost - excess, other.last, _shared(other, timelines))
            excess = taken(timelines) - limit
            if excess <= 0:
                return
    if excess > 0:
        thin(current, current.cost - excess, present)


def taken(timelines: Collection[Timeline]) -> int:
    """Return about how many bytes timelines take; what they share counts once."""
    total, seen = 0, set[int]()
    for timeline in timelines:
        total += timeline.cost - timeline.inherited
        total -= sum(s.cost for s in timeline.snapshots if id(s) in seen)
        seen.update(map(id, timeline.snapshots))
    return total


def _shared(timeline: Timeline, timelines: Collection[Timeline]) -> frozenset[int]:
    """Return the ticks of snapshots that another timeline has too: dropping them frees nothing."""
    holders = Counter(id(s) for t in timelines for s in t.snapshots)
    return frozenset(s.tick for s in timeline.snapshots if holders[id(s)] > 1)
