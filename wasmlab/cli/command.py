"""What a command of the command line is, and the parser that all of them use."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from wasmlab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError in place of leaving the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with how to get help."""
        raise UsageError(message, hint=f"{self.prog} --help shows what there is")


@dataclass(frozen=True, slots=True)
class Option:
    """An option: a switch, or one that takes a value if metavar says what."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    many: bool = False
    """May be given several times."""
    choices: tuple[str, ...] = ()
    default: str | None = None
    read: Callable[[str], object] = str
    dest: str = ""
    """Name of the attribute that takes it, if not the flag's."""
    optional: bool = False
    """It may stand without its value, which follows ``=`` if there is one."""

    def add_to(self, parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage] - typeshed has no public name for groups
        """Declare the option."""
        dest = self.dest or self.flags[0].lstrip("-").replace("-", "_")
        if not self.metavar:
            parser.add_argument(*self.flags, action="store_true", help=self.help, dest=dest)
            return
        parser.add_argument(
            *self.flags,
            action="append" if self.many else "store",
            help=self.help,
            metavar=self.metavar,
            choices=self.choices or None,
            default=self.default,
            type=self.read,
            dest=dest,
            nargs="?" if self.optional else None,
            const="" if self.optional else None,
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table of commands."""

    name: str
    help: str
    """One line, no full stop."""
    add_arguments: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    """Does the work and returns the exit status."""
    runs_guest: tuple[Option, ...] = ()
    """Its options, if it takes a program and that program's arguments: see ``parse``."""
    epilog: str = ""


_BEHIND_FILE = """Words behind FILE are the program's own. Options of wasmlab may follow
FILE directly, as in FILE --invoke fac 5; the first other word ends them, and so does --."""


def parser_for(command: Command) -> Parser:
    """Return the parser of a command."""
    parser = Parser(
        prog=f"wasmlab {command.name}",
        description=f"{command.help[0].upper()}{command.help[1:]}.",
        epilog=command.epilog or (_BEHIND_FILE if command.runs_guest else None),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def parse(command: Command, words: Sequence[str]) -> argparse.Namespace:
    """Return what the words behind a command's name say.

    A program's own arguments follow FILE, and are left alone; only options of wasmlab that follow
    FILE directly are taken (``FILE --invoke fac 5``), up to the first other word or ``--``.
    """
    parser = parser_for(command)
    if not command.runs_guest:
        return parser.parse_args(words)
    before, behind = _split(command.runs_guest, words)
    if behind and behind[0].startswith("--") and behind[0] != "--help":
        parser.error(f"unknown option {behind[0]}")
    if not behind or (behind[0].startswith("-") and behind[0] != "-"):
        return parser.parse_args(words)
    file, *rest = behind
    more, arguments = _split(command.runs_guest, rest)
    found = parser.parse_args([*before, *more, "--", file])
    found.arguments = arguments
    return found


def _split(options: Sequence[Option], words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the leading options with their values, and the words behind them and ``--``."""
    takes_value = {flag: bool(o.metavar) and not o.optional for o in options for flag in o.flags}
    at = 0
    while at < len(words):
        flag, equals, _ = words[at].partition("=")
        if flag not in takes_value:
            break
        at += 2 if takes_value[flag] and not equals else 1
    rest = list(words[at:])
    return list(words[:at]), rest[1:] if rest[:1] == ["--"] else rest
