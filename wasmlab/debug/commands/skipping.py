"""Commands about functions that stepping does not enter."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.debug.commands.command import CommandOutput, DebuggerCommand, in_lines, parse_number
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def show_skips(session: Session, _rest: str = "") -> CommandOutput:
    """Return the patterns of names that are skipped; else how to get those of libraries."""
    from wasmlab.debug.stops.skips import listed, suggested

    found = listed(session.control.target, session.control.preferences.skips)
    if found:
        return in_lines(escaped(str(skip)) for skip in found)
    count = len(suggested(session.control.target))
    offered = f": skip suggested sets {counted(count, 'pattern')} for its library" if count else ""
    return CommandOutput((f"No function is skipped{offered}.",))


def _skip(session: Session, rest: str) -> CommandOutput:
    from wasmlab.debug.stops.skips import add, suggested

    word, _, numbers = rest.partition(" ")
    target, skips = session.control.target, session.control.preferences.skips
    if not rest:
        return show_skips(session)
    if word == "delete":
        return _delete(session, numbers)
    if rest != "suggested":
        return in_lines((escaped(str(add(target, skips, rest))),))
    patterns = suggested(target)
    if not patterns:
        return CommandOutput(("No function of a known library is in it.",))
    return in_lines(escaped(str(add(target, skips, pattern))) for pattern in patterns)


def _delete(session: Session, rest: str) -> CommandOutput:
    from wasmlab.debug.stops.skips import remove

    skips = session.control.preferences.skips
    numbers = [parse_number(word) for word in rest.split()] or list(skips.by_number)
    for number in numbers:
        remove(skips, number)
    return CommandOutput((f"{len(numbers)} removed.",))


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("skip", (), "[PATTERN]", "Step over functions such as $malloc or $printf*; suggested: the library's; delete [N].", _skip),
)  # fmt: skip
"""The rows of this section."""
