"""``wasmlab notebook``: the teaching notebooks, copied to a folder and opened."""

from __future__ import annotations

from pathlib import Path

from wasmlab.cli.command import Command
from wasmlab.cli.frontend import front_end
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.arguments import Option

if TYPE_CHECKING:
    import argparse

    from wasmlab.opening.parser import Parser

_OPTIONS = (
    Option(("--student",), "leave the solutions and all output out"),
    Option(("--no-open",), "copy, but do not start JupyterLab"),
)


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("words", nargs="*", metavar="N DIR", help="which one (default: all), where")
    for option in _OPTIONS:
        option.add_to(parser)


def _run(found: argparse.Namespace) -> int:
    words = list(found.words)
    number = int(words.pop(0)) if words and words[0].isdecimal() else None
    if len(words) > 1:
        raise UsageError("more than one folder", hint="wasmlab notebook [N] [DIR]")
    folder = Path(words[0] if words else "wasmlab-notebooks")
    return front_end("notebook")(number, folder, student=found.student, start=not found.no_open)


COMMAND = Command(_add_arguments, _run)
