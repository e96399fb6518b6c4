"""Commands that say something wherever the program comes by, or would have said it."""

from __future__ import annotations

import re
from itertools import islice

from wasmlab.debug.commands.command import CommandOutput, DebuggerCommand, parse_number
from wasmlab.debug.commands.terms import QUOTED, place_and_terms, unquoted
from wasmlab.debug.views import plain_text
from wasmlab.errors import Interrupted, UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import LogLine

_LOG = re.compile(rf'(?P<where>[^"]*?),?\s*(?P<text>{QUOTED})(?P<terms>.*)')
_EXAMPLE = 'log $main "n={$n}"'
MOST_SHOWN = 100
"""Lines of the past that are shown at most."""


def _parts(session: Session, rest: str, example: str) -> tuple[str | int, str, str, int]:
    """Return place, format, condition and hits of a logpoint; UsageError."""
    match = _LOG.fullmatch(rest.strip())
    if match is None:
        raise UsageError("what is to be said?", hint=f"{example}, the text in quotes")
    extra, terms = place_and_terms(match["terms"])
    if extra:
        raise UsageError(f"found {extra} after the text", hint=f"{example} if $n > 3")
    here = session.frame_location
    where: str | int = match["where"].strip() or (here.offset if here else "")
    if where == "":
        raise UsageError("log where?", hint=example)
    condition, hits = terms.get("condition", ""), terms.get("hits", 0)
    return where, unquoted(match["text"]), condition, hits


def _log(session: Session, rest: str) -> CommandOutput:
    where, text, condition, hits = _parts(session, rest, _EXAMPLE)
    return _set(session, where, text, condition, hits)


def _set(
    session: Session, where: str | int, text: str, condition: str = "", hits: int = 0
) -> CommandOutput:
    point = session.log_at(where, text, condition, hits)
    note = (f"{point.note}.",) if point.note else ()
    return CommandOutput((*note, f"Logpoint {point.number}: {plain_text.breakpoint_text(point)}"))


_PRINTF = re.compile(rf"(?P<where>[^\"]*?),?\s*(?P<text>{QUOTED})(?:\s*,(?P<args>.*))?")


def _dprintf(session: Session, rest: str) -> CommandOutput:
    from wasmlab.debug.stops.template import from_printf

    match = _PRINTF.fullmatch(rest.strip())
    if match is None:
        raise UsageError("what is to be printed?", hint='dprintf $main,"n=%d\\n",$n')
    args = [arg.strip() for arg in (match["args"] or "").split(",") if arg.strip()]
    text = from_printf(unquoted(match["text"]).removesuffix("\n"), args)
    here = session.frame_location
    return _set(session, match["where"].strip() or (here.offset if here else ""), text)


def _logged(session: Session, rest: str) -> CommandOutput:
    if not rest:
        log = session.control.breakpoints.log
        lines = tuple(plain_text.log_lines(session.logged))
        return CommandOutput((*log.gone(log.dropped), *lines) or ("Nothing was logged.",))
    if rest.strip().isdecimal():
        return _past(session.logged_by(parse_number(rest)))
    where, text, condition, hits = _parts(session, rest, 'logged $main "n={$n}"')
    return _past(session.log_past(where, text, condition, hits))


def _past(found: Iterable[LogLine]) -> CommandOutput:
    lines = list[str]()
    try:
        for line in islice(found, MOST_SHOWN):
            lines += plain_text.log_lines([line])
    except Interrupted as stopped:
        return CommandOutput((*lines, f"{stopped}."))
    if len(lines) == MOST_SHOWN:
        lines.append(f"These are the first {MOST_SHOWN}; an if says which of them.")
    return CommandOutput(tuple(lines) or ("It comes by there nowhere in the recorded history.",))


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("log", ("logpoint",), '[WHERE] "TEXT" [if CONDITION]', "Say something there without stopping: {$n} is a value, {$n:x} hexadecimal, {$p:s} the text at an address.", _log),
    DebuggerCommand("logged", (), '[N | WHERE "TEXT"]', "Show what was logged; of a logpoint N or another, what it would have said over the recorded history.", _logged),
    DebuggerCommand("dprintf", (), 'WHERE,"FORMAT",VALUES', "The same as log, written as in gdb.", _dprintf),
)  # fmt: skip
"""The rows of this section."""
