"""Writing recordings: while a program runs, or the history of a session at once.

The parts of the file (their container is described in ``parts``, plain values in ``encoding``):

====  ==========================================================================================
PROG  byte order, limits, whether it has _start, names of preloaded modules, host functions
MODU  a module (``recorded_program``), compressed: the program, then the preloaded modules
WASI  how many answers were forgotten before the first one, and the state of WASI before it
CALL  answers of the host (``answers``), compressed
SNAP  a snapshot (``snapshots``, ``images``), compressed; a few of them, to begin a replay at
MARK  the last step that is known to have been reached
HAND  what was done by hand: calls (tick and call), changes (tick and text), results given for
      host calls to come (number of the call and results)
ENDS  the last step, whether the program was over there, and whether it had failed
====  ==========================================================================================

PROG and MODU come first, then WASI, then the others in the order of time. A file without ENDS was
not closed: what it holds is true, and the program may have gone on.
"""

from __future__ import annotations

from wasmlab.engine.recording.file.answers import answer_value, wasi_value
from wasmlab.engine.recording.file.encoding import encode
from wasmlab.engine.recording.file.images import ImageWriter
from wasmlab.engine.recording.file.magic import MAGIC
from wasmlab.engine.recording.file.parts import PartWriter, pack
from wasmlab.engine.recording.file.recorded_program import (
    HIGHEST,
    module_value,
    program_value,
    recorded_program,
)
from wasmlab.engine.recording.file.snapshots import call_value, snapshot_value
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING, BinaryIO
from wasmlab.output_file import need_replaceable, output_file
from wasmlab.records import fields, replace
from wasmlab.runtime.frame import Limits

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wasmlab.engine.program import ProgramOptions
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.engine.recording.snapshots.snapshot import Snapshot, SnapshotTaker
    from wasmlab.engine.recording.timeline import Timeline
    from wasmlab.engine.work import Work
    from wasmlab.host.wasi.streams import OutputPiece
    from wasmlab.host.wasi.wasi import WasiSnapshot
    from wasmlab.module import Module
    from wasmlab.output_file import Replacing

PROG, MODU, WASI, CALL, SNAP = b"PROG", b"MODU", b"WASI", b"CALL", b"SNAP"
MARK, HAND, ENDS = b"MARK", b"HAND", b"ENDS"
_BATCH = 500
"""Most answers in a part."""
_BATCH_BYTES = 16 << 20
"""A part ends when its answers take so many bytes."""


