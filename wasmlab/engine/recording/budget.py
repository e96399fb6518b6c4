"""The memory budget of all timelines of a program; beyond it the oldest history is dropped."""

from __future__ import annotations

from wasmlab.engine.recording.timeline import drop_snapshots, forget_first, thin
from wasmlab.hints import TYPE_CHECKING

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
    for timeline in sorted(timelines, key=lambda timeline: timeline is current):
        excess = total_cost(timelines) - limit
        if excess <= 0:
            return
        others = [other for other in timelines if other is not timeline]
        if timeline is current:
            _thin(timeline, others, timeline.cost - excess, present, frozenset())
        else:
            _thin(timeline, others, timeline.cost - excess, timeline.last, _ids(current))
    while total_cost(timelines) > limit and len(current.snapshots) > 1:
        if current.snapshots[1].tick > present:
            return
        _forget_first(timelines, current)


def _thin(
    timeline: Timeline, others: list[Timeline], limit: int, present: int, kept: frozenset[int]
) -> None:
    """Drop snapshots of a timeline, but none whose identity is in ``kept``.

    Others that share a past with it go on having the same snapshots of that: if each dropped its
    own, hardly anything would be free, and pages would count with both.
    """
    borders = [_border(other, timeline) for other in others]
    ticks = (s.tick for s in timeline.snapshots if id(s.arenas) in kept)
    drop_snapshots(timeline, limit, present, frozenset((*ticks, *borders)))
    for other, border in zip(others, borders, strict=True):
        _share(other, timeline, border)


def _border(timeline: Timeline, other: Timeline) -> int:
    """Return the tick of the last snapshot that two timelines share; -1 if there is none."""
    known = _ids(other)
    return next((s.tick for s in reversed(timeline.snapshots) if id(s.arenas) in known), -1)


def _ids(timeline: Timeline) -> frozenset[int]:
    """Return the identities of a timeline's snapshots, which stay when their costs change."""
    return frozenset(id(s.arenas) for s in timeline.snapshots)


def _share(timeline: Timeline, other: Timeline, border: int) -> None:
    """Give a timeline the snapshots of another up to a tick, but its own first one."""
    first = timeline.snapshots[0]
    shared = [s for s in other.snapshots if first.tick < s.tick <= border]
    own = [s for s in timeline.snapshots[1:] if s.tick > border]
    timeline.cost -= sum(s.cost for s in timeline.snapshots[1:])
    timeline.snapshots[1:] = [*shared, *own]
    timeline.cost += sum(s.cost for s in timeline.snapshots[1:])


def _forget_first(timelines: Collection[Timeline], current: Timeline) -> None:
    """Drop all before the second snapshot, also of timelines that begin with the same two."""
    beginning = [id(s.arenas) for s in current.snapshots[:2]]
    for timeline in timelines:
        if [id(s.arenas) for s in timeline.snapshots[:2]] == beginning:
            forget_first(timeline)


def total_cost(timelines: Collection[Timeline]) -> int:
    """Return the approximate bytes that timelines take; snapshots that they share count once.

    A shared snapshot counts with the least of its costs: dropping others before it raises it.
    """
    total, least = 0, dict[int, int]()
    for timeline in timelines:
        total += timeline.cost - timeline.inherited
        for snapshot in timeline.snapshots:
            total -= snapshot.cost
            key = id(snapshot.arenas)
            least[key] = min(snapshot.cost, least.get(key, snapshot.cost))
    return total + sum(least.values())
