"""Errors as they are shown: the event, its place, a remedy; never a traceback."""

from __future__ import annotations

from wasmlab.cli.terminal import complain
from wasmlab.defect import DEFECT, defect_text
from wasmlab.errors import (
    AssembleError,
    Crash,
    HostError,
    Invalid,
    Trap,
    UsageError,
    WasmException,
    WasmlabError,
)
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.engine.program import Program
    from wasmlab.module import Module

TRAPPED = 134
"""Exit status of a program that trapped: that of one that aborts."""
BAD_FILE = 1
BAD_USAGE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


def report(error: WasmlabError, *, file: str = "") -> int:
    """Print an error and return the exit status."""
    where = f"{file}: " if file and not _names_file(error, file) else ""
    complain(f"wasmlab: {where}{error}")
    if isinstance(error, (AssembleError, Invalid)) and error.excerpt():
        complain(_indented(error.excerpt()))
    if isinstance(error, Crash):
        return DEFECT
    if isinstance(error, (Trap, WasmException, HostError)):
        return TRAPPED
    return BAD_USAGE if isinstance(error, UsageError) else BAD_FILE


def _names_file(error: WasmlabError, file: str) -> bool:
    return file in error.message or file in error.place


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def report_defect(error: BaseException) -> int:
    """Say that wasmlab itself failed, and how to report it; return the exit status."""
    complain(defect_text(error))
    return DEFECT


def report_trap(error: WasmlabError, program: Program, modules: list[Module]) -> int:
    """Print a trap, or another error that ended the program, with the calls that led there.

    modules are those whose text is known.
    """
    from wasmlab.debug.views.backtrace import backtrace_lines  # only after a trap

    kind = "trap: " if isinstance(error, Trap) else ""
    complain(f"wasmlab: {kind}{error}")
    for line in backtrace_lines(program, modules):
        complain(line)
    return TRAPPED
