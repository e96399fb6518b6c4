"""What a command of the debugger is, what it says, and how it reads its arguments."""

from __future__ import annotations

import re
import shlex

from wasmlab.errors import NotInMemory, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Stop


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """What a command has to say."""

    lines: tuple[str, ...] = ()
    stop: Stop | None = None
    """Where the program came to, if the command moved it."""
    leave: bool = False
    """The debugger is to be left."""


@dataclass(frozen=True, slots=True)
class DebuggerCommand:
    """A row of the table; ``method`` takes the session and what follows the name."""

    name: str
    aliases: tuple[str, ...]
    arguments: str
    help: str
    method: Callable[[Session, str], CommandOutput]
    repeats: bool = False
    """An empty line does it again."""
    forced: Callable[[Session, str], CommandOutput] | None = None
    """What the name with ``!`` after it does: the same, replacing any file that is there."""


def in_lines(lines: Iterable[str]) -> CommandOutput:
    """Return an output of lines."""
    return CommandOutput(tuple(lines))


def looked_at(look: Callable[[], Iterable[str]]) -> CommandOutput:
    """Return the lines that ``look`` finds; one that says so if they are not in memory now."""
    try:
        return in_lines(look())
    except NotInMemory as error:
        return CommandOutput((f"{error}.",))


def need_text(rest: str, name: str, what: str) -> str:
    """Return what follows a command; UsageError, with what it takes, if nothing does."""
    if not rest:
        raise UsageError(f"{name} needs more", hint=what)
    return rest


def parse_words(rest: str) -> list[str]:
    """Return words as a shell splits them; UsageError."""
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"{rest}: {error}") from error


_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")


def parse_number(word: str) -> int:
    """Return a number, decimal or 0x, also with commas as it is printed; UsageError."""
    try:
        return int(word.replace(",", "") if _GROUPED.fullmatch(word) else word, 0)
    except ValueError as error:
        raise UsageError(f"not a number: {word!r}") from error


def parse_count(rest: str) -> int:
    """Return how often a command is repeated, 1 unless told; UsageError below 1."""
    count = parse_number(rest) if rest else 1
    if count < 1:
        raise UsageError(f"cannot step {count} times", hint="step 3")
    return count
