"""Sessions over recordings: a file in place of a program and its host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wasmlab.debug.history.reverse import goto
from wasmlab.debug.session import Session
from wasmlab.engine.recording.file.reader import AbsentWasi, install, read_recording
from wasmlab.engine.recording.recorder import DEFAULT_LIMIT
from wasmlab.errors import BadRecording, DebugError, WasmlabError

if TYPE_CHECKING:
    import os

    from wasmlab.debug.whatif.replay import Replay
    from wasmlab.engine.recording.file.reader import Recording
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.module import Module


_FORGED = (ArithmeticError, LookupError, MemoryError, TypeError, ValueError)
"""What values lead to that no program and no host can have made, whatever is checked before."""


class RecordedSession(Session):
    """A session whose history comes from a file; its host is never called.

    It stands at the first recorded step. Going on behind the last one works as long as the program
    needs no answer of the host that is not recorded. ``note`` says what a person should know of the
    file: where it is cut, for example.
    """

    note: str = ""

    def __init__(self, recording: Recording, engine: str = "auto") -> None:
        self._recording, self._engine = recording, engine
        super().__init__(recording.subject.module)

    def replay(self, text: str | Module, limit: int | None = None) -> Replay:
        """Raise DebugError: what the program was given at its start is not in the file."""
        del text, limit
        raise DebugError(
            "a recording from a file has no inputs for another text",
            hint="run the program here, then replay",
        )

    def _begin(self) -> None:
        self._grant = AbsentWasi
        self._options = self._recording.subject.options(self._engine)
        try:
            super()._begin()
        except BadRecording:
            raise
        except WasmlabError as error:
            raise BadRecording(f"the recording cannot be loaded: {error}") from error
        except _FORGED as error:
            raise BadRecording("the recording says what cannot be") from error

    def _enter(self, recorder: Recorder) -> None:
        self.note = install(recorder, self._recording)
        recorder.limit = DEFAULT_LIMIT + recorder.timeline.cost
        timeline = recorder.timeline
        if not timeline.ended:
            self._control.file_end = timeline.last
        stop = goto(self._control, timeline.first)
        if self.note:
            self._control.stop = replace(stop, message=f"{self.note}; {stop.message}")


def open_recording(path: str | os.PathLike[str], engine: str = "auto") -> RecordedSession:
    """Return a session over the recording in a file, at its first step.

    Raises BadRecording for a file that is no recording of this wasmlab, WasmlabError if it cannot
    be read. A damaged file is opened up to its last whole part, as ``note`` says.
    """
    return RecordedSession(read_recording(path), engine)
