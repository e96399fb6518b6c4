"""Calling host functions: from the journal while it lasts, then for real, noting what they did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.engine.recording.hosts.journal import WASI, Answer, Journal
from wasmlab.engine.recording.hosts.replay_inputs import Tape, play
from wasmlab.engine.recording.hosts.rewind import Hosts, states
from wasmlab.engine.recording.snapshots.pages import count_marked, mark_again, marked, unmark
from wasmlab.engine.recording.snapshots.snapshot import Arenas, Camera, restore_arenas, take_arenas
from wasmlab.errors import Crash, Interrupted, TimelineEnd, WasmlabError, WouldBlock
from wasmlab.exec.hostcall import HostCaller, call_python
from wasmlab.runtime.host import HostFunc, HostRecord
from wasmlab.runtime.memory import DIRTY_SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(slots=True)
class Port:
    """How host functions are called: from the journal while it lasts, then for real."""

    camera: Camera
    journal: Journal
    spent: int = 0
    """Bytes of new answers since somebody last took them into account."""
    told: Callable[[HostRecord], None] | None = None
    """Told of every new call, at once."""
    hosts: Hosts = field(default_factory=Hosts)
    tape: Tape | None = None
    """The recorded answers of another program, which this one is given."""

    def __call__(self, host: HostFunc, caller: HostCaller, args: tuple[int, ...]) -> Sequence[int]:
        """Return the results of a call of a host function."""
        journal = self.journal
        at = journal.cursor - journal.forgotten
        if at < len(journal.answers):
            answer = journal.answers[at]
            self._replay(answer, host, caller, args)
            journal.cursor += 1
        else:
            answer = self._call(host, caller, args)
            journal.answers.append(answer)
            journal.cursor += 1
            self.spent += answer.cost
            if self.told is not None:
                self.told(answer.record)
        if answer.error is not None:
            raise answer.error.with_traceback(None)
        return answer.record.results

    def _replay(
        self, answer: Answer, host: HostFunc, caller: HostCaller, args: tuple[int, ...]
    ) -> None:
        record = answer.record
        if (record.module, record.name, record.args) != (host.module, host.name, args):
            raise Crash(f"the replay calls {host.module}.{host.name}, recorded is {record.name}")
        store = self.camera.program.store
        if answer.arenas is not None:
            restore_arenas(self.camera, answer.arenas)
        for addr, data in record.writes:
            caller.memory.write(addr, data)
        store.tick += answer.ticks
        self.camera.program.wasi.restore(answer.wasi)

    def _call(self, host: HostFunc, caller: HostCaller, args: tuple[int, ...]) -> Answer:
        """Call the host function and return what it did; WouldBlock comes through."""
        wasi, store = self.camera.program.wasi, self.camera.program.store
        given, before = self.journal.injected.get(self.journal.cursor), wasi.descriptors
        if given is not None:
            record = _record(store.tick + 1, host, caller, args, given)
            return Answer(record, wasi.snapshot(), before)
        tick, error, results = store.tick, None, ()
        real_changes = wasi.real_changes
        stands = None if host.module.startswith(WASI) else _Stands(self.camera)
        try:
            if self.tape is None:
                results = tuple(call_python(host, caller, args))
            else:
                results = tuple(play(self.tape, self.journal, host, caller, args))
        except (WouldBlock, Interrupted, TimelineEnd):
            if stands is not None:
                stands.remember()
            raise
        except WasmlabError as raised:
            error = raised
        arenas = None if stands is None else stands.effects(caller)
        record = _record(tick + 1, host, caller, args, results)
        barrier = wasi.real_changes != real_changes
        hosts = () if stands is None else states(self.hosts)
        return Answer(
            record, wasi.snapshot(), before, error, store.tick - tick, arenas, None, hosts, barrier
        )


def _record(
    tick: int, host: HostFunc, caller: HostCaller, args: tuple[int, ...], results: tuple[int, ...]
) -> HostRecord:
    reads, writes = tuple(caller.reads), tuple(caller.writes)
    return HostRecord(tick, host.module, host.name, args, results, reads, writes, host.type)


class _Stands:
    """How a store stood before a Python function was called, which may do anything to it."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        store = camera.program.store
        self._tick = store.tick
        self._plain = self._now()
        self._marks = [marked(tracked) for tracked in camera.tracked]
        for tracked, marks in zip(camera.tracked, self._marks, strict=True):
            unmark(tracked, marks)

    def _now(self) -> tuple[object, ...]:
        store, heap = self._camera.program.store, self._camera.program.store.heap
        sizes = (*(m.size for m in self._camera.mems), *(t.size for t in self._camera.tables))
        slots = store.global_slots[: store.global_count].tobytes()
        return (sizes, slots, heap.top, heap.used)

    def effects(self, caller: HostCaller) -> Arenas | None:
        """Return an image of the arenas if more was changed than ``caller`` was told to write."""
        written = sum(count_marked(tracked) for tracked in self._camera.tracked)
        pages = {page for addr, data in caller.writes if data for page in _pages(addr, len(data))}
        self.remember()
        moved = self._camera.program.store.tick != self._tick or self._now() != self._plain
        return take_arenas(self._camera)[0] if moved or written > len(pages) else None

    def remember(self) -> None:
        """Mark again what was marked before the call."""
        for before, tracked in zip(self._marks, self._camera.tracked, strict=True):
            mark_again(tracked, before)


def _pages(addr: int, size: int) -> range:
    return range(addr >> DIRTY_SHIFT, (addr + size - 1 >> DIRTY_SHIFT) + 1)
