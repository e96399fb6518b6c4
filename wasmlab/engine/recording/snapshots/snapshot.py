"""Snapshots: the whole state of a program at a tick, to be restored in the same store."""

from __future__ import annotations

from collections import deque

from wasmlab.engine.recording.snapshots.page_pool import PagePool
from wasmlab.engine.recording.snapshots.pages import (
    PAGE,
    DirtyMarks,
    DirtyTracker,
    PageImage,
    capture_pages,
    count_dirty,
    restore_pages,
)
from wasmlab.exec.invocation import free_slot
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.runtime.frame import FRAME_WORDS
from wasmlab.runtime.memory import Waiter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.engine.program import Call, Program
    from wasmlab.host.wasi.wasi import WasiSnapshot
    from wasmlab.runtime.heap import Heap
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store
    from wasmlab.runtime.table import Table


class HeapState(NamedTuple):
    """The state of the GC heap outside its arena, as in ``runtime.heap.Heap``; in slots."""

    top: int
    used: int
    due: int
    gap: int
    gap_end: int
    free: tuple[tuple[int, tuple[int, ...]], ...]


class WaitState(NamedTuple):
    """The agent's wait on a shared memory: index of the memory, address, timeout in ns, outcome."""

    memory: int | None
    addr: int
    timeout: int | None
    outcome: int | None


@dataclass(frozen=True, slots=True)
class ArenaImages:
    """The state that instructions and host calls can change, without stack and frames."""

    pages: tuple[PageImage, ...]
    """Page images: memories, then tables, then the heap, each in store order."""
    sizes: tuple[int, ...]
    """Sizes: memories in bytes, then tables in elements, in the same order."""
    global_slots: bytes
    heap: HeapState
    dropped: tuple[tuple[frozenset[int], tuple[Sequence[int], ...]], ...]
    """For each instance: indices of dropped data segments, and the element segments' references."""
    budget: int
    written: tuple[bytes, ...] = ()
    """For each memory, the marks of all pages ever written, if it is sparse (``runtime.memory``);
    empty in a recording from a file: what counts as written stays so."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state of a program; ``cost``: approximate bytes that earlier snapshots lack."""

    tick: int
    arenas: ArenaImages
    stack: bytes
    frames: bytes
    wait: WaitState | None
    wasi: WasiSnapshot
    calls: tuple[Call, ...]
    current: Call | None
    at: int
    answered: int
    """How many host calls were made before it."""
    entered: int
    """How many calls by hand the program had entered before it."""
    cost: int
    since: int = 0
    """The tick from which on ``touched`` is complete."""
    touched: tuple[DirtyMarks, ...] = ()
    """For each arena, the pages written from ``since`` to this tick, even with equal contents."""


@dataclass(slots=True)
class SnapshotTaker:
    """Takes and restores snapshots of one program."""

    program: Program
    mems: list[Memory] = field(default_factory=list["Memory"])
    tables: list[Table] = field(default_factory=list["Table"])
    trackers: list[DirtyTracker] = field(default_factory=list[DirtyTracker])
    pool: PagePool = field(default_factory=PagePool)
    since: int = 0
    """The tick of the last ``take_touched``."""

    def __post_init__(self) -> None:
        """Find the arenas, imported ones too."""
        store = self.program.store
        of_instances = [m for i in store.instances for m in i.mems]
        self.mems = list({id(m): m for m in (*store.mems, *of_instances)}.values())
        of_instances = [t for i in store.instances for t in i.tables]
        self.tables = list({id(t): t for t in (*store.tables, *of_instances)}.values())
        arenas = (*self.mems, *self.tables, store.heap)
        self.trackers = [DirtyTracker(arena, self.pool) for arena in arenas]

    def take_touched(self) -> tuple[DirtyMarks, ...]:
        """Return the pages of each arena that were written since the last call, and begin anew."""
        taken = tuple(tracker.touched for tracker in self.trackers)
        for tracker in self.trackers:
            tracker.touched = {}
        self.since = self.program.store.tick
        return taken

    @property
    def next_cost(self) -> int:
        """Bytes that copies of all pages marked dirty would take."""
        return PAGE * sum(count_dirty(tracker) for tracker in self.trackers)


def take_arenas(taker: SnapshotTaker) -> tuple[ArenaImages, int]:
    """Return an image of all arenas, and how many bytes of it are new."""
    store = taker.program.store
    captured = [capture_pages(tracker) for tracker in taker.trackers]
    slots = store.global_slots[: store.global_count].tobytes()
    arenas = ArenaImages(
        pages=tuple(pages for pages, _ in captured),
        sizes=(*(m.size for m in taker.mems), *(t.size for t in taker.tables)),
        global_slots=slots,
        heap=_heap_state(store.heap),
        dropped=tuple((frozenset(i.dropped_datas), tuple(i.elems)) for i in store.instances),
        budget=store.budget.used,
        written=tuple(m.written_marks() for m in taker.mems) if store.budget.sparse else (),
    )
    return arenas, len(slots) + sum(new for _, new in captured)


