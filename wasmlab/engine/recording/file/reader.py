"""Opening recordings: what a file holds, checked, and the timeline that it makes of a program."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.engine.recording.file.answers import AnswerReader
from wasmlab.engine.recording.file.check import Checker
from wasmlab.engine.recording.file.encoding import (
    decoded,
    each,
    fields,
    flag,
    items,
    number,
    optional,
    text,
)
from wasmlab.engine.recording.file.images import ImageReader
from wasmlab.engine.recording.file.parts import Part, PartReader, unpacked
from wasmlab.engine.recording.file.recorded_program import Subject, module_in, subject_in
from wasmlab.engine.recording.file.snapshots import call_in, snapshot_in
from wasmlab.engine.recording.file.writer import CALL, ENDS, HAND, MARK, MODU, PROG, SNAP, WASI
from wasmlab.engine.recording.snapshots.snapshot import Snapshot
from wasmlab.engine.recording.timeline import Change, Entry, Timeline
from wasmlab.engine.tier import choose
from wasmlab.errors import BadRecording, WasmException, WasmlabError
from wasmlab.exec.body import no_collection
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import MAX_SIZE

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from wasmlab.engine.program import Program
    from wasmlab.engine.recording.hosts.journal import Answer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.runtime.host import HostFunc

_SPARE = 1 << 28
"""Bytes of a part beside the arenas: answers, stack, frames."""
_CHECKED_SLOTS = 1 << 20
"""Slots of stack that are checked when a recording is opened; further snapshots are left out."""
_BITS = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that was read: the program, and what is to be made of it once it is loaded."""

    subject: Subject
    parts: tuple[Part, ...]
    damage: str = ""
    """What is wrong with the rest of the file; empty if it is whole."""


class AbsentWasi(Wasi):
    """The state of WASI without its functions: nothing of the host can be reached."""

    def functions(self) -> dict[tuple[str, str], HostFunc]:
        """Return nothing."""
        return {}


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
    return Recording(_subject(parts), parts, reader.damage)


def _subject(parts: tuple[Part, ...]) -> Subject:
    subject, names = subject_in(decoded(parts[0].content if parts[0].kind == PROG else b""))
    modules = [
        module_in(decoded(unpacked(part.content, 8 * MAX_SIZE)))
        for part in parts
        if part.kind == MODU
    ]
    if len(modules) != 1 + len(names):
        raise BadRecording("the recording has other modules than it says")
    return replace(subject, module=modules[0], preload=dict(zip(names, modules[1:], strict=True)))


@dataclass(slots=True)
class _Opening:
    """A recording on its way to being a timeline."""

    program: Program
    images: ImageReader
    answers: AnswerReader
    timeline: Timeline = field(default_factory=Timeline)
    read: list[Answer | Snapshot] = field(default_factory=list["Answer | Snapshot"])
    """In the order of the file."""
    has_objects: bool = False
    closed: bool = False

    def part(self, part: Part) -> None:
        """Take a part in; parts of kinds that are not known are passed over."""
        take = _KINDS.get(part.kind)
        if take is not None and not self.closed:
            take(self, part.content)

    def _unpacked(self, content: bytes) -> object:
        limits = self.program.store.limits
        return decoded(unpacked(content, limits.memory + limits.heap + _SPARE))

    def wasi(self, content: bytes) -> None:
        """Begin with a state of WASI."""
        forgotten, state = fields(decoded(content), 2)
        journal = self.timeline.journal
        journal.forgotten = journal.cursor = number(forgotten)
        optional(state, self.answers.wasi.state)

    def calls(self, content: bytes) -> None:
        """Add answers of the host."""
        for value in items(self._unpacked(content)):
            answer = self.answers.answer(value)
            self.timeline.journal.answers.append(answer)
            self.read.append(answer)
            if answer.arenas is not None:
                self._look_for_objects(answer.arenas.heap.used)
            self.has_objects |= isinstance(answer.error, WasmException)
            ticks = answer.ticks + (answer.error is None)
            self._reached(answer.record.tick - 1 + ticks)

    def snapshot(self, content: bytes) -> None:
        """Add a snapshot."""
        wasi = self.answers.wasi.now
        found = snapshot_in(self.program, self.images, wasi, self._unpacked(content))
        snapshots, journal = self.timeline.snapshots, self.timeline.journal
        if (snapshots and snapshots[-1].tick >= found.tick) or found.answered != journal.total:
            raise BadRecording("the snapshots in the recording are not in order")
        snapshots.append(found)
        self.read.append(found)
        self._look_for_objects(found.arenas.heap.used)
        self._reached(found.tick)

    def _look_for_objects(self, used: int) -> None:
        self.has_objects |= used > 0

    def mark(self, content: bytes) -> None:
        """Note that a step was reached."""
        self._reached(number(decoded(content)))

    def _reached(self, tick: int) -> None:
        self.timeline.last = max(self.timeline.last, tick)

    def by_hand(self, content: bytes) -> None:
        """Add what a person did."""
        entries, changes, injected = fields(decoded(content), 3)
        for entry in each(entries, lambda row: fields(row, 2)):
            self.timeline.entries.append(Entry(number(entry[0]), call_in(self.program, entry[1])))
        for change in each(changes, lambda row: fields(row, 2)):
            self.timeline.changes.append(Change(number(change[0]), text(change[1])))
        for row in each(injected, lambda row: fields(row, 2)):
            results = each(row[1], lambda bits: number(bits, 0, _BITS))
            self.timeline.journal.injected[number(row[0])] = results

    def ends(self, content: bytes) -> None:
        """Note the end."""
        tick, ended, trapped = fields(decoded(content), 3)
        self.timeline.last = number(tick, self.timeline.snapshots[-1].tick)
        self.timeline.ended, self.timeline.trapped = flag(ended), flag(trapped)
        self.closed = True


