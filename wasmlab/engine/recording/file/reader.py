"""Opening recordings: what a file holds, checked, and the timeline that it makes of a program."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from wasmlab.engine.recording.file.answers import HostAnswerReader
from wasmlab.engine.recording.file.check import Checker
from wasmlab.engine.recording.file.encoding import (
    TooMuch,
    decode,
    each,
    fields,
    flag,
    items,
    naturals,
    number,
    optional,
    shown_text,
)
from wasmlab.engine.recording.file.images import ImageReader
from wasmlab.engine.recording.file.parts import FilePart, PartReader, unpack
from wasmlab.engine.recording.file.recorded_program import RecordedProgram, module_in, program_in
from wasmlab.engine.recording.file.snapshots import MOST_TICKS, call_in, snapshot_in
from wasmlab.engine.recording.file.writer import CALL, ENDS, HAND, MARK, MODU, PROG, SNAP, WASI
from wasmlab.engine.recording.snapshots.snapshot import Snapshot
from wasmlab.engine.recording.timeline import Entry, ManualChange, Timeline, drop_snapshots
from wasmlab.errors import BadRecording, WasmlabError
from wasmlab.garbage import no_collection
from wasmlab.hints import TYPE_CHECKING, BinaryIO
from wasmlab.records import dataclass, field, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable

    from wasmlab.engine.program import Program
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.module import Module
    from wasmlab.syntax.types import FuncType

MOST_IN_PART = 512 << 20
"""Bytes that a part may have when it is unpacked; all modules together may have twice as many."""
MOST_KEPT = 1 << 30
"""Bytes that snapshots and answers may take together, as timelines count them."""
_CHECKED_SLOTS = 1 << 21
"""Slots that are checked when a recording is opened; further snapshots are left out."""
_BITS = (1 << 128) - 1


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that was read: the program, and what is to be made of it once it is loaded."""

    program: RecordedProgram
    parts: tuple[FilePart, ...]
    damage: str = ""
    """What is wrong with the rest of the file; empty if it is whole."""
    path: Path | None = None
    """The file."""


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Return the recording in a file, up to its last whole part.

    Raises BadRecording for what is none, is of another version, or is damaged before the first
    snapshot; WasmlabError for what cannot be read.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            return replace(recording_in(file, place.stat().st_size), path=place)
    except OSError as error:
        raise WasmlabError(f"cannot read {path}: {error.strerror}") from error
    except BadRecording as error:
        error.place = f"{path}: {error.place}" if error.place else str(path)
        raise


def recording_in(file: BinaryIO, size: int) -> Recording:
    """Return the recording that a file of ``size`` bytes holds. Raises BadRecording, OSError."""
    reader = PartReader(file, size)
    parts = tuple(reader)
    kinds = [part.kind for part in parts]
    if PROG not in kinds or WASI not in kinds or SNAP not in kinds:
        raise BadRecording(f"nothing can be replayed: {reader.damage or 'it has no beginning'}")
    return Recording(_recorded_program(parts), parts, reader.damage)


def _recorded_program(parts: tuple[FilePart, ...]) -> RecordedProgram:
    with _placed(parts[0]):
        recorded, names = program_in(decode(parts[0].content if parts[0].kind == PROG else b""))
    modules: list[Module] = []
    left = 2 * MOST_IN_PART
    for part in parts:
        if part.kind == MODU:
            with _placed(part):
                content = unpack(part.content, left)
                left -= len(content)
                modules.append(module_in(decode(content)))
    if len(modules) != 1 + len(names):
        raise BadRecording("the recording has other modules than it says")
    return replace(recorded, module=modules[0], preload=dict(zip(names, modules[1:], strict=True)))


@contextmanager
def _placed(part: FilePart) -> Generator[None]:
    """Let a BadRecording say in which part of the file the reason is."""
    try:
        yield
    except BadRecording as error:
        error.place = error.place or str(part)
        raise


