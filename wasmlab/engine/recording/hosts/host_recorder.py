"""The recorder of host calls: replays a host log while it lasts, then adds new calls to it."""

from __future__ import annotations

import sys
from operator import is_not

from wasmlab.engine.host_calls import raw_call
from wasmlab.engine.recording.hosts.answer_check import (
    need_fitting,
    need_fitting_end,
    need_fitting_frames,
    need_same_call,
    write_again,
)
from wasmlab.engine.recording.hosts.host_log import HostAnswer, HostLog
from wasmlab.engine.recording.hosts.rewind import RewindableHosts, host_states
from wasmlab.engine.recording.snapshots.pages import (
    add_marks,
    clear_marks,
    count_dirty,
    dirty_marks,
)
from wasmlab.engine.recording.snapshots.snapshot import (
    ArenaImages,
    SnapshotTaker,
    restore_arenas,
    take_arenas,
)
from wasmlab.errors import BadRecording, Crash
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.memory import DIRTY_SHIFT

if TYPE_CHECKING:
    from wasmlab.runtime.host import HostFunc, RawHostCall, RecordedCaller


@dataclass(slots=True)
class HostRecorder:
    """Keeps the host calls of a program in a host log, and replays those that are in it."""

    taker: SnapshotTaker
    log: HostLog
    most: int = sys.maxsize
    """Bytes of new answers after which the run comes back, to be charged for them."""
    spent: int = 0
    """Bytes that new answers take, until the timeline that they belong to is charged for them."""
    hosts: RewindableHosts = field(default_factory=RewindableHosts)
    from_file: bool = False
    """The log comes from a file: its answers are checked before the program gets them."""

    def replay(
        self, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]
    ) -> RawHostCall | None:
        """Have the next recorded call happen again and return it; None after the last one.

        A call that was given its result by hand counts as recorded. If the program calls something
        else than is recorded, raises Crash, or BadRecording if the log comes from a file.
        """
        given = self.log.injected.get(self.log.cursor)
        answer = self.log.next
        if answer is not None and self.from_file:
            self._replay_checked(answer, host, caller, args)
        elif answer is not None:
            self._replay(answer, host, caller, args)
        elif given is not None:
            if self.from_file:
                need_fitting(self.taker.program.store, given, host)
            wasi, tick = self.taker.program.wasi, self.taker.program.store.tick + 1
            call = raw_call(tick, host, caller, args, given)
            answer = HostAnswer(call, wasi.snapshot(), wasi.descriptors)
            self._add(answer)
        else:
            return None
        self.log.cursor += 1
        return answer.call

    def _replay(
        self, answer: HostAnswer, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]
    ) -> None:
        call, program = answer.call, self.taker.program
        if (call.module, call.name, call.args) != (host.module, host.name, args):
            raise Crash(f"the replay calls {host.module}.{host.name}, recorded is {call.name}")
        if answer.arenas is not None:
            restore_arenas(self.taker, answer.arenas)
        caller.reads.extend(call.reads)
        for addr, data in call.writes:
            caller.memory.write(addr, data)
        program.store.tick += answer.ticks
        program.wasi.restore(answer.wasi)

    def _replay_checked(
        self, answer: HostAnswer, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]
    ) -> None:
        """Replay an answer from a file; BadRecording if it does not fit the program's call."""
        store, call = self.taker.program.store, answer.call
        before = None if answer.arenas is None else take_arenas(self.taker)[0]
        try:
            need_same_call(store, call, host, args)
            if answer.arenas is not None:
                restore_arenas(self.taker, answer.arenas)
                need_fitting_frames(store)
            write_again(call, caller)
            need_fitting_end(store, call, host)
        except BadRecording as error:
            error.place = f"host call {self.log.cursor + 1:,}"
            if before is not None:  # a heap that the frames do not fit must not stay
                restore_arenas(self.taker, before)
            raise
        store.tick += answer.ticks
        self.taker.program.wasi.restore(answer.wasi)

    def begin(self, host: HostFunc, caller: RecordedCaller) -> NewCall:
        """Note the state before a new call."""
        return NewCall(self, host, caller)

    def add(self, answer: HostAnswer) -> None:
        """Add the answer to a call that has just been made."""
        self._add(answer)
        self.log.cursor += 1

    def _add(self, answer: HostAnswer) -> None:
        self.log.answers.append(answer)
        self.spent += answer.cost
        store = self.taker.program.store
        store.yields = self.spent > self.most and not store.agent.nesting


class NewCall:
    """A call that the host is carrying out: the state before it, and what it has changed."""

    def __init__(self, recorder: HostRecorder, host: HostFunc, caller: RecordedCaller) -> None:
        self._recorder, self._caller = recorder, caller
        program = recorder.taker.program
        self._wasi = program.wasi.snapshot()
        self._real_changes = program.wasi.real_changes
        self._tick = program.store.tick
        self._before = None if host.snapshotted else StateBefore(recorder.taker)

    def end(self, call: RawHostCall) -> None:
        """Add the call, with everything that it changed, to the host log.

        A call by what another host function has called back is part of that function's call, whose
        replay brings all that both did. Raises HostError if the state of a Python object cannot be
        had.
        """
        if self._recorder.taker.program.store.agent.nesting:
            self.abandon()
            return
        wasi, before = self._recorder.taker.program.wasi, self._before
        state = wasi.snapshot()
        answer = HostAnswer(
            call,
            state,
            self._wasi.descriptors,
            ticks=self._recorder.taker.program.store.tick - self._tick,
            arenas=None if before is None else before.effects(self._caller),
            hosts=() if before is None else host_states(self._recorder.hosts),
            barrier=wasi.real_changes != self._real_changes,
            changes_files=any(map(is_not, state.trees, self._wasi.trees)),
        )
        self._recorder.add(answer)

    def abandon(self) -> None:
        """Leave the dirty marks as if there had been no call."""
        if self._before is not None:
            self._before.mark_again()


class StateBefore:
    """The state of a store before a call of a Python function, which may change any of it."""

    def __init__(self, taker: SnapshotTaker) -> None:
        self._taker = taker
        store = taker.program.store
        self._tick = store.tick
        self._plain = self._unpaged()
        self._marks = [dirty_marks(tracker) for tracker in taker.trackers]
        for tracker, marks in zip(taker.trackers, self._marks, strict=True):
            clear_marks(tracker, marks)

    def _unpaged(self) -> tuple[object, ...]:
        """Return the state that no dirty marks tell of: sizes, globals, and the heap's bounds."""
        store, heap = self._taker.program.store, self._taker.program.store.heap
        sizes = (*(m.size for m in self._taker.mems), *(t.size for t in self._taker.tables))
        slots = store.global_slots[: store.global_count].tobytes()
        return (sizes, slots, heap.top, heap.used)

    def effects(self, caller: RecordedCaller) -> ArenaImages | None:
        """Return an image of the arenas if the call changed more than it wrote through caller."""
        written = sum(count_dirty(tracker) for tracker in self._taker.trackers)
        pages = {page for addr, data in caller.writes if data for page in _pages(addr, len(data))}
        self.mark_again()
        moved = self._taker.program.store.tick != self._tick or self._unpaged() != self._plain
        return take_arenas(self._taker)[0] if moved or written > len(pages) else None

    def mark_again(self) -> None:
        """Add the dirty marks of before the call to those that are there."""
        for before, tracker in zip(self._marks, self._taker.trackers, strict=True):
            add_marks(tracker, before)


def _pages(addr: int, size: int) -> range:
    return range(addr >> DIRTY_SHIFT, (addr + size - 1 >> DIRTY_SHIFT) + 1)