_KINDS: dict[bytes, Callable[[_Opening, bytes], None]] = {
    WASI: _Opening.wasi,
    CALL: _Opening.calls,
    SNAP: _Opening.snapshot,
    MARK: _Opening.mark,
    HAND: _Opening.by_hand,
    ENDS: _Opening.ends,
}


def install(recorder: Recorder, recording: Recording) -> str:
    """Make a recording the history of a program that was just loaded, as its subject says.

    Returns what a person should know of it; empty if it is whole. Raises BadRecording if it does
    not fit its own modules.
    """
    program = recorder.program
    _name_hosts(program, recording.subject)
    images = ImageReader(recorder.camera)
    hosts = [func.host for func in program.store.funcs if func.host is not None]
    types = {(host.module, host.name): host.type for host in hosts}
    opening = _Opening(program, images, AnswerReader(images, types))
    with no_collection():
        for part in recording.parts:
            opening.part(part)
    _check(opening, recorder)
    timeline = opening.timeline
    program.is_command = recording.subject.is_command
    recorder.timelines = {timeline.number: timeline}
    recorder.timeline = timeline
    recorder.port.journal = timeline.journal
    if opening.has_objects:
        choose(program.store, "reference")
    return _message(opening, recording)


def _name_hosts(program: Program, subject: Subject) -> None:
    """Give the host functions the names that they had."""
    funcs = [func for func in program.store.funcs if func.host is not None]
    if len(funcs) != len(subject.hosts):
        raise BadRecording("the recording has other imports than its modules")
    for func, (module, name) in zip(funcs, subject.hosts, strict=True):
        if func.host is not None:
            func.host = replace(func.host, module=module, name=name)


def _check(opening: _Opening, recorder: Recorder) -> None:
    """Check all that was read, and leave out snapshots that would take too long to check."""
    timeline, checker = opening.timeline, Checker(recorder.camera, opening.has_objects)
    pinned, left = timeline.pinned, _CHECKED_SLOTS
    kept: list[Snapshot] = []
    for moment in opening.read:
        if not isinstance(moment, Snapshot):
            checker.answer(moment)
            continue
        left -= len(moment.stack) // 8
        if left >= 0 or moment.tick in pinned:
            checker.snapshot(moment)
            kept.append(moment)
    timeline.snapshots = kept
    for entry in timeline.entries:
        checker.call(entry.call)
    timeline.cost = sum(s.cost for s in kept) + sum(a.cost for a in timeline.journal.answers)


def _message(opening: _Opening, recording: Recording) -> str:
    said: list[str] = []
    last = opening.timeline.last
    if recording.damage:
        said.append(f"{recording.damage}: it is opened up to step {last:,}")
    elif not opening.closed:
        said.append(f"the recording was not closed: it is known up to step {last:,}")
    if opening.has_objects:
        said.append("it has objects of the GC heap: the reference interpreter replays it")
    return "; ".join(said)
