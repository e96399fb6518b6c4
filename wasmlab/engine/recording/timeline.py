"""A timeline: one history of a program, from its first tick to the last one reached.

Everything that a person did to the program is in it (calls, changes), everything that the host
answered, and snapshots at intervals. Branches are timelines that share what lies before the fork.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.engine.recording.hosts.journal import Journal
from wasmlab.engine.recording.snapshots.page_pool import LEAF
from wasmlab.engine.recording.snapshots.pages import either, freed, size_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from wasmlab.engine.program import Call
    from wasmlab.engine.recording.hosts.journal import Answer
    from wasmlab.engine.recording.snapshots.pages import Touched
    from wasmlab.engine.recording.snapshots.snapshot import Snapshot


class Entry(NamedTuple):
    """A call that a person made, at the tick where the program waited for it."""

    tick: int
    call: Call


class Change(NamedTuple):
    """Something that a person changed by hand; the snapshot of its tick has it in it."""

    tick: int
    text: str
    stdin: tuple[bytes, bool] | None = None
    """If it changed standard input: what was received before, and whether that had ended."""


@dataclass(slots=True, eq=False)
class Timeline:
    """One history; ``snapshots`` are in order of their ticks, one at most for a tick."""

    number: int = 1
    parent: int | None = None
    fork: int = 0
    """Tick at which it left its parent."""
    snapshots: list[Snapshot] = field(default_factory=list["Snapshot"])
    journal: Journal = field(default_factory=Journal)
    entries: list[Entry] = field(default_factory=list[Entry])
    changes: list[Change] = field(default_factory=list[Change])
    last: int = 0
    """The furthest tick that was reached."""
    ended: bool = False
    """At ``last`` the program trapped or was over."""
    trapped: bool = False
    """It ended in a trap, an uncaught exception, or an error of the host."""
    rewound: bool = True
    """Nothing that the host did on the parent behind the fork has remained."""
    stdin: tuple[bytes, bool] = (b"", True)
    """While another timeline is current: standard input received, and whether it has ended."""
    cost: int = 0
    """Bytes that its snapshots and answers take, about."""
    inherited: int = 0
    """Bytes of that for answers that its parent has too."""

    @property
    def first(self) -> int:
        """The first tick that one can go to."""
        return self.snapshots[0].tick

    @property
    def pinned(self) -> set[int]:
        """Ticks whose snapshots must stay: the first, and those after changes by hand."""
        return {self.first, *(change.tick for change in self.changes)}


def index_before(timeline: Timeline, tick: int) -> int:
    """Return the index of the last snapshot at or before a tick, -1 if there is none."""
    return bisect_right(timeline.snapshots, tick, key=lambda s: s.tick) - 1


def answers_about(timeline: Timeline, tick: int) -> list[Answer]:
    """Return the answers that were given between the snapshots before and behind a tick."""
    at, journal = index_before(timeline, tick), timeline.journal
    bounds = [s.answered - journal.forgotten for s in timeline.snapshots[max(at, 0) : at + 2]]
    return journal.answers[max(bounds[0], 0) : bounds[1] if len(bounds) > 1 else None]


def insert(timeline: Timeline, snapshot: Snapshot) -> None:
    """Add a snapshot; it replaces one of the same tick."""
    at = index_before(timeline, snapshot.tick)
    if at >= 0 and timeline.snapshots[at].tick == snapshot.tick:
        timeline.cost -= timeline.snapshots[at].cost
        timeline.snapshots[at] = _joined(timeline.snapshots[at], snapshot)
    else:
        timeline.snapshots.insert(at + 1, snapshot)
    timeline.cost += snapshot.cost


def _joined(gone: Snapshot, kept: Snapshot) -> Snapshot:
    """Return a snapshot that knows also what was written before one that goes, if it can."""
    is_known = gone.touched and kept.touched
    if not is_known or not gone.since < kept.since <= gone.tick:
        return kept
    touched: list[Touched] = []
    for first, then in zip(gone.touched, kept.touched, strict=True):
        both = {n: either(first[n], then[n]) for n in first.keys() & then.keys()}
        touched.append({**first, **then, **both})
    return replace(kept, since=gone.since, touched=tuple(touched))


def stretches(
    timeline: Timeline, arenas: Collection[int], pages: range, end: int
) -> list[tuple[int, int]]:
    """Return where before tick ``end`` pages of an arena may have been written, the last first.

    Each is the tick of a snapshot and one behind it: the instruction that is next at the first was
    perhaps such a write, that at the second is not meant. Outside of them there was none.
    """
    found: list[tuple[int, int]] = []
    stop = end
    for at in range(index_before(timeline, end - 1), -1, -1):
        start = timeline.snapshots[at].tick
        if _may_write(timeline, at + 1, arenas, pages):
            if found and found[-1][0] == stop:
                stop = found.pop()[1]
            found.append((start, stop))
        stop = start
    return found


def _may_write(timeline: Timeline, at: int, arenas: Collection[int], pages: range) -> bool:
    """Return whether pages may have been written between a snapshot and the one before."""
    after = timeline.snapshots[at] if at < len(timeline.snapshots) else None
    if after is None or not after.touched or after.since > timeline.snapshots[at - 1].tick:
        return True
    leaves = (leaf for number in arenas for leaf in after.touched[number].items())
    return any(
        marks.find(1, max(pages.start - leaf * LEAF, 0), max(pages.stop - leaf * LEAF, 0)) >= 0
        for leaf, marks in leaves
    )


def thin(timeline: Timeline, limit: int, present: int) -> None:
    """Drop snapshots, then the oldest history, until the timeline costs at most ``limit`` bytes.

    Snapshots near the present stay closer together than those far away.
    """
    if timeline.cost <= limit:
        return
    drop_snapshots(timeline, limit, present)
    while timeline.cost > limit and len(timeline.snapshots) > 1:
        if timeline.snapshots[1].tick > present:
            return
        forget_first(timeline)


def drop_snapshots(
    timeline: Timeline, limit: int, present: int, kept: frozenset[int] = frozenset()
) -> None:
    """Drop snapshots until the timeline costs at most ``limit`` bytes, but not at ticks ``kept``.

    The first, the last and those after changes by hand stay too.
    """
    while timeline.cost > limit:
        pinned, shots = timeline.pinned | kept, timeline.snapshots
        droppable = [
            ((shots[i + 1].tick - shots[i - 1].tick) / (abs(present - shots[i].tick) + 1), i)
            for i in range(1, len(shots) - 1)
            if shots[i].tick not in pinned
        ]
        if not droppable:
            return
        # One pass in eight: what a removal does to the scores of its neighbours waits for the next.
        worst = sorted(droppable)[: max(len(droppable) // 8, 1)]
        for i in sorted((i for _, i in worst), reverse=True):
            _drop(timeline, i)


def _drop(timeline: Timeline, at: int) -> None:
    """Drop a snapshot; pages that a neighbour shares stay, and count with it."""
    before, gone, after = timeline.snapshots[at - 1 : at + 2]
    nbytes = len(gone.stack) + len(gone.frames)
    images = (before.arenas.pages, gone.arenas.pages, after.arenas.pages)
    nbytes += sum(freed(was, here, then) for was, here, then in zip(*images, strict=True))
    moved = gone.cost - min(nbytes, gone.cost)
    timeline.snapshots[at + 1] = replace(_joined(gone, after), cost=after.cost + moved)
    timeline.cost -= gone.cost - moved
    del timeline.snapshots[at]


def forget_first(timeline: Timeline) -> None:
    """Let the history begin at the second snapshot."""
    gone, first = timeline.snapshots[:2]
    journal = timeline.journal
    count = first.answered - journal.forgotten
    nbytes = sum(answer.cost for answer in journal.answers[:count])
    timeline.cost -= nbytes
    timeline.inherited = max(timeline.inherited - nbytes, 0)
    del journal.answers[:count]
    journal.forgotten = first.answered
    whole = len(first.stack) + len(first.frames)
    whole += sum(size_of(pages) for pages in first.arenas.pages)
    timeline.cost += whole - first.cost - gone.cost
    timeline.snapshots[:2] = [replace(first, cost=whole)]


def forked(timeline: Timeline, number: int, tick: int, answered: int) -> Timeline:
    """Return a timeline that shares everything up to a tick, and the answers given by then."""
    journal = timeline.journal
    kept: list[Answer] = journal.answers[: answered - journal.forgotten]
    injected = {n: results for n, results in journal.injected.items() if n < answered}
    shots = [s for s in timeline.snapshots if s.tick <= tick and s.answered <= answered]
    inherited = sum(answer.cost for answer in kept)
    return Timeline(
        number=number,
        parent=timeline.number,
        fork=tick,
        snapshots=shots,
        journal=Journal(kept, journal.forgotten, answered, injected),
        entries=[entry for entry in timeline.entries if entry.tick <= tick],
        changes=[change for change in timeline.changes if change.tick <= tick],
        last=tick,
        cost=sum(s.cost for s in shots) + inherited,
        inherited=inherited,
    )
