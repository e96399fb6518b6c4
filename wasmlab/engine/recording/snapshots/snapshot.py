"""A snapshot: the whole state of a program at a tick, restorable in the same store."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.engine.recording.snapshots.page_pool import Room
from wasmlab.engine.recording.snapshots.pages import (
    PAGE,
    Pages,
    Touched,
    Tracked,
    capture,
    count_marked,
    restore,
)
from wasmlab.exec.machine import free_slot
from wasmlab.runtime.frame import FRAME_WORDS
from wasmlab.runtime.memory import Waiter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.engine.program import Call, Program
    from wasmlab.host.wasi.wasi import Snapshot as WasiSnapshot
    from wasmlab.runtime.heap import Heap
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store
    from wasmlab.runtime.table import Table


class HeapState(NamedTuple):
    """What the GC heap keeps beside its arena."""

    top: int
    used: int
    due: int
    gap: int
    gap_end: int
    free: tuple[tuple[int, tuple[int, ...]], ...]


class WaitState(NamedTuple):
    """The agent's wait on a shared memory: which memory, where, how long, how it ended."""

    memory: int | None
    addr: int
    timeout: int | None
    outcome: int | None


@dataclass(frozen=True, slots=True)
class Arenas:
    """Everything that instructions and host calls can change, but stack and frames."""

    pages: tuple[Pages, ...]
    """Of each memory, then each table, then the heap."""
    sizes: tuple[int, ...]
    """Of each memory in bytes, then each table in elements."""
    global_slots: bytes
    heap: HeapState
    dropped: tuple[tuple[frozenset[int], tuple[Sequence[int], ...]], ...]
    """For each instance: dropped data segments, and the element segments."""
    budget: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole state; ``cost`` is about how many bytes it added to what was kept before."""

    tick: int
    arenas: Arenas
    stack: bytes
    frames: bytes
    wait: WaitState | None
    wasi: WasiSnapshot
    calls: tuple[Call, ...]
    current: Call | None
    at: int
    answered: int
    """Host calls made before it."""
    entered: int
    """Calls that were added to the program before it."""
    cost: int
    since: int = 0
    """Tick from which on ``touched`` is known."""
    touched: tuple[Touched, ...] = ()
    """Pages of each arena that were written between ``since`` and here, equal or not."""


@dataclass(slots=True)
class Camera:
    """Takes and restores snapshots of one program."""

    program: Program
    mems: list[Memory] = field(default_factory=list["Memory"])
    tables: list[Table] = field(default_factory=list["Table"])
    tracked: list[Tracked] = field(default_factory=list[Tracked])
    room: Room = field(default_factory=Room)
    since: int = 0
    """Tick from which on marks have been taken into account."""

    def __post_init__(self) -> None:
        """Find the arenas, imported ones too."""
        store = self.program.store
        of_instances = [m for i in store.instances for m in i.mems]
        self.mems = list({id(m): m for m in (*store.mems, *of_instances)}.values())
        of_instances = [t for i in store.instances for t in i.tables]
        self.tables = list({id(t): t for t in (*store.tables, *of_instances)}.values())
        arenas = (*self.mems, *self.tables, store.heap)
        self.tracked = [Tracked(arena, self.room) for arena in arenas]

    def touched(self) -> tuple[Touched, ...]:
        """Return what was written since somebody last asked."""
        taken = tuple(tracked.touched for tracked in self.tracked)
        for tracked in self.tracked:
            tracked.touched = {}
        self.since = self.program.store.tick
        return taken

    @property
    def coming(self) -> int:
        """Bytes that the copies of marked pages can take."""
        return PAGE * sum(count_marked(tracked) for tracked in self.tracked)


def take_arenas(camera: Camera) -> tuple[Arenas, int]:
    """Return the present contents of all arenas, and how many bytes of that are new."""
    store = camera.program.store
    captured = [capture(tracked) for tracked in camera.tracked]
    slots = store.global_slots[: store.global_count].tobytes()
    arenas = Arenas(
        pages=tuple(pages for pages, _ in captured),
        sizes=(*(m.size for m in camera.mems), *(t.size for t in camera.tables)),
        global_slots=slots,
        heap=_heap_state(store.heap),
        dropped=tuple((frozenset(i.dropped_datas), tuple(i.elems)) for i in store.instances),
        budget=store.budget.used,
    )
    return arenas, len(slots) + sum(new for _, new in captured)


def _heap_state(heap: Heap) -> HeapState:
    free = tuple((size, tuple(offsets)) for size, offsets in heap.free.items())
    return HeapState(heap.top, heap.used, heap.due, heap.gap, heap.gap_end, free)


def restore_arenas(camera: Camera, arenas: Arenas) -> None:
    """Give all arenas the contents of an image."""
    store = camera.program.store
    memories = len(camera.mems)
    for memory, size in zip(camera.mems, arenas.sizes[:memories], strict=True):
        memory.size = size
    for table, size in zip(camera.tables, arenas.sizes[memories:], strict=True):
        table.size = size
    heap, state = store.heap, arenas.heap
    heap.top, heap.used, heap.due = state.top, state.used, state.due
    heap.gap, heap.gap_end = state.gap, state.gap_end
    heap.free = {size: list(offsets) for size, offsets in state.free}
    for tracked, pages in zip(camera.tracked, arenas.pages, strict=True):
        restore(tracked, pages)
    store.global_slots.cast("B")[: len(arenas.global_slots)] = arenas.global_slots
    for instance, (datas, elems) in zip(store.instances, arenas.dropped, strict=True):
        instance.dropped_datas.clear()
        instance.dropped_datas.update(datas)
        instance.elems[:] = elems
    store.budget.used = arenas.budget


def take(camera: Camera, answered: int, entered: int) -> Snapshot:
    """Return a snapshot of the present state."""
    program = camera.program
    agent = program.store.agent
    since = camera.since
    arenas, cost = take_arenas(camera)
    stack = agent.stack[: live_slots(program.store)].tobytes()
    frames = agent.frames[: agent.depth * FRAME_WORDS].tobytes()
    return Snapshot(
        tick=program.store.tick,
        arenas=arenas,
        stack=stack,
        frames=frames,
        wait=_wait_state(camera),
        wasi=program.wasi.snapshot(),
        calls=tuple(program.calls),
        current=program.current,
        at=program.at,
        answered=answered,
        entered=entered,
        cost=cost + len(stack) + len(frames) + 1000,
        since=since,
        touched=camera.touched(),
    )


def live_slots(store: Store) -> int:
    """Return how many slots of the stack mean anything."""
    return free_slot(store)


def _wait_state(camera: Camera) -> WaitState | None:
    waiter = camera.program.store.agent.waiter
    if waiter is None:
        return None
    found = (n for n, m in enumerate(camera.mems) if any(w is waiter for w in m.waiters))
    return WaitState(next(found, None), waiter.addr, waiter.timeout, waiter.outcome)


def put_back(camera: Camera, snapshot: Snapshot) -> None:
    """Make the program stand where it stood when the snapshot was taken."""
    program = camera.program
    store = program.store
    agent = store.agent
    restore_arenas(camera, snapshot.arenas)
    agent.stack.cast("B")[: len(snapshot.stack)] = snapshot.stack
    agent.frames.cast("B")[: len(snapshot.frames)] = snapshot.frames
    agent.depth = len(snapshot.frames) // (8 * FRAME_WORDS)
    agent.pending = None
    _restore_wait(camera, snapshot.wait)
    store.tick = snapshot.tick
    camera.touched()
    program.wasi.restore(snapshot.wasi)
    program.calls = deque(snapshot.calls)
    program.current, program.at = snapshot.current, snapshot.at
    if program.stubs is not None:
        program.stubs.asked = None


def _restore_wait(camera: Camera, wait: WaitState | None) -> None:
    for memory in camera.mems:
        memory.waiters.clear()
    agent = camera.program.store.agent
    agent.waiter = None
    if wait is not None:
        agent.waiter = Waiter(wait.addr, wait.timeout, wait.outcome)
        if wait.memory is not None:
            camera.mems[wait.memory].waiters.append(agent.waiter)
