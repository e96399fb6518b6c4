"""``wasmlab debug``: the lab in the terminal, the line debugger, a script, or a transcript."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.cli.command import Command
from wasmlab.cli.frontend import front_end
from wasmlab.cli.recording import engine_for, open_recorded
from wasmlab.cli.repl import LineDebugger, converse, run_script
from wasmlab.cli.terminal import interactive
from wasmlab.cli.transcript import print_transcript
from wasmlab.debug.session import Session
from wasmlab.engine.grants import Grants
from wasmlab.engine.recording.file.reader import is_recording
from wasmlab.errors import AssembleError, Invalid, UsageError, WasmlabError
from wasmlab.module import assemble
from wasmlab.opening.arguments import Option, Parser
from wasmlab.opening.files import STDIN, find, load_module
from wasmlab.opening.options import (
    PROGRAM_OPTIONS,
    add_program_arguments,
    given,
    read_stdin,
)
from wasmlab.opening.request import LabRequest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wasmlab.module import Module

DUMB = {"dumb", "unknown"}


def _script_file(path: str) -> tuple[str, str]:
    return "file", path


def _script_line(line: str) -> tuple[str, str]:
    return "line", line


def _megabytes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--record-limit takes megabytes, found {text!r}", hint="such as 512")
    return int(text) << 20


OPTIONS = (
    Option(("--plain",), "the same debugger line by line: for screen readers and plain terminals"),
    Option(("--batch",), "carry out -x and -e, then leave; the first error ends it with status 1"),
    Option(
        ("-x",),
        "carry out the commands in FILE",
        "FILE",
        many=True,
        read=_script_file,
        dest="script",
    ),
    Option(
        ("-e",),
        "carry out a command, such as 'break $main'",
        "COMMAND",
        many=True,
        read=_script_line,
        dest="script",
    ),
    Option(
        ("--record-limit",),
        "how much the recording may take (512); when it is full, the oldest steps go",
        "MB",
        read=_megabytes,
    ),
    *PROGRAM_OPTIONS,
)


def _add_arguments(parser: Parser) -> None:
    add_program_arguments(parser, OPTIONS)


def _run(found: argparse.Namespace) -> int:
    in_lines = found.plain or found.batch or found.script
    if not in_lines and interactive() and os.environ.get("TERM") not in DUMB:
        return _open_lab(found)
    is_transcript = not in_lines and not interactive()
    session = _session(found, reads_stdin=is_transcript)
    if is_transcript:
        return print_transcript(session, session.module.name)
    debugger = LineDebugger(session)
    debugger.welcome(session.module.name)
    status = run_script(debugger, _script(found.script or ()))
    if found.batch or status or (found.script and not found.plain):
        return status
    return converse(debugger)


def _session(found: argparse.Namespace, *, reads_stdin: bool) -> Session:
    """Return a session over the program or the recording that FILE names."""
    if is_recording(found.file):
        return open_recorded(found)
    module = load_module(found.file)
    usual = Grants(stdin=None)
    if reads_stdin:
        usual = Grants(stdin=b"" if sys.stdin.isatty() else read_stdin)
    return Session.granted(module, given(found, module, usual))


def _open_lab(found: argparse.Namespace) -> int:
    """Open the lab; a text that is no module is shown there, at the error."""
    return front_end("tui")(lab_request(found))


def lab_request(found: argparse.Namespace) -> LabRequest:
    """Return what the lab is asked for; raises UsageError for standard input."""
    if found.file == STDIN:
        raise UsageError("the lab needs a file", hint="standard input is the keyboard; try --plain")
    path = find(found.file)
    if is_recording(path):
        return LabRequest(path, Grants(engine=engine_for(found)))
    return LabRequest(path, given(found, _shown(path)))


def _shown(path: Path) -> Module:
    """Return the module in a file; an empty one for a text with an error, which the lab shows."""
    try:
        return load_module(str(path))
    except (AssembleError, Invalid):
        if path.suffix != ".wat":
            raise
        return assemble("(module)")


def _script(parts: list[tuple[str, str]] | tuple[()]) -> Iterator[tuple[str, str]]:
    """Yield the lines of -x and -e in the order given, each with its place."""
    for kind, text in parts:
        if kind == "line":
            yield "-e", text
            continue
        try:
            lines = Path(text).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise WasmlabError(f"cannot read the script {text}", hint=str(error)) from error
        for number, line in enumerate(lines, 1):
            yield f"{text}:{number}", line


COMMAND = Command(
    "debug",
    "step through a program",
    _add_arguments,
    _run,
    runs_guest=OPTIONS,
)
