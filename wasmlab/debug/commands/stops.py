"""Commands about breakpoints, watchpoints and catchpoints."""

from __future__ import annotations

from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    need_text,
    parse_number,
    parse_words,
)
from wasmlab.debug.commands.terms import command_lines, place_and_terms, terms_alone
from wasmlab.debug.views import plain_text
from wasmlab.debug.views.model import Breakpoint
from wasmlab.errors import UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def _break(session: Session, rest: str) -> CommandOutput:
    where, terms = place_and_terms(rest)
    return _set_break(session, where, terms)


def _tbreak(session: Session, rest: str) -> CommandOutput:
    where, terms = place_and_terms(rest)
    return _set_break(session, where, terms | {"temporary": True})


def _set_break(session: Session, where: str, terms: dict[str, Any]) -> CommandOutput:
    here = session.frame_location
    if not where and here is None:
        raise UsageError("break where?", hint="break $main, break 12, break 0x7a if $n > 3")
    return _is_set(session.break_at(where or (here.offset if here else 0), **terms))


def _is_set(found: Breakpoint) -> CommandOutput:
    note = (f"{found.note}.",) if found.note else ()
    text = plain_text.breakpoint_text(found)
    return CommandOutput((*note, f"Breakpoint {found.number}: {text}"))


_LISTED = 50
"""Functions that a pattern matches of which so many are listed."""


def _rbreak(session: Session, rest: str) -> CommandOutput:
    where, terms = place_and_terms(need_text(rest, "rbreak", "a pattern, such as p*"))
    found = session.break_at(where, pattern=True, **terms)
    places = [f"  {p.func_name} at {plain_text.place_text(p)}" for p in found.locations]
    more = len(places) - _LISTED
    rest_ = (f"  and {more:,} more",) if more > 0 else ()
    return CommandOutput((*_is_set(found).lines, *places[:_LISTED], *rest_))


def _numbers(session: Session, rest: str) -> list[int]:
    """Return the numbers that are given, else all that there are."""
    every = (*session.breakpoints, *session.watchpoints, *session.catchpoints)
    return [parse_number(word) for word in parse_words(rest)] or [found.number for found in every]


def _delete(session: Session, rest: str) -> CommandOutput:
    numbers = _numbers(session, rest)
    for number in numbers:
        session.remove_breakpoint(number)
    return CommandOutput((f"{len(numbers)} removed.",))


def _enable(session: Session, rest: str) -> CommandOutput:
    return _switch(session, rest, on=True)


def _disable(session: Session, rest: str) -> CommandOutput:
    return _switch(session, rest, on=False)


def _switch(session: Session, rest: str, *, on: bool) -> CommandOutput:
    for number in _numbers(session, rest):
        session.enable_breakpoint(number, on=on)
    return CommandOutput(tuple(plain_text.stop_point_lines(session)))


def _number_and(session: Session, rest: str, name: str, example: str) -> tuple[int, str]:
    """Return the number of a breakpoint and what follows; the last one's where none is given."""
    word, _, more = rest.strip().partition(" ")
    if word.isdecimal():
        return int(word), more.strip()
    every = (*session.breakpoints, *session.watchpoints, *session.catchpoints)
    if not every or not rest.strip():
        raise UsageError(f"{name} needs the number of a breakpoint", hint=example)
    return max(found.number for found in every), rest.strip()


def _condition(session: Session, rest: str) -> CommandOutput:
    number, text = _number_and(session, rest, "condition", "condition 1 $n > 3")
    terms = terms_alone(text)
    session.amend_breakpoint(number, terms["condition"], terms["hits"])
    return _shown(session, number)


def _ignore(session: Session, rest: str) -> CommandOutput:
    words = parse_words(rest)
    if len(words) != 2:  # noqa: PLR2004 - a breakpoint and a count
        raise UsageError("ignore takes a breakpoint and a count", hint="ignore 1 3")
    number, count = map(parse_number, words)
    session.ignore_breakpoint(number, count)
    return _shown(session, number)


def _commands(session: Session, rest: str) -> CommandOutput:
    number, text = _number_and(session, rest, "commands", "commands 1 print $n; continue")
    session.amend_breakpoint(number, commands=command_lines(text))
    return _shown(session, number)


def _shown(session: Session, number: int) -> CommandOutput:
    return CommandOutput(tuple(plain_text.stop_point_lines(session, number)))


def _watch(session: Session, rest: str) -> CommandOutput:
    return _set_watch(session, rest, "w")


def _rwatch(session: Session, rest: str) -> CommandOutput:
    return _set_watch(session, rest, "r")


def _awatch(session: Session, rest: str) -> CommandOutput:
    return _set_watch(session, rest, "rw")


def _set_watch(session: Session, rest: str, access: str) -> CommandOutput:
    asked = need_text(rest, "watch", "memory[0x10:0x14], i32[0x10], global 0 or $x")
    what, terms = place_and_terms(asked)
    watch = session.watch(what, access, **terms)
    text = f"{escaped(watch.text)} is {watch.now}{plain_text.terms_text(watch)}"
    return CommandOutput((f"Watchpoint {watch.number}: {text}",))


def _catch(session: Session, rest: str) -> CommandOutput:
    what, terms = place_and_terms(
        need_text(rest, "catch", "trap, throw, fd_write, path_open=ENOENT")
    )
    found = session.catch(what, **terms)
    if isinstance(found, Breakpoint):
        return _is_set(found)
    return CommandOutput((f"Catchpoint {found.number}: {plain_text.catchpoint_text(found)}",))


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("watch", (), "WHAT [if CONDITION] [hits N]", "Stop when memory[0x10:0x14], global 0 or $x is written.", _watch),
    DebuggerCommand("rwatch", (), "WHAT [if CONDITION] [hits N]", "Stop when it is read.", _rwatch),
    DebuggerCommand("awatch", (), "WHAT [if CONDITION] [hits N]", "Stop when it is read or written.", _awatch),
    DebuggerCommand("break", ("b", "br"), "[WHERE] [if CONDITION] [hits N]", "Stop at a $function, a line or a 0xoffset; main is the program's own; once, log \"TEXT\", do COMMANDS may follow.", _break),
    DebuggerCommand("tbreak", ("tb",), "[WHERE] [if CONDITION]", "Stop there once: the same with once.", _tbreak),
    DebuggerCommand("rbreak", (), "PATTERN [if CONDITION]", "Stop at all functions whose names match: * any text, ? a character, [ab] one of these.", _rbreak),
    DebuggerCommand("catch", (), "trap|throw|CALL[=ERRNO]", "Stop before a trap, at each exception, at a call of the host, or where one fails: path_open=ENOENT, path_open=fails.", _catch),
    DebuggerCommand("delete", ("del", "d", "clear"), "[NUMBERS]", "Remove breakpoints, all without a number.", _delete),
    DebuggerCommand("enable", (), "[NUMBERS]", "Switch breakpoints on.", _enable),
    DebuggerCommand("disable", (), "[NUMBERS]", "Switch breakpoints off; they keep their numbers.", _disable),
    DebuggerCommand("condition", (), "[N] [CONDITION] [hits N]", "Give a breakpoint another condition, or none; without a number the last one.", _condition),
    DebuggerCommand("ignore", (), "N COUNT", "Pass over the next hits of a breakpoint, so many.", _ignore),
    DebuggerCommand("commands", (), "[N] COMMAND; COMMAND", "Carry these out where a breakpoint stops; silent first says nothing of the stop; none takes them away.", _commands),
)  # fmt: skip
"""The rows of this section."""
