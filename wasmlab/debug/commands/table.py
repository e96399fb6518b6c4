"""The debugger's commands: one table for the line debugger, scripts and the lab's command line.

Names are those of gdb where gdb has the command.
"""

from __future__ import annotations

from collections import deque
from difflib import get_close_matches

from wasmlab.counted import counted
from wasmlab.debug.commands import (
    displays,
    frames,
    history,
    lines,
    logs,
    looking,
    memory,
    moving,
    skipping,
    stops,
)
from wasmlab.debug.commands.aliases import define, expanded
from wasmlab.debug.commands.aliases import lines as alias_lines
from wasmlab.debug.commands.command import CommandOutput, DebuggerCommand, need_text
from wasmlab.debug.commands.help import help_lines, usage
from wasmlab.debug.commands.looking import INFO
from wasmlab.debug.commands.scripts import script_lines, sourced, startup_lines
from wasmlab.debug.commands.terms import commands_in
from wasmlab.debug.views.plain_text import stop_lines
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Stop


def execute(session: Session, line: str) -> CommandOutput:
    """Carry out a line such as ``break $main if $n > 3``; an empty line does nothing.

    Where it stops at a breakpoint that has commands, they are carried out too. Raises UsageError
    for commands and arguments that make no sense, DebugError for what cannot be done now,
    Interrupted if it is stopped and leaves the program where it is.
    """
    return joined(list(carried_out(session, line)))


def carried_out(session: Session, line: str, depth: int = 0) -> Iterator[CommandOutput]:
    """Carry out a line, and yield what it says: a file of commands says something for each.

    depth: how many files are being read. Raises UsageError and other errors as ``execute`` does.
    """
    name, rest = split(expanded(session.control.preferences.aliases, line))
    if not name:
        return
    if find(name).method is _source:
        lines = script_lines(need_text(rest, "source", "a file of commands"))
        yield from sourced(lines, depth + 1, lambda one: carried_out(session, one, depth + 1))
        return
    with session.control.work.command():
        said = with_commands(session, _once(session, name, rest))
    yield said


def _once(session: Session, name: str, rest: str) -> CommandOutput:
    """Carry out one command, without those of a breakpoint that it stops at."""
    command = find(name)
    forced = command.forced if name.endswith("!") else None
    if rest and not command.arguments and command in COMMANDS:
        hint = f"restart {rest} gives them to the program" if command.name == "continue" else ""
        raise UsageError(f"{name} takes no arguments, found {rest}", hint=hint)
    for wanted in commands_in(command.name, rest):
        if wanted != "silent":
            find(split(expanded(session.control.preferences.aliases, wanted))[0])
    return (forced or command.method)(session, rest)


def with_commands(session: Session, said: CommandOutput) -> CommandOutput:
    """Return what was said, after the commands of the breakpoint that it stopped at, if any.

    One that moves the program is the last one of its breakpoint; those of the next stop follow.
    Raises what ``execute`` does.
    """
    if not commands_at(session, said.stop):
        return said
    lines, dropped = deque(said.lines, _MOST_SAID), 0
    while (wanted := commands_at(session, said.stop)) and not said.leave:
        if wanted[0] != "silent":
            dropped += _say(lines, stop_lines(said.stop, session.instruction) if said.stop else ())
        for line in wanted:
            name, rest = split(expanded(session.control.preferences.aliases, line))
            said = CommandOutput() if name in {"", "silent"} else _once(session, name, rest)
            dropped += _say(lines, said.lines)
            if said.stop is not None or said.leave:
                break
    gone = (f"... {counted(dropped, 'line')} before these",) if dropped else ()
    return CommandOutput((*gone, *lines), said.stop, said.leave)


_MOST_SAID = 10_000
"""Lines that commands of breakpoints may say: the oldest are dropped."""


def _say(lines: deque[str], more: Iterable[str]) -> int:
    """Add lines; return how many are dropped for them."""
    dropped = 0
    for line in more:
        dropped += len(lines) == lines.maxlen
        lines.append(line)
    return dropped


def commands_at(session: Session, stop: Stop | None) -> tuple[str, ...]:
    """Return the commands of what a stop is at."""
    number = None if stop is None else stop.breakpoint
    known = session.control.breakpoints
    point = None if number is None else known.by_number.get(number, known.spent)
    return () if point is None or point.number != number else point.terms.commands


def joined(outputs: list[CommandOutput]) -> CommandOutput:
    """Return outputs as one, which ends where the last of them stopped."""
    if len(outputs) == 1:
        return outputs[0]
    lines, stop = list[str](), None
    for said in outputs:
        if stop is not None:
            lines += stop_lines(stop, None)
        lines += said.lines
        stop = said.stop
    return CommandOutput(tuple(lines), stop, leave=any(said.leave for said in outputs))


def started(session: Session) -> Iterator[CommandOutput]:
    """Carry out the user's own file of commands, and yield what they say.

    Raises WasmlabError if it cannot be read, and as ``execute`` does.
    """
    yield from sourced(startup_lines(), 1, lambda line: carried_out(session, line, 1))


