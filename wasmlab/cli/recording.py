"""``run --record FILE``: a program recorded into a file while it runs."""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.cli.terminal import complain
from wasmlab.errors import HostError, Trap, UsageError, WasmException
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.inputs import MODULE_SUFFIXES, RECORDING
from wasmlab.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from wasmlab.engine.program import Program, ProgramOptions
    from wasmlab.engine.recording.file.live import LiveRecording
    from wasmlab.output_file import Replacing


@contextmanager
def recorded(
    path: str | None, program: Program, options: ProgramOptions, rule: Callable[[], Replacing]
) -> Generator[LiveRecording | None]:
    """Record a program into a file as long as this lasts; yield None without a path.

    A file that can't be written any more ends the recording, not the program: one line says so.
    Raises UsageError for a file named like a module, WouldReplace for one that is there and is no
    recording, WasmlabError if it can't be made.
    """
    if path is None:
        yield None
        return
    from pathlib import Path  # only where it is asked for, as all of these

    from wasmlab.engine.recording.file.live import LiveRecording
    from wasmlab.engine.recording.file.writer import need_recordable
    from wasmlab.output_file import growing_file

    need_recordable(options)
    if Path(path).suffix in MODULE_SUFFIXES:
        hint = f"name a file that ends in {RECORDING.suffix}"
        raise UsageError(f"--record would replace {path}", hint=hint)
    with growing_file(path, replace(rule(), magic=RECORDING.magic)) as file:
        live = LiveRecording(program, file, options.preload)
        try:
            yield live
        except (Trap, HostError, WasmException):
            live.ended = live.trapped = True
            raise
        finally:
            live.close()
            _tell_failure(path, live)


def _tell_failure(path: str, live: LiveRecording) -> None:
    """Say that the recording stops before the program, if it does, and where."""
    if live.failure is not None:
        known = "nothing is recorded" if live.known is None else f"it ends at step {live.known:,}"
        complain(f"wasmlab: cannot write {path}: {live.failure.strerror}; {known}")
