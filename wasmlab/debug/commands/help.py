"""The debugger's help: its commands in groups, in two columns where there is room."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from shutil import get_terminal_size

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.debug.commands.command import DebuggerCommand

_USAGE = 34
"""Columns of a name with its arguments."""
_BESIDE = 4
"""Columns between two columns of text."""
_EDGE = 8
"""Columns that the lab's log has beside its text."""
ROOM = 160
"""Columns of a terminal from which on help has two columns."""


def usage(command: DebuggerCommand) -> str:
    """Return the name with its arguments."""
    mark = "" if command.forced is None else "[!]"
    return f"{command.name}{mark} {command.arguments}".rstrip()


def help_lines(
    groups: Sequence[tuple[str, Sequence[DebuggerCommand]]], width: int | None = None
) -> Iterator[str]:
    """Yield all commands below the headings of their groups; width: of the terminal, in columns."""
    columns = get_terminal_size().columns if width is None else width
    if columns < ROOM:
        for heading, commands in groups:
            yield from (heading, *(_line(command) for command in commands))
        return
    each = (columns - _EDGE) // 2 - _BESIDE
    blocks = [_wrapped(heading, commands, each) for heading, commands in groups]
    left, right = halves([len(block) for block in blocks])
    texts = [[line for n in side for line in blocks[n]] for side in (left, right)]
    for one, other in zip_longest(*texts, fillvalue=""):
        yield f"{one:<{each + _BESIDE}}{other}".rstrip()


def halves(sizes: Sequence[int]) -> tuple[range, range]:
    """Return which of some blocks, in order, go to the left of two columns, and which to the right.

    The higher of the two is as low as it can be.
    """
    middle = min(range(len(sizes) + 1), key=lambda n: max(sum(sizes[:n]), sum(sizes[n:])))
    return range(middle), range(middle, len(sizes))


def _line(command: DebuggerCommand) -> str:
    return f"  {usage(command):<{_USAGE}}  {command.help}"


def _wrapped(heading: str, commands: Sequence[DebuggerCommand], width: int) -> list[str]:
    lines = [heading]
    for command in commands:
        head, *more = textwrap.wrap(command.help, width - _USAGE - 4)
        lines.append(f"  {usage(command):<{_USAGE}}  {head}")
        lines += [" " * (_USAGE + 4) + part for part in more]
    return lines
