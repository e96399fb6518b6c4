"""The debugger without a terminal: all steps of a program, up to its end."""

from __future__ import annotations

from wasmlab.cli.outcome import entries_hint
from wasmlab.cli.terminal import say
from wasmlab.counted import counted
from wasmlab.debug.views.model import State, StopReason
from wasmlab.debug.views.plain_text import (
    frame_lines,
    instruction_lines,
    output_lines,
    stack_lines,
    step_line,
)
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

LONGEST = 10_000
"""Most steps that are shown: a longer transcript is not read."""


def print_transcript(session: Session, title: str) -> int:
    """Print every executed instruction with its effects, host calls and output; return 0."""
    say(f"{title}: every step. In a terminal, wasmlab steps interactively.")
    if session.state is State.WAITING_FOR_CALL:
        say(f"There is no _start; {entries_hint(session)}.")
        return 0
    say("  step  place             instruction                   operands -> results ; effect")
    shown = len(session.output)
    for step in session.trace(LONGEST):
        say(step_line(step))
        for line in output_lines(session.output[shown:]):
            say(f"        {line}", whole=True)
        shown = len(session.output)
    _print_end(session)
    return 0


def _print_end(session: Session) -> None:
    if session.state is State.PAUSED and session.stop.reason is StopReason.PAUSED:
        say(f"{session.stop.message}, after {counted(session.tick, 'instruction')}.")
        return
    if session.state is State.PAUSED:
        say(f"... and more: {LONGEST:,} steps are shown. wasmlab trace prints all of them.")
        return
    say(f"{session.stop.message}, after {counted(session.tick, 'instruction')}.")
    if session.state is State.TRAPPED and session.instruction is not None:
        for line in (*instruction_lines(session.instruction), "operands:"):
            say(f"  {line}")
        for line in (*stack_lines(session.stack), *frame_lines(session)):
            say(f"  {line}")
