"""Sessions over recordings: a file in place of a program and its host."""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.debug.beginning import loaded
from wasmlab.debug.history.reverse import goto
from wasmlab.debug.session import Session
from wasmlab.engine.grants import INTERACTIVE
from wasmlab.engine.recording.default_limit import DEFAULT_LIMIT
from wasmlab.engine.recording.file.reader import install, read_recording
from wasmlab.errors import BadRecording, DebugError, WasmlabError
from wasmlab.hints import TYPE_CHECKING, Any, NoReturn
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.engine.grants import Grants
    from wasmlab.engine.program import ProgramOptions
    from wasmlab.engine.recording.file.reader import Recording
    from wasmlab.module import Module


_FORGED = (ArithmeticError, LookupError, MemoryError, TypeError, ValueError)
"""Exceptions that a file written by hand can still cause after all checks."""


@dataclass(slots=True)
class RecordingBeginning:
    """A recording in place of a program and its host; the host is never called.

    It begins at the first recorded step. Going on after the last one works as long as the program
    needs no answer of the host that is not recorded.
    """

    recording: Recording
    engine: str
    note: str = ""
    """What should be known of the file: where it is cut, for example."""

    @property
    def options(self) -> ProgramOptions:
        """How the program is loaded without its host."""
        return self.recording.program.options(self.engine)

    @property
    def grants(self) -> Grants:
        """What another text is given: what the recorded program was is not in the file."""
        return INTERACTIVE

    @property
    def modules(self) -> tuple[Module, ...]:
        """Those in the recording."""
        program = self.recording.program
        return program.module, *program.preload.values()

    @property
    def files_read(self) -> tuple[Path, ...]:
        """The file of the recording."""
        return () if self.recording.path is None else (self.recording.path,)

    def begin(self, breakpoints: Breakpoints) -> Control:
        """Load the program with the recorded history; BadRecording."""
        with _as_bad_recording():
            module = self.recording.program.module
            control = loaded(module, Wasi(), self.options, breakpoints, DEFAULT_LIMIT)
            self._install(control)
            return control

    def _install(self, control: Control) -> None:
        recorder = control.recorder
        self.note = install(recorder, self.recording)
        timeline = recorder.timeline
        recorder.limit = DEFAULT_LIMIT + timeline.cost
        if not timeline.ended:
            control.file_end = timeline.last
        stop = goto(control, timeline.first)
        if self.note:
            control.stop = replace(stop, message=f"{self.note}; {stop.message}")

    def anew(self, given: Mapping[str, Any]) -> NoReturn:
        """Raise DebugError: a recording is of one run."""
        raise DebugError(
            f"a recording begins as it was made: it takes no other {', '.join(given)}",
            hint="run the program here to run it otherwise",
        )

    def changed(self, control: Control, text: str | Module) -> NoReturn:
        """Raise DebugError: what the program was given at its start is not in the file."""
        del text
        self.replaying(control)

    def replaying(self, control: Control) -> NoReturn:
        """Raise DebugError likewise."""
        del control
        raise DebugError(
            "a recording from a file has no inputs for another text",
            hint="run the program here, then replay",
        )


@contextmanager
def _as_bad_recording() -> Generator[None]:
    """Raise BadRecording for what a recording that is not true to a run can cause."""
    try:
        yield
    except BadRecording:
        raise
    except WasmlabError as error:
        raise BadRecording(f"the recording cannot be loaded: {error}") from error
    except _FORGED as error:
        raise BadRecording("the recording says what cannot be") from error


def open_recording(path: str | os.PathLike[str], engine: str = "auto") -> Session:
    """Return a session over the recording in a file, at its first step.

    Raises BadRecording for a file that is no recording of this wasmlab, WasmlabError if it cannot
    be read. A damaged file is opened up to its last whole part, as ``note`` says.

    >>> hello.run()
    <Stop exit, step 13>
    >>> hello.save("hello.wlab")
    >>> wl.open_recording("hello.wlab").to_end()
    <Stop exit, step 13>
    """
    return recorded_session(read_recording(path), engine)


def recorded_session(recording: Recording, engine: str = "auto") -> Session:
    """Return a session over a recording that was read, at its first step.

    Raises BadRecording for a recording that does not fit its own modules.
    """
    return Session.of(RecordingBeginning(recording, engine))
