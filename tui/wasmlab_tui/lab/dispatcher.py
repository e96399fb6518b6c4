"""Commands on their way to the session's thread, and what came of them on their way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wasmlab.debug.views.model import StopReason
from wasmlab.errors import WasmlabError
from wasmlab_tui.lab.bridge import Bridge
from wasmlab_tui.lab.desk import RUNNING, at_rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Location
    from wasmlab_tui.lab.desk import Desk

_T = TypeVar("_T")


class Dispatcher:
    """Sends commands to a session, one after the other, and shows where each has come to."""

    def __init__(self, desk: Desk, session: Session) -> None:
        self.desk = desk
        self.bridge = Bridge(session)
        self.last_command: Callable[[], object] = session.step
        """The command that ``repeat`` sends again."""
        self.ran_last: Location | None = None
        """Where the instruction is that ran last, if known."""

    def take(self, session: Session) -> None:
        """Let the session go, and command another."""
        self.bridge.close()
        self.bridge = Bridge(session)
        self.last_command, self.ran_last = session.step, None

    def send(self, command: Callable[[], _T], then: Callable[[_T], None] = lambda _: None) -> None:
        """Carry out command, then show what came of it; several wait for each other.

        A command that takes long lets no further one wait.
        """
        if self.bridge.running:
            self.desk.say(RUNNING)
            return
        self.desk.work(self._carry_out(command, then), "session", exclusive=False)

    def move(self, command: Callable[[], _T], then: Callable[[_T], None] = lambda _: None) -> None:
        """Send a command that can be repeated once input has come."""
        self.last_command = command
        self.send(command, then)

    def repeat(self) -> None:
        """Send the last command again that moved the program."""
        self.send(self.last_command)

    async def attempt(self, command: Callable[[], object]) -> str:
        """Carry out command and show what came of it; return what is wrong with it, or nothing."""
        try:
            await self.carry_out(command)
        except WasmlabError as error:
            return str(error)
        return ""

    async def carry_out(self, command: Callable[[], _T]) -> _T:
        """Carry out command, show what came of it, and return its outcome; raises WasmlabError."""
        bridge = self.bridge
        self.desk.leave_alone()
        said: list[str] = []
        try:
            return await bridge.send(lambda: self._moved(bridge.session, command, said))
        finally:
            self._rest(bridge)
            if said:
                self.desk.say("\n".join(said))

    async def answer(self, question: Callable[[], _T]) -> _T:
        """Ask a session as ``ask`` does, and return the answer; raises WasmlabError."""
        bridge = self.bridge
        self.desk.leave_alone()
        try:
            return await bridge.send(question)
        finally:
            if bridge is self.bridge and not bridge.busy:
                self.desk.show_breakpoints()

    @at_rest
    def ask(self, question: Callable[[], _T], then: Callable[[_T], None] = lambda _: None) -> None:
        """Ask a session that rests, or change where it stops: nothing moves, the cursor stays."""
        self.desk.work(self._asked(question, then), "session", exclusive=False)

    async def _carry_out(self, command: Callable[[], _T], then: Callable[[_T], None]) -> None:
        done: list[_T] = []
        try:
            done.append(await self.carry_out(command))
        except WasmlabError as error:
            self.desk.complain(error)
        for outcome in done:
            then(outcome)
        if not self.bridge.busy:
            self.desk.ask_for_what_is_missing()

    async def _asked(self, question: Callable[[], _T], then: Callable[[_T], None]) -> None:
        bridge = self.bridge
        answers: list[_T] = []
        try:
            answers.append(await self.answer(question))
        except WasmlabError as error:
            self.desk.complain(error)
        if bridge is self.bridge and not bridge.busy:
            for answer in answers:
                then(answer)

    def _moved(self, session: Session, command: Callable[[], _T], said: list[str]) -> _T:
        """Carry out command, in the session's thread; find out what ran and was accessed last.

        said: gets what the commands of a breakpoint say where the program has come to one.
        """
        tick, place, control = session.tick, session.location, session.control
        stood = session.stop
        try:
            outcome = command()
            if session.stop is not stood and session.stop.breakpoint is not None:
                said += _commands_done(session, outcome)
            return outcome
        finally:
            if session.control is not control:  # it began again
                self.ran_last = session.previous
                session.views.look_back()
            elif session.tick != tick:
                self.ran_last = _ran_last(session, tick, place)
                session.views.look_back()

    def _rest(self, bridge: Bridge) -> None:
        """Show where the program is, if nothing more waits to be done."""
        if bridge is self.bridge and not bridge.busy:
            self.desk.show_stop()


def _commands_done(session: Session, outcome: object) -> list[str]:
    """Carry out the commands of the breakpoint at which it stopped; a typed one has done so."""
    from wasmlab.debug.commands.command import CommandOutput
    from wasmlab.debug.commands.table import commands_at, with_commands

    if isinstance(outcome, CommandOutput) or not commands_at(session, session.stop):
        return []
    with session.control.work.command():
        return list(with_commands(session, CommandOutput(stop=session.stop)).lines)


_SOUGHT = frozenset(
    {StopReason.ARRIVED, StopReason.BREAKPOINT, StopReason.WATCHPOINT, StopReason.CATCHPOINT}
)
"""Stops that no single step led to: what ran last is in the history."""


def _ran_last(session: Session, tick: int, place: Location | None) -> Location | None:
    """Return what ran last, for a session that came from a tick and a place."""
    if session.tick == tick + 1 or session.stop.reason is StopReason.STEP:
        return place
    return session.previous if session.stop.reason in _SOUGHT else None
