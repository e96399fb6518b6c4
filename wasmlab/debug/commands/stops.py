"""Commands about breakpoints and watchpoints."""

from __future__ import annotations

import re

from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    need_text,
    parse_number,
    parse_words,
)
from wasmlab.debug.views import plain_text
from wasmlab.errors import UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


_CONDITION = re.compile(
    r"(?P<where>.*?)(?:\s+if\s+(?P<condition>.+?))?(?:\s+hits\s+(?P<hits>\d{1,18}))?"
)


def _break(session: Session, rest: str) -> CommandOutput:
    match = _CONDITION.fullmatch(f" {rest.strip()}")
    here = session.frame_location
    where = match["where"].strip() if match else ""
    if not where and here is None:
        raise UsageError("break where?", hint="break $main, break 12, break 0x7a if $n > 3")
    breakpoint_ = session.break_at(
        where or (here.offset if here else 0),
        (match["condition"] if match else "") or "",
        int((match["hits"] if match else "") or 0),
    )
    note = (f"{breakpoint_.note}.",) if breakpoint_.note else ()
    text = plain_text.breakpoint_text(breakpoint_)
    return CommandOutput((*note, f"Breakpoint {breakpoint_.number}: {text}"))


def _delete(session: Session, rest: str) -> CommandOutput:
    wanted = parse_words(rest)
    every = (*session.breakpoints, *session.watchpoints)
    numbers = [parse_number(word) for word in wanted] or [
        breakpoint_.number for breakpoint_ in every
    ]
    for number in numbers:
        session.remove_breakpoint(number)
    return CommandOutput((f"{len(numbers)} removed.",))


def _enable(session: Session, rest: str) -> CommandOutput:
    return _switch(session, rest, on=True)


def _disable(session: Session, rest: str) -> CommandOutput:
    return _switch(session, rest, on=False)


def _switch(session: Session, rest: str, *, on: bool) -> CommandOutput:
    numbers = [parse_number(word) for word in parse_words(rest)] or [
        p.number for p in session.breakpoints
    ]
    for number in numbers:
        session.enable_breakpoint(number, on=on)
    return CommandOutput(tuple(plain_text.breakpoint_lines(session.breakpoints)))


def _watch(session: Session, rest: str) -> CommandOutput:
    return _set_watch(session, rest, "w")


def _rwatch(session: Session, rest: str) -> CommandOutput:
    return _set_watch(session, rest, "r")


def _awatch(session: Session, rest: str) -> CommandOutput:
    return _set_watch(session, rest, "rw")


def _set_watch(session: Session, rest: str, access: str) -> CommandOutput:
    what = need_text(rest, "watch", "memory[0x10:0x14], i32[0x10], global 0 or $x")
    watch = session.watch(what, access)
    return CommandOutput((f"Watchpoint {watch.number}: {escaped(watch.text)} is {watch.now}",))


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("watch", (), "WHAT", "Stop when memory[0x10:0x14], global 0 or $x is written.", _watch),
    DebuggerCommand("rwatch", (), "WHAT", "Stop when it is read.", _rwatch),
    DebuggerCommand("awatch", (), "WHAT", "Stop when it is read or written.", _awatch),
    DebuggerCommand("break", ("b", "br"), "[WHERE] [if CONDITION] [hits N]", "Stop at a $function, a line or a 0xoffset; main is the program's own.", _break),
    DebuggerCommand("delete", ("del", "d", "clear"), "[NUMBERS]", "Remove breakpoints, all without a number.", _delete),
    DebuggerCommand("enable", (), "[NUMBERS]", "Switch breakpoints on.", _enable),
    DebuggerCommand("disable", (), "[NUMBERS]", "Switch breakpoints off; they keep their numbers.", _disable),
)  # fmt: skip
"""The rows of this section."""