def split(line: str) -> tuple[str, str]:
    """Return the name of the command in a line and what follows it; ``x/4`` is ``x`` and ``/4``."""
    text = line.strip()
    if text.startswith("#"):
        return "", ""
    name = text.split(maxsplit=1)[0] if text else ""
    slash = name.find("/")
    if slash > 0:
        return name[:slash], text[slash:]
    return name, text[len(name) :].strip()


def find(name: str) -> DebuggerCommand:
    """Return the command of a name, an alias or an unambiguous beginning; raises UsageError.

    Those that write files take ``!`` after the name.
    """
    if name[1:].endswith("!"):
        return _forced(name)
    for command in COMMANDS:
        if name == command.name or name in command.aliases:
            return command
    if name in INFO:
        return DebuggerCommand(name, (), "", f"The same as info {name}.", INFO[name])
    begun = beginning_with(name)
    if begun and all(other.name.startswith(begun[0].name) for other in begun):
        return begun[0]
    names = [command.name for command in COMMANDS]
    close = [c.name for c in begun] or get_close_matches(name, names, n=3)
    near = f"did you mean {' or '.join(close)}?" if close else "help lists the commands"
    hint = _INSTEAD.get(name, near)
    raise UsageError(f"no command {name!r}", hint=hint)


_VALUE = "print shows a value, watch stops where it changes"
_INSTEAD = {
    "ptype": _VALUE, "whatis": _VALUE,
    "disassemble": "list shows the text",
}  # fmt: skip
"""What to use in place of commands that other debuggers have."""


def beginning_with(text: str) -> list[DebuggerCommand]:
    """Return the commands whose names begin with a text, the more usual first.

    That is the one that the text is an alias of, then those that the table has earlier.
    """
    begun = [command for command in COMMANDS if command.name.startswith(text)]
    return sorted(begun, key=lambda command: text not in (command.name, *command.aliases))


def _forced(name: str) -> DebuggerCommand:
    command = find(name.removesuffix("!"))
    if command.forced is None:
        takes = " and ".join(f"{c.name}!" for c in COMMANDS if c.forced is not None)
        raise UsageError(f"{name}: {command.name} replaces no file", hint=f"{takes} do")
    return command


def _help(_session: Session, rest: str) -> CommandOutput:
    if rest:
        command = find(rest)
        also = f"   (also {', '.join(command.aliases)})" if command.aliases else ""
        return CommandOutput((f"{usage(command)}{also}", f"  {command.help}"))
    return CommandOutput(tuple(help_lines(GROUPS)))


def _source(session: Session, rest: str) -> CommandOutput:
    return execute(session, f"source {rest}")


def _alias(session: Session, rest: str) -> CommandOutput:
    aliases = session.control.preferences.aliases
    if rest:
        define(aliases, rest, _is_command)
        return CommandOutput()
    return CommandOutput(tuple(alias_lines(aliases)) or ("There is no alias.",))


def _unalias(session: Session, rest: str) -> CommandOutput:
    aliases = session.control.preferences.aliases
    if rest not in aliases:
        raise UsageError(f"there is no alias {rest}", hint=", ".join(aliases) or "alias a = step 3")
    del aliases[rest]
    return CommandOutput()


def _is_command(name: str) -> bool:
    return name in INFO or any(name in (c.name, *c.aliases) for c in COMMANDS)


def _quit(_session: Session, _rest: str) -> CommandOutput:
    return CommandOutput(leave=True)


GROUPS: tuple[tuple[str, tuple[DebuggerCommand, ...]], ...] = (
    ("Moving", (*moving.COMMANDS, *lines.FORWARD, *skipping.COMMANDS)),
    ("Stops", (*stops.COMMANDS, *logs.COMMANDS)),
    ("Going back", (*history.BACK, *moving.BACK, *lines.BACK)),
    ("Questions about the past", history.QUESTIONS),
    ("Looking", (*frames.COMMANDS, *looking.COMMANDS, *displays.COMMANDS)),
    ("Changing", (*history.CHANGES, *memory.CHANGES)),
    ("Files, names, help", (
        *history.FILES,
        *memory.FILES,
        DebuggerCommand("source", (), "FILE", "Carry out the commands in a file.", _source),
        DebuggerCommand("alias", (), "[NAME = COMMAND]", "Give a command a name, such as alias bm = break $main; show them.", _alias),
        DebuggerCommand("unalias", (), "NAME", "Take a name away that alias gave.", _unalias),
        DebuggerCommand("help", ("h", "?"), "[COMMAND]", "Show the commands, or what one does.", _help),
        DebuggerCommand("quit", ("q", "exit"), "", "Leave the debugger.", _quit),
    )),
)  # fmt: skip
"""Every command below the heading that it stands under in the help."""
COMMANDS: tuple[DebuggerCommand, ...] = tuple(row for _, rows in GROUPS for row in rows)
"""Every command, the more usual first: parser, ``help`` and completion read this."""
