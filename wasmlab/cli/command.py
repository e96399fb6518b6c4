"""A command of the command line, and how its words are parsed."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.arguments import Option, parse_program, quickly
from wasmlab.records import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from wasmlab.cli.command_row import CommandRow
    from wasmlab.opening.parser import Parser


@dataclass(frozen=True, slots=True)
class Command:
    """How a command takes its words and does its work; its name and help are in ``commands``."""

    add_arguments: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    """Does the work and returns the exit status."""
    runs_guest: tuple[Option, ...] = ()
    """Its options, if it takes a program and that program's arguments: see ``parse_program``."""
    epilog: str = ""


_AFTER_FILE = """Words after FILE are the program's own. Options of wasmlab may follow
FILE directly, as in FILE --invoke fac 5; the first other word ends them, and so does --."""


def parser_for(row: CommandRow, command: Command) -> Parser:
    """Return the parser of a command."""
    from argparse import RawDescriptionHelpFormatter

    from wasmlab.opening.parser import Parser  # takes as long as loading a small program

    parser = Parser(
        prog=f"wasmlab {row.name}",
        description=f"{row.help[0].upper()}{row.help[1:]}.",
        epilog=command.epilog or (_AFTER_FILE if command.runs_guest else None),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def parse(row: CommandRow, command: Command, words: Sequence[str]) -> argparse.Namespace:
    """Return the options and arguments in the words after a command's name.

    Raises UsageError for words that the command does not take.
    """
    found = quickly(command.runs_guest, words) if command.runs_guest else None
    if found is not None:
        return found
    parser = parser_for(row, command)
    if command.runs_guest:
        return parse_program(parser, command.runs_guest, words)
    return parser.parse_args(words)
