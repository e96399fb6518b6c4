"""The command line: ``wasmlab``, ``wasmlab FILE``, ``wasmlab COMMAND ...``."""

from __future__ import annotations

import gc
import os
import sys

from wasmlab.cli.commands import BY_NAME, COMMANDS, command_of
from wasmlab.cli.terminal import complain, interactive, open_streams, say
from wasmlab.errors import UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.version import VERSION as WASMLAB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.cli.command_row import CommandRow

HELP = {"-h", "--help", "help"}
VERSION = {"-V", "--version"}


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line and return the exit status; argv is without the program's name.

    The status is the program's own for ``run``, 134 after a trap, 1 for a file that is no good,
    2 for bad usage, 130 after ctrl-C. Errors are one line on standard error, never a traceback.
    """
    open_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _dispatch(words)
        sys.stdout.flush()
    except SystemExit as leaving:  # what argparse does after --help
        status = leaving.code if isinstance(leaving.code, int) else 0
    except BaseException as error:  # noqa: BLE001 - the last resort: no traceback is shown
        status = _failed(error)
    return status


def _failed(error: BaseException) -> int:
    """Report an error and return the exit status."""
    from wasmlab.cli.report import INTERRUPTED, report, report_defect

    match error:
        case KeyboardInterrupt():
            complain("wasmlab: interrupted")
            return INTERRUPTED
        case BrokenPipeError():
            return _quiet()
        case WasmlabError():
            return report(error)
        case OSError():
            place = str(error.filename or "")
            return report(WasmlabError(error.strerror or str(error), place=place))
        case _:
            return report_defect(error)


def _quiet() -> int:
    """Leave without a message: the reader of the output is gone."""
    from wasmlab.cli.report import BROKEN_PIPE

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return BROKEN_PIPE


def _dispatch(words: list[str]) -> int:
    if not words:
        return _start_screen()
    first, *rest = words
    if first in HELP:
        return _dispatch([rest[0], "--help"]) if rest and rest[0] in BY_NAME else _print_help()
    if first in VERSION:
        say(f"wasmlab {WASMLAB}")
        return 0
    if first in BY_NAME:
        return _run(BY_NAME[first], rest)
    if not (first.startswith("-") or _looks_like_file(first)):
        raise UsageError(f"no command or file {first!r}", hint=_suggestion(first))
    return _run(BY_NAME["debug"], words)


def _run(row: CommandRow, words: list[str]) -> int:
    from wasmlab.cli.command import parse

    command = command_of(row)
    found = parse(row, command, words)
    gc.freeze()
    gc.enable()
    return command.run(found)


def _looks_like_file(word: str) -> bool:
    if os.path.exists(word) or os.sep in word:  # noqa: PTH110 - pathlib takes as long as Python
        return True
    from wasmlab.opening.inputs import SUFFIXES

    return os.path.splitext(word)[1] in SUFFIXES or word in _sample_names()  # noqa: PTH122 - likewise


def _sample_names() -> list[str]:
    from wasmlab import samples

    return [sample.name for sample in samples.catalogue()]


def _suggestion(word: str) -> str:
    from difflib import get_close_matches

    names = [command.name for command in COMMANDS]
    close = get_close_matches(word, names, n=2) or get_close_matches(word, _sample_names(), n=2)
    if close:
        return f"did you mean wasmlab {' or '.join(close)}?"
    return "wasmlab --help lists the commands"


def _start_screen() -> int:
    """Open the start screen; without a terminal, print the help."""
    if interactive():
        from wasmlab.cli.frontend import front_end
        from wasmlab.opening.request import LabRequest

        return front_end("tui")(LabRequest())
    return _print_help()


def _print_help() -> int:
    from wasmlab import samples
    from wasmlab.opening.inputs import MODULE_FILE, RECORDING_FILE

    say("wasmlab: see WebAssembly run, one instruction at a time.")
    say()
    say("  wasmlab                 start screen: samples, recent files, templates, tour")
    say("  wasmlab FILE [ARGS]     step through a program: the same as wasmlab debug FILE")
    for command in COMMANDS:
        say(f"  wasmlab {command.name:<15} {command.help}")
    say()
    say("wasmlab COMMAND --help shows the options.")
    say(f"FILE is {MODULE_FILE}, {RECORDING_FILE}, or a sample:")
    catalogue = samples.catalogue()
    width = max(len(sample.name) for sample in catalogue)
    for sample in catalogue:
        say(f"  {sample.name:<{width}} {sample.shows}")
    return 0
