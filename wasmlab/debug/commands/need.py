"""What a command needs of the program before it moves it."""

from __future__ import annotations

from wasmlab.debug.views.model import State
from wasmlab.errors import DebugError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def need_instruction(session: Session) -> None:
    """Raise DebugError, with what to do, unless there is an instruction to execute."""
    if session.state is State.WAITING_FOR_CALL:
        raise DebugError("no function has been called", hint=f"call {entry_hint(session)}")
    if session.state in {State.EXITED, State.TRAPPED}:
        raise DebugError(
            f"the program is over: {session.stop.message}", hint="restart begins again"
        )
    if session.state is State.WAITING_FOR_INPUT:
        ways = "or end-of-input" if session.input_limit is None else "end-of-input, or no-input"
        raise DebugError("the program waits for input", hint=f"input TEXT, {ways}")
    if session.state is State.WAITING_FOR_RESULT:
        raise DebugError(session.stop.message, hint="type: answer VALUE")


def entry_hint(session: Session) -> str:
    """Return which functions can be called."""
    names = [name for name, _ in session.entries]
    return f"one of {', '.join(map(escaped, names))}" if names else "an exported function"
