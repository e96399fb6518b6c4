"""A timeline: one history of a program, from its first tick to the last one reached.

It holds what was done to the program by hand (calls, changes), what the host answered, and
snapshots at intervals. Branches are timelines that share what lies before the fork.
"""

from __future__ import annotations

from bisect import bisect_right

from wasmlab.engine.recording.hosts.host_log import HostLog
from wasmlab.engine.recording.snapshots.page_pool import TABLE_PAGES
from wasmlab.engine.recording.snapshots.pages import image_size, own_size, union_marks
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Collection

    from wasmlab.engine.program import Call
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.snapshots.pages import DirtyMarks
    from wasmlab.engine.recording.snapshots.snapshot import Snapshot


class Entry(NamedTuple):
    """A call by hand, at the tick where the program waited for it."""

    tick: int
    call: Call


class ManualChange(NamedTuple):
    """A change of state by hand; the snapshot of its tick is taken after it."""

    tick: int
    text: str
    stdin: tuple[bytes, bool] | None = None
    """If standard input was changed: the bytes received before, and whether it had ended."""


@dataclass(slots=True, eq=False)
class Timeline:
    """One history; ``snapshots`` are in order of their ticks, one at most for a tick."""

    number: int = 1
    parent: int | None = None
    fork: int = 0
    """The tick at which it left its parent."""
    snapshots: list[Snapshot] = field(default_factory=list["Snapshot"])
    host_log: HostLog = field(default_factory=HostLog)
    entries: list[Entry] = field(default_factory=list[Entry])
    changes: list[ManualChange] = field(default_factory=list[ManualChange])
    last: int = 0
    """The furthest tick that was reached."""
    ended: bool = False
    """The program failed or was over at ``last``."""
    trapped: bool = False
    """It ended with a trap, an uncaught exception or an error of the host."""
    rewound: bool = True
    """True if everything that the host did after the fork on the parent was undone."""
    stdin: tuple[bytes, bool] = (b"", True)
    """Standard input while another timeline is current: bytes received, whether it has ended."""
    cost: int = 0
    """Approximate bytes of its snapshots and answers."""
    inherited: int = 0
    """The part of ``cost`` for answers that its parent has too."""

    @property
    def first(self) -> int:
        """The first tick that can be gone to."""
        return self.snapshots[0].tick

    @property
    def pinned(self) -> set[int]:
        """Ticks whose snapshots must stay: the first, and those after changes by hand."""
        return {self.first, *(change.tick for change in self.changes)}


def index_before(timeline: Timeline, tick: int) -> int:
    """Return the index of the last snapshot at or before a tick, -1 if there is none."""
    return bisect_right(timeline.snapshots, tick, key=lambda s: s.tick) - 1


def answers_around(timeline: Timeline, tick: int) -> list[HostAnswer]:
    """Return the answers given between the last snapshot at or before a tick and the next one."""
    at, host_log = index_before(timeline, tick), timeline.host_log
    bounds = [s.answered - host_log.forgotten for s in timeline.snapshots[max(at, 0) : at + 2]]
    return host_log.answers[max(bounds[0], 0) : bounds[1] if len(bounds) > 1 else None]


def add_snapshot(timeline: Timeline, snapshot: Snapshot) -> None:
    """Add a snapshot; it replaces one of the same tick."""
    at = index_before(timeline, snapshot.tick)
    if at >= 0 and timeline.snapshots[at].tick == snapshot.tick:
        timeline.cost -= timeline.snapshots[at].cost
        timeline.snapshots[at] = _with_marks_of(timeline.snapshots[at], snapshot)
    else:
        timeline.snapshots.insert(at + 1, snapshot)
    timeline.cost += snapshot.cost


def _with_marks_of(gone: Snapshot, kept: Snapshot) -> Snapshot:
    """Return ``kept`` with the dirty marks of ``gone``, a dropped one before it, if they join."""
    is_known = gone.touched and kept.touched
    if not is_known or not gone.since < kept.since <= gone.tick:
        return kept
    touched: list[DirtyMarks] = []
    for first, then in zip(gone.touched, kept.touched, strict=True):
        both = {n: union_marks(first[n], then[n]) for n in first.keys() & then.keys()}
        touched.append({**first, **then, **both})
    return replace(kept, since=gone.since, touched=tuple(touched))


