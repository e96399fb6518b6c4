"""Commands that show the state, the text and explanations."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    in_lines,
    looked_at,
    need_text,
    parse_number,
)
from wasmlab.debug.commands.displays import show_displays
from wasmlab.debug.commands.examine import examined, printed
from wasmlab.debug.commands.frames import show_frames
from wasmlab.debug.commands.functions import show_functions
from wasmlab.debug.commands.memory import show_memory
from wasmlab.debug.commands.skipping import show_skips
from wasmlab.debug.commands.symbols import show_symbol
from wasmlab.debug.views import plain_text
from wasmlab.errors import DebugError, NotInMemory, UsageError
from wasmlab.explain.lookup import explain
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session


_AROUND = 5
"""Lines of text shown before and after the current one."""


def _stack(session: Session, _rest: str) -> CommandOutput:
    return in_lines(plain_text.stack_lines(session.stack))


def _locals(session: Session, rest: str) -> CommandOutput:
    none = "The function has no locals."
    return in_lines(
        plain_text.variable_lines(session.locals_of(parse_number(rest) if rest else None), none)
    )


def _globals(session: Session, _rest: str) -> CommandOutput:
    return in_lines(plain_text.variable_lines(session.globals, "The module has no globals."))


def _labels(session: Session, _rest: str) -> CommandOutput:
    return in_lines(plain_text.label_lines(session.labels))


def _breakpoints(session: Session, _rest: str) -> CommandOutput:
    return in_lines(plain_text.stop_point_lines(session))


def _calls(session: Session, _rest: str) -> CommandOutput:
    lines = [f"{call.tick:>6,}  {call.text}" for call in session.host_calls]
    return CommandOutput(tuple(lines) or ("No host function was called.",))


def _output(session: Session, _rest: str) -> CommandOutput:
    return CommandOutput(
        tuple(plain_text.output_lines(session.output)) or ("Nothing was printed.",)
    )


def _exports(session: Session, _rest: str) -> CommandOutput:
    lines = [f"{name}  {signature}" for name, signature in session.entries]
    return CommandOutput(tuple(lines) or ("The module exports no function.",))


def _status(session: Session, _rest: str) -> CommandOutput:
    lines = [f"{session.state.value}, {counted(session.tick, 'instruction')} completed"]
    if session.instruction is not None:
        lines += plain_text.instruction_lines(session.instruction)
    return CommandOutput(tuple(lines))


def _examine(session: Session, rest: str) -> CommandOutput:
    return looked_at(lambda: examined(session, rest))


def _print(session: Session, rest: str) -> CommandOutput:
    return looked_at(lambda: printed(session, rest))


def _expect(session: Session, rest: str) -> CommandOutput:
    wanted = need_text(rest, "expect", "a condition, such as $n == 3")
    try:
        value, why = session.evaluate(wanted), ""
    except NotInMemory as error:
        value, why = 0, str(error)
    if not value:
        place = str(session.location or session.stop.message)
        raise DebugError(f"expected {rest}", place=place, hint=why)
    return CommandOutput()


def _explain(session: Session, rest: str) -> CommandOutput:
    if rest:
        return CommandOutput(explain(rest).lines)
    if session.instruction is None:
        raise DebugError("no instruction is next", hint="explain WORD explains instructions too")
    return in_lines(plain_text.instruction_lines(session.instruction))


def _list(session: Session, rest: str) -> CommandOutput:
    place = session.frame_location
    current = session.source.line_at(place.offset) if place else None
    middle = _line_of(session, rest) if rest else current or 1
    shown = plain_text.source_lines(session.source, middle - _AROUND, 2 * _AROUND + 1, current)
    return in_lines(shown)


def _line_of(session: Session, where: str) -> int:
    """Return the line of the text that is shown for a number, or for what ``locate`` takes."""
    if where.isdecimal():
        return parse_number(where)
    place, *_ = session.locate(where).locations
    session.source.prepare(place.offset)
    line = session.source.line_at(place.offset)
    if line is None:
        raise DebugError(f"{place} is in a module that is not shown")
    return line


INFO: dict[str, Callable[[Session, str], CommandOutput]] = {
    "stack": _stack,
    "locals": _locals,
    "globals": _globals,
    "frames": show_frames,
    "labels": _labels,
    "memory": show_memory,
    "breakpoints": _breakpoints,
    "calls": _calls,
    "output": _output,
    "display": show_displays,
    "symbol": show_symbol,
    "exports": _exports,
    "program": _status,
    "skips": show_skips,
    "functions": show_functions,
}
"""What ``info`` knows."""


def _info(session: Session, rest: str) -> CommandOutput:
    name, _, more = rest.partition(" ")
    found = [known for known in INFO if name and known.startswith(name)]
    if not found:
        raise UsageError(f"info {name}: unknown" if name else "info what?", hint=", ".join(INFO))
    return INFO[found[0]](session, more.strip())


COMMANDS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("info", ("i",), "PART", "Show a part of the state, such as locals; info alone lists the parts.", _info),
    DebuggerCommand("x", ("examine",), "[/NFU] ADDRESS", "Show memory: rows, or N numbers (d u x o t c f a, b h w g), or a string (s).", _examine),
    DebuggerCommand("print", ("p",), "[/F] EXPRESSION", "Compute with $locals, global.name, stack[0], i32[0x10] of the selected frame, $n@1 of its caller.", _print),
    DebuggerCommand("expect", ("assert",), "EXPRESSION", "Fail unless it is true; for scripts.", _expect),
    DebuggerCommand("explain", ("e",), "[WORDS]", "Explain the next instruction, or an instruction, opcode or word.", _explain),
    DebuggerCommand("list", ("l",), "[WHERE]", "Show the text around the current line, another line, a $function or an 0xoffset.", _list),
)  # fmt: skip
"""The rows of this section."""
