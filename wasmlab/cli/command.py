"""A command of the command line, and how its words are parsed."""

from __future__ import annotations

from types import SimpleNamespace

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.opening.arguments import Option, parse_program, quickly
from wasmlab.records import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from wasmlab.cli.command_row import CommandRow
    from wasmlab.opening.parser import Parser


@dataclass(frozen=True, slots=True)
class Plain:
    """Words of which none is an option: read without argparse, which loads as long as a command."""

    name: str
    """Name of the attribute that takes them."""
    many: bool = False
    """It takes a list of them; else it is one word."""
    switches: tuple[str, ...] = ()
    """Names of the options, all of them switches, that are not given."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a command takes its words and does its work; its name and help are in ``commands``."""

    add_arguments: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    """Does the work and returns the exit status."""
    runs_guest: tuple[Option, ...] = ()
    """Its options, if it takes a program and that program's arguments: see ``parse_program``."""
    epilog: str = ""
    plain: Plain | None = None
    """What it takes if no option is given."""


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


def _plain(plain: Plain, words: Sequence[str]) -> Any:  # noqa: ANN401 - as argparse's
    """Return what argparse would make of words; None if it may have something to say."""
    is_fit = words and (plain.many or len(words) == 1)
    if not is_fit or any(word.startswith("-") for word in words):
        return None
    values: dict[str, object] = dict.fromkeys(plain.switches, False)
    values[plain.name] = list(words) if plain.many else words[0]
    return SimpleNamespace(**values)


def parse(row: CommandRow, command: Command, words: Sequence[str]) -> argparse.Namespace:
    """Return the options and arguments in the words after a command's name.

    Raises UsageError for words that the command does not take.
    """
    if command.runs_guest:
        found = quickly(command.runs_guest, words)
    else:
        found = None if command.plain is None else _plain(command.plain, words)
    if found is not None:
        return found
    parser = parser_for(row, command)
    if command.runs_guest:
        return parse_program(parser, command.runs_guest, words)
    return parser.parse_args(words)
