"""Options, and how a command line that names a program with arguments of its own is read."""

from __future__ import annotations

from types import SimpleNamespace

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from wasmlab.opening.parser import Parser


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

    @property
    def usual(self) -> object:
        """Its value where it is not given."""
        return False if not self.metavar else self.default and self.read(self.default)

    def value_of(self, text: str | None, given: Iterator[str]) -> object:
        """Return its value: text follows an equals sign, or the words given follow the flag.

        None if argparse may have something to say about it.
        """
        if not self.metavar:
            return True if text is None else None
        if text is None:
            text = "" if self.optional else next(given, "-")
            if text.startswith("-"):
                return None
        if self.choices and text not in self.choices:
            return None
        try:
            return self.read(text)
        except (TypeError, ValueError):
            return None

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


def quickly(options: Sequence[Option], words: Sequence[str]) -> Any:  # noqa: ANN401 - as argparse's
    """Return what ``parse_program`` would; None for words about which its parser has to speak.

    Loading and filling that parser takes as long as a small program. Raises UsageError as it does.
    """
    leading, rest = split(options, words)
    if not rest or not rest[0] or (rest[0].startswith("-") and rest[0] != "-"):
        return None
    file, *after_file = rest
    following, arguments = split(options, after_file)
    values: dict[str, Any] = {option.name: option.usual for option in options}
    by_flag = {flag: option for option in options for flag in option.flags}
    given = iter((*leading, *following))
    for word in given:
        flag, equals, text = word.partition("=")
        option = by_flag[flag]
        value = option.value_of(text if equals else None, given)
        if value is None:
            return None
        values[option.name] = [*(values[option.name] or ()), value] if option.many else value
    return SimpleNamespace(**values, file=file, arguments=arguments)


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
