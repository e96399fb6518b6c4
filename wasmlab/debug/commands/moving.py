"""Commands that move the program forward, and give it what it waits for."""

from __future__ import annotations

from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    need_text,
    parse_count,
    parse_words,
)
from wasmlab.debug.commands.lines import by_lines
from wasmlab.debug.commands.need import entry_hint, need_instruction
from wasmlab.debug.rebuild import changes_on_disk, reload
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import NoSuchLocation, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.anew import begins_with, changes

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Stop
    from wasmlab.opening.on_disk import DiskChange


def _step(session: Session, rest: str) -> CommandOutput:
    need_instruction(session)
    count = parse_count(rest)
    return CommandOutput(
        stop=session.step_line(count) if by_lines(session) else session.step(count)
    )


def _next(session: Session, rest: str) -> CommandOutput:
    if by_lines(session):
        need_instruction(session)
        return CommandOutput(stop=session.step_over_line(parse_count(rest)))
    return _nexti(session, rest)


def _stepi(session: Session, rest: str) -> CommandOutput:
    need_instruction(session)
    return CommandOutput(stop=session.step(parse_count(rest)))


def _nexti(session: Session, rest: str) -> CommandOutput:
    need_instruction(session)
    stop = session.stop
    for _ in range(parse_count(rest)):
        stop = session.step_over()
        if session.state is not State.PAUSED or stop.reason is not StopReason.STEP:
            break
    return CommandOutput(stop=stop)


def _finish(session: Session, _rest: str) -> CommandOutput:
    need_instruction(session)
    return CommandOutput(stop=session.step_out())


def _continue(session: Session, _rest: str) -> CommandOutput:
    need_instruction(session)
    return CommandOutput(stop=session.run())


def _until(session: Session, rest: str) -> CommandOutput:
    need_instruction(session)
    where = need_text(rest, "until", "$main, 12, 0x7a or $n > 3")
    return _went(session, session.tick, _moved_note(session, where), session.run_until(where))


def _reverse_until(session: Session, rest: str) -> CommandOutput:
    where = need_text(rest, "reverse-until", "$main, 12, 0x7a or $n > 3")
    return _went(session, session.tick, _moved_note(session, where), session.reverse_until(where))


def _moved_note(session: Session, where: str) -> tuple[str, ...]:
    try:
        moved = session.locate(where).moved
    except NoSuchLocation:
        return ()  # a condition, or calls of a host function
    return () if moved is None else (f"{moved.note('going to')}.",)


def _went(session: Session, before: int, note: tuple[str, ...], stop: Stop) -> CommandOutput:
    said = (f"{stop.message}.",) if stop.tick == before and session.location else ()
    return CommandOutput((*note, *said), stop=stop)


def _restart(session: Session, rest: str) -> CommandOutput:
    words, grants = parse_words(rest), session.beginning.grants
    given = changes(words, session.module, grants, _called(session)) if words else {}
    stop = session.restart(**given)
    changed = changes_on_disk(session)
    said = (f"Begins with {begins_with(session.beginning.grants)}",) if words else ()
    return CommandOutput((*said, *session.views.lost, *map(_noticed, changed)), stop=stop)


def _noticed(change: DiskChange) -> str:
    return f"{change}: reload runs the new one." if change.is_whole else f"{change}."


def _reload(session: Session, rest: str) -> CommandOutput:
    if rest not in {"", "--replay"}:
        raise UsageError(f"reload takes no {rest!r}", hint="reload, or reload --replay")
    done = reload(session, replay=bool(rest))
    return CommandOutput(done.lines, stop=done.stop)


def _called(session: Session) -> str | None:
    """Return the function that was called last by hand, empty if none was; None for a program."""
    if "_start" in session.control.program.instance.exports:
        return None
    entries = session.control.timeline.entries
    return entries[-1].call.name if entries else ""


def _call(session: Session, rest: str) -> CommandOutput:
    name, *args = parse_words(need_text(rest, "call", entry_hint(session)))
    return CommandOutput(stop=session.call(name, *args))


def _answer(session: Session, rest: str) -> CommandOutput:
    session.answer(need_text(rest, "answer", "the result, such as 0"))
    return CommandOutput(stop=session.run())


def _input(session: Session, rest: str) -> CommandOutput:
    waiting = session.state is State.WAITING_FOR_INPUT
    session.feed_input(f"{rest}\n".encode())
    return (
        CommandOutput(stop=session.run())
        if waiting
        else CommandOutput(("The program will read it.",))
    )


def _end_of_input(session: Session, _rest: str) -> CommandOutput:
    waiting = session.state is State.WAITING_FOR_INPUT
    session.feed_input(b"", end=True)
    return (
        CommandOutput(stop=session.run()) if waiting else CommandOutput(("The input ends there.",))
    )


def _no_input(session: Session, _rest: str) -> CommandOutput:
    session.no_input()
    return CommandOutput(stop=session.run())


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("step", ("s",), "[N]", "Execute one instruction, or N, going into calls; lines after unit line.", _step, repeats=True),
    DebuggerCommand("next", ("n",), "[N]", "Execute one instruction, a call as a whole; a line after unit line.", _next, repeats=True),
    DebuggerCommand("stepi", ("si",), "[N]", "Execute one instruction, or N, also after unit line.", _stepi, repeats=True),
    DebuggerCommand("nexti", ("ni",), "[N]", "Execute one instruction, a call as a whole, also after unit line.", _nexti, repeats=True),
    DebuggerCommand("finish", ("fin", "out"), "", "Run until the function of the selected frame has returned.", _finish, repeats=True),
    DebuggerCommand("continue", ("c", "cont", "run", "r"), "", "Run to the next breakpoint or to the end.", _continue, repeats=True),
    DebuggerCommand("until", ("u", "advance"), "WHERE|CONDITION", "Run until that place is next; what names no place is a condition: $n > 3.", _until),
    DebuggerCommand("restart", ("start",), "[OPTIONS] [ARGS]", "Begin the program again, with other arguments or options of run; breakpoints stay.", _restart),
    DebuggerCommand("reload", (), "[--replay]", "Begin with what the file holds now; --replay: under the recorded input, up to the first difference.", _reload),
    DebuggerCommand("call", (), "NAME [ARGS]", "Enter an exported function.", _call),
    DebuggerCommand("input", (), "TEXT", "Give the program a line of standard input.", _input),
    DebuggerCommand("end-of-input", ("eof",), "", "Say that standard input ends.", _end_of_input),
    DebuggerCommand("no-input", (), "", "Say that there is no input yet: the program's poll times out.", _no_input),
    DebuggerCommand("answer", (), "VALUE", "Give the result that an unknown import waits for.", _answer),
)  # fmt: skip
"""The rows of this section."""
BACK: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("reverse-until", ("ru",), "WHERE|CONDITION", "Go back to where that place was next, or the condition true, last.", _reverse_until),
)  # fmt: skip
"""The way back of one of them."""