def written_ranges(
    timeline: Timeline, arenas: Collection[int], pages: range, end: int
) -> list[tuple[int, int]]:
    """Return the ranges of ticks before ``end`` in which pages of arenas may have been written.

    Half-open ranges [from, to), newest first: the next instruction at a tick in one of them may
    write such a page; at no other tick before ``end`` it does. They begin and end at snapshots.
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


def growth_range(timeline: Timeline, memory: int, size: int, end: int) -> tuple[int, int] | None:
    """Return the range of ticks before ``end`` in which a memory came to have ``size`` bytes.

    memory: its number among the arenas. Half-open; None if it had them from the beginning.
    """
    stop = end
    for at in range(index_before(timeline, end - 1), -1, -1):
        snapshot = timeline.snapshots[at]
        if snapshot.arenas.sizes[memory] < size:
            return snapshot.tick, stop
        stop = snapshot.tick
    return None


def _may_write(timeline: Timeline, at: int, arenas: Collection[int], pages: range) -> bool:
    """Return whether pages may have been written between snapshot ``at`` and the one before it."""
    after = timeline.snapshots[at] if at < len(timeline.snapshots) else None
    if after is None or not after.touched or after.since > timeline.snapshots[at - 1].tick:
        return True
    page_tables = (page_table for number in arenas for page_table in after.touched[number].items())
    return any(
        marks.find(
            1,
            max(pages.start - page_table * TABLE_PAGES, 0),
            max(pages.stop - page_table * TABLE_PAGES, 0),
        )
        >= 0
        for page_table, marks in page_tables
    )


def thin(timeline: Timeline, limit: int, present: int) -> None:
    """Drop snapshots, then the oldest history, until the timeline costs at most ``limit`` bytes.

    Snapshots near tick ``present`` stay closer together than those far away.
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
    """Drop a snapshot; the cost of pages that the next one shares moves there."""
    before, gone, after = timeline.snapshots[at - 1 : at + 2]
    nbytes = len(gone.stack) + len(gone.frames)
    images = (before.arenas.pages, gone.arenas.pages, after.arenas.pages)
    nbytes += sum(own_size(was, here, then) for was, here, then in zip(*images, strict=True))
    moved = gone.cost - min(nbytes, gone.cost)
    timeline.snapshots[at + 1] = replace(_with_marks_of(gone, after), cost=after.cost + moved)
    timeline.cost -= gone.cost - moved
    del timeline.snapshots[at]


def forget_first(timeline: Timeline) -> None:
    """Drop everything before the second snapshot."""
    gone, first = timeline.snapshots[:2]
    host_log = timeline.host_log
    count = first.answered - host_log.forgotten
    nbytes = sum(answer.cost for answer in host_log.answers[:count])
    timeline.cost -= nbytes
    timeline.inherited = max(timeline.inherited - nbytes, 0)
    del host_log.answers[:count]
    host_log.forgotten = first.answered
    whole = len(first.stack) + len(first.frames)
    whole += sum(image_size(pages) for pages in first.arenas.pages)
    timeline.cost += whole - first.cost - gone.cost
    timeline.snapshots[:2] = [replace(first, cost=whole)]


def fork_timeline(timeline: Timeline, number: int, tick: int, answered: int) -> Timeline:
    """Return a branch that shares everything up to a tick, and the first ``answered`` answers."""
    host_log = timeline.host_log
    kept: list[HostAnswer] = host_log.answers[: answered - host_log.forgotten]
    injected = {n: results for n, results in host_log.injected.items() if n < answered}
    shots = [s for s in timeline.snapshots if s.tick <= tick and s.answered <= answered]
    inherited = sum(answer.cost for answer in kept)
    return Timeline(
        number=number,
        parent=timeline.number,
        fork=tick,
        snapshots=shots,
        host_log=HostLog(kept, host_log.forgotten, answered, injected),
        entries=[entry for entry in timeline.entries if entry.tick <= tick],
        changes=[change for change in timeline.changes if change.tick <= tick],
        last=tick,
        cost=sum(s.cost for s in shots) + inherited,
        inherited=inherited,
    )
