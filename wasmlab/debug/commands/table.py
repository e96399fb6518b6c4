"""The debugger's commands: one table for the line debugger, scripts and the lab's command line.

Names are those of gdb where gdb has the command.
"""

from __future__ import annotations

from difflib import get_close_matches

from wasmlab.debug.commands import frames, history, lines, looking, moving, skipping, stops
from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
)
from wasmlab.debug.commands.looking import INFO
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def execute(session: Session, line: str) -> CommandOutput:
    """Carry out a line such as ``break $main if $n > 3``; an empty line does nothing.

    Raises UsageError for commands and arguments that make no sense, DebugError for what cannot be
    done now, Interrupted if it is stopped and leaves the program where it is.
    """
    name, rest = split(line)
    if not name:
        return CommandOutput()
    command = find(name)
    forced = command.forced if name.endswith("!") else None
    if rest and not command.arguments and command in COMMANDS:
        hint = f"restart {rest} gives them to the program" if command.name == "continue" else ""
        raise UsageError(f"{name} takes no arguments, found {rest}", hint=hint)
    with session.control.work.command():
        return (forced or command.method)(session, rest)


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


_VALUE, _ONLY_IF = "print shows a value, watch stops where it changes", "break $f if $n > 3"
_INSTEAD = {
    "display": _VALUE, "undisplay": _VALUE, "ptype": _VALUE, "whatis": _VALUE,
    "condition": _ONLY_IF, "ignore": "break $f hits 3 stops from the third on",
    "tbreak": "until goes to a place once", "disassemble": "list shows the text",
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
    width = max(len(usage(command)) for command in COMMANDS)
    return CommandOutput(tuple(f"{usage(c):<{width}}  {c.help}" for c in COMMANDS))


def usage(command: DebuggerCommand) -> str:
    """Return the name with its arguments."""
    mark = "" if command.forced is None else "[!]"
    return f"{command.name}{mark} {command.arguments}".rstrip()


def _quit(_session: Session, _rest: str) -> CommandOutput:
    return CommandOutput(leave=True)


COMMANDS: tuple[DebuggerCommand, ...] = (
    *moving.COMMANDS,
    *lines.COMMANDS,
    *skipping.COMMANDS,
    *stops.COMMANDS,
    *history.COMMANDS,
    *frames.COMMANDS,
    *looking.COMMANDS,
    DebuggerCommand("help", ("h", "?"), "[COMMAND]", "Show the commands, or what one does.", _help),
    DebuggerCommand("quit", ("q", "exit"), "", "Leave the debugger.", _quit),
)  # fmt: skip
"""Every command, by section, the more usual first: parser, ``help`` and completion read this."""
