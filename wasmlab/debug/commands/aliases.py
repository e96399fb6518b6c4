"""Commands under names that a user gives them."""

from __future__ import annotations

import re

from wasmlab.errors import UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAME = re.compile(r"[A-Za-z][\w-]{0,40}")
_DEFINITION = re.compile(r"(?P<name>[^\s=]*)\s*=\s*(?P<command>.*)")
_LONGEST = 1_000


def define(aliases: dict[str, str], text: str, is_command: Callable[[str], bool]) -> None:
    """Give a command a name, of ``NAME = COMMAND...``.

    is_command: whether a command has a name. Raises UsageError for what is no such text, for a name
    that a command has, and for what is no command: an alias stands for none, so that none recurses.
    """
    match = _DEFINITION.fullmatch(text.strip())
    if match is None or not match["command"]:
        raise UsageError(
            f"alias {text}: not understood", hint="alias pp = print, alias bm = break $main"
        )
    name, command = match["name"], match["command"]
    if not _NAME.fullmatch(name) or len(command) > _LONGEST:
        raise UsageError(f"{name!r} is no name for a command", hint="letters, digits, - and _")
    if is_command(name):
        raise UsageError(f"{name} is a command already")
    if not is_command(re.split(r"[\s/]", command, maxsplit=1)[0].removesuffix("!")):
        raise UsageError(
            f"{command} is no command", hint="an alias stands for a command's whole name"
        )
    aliases[name] = command


def expanded(aliases: dict[str, str], line: str) -> str:
    """Return a line with the command in place of its alias, if it begins with one."""
    text = line.strip()
    name = re.split(r"[\s/]", text, maxsplit=1)[0]
    return f"{aliases[name]}{text[len(name) :]}" if name in aliases else line


def lines(aliases: dict[str, str]) -> Iterator[str]:
    """Yield the aliases, as they are typed."""
    for name, command in sorted(aliases.items()):
        yield escaped(f"alias {name} = {command}")
