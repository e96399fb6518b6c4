"""Commands that step by lines of the text, and what ``step`` means: instructions or lines."""

from __future__ import annotations

from wasmlab.debug.commands.command import CommandOutput, DebuggerCommand, parse_count
from wasmlab.debug.commands.need import need_instruction
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

_UNITS = ("instruction", "line")


def by_lines(session: Session) -> bool:
    """Return whether ``step`` and ``next`` go by lines."""
    return session.control.preferences.by_line


def _step_line(session: Session, rest: str) -> CommandOutput:
    need_instruction(session)
    return CommandOutput(stop=session.step_line(parse_count(rest)))


def _step_over_line(session: Session, rest: str) -> CommandOutput:
    need_instruction(session)
    return CommandOutput(stop=session.step_over_line(parse_count(rest)))


def _step_out_line(session: Session, _rest: str) -> CommandOutput:
    need_instruction(session)
    return CommandOutput(stop=session.step_out_line())


def _reverse_line(session: Session, rest: str) -> CommandOutput:
    return CommandOutput(stop=session.reverse_line(parse_count(rest)))


def _reverse_over_line(session: Session, rest: str) -> CommandOutput:
    return CommandOutput(stop=session.reverse_over_line(parse_count(rest)))


def _reverse_out_line(session: Session, _rest: str) -> CommandOutput:
    return CommandOutput(stop=session.reverse_out_line())


def _unit(session: Session, rest: str) -> CommandOutput:
    preferences = session.control.preferences
    if rest and not any(unit.startswith(rest.removesuffix("s")) for unit in _UNITS):
        raise UsageError(f"unit {rest}: unknown", hint="unit line, unit instruction")
    if rest:
        preferences.by_line = _UNITS[1].startswith(rest.removesuffix("s"))
    return CommandOutput((f"A step is {'a line' if preferences.by_line else 'an instruction'}.",))


FORWARD: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("step-line", ("sl",), "[N]", "Go on to the next line of the text, or N lines, going into calls.", _step_line, repeats=True),
    DebuggerCommand("step-over-line", ("nl", "next-line"), "[N]", "Go on to the next line of the same function, a call as a whole.", _step_over_line, repeats=True),
    DebuggerCommand("step-out-line", ("fl", "finish-line"), "", "Run until the selected frame has returned, to the middle of its caller's line.", _step_out_line, repeats=True),
    DebuggerCommand("unit", (), "[line or instruction]", "Let step, next and the ways back from them go by lines, or by instructions as usual.", _unit),
)  # fmt: skip
"""The ways forward."""
BACK: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("reverse-line", ("rsl", "reverse-step-line"), "[N]", "Go back to the line before, or N lines, going into calls.", _reverse_line, repeats=True),
    DebuggerCommand("reverse-over-line", ("rnl", "reverse-next-line"), "[N]", "Go back to the line before of the same function, a call as a whole.", _reverse_over_line, repeats=True),
    DebuggerCommand("reverse-out-line", ("rfl", "reverse-finish-line"), "", "Go back to the line that called the selected frame's function.", _reverse_out_line, repeats=True),
)  # fmt: skip
"""The ways back."""
