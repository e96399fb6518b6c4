"""Options, and how a command line that names a program with arguments of its own is read."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from wasmlab.errors import UsageError
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError in place of leaving the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with how to get help."""
        raise UsageError(message, hint=f"{self.prog} --help shows what there is")


@dataclass(frozen=True, slots=True)
class Option:
    """An option: a switch, or with a metavar one that takes a value."""

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
    grant: Callable[[Any], object] | None = None
    """Makes the value of the field of ``Grants`` that has the option's name; None: as it is."""

    @property
    def name(self) -> str:
        """Name of the attribute that takes it."""
        return self.dest or self.flags[0].lstrip("-").replace("-", "_")

    def add_to(self, parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage] - typeshed has no public name for groups
        """Declare the option."""
        dest = self.name
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


def parse_program(
    parser: Parser, options: Sequence[Option], words: Sequence[str]
) -> argparse.Namespace:
    """Return the options, FILE and the program's arguments in words, as attributes of their names.

    options: those that the parser declares. They may stand before FILE and directly after it
    (``FILE --invoke fac 5``); from the first other word or ``--`` on, words are the program's own.
    Raises UsageError for words that the parser refuses.
    """
    leading, rest = split(options, words)
    if rest and rest[0].startswith("--") and rest[0] != "--help":
        parser.error(f"unknown option {rest[0]}")
    if not rest or (rest[0].startswith("-") and rest[0] != "-"):
        return parser.parse_args(words)
    file, *after_file = rest
    following, arguments = split(options, after_file)
    found = parser.parse_args([*leading, *following, "--", file])
    found.arguments = arguments
    return found


def split(options: Sequence[Option], words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the leading options with their values, and the words after them and after ``--``."""
    takes_value = {flag: bool(o.metavar) and not o.optional for o in options for flag in o.flags}
    at = 0
    while at < len(words):
        flag, equals, _ = words[at].partition("=")
        if flag not in takes_value:
            break
        at += 2 if takes_value[flag] and not equals else 1
    rest = list(words[at:])
    return list(words[:at]), rest[1:] if rest[:1] == ["--"] else rest
