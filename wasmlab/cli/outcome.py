"""How a session ended, told on standard error, and as an exit status."""

from __future__ import annotations

from wasmlab.cli.report import BAD_FILE, TRAPPED
from wasmlab.cli.terminal import complain, some
from wasmlab.counted import counted
from wasmlab.debug.views.model import State
from wasmlab.debug.views.plain_text import frame_lines
from wasmlab.errors import UsageError
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


def need_a_call(session: Session) -> None:
    """Raise UsageError, naming the exported functions, if the session has nothing to run."""
    if session.state is State.WAITING_FOR_CALL:
        raise UsageError("the program has no _start", hint=entries_hint(session))


def entries_hint(session: Session) -> str:
    """Return how to enter a function of the session's module."""
    entries = [f"{escaped_name(name)} {signature}" for name, signature in session.entries]
    if not entries:
        return "it exports no function; wasmlab inspect shows what there is"
    return f"choose a function with --invoke: {some(entries)}"


def outcome(session: Session) -> int:
    """Say how the program ended and return the exit status that ``wasmlab run`` would have."""
    stop = session.stop
    if session.state is State.EXITED:
        complain(f"wasmlab: {stop.message}, {counted(session.tick, 'instruction')}")
        return stop.exit_code or 0
    if session.state is State.TRAPPED:
        complain(f"wasmlab: {stop.message}")
        for line in frame_lines(session):
            complain(f"  {line}")
        return TRAPPED
    hint = _HINTS.get(session.state, "")
    complain(f"wasmlab: {stop.message}{hint}")
    return 0 if session.state is State.WAITING_FOR_CALL else BAD_FILE


_HINTS = {
    State.WAITING_FOR_RESULT: "; --stub-imports zero answers with zeros",
    State.WAITING_FOR_INPUT: "; --stdin FILE gives it",
}
