"""Completing the debugger's command line: commands first, then names of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.suggester import Suggester

from wasmlab.debug.commands.looking import INFO
from wasmlab.debug.commands.table import COMMANDS, beginning_with
from wasmlab.debug.views.symbols import func_symbol
from wasmlab.escape import escaped_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.debug.session import Session


class CommandSuggester(Suggester):
    """Completes the last word of a line; the first word is a command, the more usual first."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.words = words

    async def get_suggestion(self, value: str) -> str | None:
        """Return the line with its last word completed; None if nothing begins like it."""
        head, space, last = value.rpartition(" ")
        candidates = self.words if space else [*(c.name for c in beginning_with(last)), *INFO]
        found = (word for word in candidates if last and word != last and word.startswith(last))
        word = next(found, None)
        return None if word is None else f"{head}{space}{word}"


def suggester_for(session: Session) -> CommandSuggester:
    """Return what completes commands for a session that rests."""
    return CommandSuggester(list(_words(session)))


def _words(session: Session) -> Iterator[str]:
    """Yield what commands take: variables, functions, exports, parts, commands for help."""
    yield from (v.name for v in session.locals if v.name.startswith("$"))
    syntax = session.module.syntax
    yield from (func_symbol(syntax, index) for index in syntax.names.funcs)
    yield from (escaped_name(name) for name, _ in session.entries)
    yield from INFO
    yield from (command.name for command in COMMANDS)