class RecordingWriter:
    """Appends what happened to a file, in the order of time."""

    def __init__(
        self,
        file: BinaryIO,
        taker: SnapshotTaker,
        preload: Mapping[str, Module],
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """``look`` is called now and then; what it raises ends the writing."""
        self._look = look
        self._parts = PartWriter(file)
        self._images = ImageWriter(taker)
        self._wasi: WasiSnapshot | None = None
        self.written = 0
        """Bytes of snapshots."""
        recorded = recorded_program(taker.program, preload)
        self._parts.put(PROG, program_value(recorded))
        for module in (recorded.module, *preload.values()):
            self._parts.put(MODU, pack(module_value(module), look))

    def begin(self, forgotten: int, wasi: WasiSnapshot | None) -> None:
        """Write the state before the first answer; None if nothing is known of it."""
        value = None if wasi is None else wasi_value(wasi, None, wasi.output.events.values())
        self._parts.put(WASI, encode((forgotten, value)))
        self._wasi = wasi

    def answers(
        self, answers: Sequence[HostAnswer], printed: Callable[[HostAnswer], Sequence[OutputPiece]]
    ) -> None:
        """Write answers, with what was printed by each."""
        values, nbytes = list[object](), 0
        for answer in answers:
            values.append(answer_value(answer, self._images, self._wasi, printed(answer)))
            self._wasi = answer.wasi
            nbytes += answer.cost
            if len(values) == _BATCH or nbytes > _BATCH_BYTES or answer.arenas is not None:
                self._parts.put(CALL, pack(encode(values), self._look))
                values, nbytes = [], 0
        if values:
            self._parts.put(CALL, pack(encode(values), self._look))

    def printed_by(self, answer: HostAnswer) -> list[OutputPiece]:
        """Return what was printed since the answer before, where WASI keeps it."""
        events, known = answer.wasi.output.events, self._wasi
        first = 0 if known is None else len(known.output.events)
        found = (events.get(at) for at in range(first, len(events)))
        return [event for event in found if event is not None]

    def snapshot(self, snapshot: Snapshot) -> None:
        """Write a snapshot."""
        content = pack(encode(snapshot_value(snapshot, self._images)), self._look)
        self.written += len(content)
        self._parts.put(SNAP, content)

    def mark(self, tick: int) -> None:
        """Write that a step was reached."""
        self._parts.put(MARK, encode(tick))

    def by_hand(self, timeline: Timeline) -> None:
        """Write what was done by hand on a timeline."""
        entries = tuple((entry.tick, call_value(entry.call)) for entry in timeline.entries)
        changes = tuple((change.tick, change.text) for change in timeline.changes)
        injected = tuple(timeline.host_log.injected.items())
        self._parts.put(HAND, encode((entries, changes, injected)))

    def end(self, tick: int, *, ended: bool, trapped: bool) -> None:
        """Close the recording: nothing follows."""
        self._parts.put(ENDS, encode((tick, ended, trapped)))


def save(
    path: str | os.PathLike[str],
    recorder: Recorder,
    options: ProgramOptions,
    rule: Replacing,
    work: Work,
) -> None:
    """Write the timeline that a recorder is on to a file, which is replaced when that is done.

    Other recordings are replaced too. Raises WouldReplace for another file that is there,
    WasmlabError where it cannot be written, UsageError for what no recording can hold, Interrupted
    if that is asked of ``work``: what is there stays then.
    """
    need_recordable(options)
    rule = replace(rule, magic=MAGIC)
    need_replaceable(path, rule)
    with output_file(path, rule) as file:
        save_timeline(file, recorder, options.preload, work)
    recorder.unsaved = 0.0


def need_recordable(options: ProgramOptions) -> None:
    """Raise UsageError for what no file can hold: limits that are too high.

    options: those of the program.
    """
    for limit in fields(Limits):
        given, most = getattr(options.limits, limit.name), getattr(HIGHEST, limit.name)
        if given is not None and given > most:
            raise UsageError(
                f"a recording cannot have the limit {limit.name} {given:,}",
                hint=f"at most {most:,}",
            )


# --- a session's history ------------------------------------------------------------------------

MOST_SNAPSHOTS = 100
"""Most snapshots of a session that are saved, without those after changes by hand."""


def save_timeline(
    file: BinaryIO, recorder: Recorder, preload: Mapping[str, Module], work: Work
) -> None:
    """Write the timeline that a recorder is on; Interrupted if that is asked of ``work``."""
    timeline = recorder.timeline
    host_log, first = timeline.host_log, timeline.snapshots[0]
    done, few = 0, list(_few(timeline))
    with work.expecting(len(few), "snapshots"):
        writer = RecordingWriter(file, recorder.taker, preload, work.look)
        known = first.wasi if first.answered == host_log.forgotten else None
        writer.begin(host_log.forgotten, known)
        for snapshot in few:
            until = snapshot.answered - host_log.forgotten
            writer.answers(host_log.answers[done:until], writer.printed_by)
            done = max(done, until)
            writer.snapshot(snapshot)
            work.done += 1
    writer.answers(host_log.answers[done:], writer.printed_by)
    writer.by_hand(timeline)
    writer.end(timeline.last, ended=timeline.ended, trapped=timeline.trapped)


def _few(timeline: Timeline) -> Iterable[Snapshot]:
    """Yield the snapshots that are saved: some at equal distances, and all that must stay."""
    pinned, due = timeline.pinned, 0.0
    distance = (timeline.last - timeline.first) / MOST_SNAPSHOTS
    for snapshot in timeline.snapshots:
        if snapshot.tick in pinned or snapshot.tick >= due:
            due = snapshot.tick + distance
            yield snapshot