def _heap_state(heap: Heap) -> HeapState:
    free = tuple((size, tuple(offsets)) for size, offsets in heap.free.items())
    return HeapState(heap.top, heap.used, heap.due, heap.gap, heap.gap_end, free)


def restore_arenas(taker: SnapshotTaker, arenas: ArenaImages) -> None:
    """Make all arenas hold an image again."""
    store = taker.program.store
    memories = len(taker.mems)
    for memory, size in zip(taker.mems, arenas.sizes[:memories], strict=True):
        memory.size = size
    for table, size in zip(taker.tables, arenas.sizes[memories:], strict=True):
        table.size = size
    heap, state = store.heap, arenas.heap
    heap.epoch += 1
    heap.top, heap.used, heap.due = state.top, state.used, state.due
    heap.gap, heap.gap_end = state.gap, state.gap_end
    heap.free = {size: list(offsets) for size, offsets in state.free}
    for tracker, pages in zip(taker.trackers, arenas.pages, strict=True):
        restore_pages(tracker, pages)
    store.global_slots.cast("B")[: len(arenas.global_slots)] = arenas.global_slots
    for instance, (datas, elems) in zip(store.instances, arenas.dropped, strict=True):
        instance.dropped_datas.clear()
        instance.dropped_datas.update(datas)
        instance.elems[:] = elems
    store.budget.used = arenas.budget
    for memory, marks in zip(taker.mems, arenas.written, strict=False):
        if marks:
            memory.restore_written(marks)


def take_snapshot(taker: SnapshotTaker, answered: int, entered: int) -> Snapshot:
    """Return a snapshot of the present state."""
    program = taker.program
    agent = program.store.agent
    since = taker.since
    arenas, cost = take_arenas(taker)
    stack = agent.stack[: live_slots(program.store)].tobytes()
    frames = agent.frames[: agent.depth * FRAME_WORDS].tobytes()
    return Snapshot(
        tick=program.store.tick,
        arenas=arenas,
        stack=stack,
        frames=frames,
        wait=_wait_state(taker),
        wasi=program.wasi.snapshot(),
        calls=tuple(program.calls),
        current=program.current,
        at=program.at,
        answered=answered,
        entered=entered,
        cost=cost + len(stack) + len(frames) + 1000,
        since=since,
        touched=taker.take_touched(),
    )


def live_slots(store: Store) -> int:
    """Return how many slots of the stack are in use."""
    return free_slot(store)


def _wait_state(taker: SnapshotTaker) -> WaitState | None:
    waiter = taker.program.store.agent.waiter
    if waiter is None:
        return None
    found = (n for n, m in enumerate(taker.mems) if any(w is waiter for w in m.waiters))
    return WaitState(next(found, None), waiter.addr, waiter.timeout, waiter.outcome)


def restore(taker: SnapshotTaker, snapshot: Snapshot) -> None:
    """Restore the state in which the snapshot was taken."""
    program = taker.program
    store = program.store
    agent = store.agent
    restore_arenas(taker, snapshot.arenas)
    agent.stack.cast("B")[: len(snapshot.stack)] = snapshot.stack
    agent.frames.cast("B")[: len(snapshot.frames)] = snapshot.frames
    agent.depth = len(snapshot.frames) // (8 * FRAME_WORDS)
    agent.pending = None
    _restore_wait(taker, snapshot.wait)
    store.tick = snapshot.tick
    taker.take_touched()
    program.wasi.restore(snapshot.wasi)
    program.calls = deque(snapshot.calls)
    program.current, program.at = snapshot.current, snapshot.at
    if program.stubs is not None:
        program.stubs.asked = None


def put_back(taker: SnapshotTaker, snapshot: Snapshot) -> None:
    """Count the pages as touched that were when the snapshot was taken, whose state is there."""
    taker.since = snapshot.since
    for tracker, marks in zip(taker.trackers, snapshot.touched, strict=True):
        tracker.touched = dict(marks)


def _restore_wait(taker: SnapshotTaker, wait: WaitState | None) -> None:
    for memory in taker.mems:
        memory.waiters.clear()
    agent = taker.program.store.agent
    agent.waiter = None
    if wait is not None:
        agent.waiter = Waiter(wait.addr, wait.timeout, wait.outcome)
        if wait.memory is not None:
            taker.mems[wait.memory].waiters.append(agent.waiter)
