"""Recording a program into a file while it runs: ``wasmlab run --record``."""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager

from wasmlab.engine.recording.file.writer import RecordingWriter
from wasmlab.engine.recording.hosts.host_log import HostLog
from wasmlab.engine.recording.hosts.host_recorder import HostRecorder, NewCall
from wasmlab.engine.recording.snapshots.snapshot import SnapshotTaker, take_snapshot
from wasmlab.hints import TYPE_CHECKING, BinaryIO
from wasmlab.host.wasi.streams import OutputPiece
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from wasmlab.engine.program import Program
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.module import Module
    from wasmlab.runtime.host import HostFunc, RawHostCall, RecordedCaller

_FLUSH = 0.02
"""Longest that an answer stays unwritten if another call is made, in seconds."""
_MARKED = 0.25
"""Seconds of running between two MARK parts."""
_SHORTEST = 0.1
"""Least seconds of running between two snapshots."""
_PARTS = 256
"""The next snapshot is due after 1/256 of the run so far."""
_SHARE = 20
"""Snapshots take at most 1/20 of the time."""
_ENOUGH = 256 << 20
"""Once snapshots take this many bytes in the file, they become rarer."""
_WAITING = frozenset(("fd_read", "poll_oneoff", "sock_accept", "sock_recv"))
"""WASI functions that may wait for long: answers are written before they are called."""


@dataclass(slots=True)
class LiveRecording:
    """Records a program into a file while it runs; what is written leaves memory.

    If the file can't be written any more, ``failure`` says why, and the program runs on without.
    """

    program: Program
    file: BinaryIO
    """Without a buffer: what a full disk refuses must not be written again later."""
    preload: Mapping[str, Module]
    _host: HostRecorder = field(init=False)
    _writer: RecordingWriter = field(init=False)
    _noted: deque[OutputPiece] = field(default_factory=deque[OutputPiece])
    _flushed: float = 0.0
    _ran: float = 0.0
    _since_mark: float = 0.0
    _since_snapshot: float = 0.0
    _wait: float = _SHORTEST
    _begun: bool = False
    ended: bool = False
    """The program is over; to be set before ``close``."""
    trapped: bool = False
    """The program failed; to be set before ``close``."""
    failure: OSError | None = None
    """What ended the recording before the program."""
    known: int | None = None
    """The last step that the file holds; None as long as nothing can be replayed."""

    def __post_init__(self) -> None:
        """Write the header and the modules, and record host calls from now on."""
        taker = SnapshotTaker(self.program)
        self._host = HostRecorder(taker, HostLog())
        self.program.host_calls.recorder = self
        self.program.wasi.on_printed = self._noted.append
        with self._stopping():
            self._writer = RecordingWriter(self.file, taker, self.preload)
            self._writer.begin(0, self.program.wasi.snapshot())

    @contextmanager
    def _stopping(self) -> Generator[None]:
        """Write as long as this lasts; stop recording, for ever, at an OSError."""
        try:
            yield
        except OSError as error:
            self.failure = error
            self.program.host_calls.recorder = None
            self.program.wasi.on_printed = None
            self._noted.clear()

    def replay(
        self, _host: HostFunc, _caller: RecordedCaller, _args: tuple[int, ...], /
    ) -> RawHostCall | None:
        """Return None: a program that is being recorded makes every call for the first time."""
        return None

    def begin(self, host: HostFunc, caller: RecordedCaller) -> NewCall:
        """Write what is due, then note the state before a new call."""
        if host.name in _WAITING or time.perf_counter() - self._flushed > _FLUSH:
            with self._stopping():
                self._flush()
        return self._host.begin(host, caller)

    def _flush(self) -> None:
        log = self._host.log
        if log.answers:
            self._writer.answers(log.answers, self._printed_by)
            self._wrote(log.answers[-1].call.tick)
            log.forgotten += len(log.answers)
            log.answers.clear()
        self._flushed = time.perf_counter()

    def _wrote(self, tick: int) -> None:
        """Note that the file holds a step; it can be replayed once it has a snapshot."""
        if self._begun:
            self.known = tick

    def _printed_by(self, answer: HostAnswer) -> list[OutputPiece]:
        printed: list[OutputPiece] = []
        while self._noted and self._noted[0].tick < answer.call.tick:
            printed.append(self._noted.popleft())
        return printed

    def entered(self) -> None:
        """Write the first snapshot, if this is the first call that has a frame."""
        if self.failure is None and not self._begun and self.program.store.agent.depth:
            with self._stopping():
                self._snapshot()

    def after(self, seconds: float) -> None:
        """Write what is due, after ``seconds`` more of running."""
        if self.failure is None:
            with self._stopping():
                self._write_due(seconds)

    def _write_due(self, seconds: float) -> None:
        self._ran += seconds
        self._since_mark += seconds
        self._since_snapshot += seconds
        if self._since_snapshot >= self._wait:
            self._snapshot()
        elif self._since_mark >= _MARKED:
            self._flush()
            self._writer.mark(self.program.store.tick)
            self._wrote(self.program.store.tick)
            self._since_mark = 0.0

    def _snapshot(self) -> None:
        self._flush()
        started = time.perf_counter()
        self._writer.snapshot(take_snapshot(self._host.taker, self._host.log.cursor, 0))
        self._begun = True
        self._wrote(self.program.store.tick)
        self._since_mark = self._since_snapshot = 0.0
        part = self._ran / (_PARTS if self._writer.written < _ENOUGH else 4)
        self._wait = max(_SHORTEST, part, (time.perf_counter() - started) * _SHARE)

    def close(self) -> None:
        """Write the end; the program may have been interrupted at any place."""
        if self.failure is None:
            with self._stopping():
                self._write_end()

    def _write_end(self) -> None:
        self._flush()
        if not self._begun:
            self._snapshot()
        self._writer.end(self.program.store.tick, ended=self.ended, trapped=self.trapped)
