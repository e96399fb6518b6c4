"""Commands that show expressions at every stop."""

from __future__ import annotations

from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    in_lines,
    need_text,
    parse_number,
    parse_words,
)
from wasmlab.debug.views import plain_text
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def _display(session: Session, rest: str) -> CommandOutput:
    from wasmlab.debug.views.formats import parse_form

    if not rest:
        return show_displays(session, "")
    form, expression = parse_form(rest, "display")
    need_text(expression, "display", "display/x $n, display/s 16, display/4xw 0x10")
    return in_lines(plain_text.display_lines((session.display(expression, str(form)),)))


def show_displays(session: Session, _rest: str) -> CommandOutput:
    """Show what is shown at every stop, as ``info display`` does."""
    none = "Nothing is shown at every stop: display $n shows $n."
    return CommandOutput(tuple(plain_text.display_lines(session.displays)) or (none,))


def _undisplay(session: Session, rest: str) -> CommandOutput:
    numbers = [parse_number(word) for word in parse_words(rest)]
    for number in numbers or [shown.number for shown in session.displays]:
        session.undisplay(number)
    return show_displays(session, "") if session.displays else CommandOutput()


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("display", (), "[/FMT] [EXPRESSION]", "Show an expression at every stop, in a format of x; /s and /4xw show what is at that address.", _display),
    DebuggerCommand("undisplay", (), "[NUMBERS]", "Show it no more, nothing without a number.", _undisplay),
)  # fmt: skip
"""The rows of this section."""
