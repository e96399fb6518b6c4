"""Recordings on the command line: ``run --record FILE``, and FILE where a program could stand."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.errors import HostError, Trap, UsageError, WasmException, WasmlabError
from wasmlab.opening.files import SUFFIXES
from wasmlab.opening.options import PROGRAM_OPTIONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Generator

    from wasmlab.debug.session import Session
    from wasmlab.engine.program import Program, ProgramOptions
    from wasmlab.engine.recording.file.live import Live
    from wasmlab.runtime.host import HostRecord


@contextmanager
def recorded(
    path: str | None,
    program: Program,
    options: ProgramOptions,
    describe: Callable[[HostRecord], None] | None,
) -> Generator[Live | None]:
    """Record a program into a file as long as this lasts; yield None without a path.

    Raises UsageError for a file that is to be something else, WasmlabError if it cannot be written.
    """
    if path is None:
        yield None
        return
    from wasmlab.engine.recording.file.live import Live  # noqa: PLC0415 - only where it is asked for
    from wasmlab.engine.recording.file.writer import need_recordable  # noqa: PLC0415 - likewise

    need_recordable(options)
    if Path(path).suffix in SUFFIXES:
        raise UsageError(f"--record would replace {path}", hint="name a file that ends in .wlab")
    try:
        file = Path(path).open("wb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise WasmlabError(f"cannot write {path}: {error.strerror}") from error
    with file:
        live = Live(program, file, options.preload, describe)
        try:
            yield live
        except (Trap, HostError, WasmException):
            live.ended = live.trapped = True
            raise
        finally:
            live.close()


def open_recorded(found: argparse.Namespace) -> Session:
    """Return a session over the recording that FILE names.

    Raises UsageError for options that say what a program is given: that is in the recording.
    """
    from wasmlab.debug.recorded_session import open_recording  # noqa: PLC0415 - only where it is asked for

    return open_recording(found.file, engine_for(found))


def engine_for(found: argparse.Namespace) -> str:
    """Return what is to replay a recording; UsageError for options that make no sense with one."""
    for option in PROGRAM_OPTIONS:
        flag = option.flags[0]
        if flag != "--engine" and getattr(found, option.name):
            raise UsageError(
                f"{flag} makes no sense with a recording", hint="what the program got is in it"
            )
    if found.arguments:
        raise UsageError("a recording takes no arguments", hint="those of its program are in it")
    return found.engine or "auto"
