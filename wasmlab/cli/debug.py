"""``wasmlab debug``: the lab in the terminal, the line debugger, a script, or a transcript."""

from __future__ import annotations

import sys

from wasmlab.cli.command import Command
from wasmlab.cli.frontend import front_end
from wasmlab.cli.terminal import has_screen, interactive
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.arguments import Option
from wasmlab.opening.options import add_program_arguments
from wasmlab.opening.request import LAB_OPTIONS, lab_request, recording_engine
from wasmlab.records import replace

if TYPE_CHECKING:
    import argparse

    from wasmlab.cli.repl import LineDebugger
    from wasmlab.debug.session import Session
    from wasmlab.opening.parser import Parser


def _script_file(path: str) -> tuple[str, str]:
    return "file", path


def _script_line(line: str) -> tuple[str, str]:
    return "line", line


OPTIONS = (
    Option(("--plain",), "the same debugger line by line: for screen readers and plain terminals"),
    Option(("--batch",), "carry out -x and -e, then leave; the first error ends it with status 1"),
    Option(
        ("-x",),
        "carry out the commands in FILE; in Python, with `session`, if it is called FILE.py",
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
    Option(("--no-startup-file",), "do not carry out the user's own commands, startup.cmds"),
    Option(("--at-end",), "begin a recording at its last step, where the program may have trapped"),
    *LAB_OPTIONS,
)


def _add_arguments(parser: Parser) -> None:
    add_program_arguments(parser, OPTIONS)


def _run(found: argparse.Namespace) -> int:
    in_lines = found.plain or found.batch or found.script
    if not in_lines and has_screen():
        return _open_lab(found)
    if in_lines or interactive():
        return _converse(found)
    from wasmlab.cli.transcript import print_transcript

    session = _session(found, reads_stdin=True)
    return print_transcript(session, session.module.name)


def _converse(found: argparse.Namespace) -> int:
    """Debug line by line, or as a script says."""
    from wasmlab.cli.repl import LineDebugger, converse
    from wasmlab.cli.report import INTERRUPTED

    session = _session(found, reads_stdin=False)
    debugger = LineDebugger(session)
    debugger.welcome(session.module.name)
    if not found.no_startup_file:
        debugger.start()
    status = _run_scripts(debugger, session, found.script or ())
    goes_on = found.plain and not found.batch and status in {0, INTERRUPTED} and not debugger.left
    if found.batch or (found.script and not goes_on):
        return status
    return converse(debugger)


def _session(found: argparse.Namespace, *, reads_stdin: bool) -> Session:
    """Return a session over the program or the recording that FILE names."""
    from wasmlab.debug.recorded_session import recorded_session
    from wasmlab.debug.session import Session
    from wasmlab.engine.grants import Grants
    from wasmlab.engine.recording.file.reader import Recording
    from wasmlab.opening.files import open_word
    from wasmlab.opening.options import OwnInput, given

    opened = open_word(found.file)
    if isinstance(opened, Recording):
        session = recorded_session(opened, recording_engine(found))
        if found.at_end:
            session.to_end()
        return session
    if found.at_end:
        raise _not_recorded()
    usual = Grants(stdin=None)
    if reads_stdin:
        usual = Grants(stdin=b"" if sys.stdin.isatty() else OwnInput())
    return Session.granted(opened, given(found, opened, usual))


def _open_lab(found: argparse.Namespace) -> int:
    """Open the lab; a text that is no module is shown there, at the error."""
    request = lab_request(found)
    if found.at_end and request.module is not None:
        raise _not_recorded()
    startup = not found.no_startup_file
    return front_end("tui")(replace(request, startup=startup, at_end=found.at_end))


def _not_recorded() -> UsageError:
    return UsageError("--at-end makes sense with a recording only", hint="run --record makes one")


def _run_scripts(
    debugger: LineDebugger, session: Session, parts: list[tuple[str, str]] | tuple[()]
) -> int:
    """Carry out -x and -e in the order given, until one fails or leaves; return the exit status."""
    from wasmlab.cli.repl import run_script
    from wasmlab.debug.commands.scripts import script_lines

    for kind, text in parts:
        if kind == "file" and text.endswith(".py"):
            from wasmlab.cli.python_script import run_python

            status = run_python(text, session)
            debugger.catch_up()
        else:
            lines = [("-e", text)] if kind == "line" else script_lines(text, any_kind=True)
            status = run_script(debugger, lines)
        if status or debugger.left:
            return status
    return 0


COMMAND = Command(_add_arguments, _run, runs_guest=OPTIONS)
