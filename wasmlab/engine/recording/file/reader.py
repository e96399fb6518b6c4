"""Opening recordings: what a file holds, checked, and the timeline that it makes of a program."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.engine.recording.file.answers import HostAnswerReader
from wasmlab.engine.recording.file.check import Checker
from wasmlab.engine.recording.file.encoding import (
    decode,
    each,
    fields,
    flag,
    items,
    number,
    optional,
    text,
)
from wasmlab.engine.recording.file.images import ImageReader
from wasmlab.engine.recording.file.parts import FilePart, PartReader, unpack
from wasmlab.engine.recording.file.recorded_program import RecordedProgram, module_in, program_in
from wasmlab.engine.recording.file.snapshots import call_in, snapshot_in
from wasmlab.engine.recording.file.writer import CALL, ENDS, HAND, MARK, MODU, PROG, SNAP, WASI
from wasmlab.engine.recording.snapshots.snapshot import Snapshot
from wasmlab.engine.recording.timeline import Entry, ManualChange, Timeline
from wasmlab.engine.tier import choose
from wasmlab.errors import BadRecording, WasmException, WasmlabError
from wasmlab.exec.body import no_collection
from wasmlab.module import MAX_SIZE

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from wasmlab.engine.program import Program
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.recorder import Recorder

_SPARE = 1 << 28
"""Bytes of a part beside the arenas: answers, stack, frames."""
_CHECKED_SLOTS = 1 << 20
"""Slots of stack that are checked when a recording is opened; further snapshots are left out."""
_BITS = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that was read: the program, and what is to be made of it once it is loaded."""

    program: RecordedProgram
    parts: tuple[FilePart, ...]
    damage: str = ""
    """What is wrong with the rest of the file; empty if it is whole."""


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Return the recording in a file, up to its last whole part.

    Raises BadRecording for what is none, is of another version, or is damaged before the first
    snapshot; WasmlabError for what cannot be read.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            reader = PartReader(file, place.stat().st_size)
            parts = tuple(reader)
    except OSError as error:
        raise WasmlabError(f"cannot read {path}: {error.strerror}") from error
    except BadRecording as error:
        error.place = str(path)
        raise
    kinds = [part.kind for part in parts]
    if PROG not in kinds or WASI not in kinds or SNAP not in kinds:
        damage = reader.damage or "it has no beginning"
        raise BadRecording(f"nothing can be replayed: {damage}", place=str(path))
    return Recording(_recorded_program(parts), parts, reader.damage)


def _recorded_program(parts: tuple[FilePart, ...]) -> RecordedProgram:
    recorded, names = program_in(decode(parts[0].content if parts[0].kind == PROG else b""))
    modules = [
        module_in(decode(unpack(part.content, 8 * MAX_SIZE))) for part in parts if part.kind == MODU
    ]
    if len(modules) != 1 + len(names):
        raise BadRecording("the recording has other modules than it says")
    return replace(recorded, module=modules[0], preload=dict(zip(names, modules[1:], strict=True)))


