"""Keys that make the program go on, or stop, and give it what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session
    from wasmlab_tui.dialogues.call import CallRequest
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.prompting import Then
    from wasmlab_tui.lab.selection import Selection

_WAITING = frozenset({State.WAITING_FOR_INPUT, State.WAITING_FOR_RESULT})


class CommandKeys:
    """Commands the program forwards."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, selection: Selection) -> None:
        self.desk, self.dispatcher, self.selection = desk, dispatcher, selection
        self._answered = (-1, "")
        """The step at which a result was given last, and that: it may be no such value."""

    def step(self) -> None:
        """Run one instruction."""
        self.dispatcher.move(self.desk.session.step)

    def step_over(self) -> None:
        """Run one instruction, a call as a whole."""
        self.dispatcher.move(self.desk.session.step_over)

    def step_out(self) -> None:
        """Run until the function has returned."""
        self.dispatcher.move(self.desk.session.step_out)

    def step_line(self) -> None:
        """Go on to the next line."""
        self.dispatcher.move(self.desk.session.step_line)

    def run(self) -> None:
        """Run to the next breakpoint."""
        self.dispatcher.move(self.desk.session.run)

    def run_to_cursor(self) -> None:
        """Run until the instruction under the cursor is next."""
        where = self.selection.line()
        self.dispatcher.move(lambda: _run_to(self.desk.session, where), self._note)

    def _note(self, note: str) -> None:
        if note:
            self.desk.say(note)

    def pause(self) -> None:
        """Stop a running program; else copy what was selected with the mouse."""
        if self.desk.busy:
            self.dispatcher.bridge.pause()
        elif self.desk.marked:
            self.selection.copy()
        else:
            self.desk.remark("Nothing is running. q leaves wasmlab.")

    def call(self) -> None:
        """Choose an exported function and call it."""
        from wasmlab_tui.dialogues.call import CallScreen

        entries = self.desk.session.entries
        if entries:
            self.desk.ask(CallScreen(entries, self._call), self._called)
        else:
            self.desk.say("The module exports no function.")

    async def _call(self, call: CallRequest) -> str:
        return await self.dispatcher.attempt(lambda: self.desk.session.call(call.name, *call.args))

    def _called(self, call: CallRequest | None) -> None:
        if call is not None:
            self.desk.ask_for_what_is_missing()

    # What the program waits for

    def ask_for_what_is_missing(self) -> None:
        """Ask for the input, or the result of a call, that the program waits for."""
        from wasmlab_tui.lab.prompting import ask_line

        session = self.desk.session
        if session.state is State.WAITING_FOR_INPUT:
            self.input()
        elif session.state is State.WAITING_FOR_RESULT:
            hint = "The result of the call: a number."
            tick, text = self._answered
            value = text if tick == session.tick else ""
            ask_line(self.dispatcher, session.stop.message, self._answer, hint=hint, value=value)

    async def _answer(self, text: str) -> Then:
        self._answered = self.desk.session.tick, text
        await self.dispatcher.carry_out(lambda: self.desk.session.answer(text))
        return self.dispatcher.repeat

    def input(self) -> None:
        """Ask for a line of standard input."""
        from wasmlab_tui.dialogues.stdin import StdinScreen

        self.desk.ask(StdinScreen(), self._feed)

    def _feed(self, text: str | None) -> None:
        if text:
            self._supply(lambda: self.desk.session.feed_input(text.encode()))
        elif text is not None:
            self.end_input()

    def end_input(self) -> None:
        """Say that there is no more input."""
        self._supply(lambda: self.desk.session.feed_input(b"", end=True))

    def no_input(self) -> None:
        """Say that there is no input yet."""
        self._supply(self.desk.session.no_input)

    def _supply(self, give: Callable[[], object]) -> None:
        """Give the program what it waits for; a command that had to wait goes on."""
        waits = self.desk.session.state in _WAITING
        self.dispatcher.send(give)
        if waits:
            self.dispatcher.repeat()


def _run_to(session: Session, where: str) -> str:
    """Run to a place; return what should be known of it."""
    moved = session.locate(where).moved
    session.run_to(where)
    return "" if moved is None else moved.note("going to")