@dataclass(slots=True)
class _TimelineReader:
    """Makes a timeline of the parts of a recording."""

    program: Program
    images: ImageReader
    answers: HostAnswerReader
    pinned: frozenset[int] = frozenset()
    """Ticks of changes by hand, whose snapshots must stay."""
    timeline: Timeline = field(default_factory=Timeline)
    read: list[tuple[FilePart, HostAnswer | Snapshot]] = field(
        default_factory=list["tuple[FilePart, HostAnswer | Snapshot]"]
    )
    """What may have to be checked: snapshots, and answers with an image, in their order."""
    closed: bool = False
    full: str = ""
    """Why the rest of the file is not read; empty if it is."""

    def part(self, part: FilePart) -> None:
        """Take a part in; parts of kinds that are not known are passed over.

        Raises BadRecording.
        """
        take = _KINDS.get(part.kind)
        if take is None or self.closed or self.full:
            return
        try:
            with _placed(part):
                take(self, part)
                self._need_room()
        except TooMuch as error:
            if not self.timeline.snapshots:
                raise
            self.full = str(error)

    def _need_room(self) -> None:
        """Leave out snapshots beyond ``MOST_KEPT``; TooMuch if that does not suffice."""
        timeline = self.timeline
        if timeline.cost > MOST_KEPT:
            drop_snapshots(timeline, MOST_KEPT, 0, self.pinned)
            if timeline.cost > MOST_KEPT:
                raise TooMuch(f"the recording takes more than {MOST_KEPT >> 20} MiB")

    def _unpacked(self, part: FilePart) -> object:
        return decode(unpack(part.content, MOST_IN_PART))

    def wasi(self, part: FilePart) -> None:
        """Begin with a state of WASI. Raises BadRecording."""
        forgotten, state = fields(decode(part.content), 2)
        host_log = self.timeline.host_log
        if host_log.total:
            raise BadRecording("the recording begins twice")
        host_log.forgotten = host_log.cursor = number(forgotten)
        optional(state, self.answers.wasi.state)

    def calls(self, part: FilePart) -> None:
        """Add answers of the host."""
        for value in items(self._unpacked(part)):
            answer = self.answers.answer(value)
            self.timeline.host_log.answers.append(answer)
            self.timeline.cost += answer.cost
            if answer.arenas is not None:
                self.read.append((part, answer))
            ticks = answer.ticks + (answer.call.error is None)
            self._reached(answer.call.tick - 1 + ticks)

    def snapshot(self, part: FilePart) -> None:
        """Add a snapshot. Raises BadRecording."""
        wasi = self.answers.wasi.now
        found = snapshot_in(self.program, self.images, wasi, self._unpacked(part))
        snapshots, host_log = self.timeline.snapshots, self.timeline.host_log
        if (snapshots and snapshots[-1].tick >= found.tick) or found.answered != host_log.total:
            raise BadRecording("the snapshots in the recording are not in order")
        snapshots.append(found)
        self.timeline.cost += found.cost
        self.read.append((part, found))
        self._reached(found.tick)

    def mark(self, part: FilePart) -> None:
        """Note that a step was reached."""
        self._reached(number(decode(part.content), 0, MOST_TICKS))

    def _reached(self, tick: int) -> None:
        self.timeline.last = max(self.timeline.last, tick)

    def by_hand(self, part: FilePart) -> None:
        """Add calls, changes and results given by hand."""
        entries, changes, injected = fields(decode(part.content), 3)
        for entry in each(entries, lambda row: fields(row, 2)):
            tick = number(entry[0], 0, MOST_TICKS)
            self.timeline.entries.append(Entry(tick, call_in(self.program, entry[1])))
        self.timeline.changes.extend(_changes(changes))
        for row in each(injected, lambda row: fields(row, 2)):
            results = naturals(row[1], _BITS)
            self.timeline.host_log.injected[number(row[0])] = results

    def ends(self, part: FilePart) -> None:
        """Note the end. Raises BadRecording."""
        tick, ended, trapped = fields(decode(part.content), 3)
        if not self.timeline.snapshots:
            raise BadRecording("the recording ends before its first snapshot")
        self.timeline.last = number(tick, self.timeline.snapshots[-1].tick, MOST_TICKS)
        self.timeline.ended, self.timeline.trapped = flag(ended), flag(trapped)
        self.closed = True


def _changes(value: object) -> tuple[ManualChange, ...]:
    """Return changes by hand, which must be in order."""
    found = each(value, _change)
    if any(a.tick > b.tick for a, b in pairwise(found)):
        raise BadRecording("the changes in the recording are not in order")
    return found


def _change(value: object) -> ManualChange:
    tick, what = fields(value, 2)
    return ManualChange(number(tick, 0, MOST_TICKS), shown_text(what))


def _pinned(parts: Iterable[FilePart]) -> frozenset[int]:
    """Return the ticks of changes by hand, which come after the snapshots that they are in."""
    found: set[int] = set()
    for part in parts:
        if part.kind == HAND:
            with _placed(part):
                _, changes, _ = fields(decode(part.content), 3)
                found.update(change.tick for change in _changes(changes))
    return frozenset(found)


_KINDS: dict[bytes, Callable[[_TimelineReader, FilePart], None]] = {
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
    types: dict[tuple[str, str], list[FuncType]] = {}
    for func in program.store.funcs:
        if func.host is not None:
            types.setdefault((func.host.module, func.host.name), []).append(func.host.type)
    pinned = _pinned(recording.parts)
    opening = _TimelineReader(program, images, HostAnswerReader(images, types), pinned)
    with no_collection():
        for part in recording.parts:
            opening.part(part)
    _check(opening, recorder)
    timeline = opening.timeline
    program.is_command = recording.program.is_command
    recorder.timelines = {timeline.number: timeline}
    recorder.timeline = timeline
    recorder.host.log, recorder.host.from_file = timeline.host_log, True
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
    timeline, checker = opening.timeline, Checker(recorder.taker)
    there = {snapshot.tick for snapshot in timeline.snapshots}
    pinned, kept = timeline.pinned, list[Snapshot]()
    for part, found in opening.read:
        with _placed(part):
            if not isinstance(found, Snapshot):
                if found.arenas is not None:
                    checker.arenas(found.arenas)
            elif found.tick in pinned or (
                found.tick in there and checker.spent + checker.cost(found) <= _CHECKED_SLOTS
            ):
                checker.snapshot(found)
                kept.append(found)
    timeline.snapshots = kept
    for entry in timeline.entries:
        checker.call(entry.call)
    timeline.cost = sum(s.cost for s in kept) + sum(a.cost for a in timeline.host_log.answers)


def _message(opening: _TimelineReader, recording: Recording) -> str:
    last = opening.timeline.last
    if opening.full:
        return f"{opening.full}: it is opened up to step {last:,}"
    if recording.damage:
        return f"{recording.damage}: it is opened up to step {last:,}"
    if not opening.closed:
        return f"the recording was not closed: it is known up to step {last:,}"
    return ""