@dataclass(slots=True)
class _TimelineReader:
    """Makes a timeline of the parts of a recording."""

    program: Program
    images: ImageReader
    answers: HostAnswerReader
    timeline: Timeline = field(default_factory=Timeline)
    read: list[HostAnswer | Snapshot] = field(default_factory=list["HostAnswer | Snapshot"])
    """Answers and snapshots in the order of the file."""
    has_objects: bool = False
    closed: bool = False

    def part(self, part: FilePart) -> None:
        """Take a part in; parts of kinds that are not known are passed over."""
        take = _KINDS.get(part.kind)
        if take is not None and not self.closed:
            take(self, part.content)

    def _unpacked(self, content: bytes) -> object:
        limits = self.program.store.limits
        return decode(unpack(content, limits.memory + limits.heap + _SPARE))

    def wasi(self, content: bytes) -> None:
        """Begin with a state of WASI."""
        forgotten, state = fields(decode(content), 2)
        host_log = self.timeline.host_log
        host_log.forgotten = host_log.cursor = number(forgotten)
        optional(state, self.answers.wasi.state)

    def calls(self, content: bytes) -> None:
        """Add answers of the host."""
        for value in items(self._unpacked(content)):
            answer = self.answers.answer(value)
            self.timeline.host_log.answers.append(answer)
            self.read.append(answer)
            if answer.arenas is not None:
                self._look_for_objects(answer.arenas.heap.used)
            self.has_objects |= isinstance(answer.call.error, WasmException)
            ticks = answer.ticks + (answer.call.error is None)
            self._reached(answer.call.tick - 1 + ticks)

    def snapshot(self, content: bytes) -> None:
        """Add a snapshot. Raises BadRecording."""
        wasi = self.answers.wasi.now
        found = snapshot_in(self.program, self.images, wasi, self._unpacked(content))
        snapshots, host_log = self.timeline.snapshots, self.timeline.host_log
        if (snapshots and snapshots[-1].tick >= found.tick) or found.answered != host_log.total:
            raise BadRecording("the snapshots in the recording are not in order")
        snapshots.append(found)
        self.read.append(found)
        self._look_for_objects(found.arenas.heap.used)
        self._reached(found.tick)

    def _look_for_objects(self, used: int) -> None:
        self.has_objects |= used > 0

    def mark(self, content: bytes) -> None:
        """Note that a step was reached."""
        self._reached(number(decode(content)))

    def _reached(self, tick: int) -> None:
        self.timeline.last = max(self.timeline.last, tick)

    def by_hand(self, content: bytes) -> None:
        """Add calls, changes and results given by hand."""
        entries, changes, injected = fields(decode(content), 3)
        for entry in each(entries, lambda row: fields(row, 2)):
            self.timeline.entries.append(Entry(number(entry[0]), call_in(self.program, entry[1])))
        for change in each(changes, lambda row: fields(row, 2)):
            self.timeline.changes.append(ManualChange(number(change[0]), text(change[1])))
        for row in each(injected, lambda row: fields(row, 2)):
            results = each(row[1], lambda bits: number(bits, 0, _BITS))
            self.timeline.host_log.injected[number(row[0])] = results

    def ends(self, content: bytes) -> None:
        """Note the end."""
        tick, ended, trapped = fields(decode(content), 3)
        self.timeline.last = number(tick, self.timeline.snapshots[-1].tick)
        self.timeline.ended, self.timeline.trapped = flag(ended), flag(trapped)
        self.closed = True


_KINDS: dict[bytes, Callable[[_TimelineReader, bytes], None]] = {
    WASI: _TimelineReader.wasi,
    CALL: _TimelineReader.calls,
    SNAP: _TimelineReader.snapshot,
    MARK: _TimelineReader.mark,
    HAND: _TimelineReader.by_hand,
    ENDS: _TimelineReader.ends,
}


def install(recorder: Recorder, recording: Recording) -> str:
    """Make a recording the history of its program, which was just loaded.

    Returns a note on what is missing or unusual; empty if there is nothing. Raises BadRecording if
    it does not fit its own modules.
    """
    program = recorder.program
    _name_hosts(program, recording.program)
    images = ImageReader(recorder.taker)
    hosts = [func.host for func in program.store.funcs if func.host is not None]
    types = {(host.module, host.name): host.type for host in hosts}
    opening = _TimelineReader(program, images, HostAnswerReader(images, types))
    with no_collection():
        for part in recording.parts:
            opening.part(part)
    _check(opening, recorder)
    timeline = opening.timeline
    program.is_command = recording.program.is_command
    recorder.timelines = {timeline.number: timeline}
    recorder.timeline = timeline
    recorder.host.log = timeline.host_log
    if opening.has_objects:
        choose(program.store, "reference")
    return _message(opening, recording)


def _name_hosts(program: Program, recorded: RecordedProgram) -> None:
    """Give the host functions the names that they had."""
    funcs = [func for func in program.store.funcs if func.host is not None]
    if len(funcs) != len(recorded.hosts):
        raise BadRecording("the recording has other imports than its modules")
    for func, (module, name) in zip(funcs, recorded.hosts, strict=True):
        if func.host is not None:
            func.host = replace(func.host, module=module, name=name)


def _check(opening: _TimelineReader, recorder: Recorder) -> None:
    """Check all that was read, and leave out snapshots that would take too long to check."""
    timeline, checker = opening.timeline, Checker(recorder.taker, opening.has_objects)
    pinned, left = timeline.pinned, _CHECKED_SLOTS
    kept: list[Snapshot] = []
    for found in opening.read:
        if not isinstance(found, Snapshot):
            checker.answer(found)
            continue
        left -= len(found.stack) // 8
        if left >= 0 or found.tick in pinned:
            checker.snapshot(found)
            kept.append(found)
    timeline.snapshots = kept
    for entry in timeline.entries:
        checker.call(entry.call)
    timeline.cost = sum(s.cost for s in kept) + sum(a.cost for a in timeline.host_log.answers)


def _message(opening: _TimelineReader, recording: Recording) -> str:
    said: list[str] = []
    last = opening.timeline.last
    if recording.damage:
        said.append(f"{recording.damage}: it is opened up to step {last:,}")
    elif not opening.closed:
        said.append(f"the recording was not closed: it is known up to step {last:,}")
    if opening.has_objects:
        said.append("it has objects of the GC heap: the reference interpreter replays it")
    return "; ".join(said)
