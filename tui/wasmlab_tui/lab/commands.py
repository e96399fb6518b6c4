"""Everything that a person can make the program do: the part of the lab that commands it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import WasmlabError
from wasmlab_tui.arguments import condition_and_hits
from wasmlab_tui.dialogues.ask import ask, defect
from wasmlab_tui.dialogues.call import Call, PickerScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.dialogues.reader import ReaderScreen
from wasmlab_tui.lab.borders import DividedScreen
from wasmlab_tui.lab.bridge import Bridge
from wasmlab_tui.lab.completion import suggester_for
from wasmlab_tui.render.line import line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.worker import Worker

    from wasmlab.debug.commands.command import CommandOutput
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Breakpoint, Location

_T = TypeVar("_T")

FEW = 3
"""Lines of an answer that are shown beside the lab; more are shown in place of it."""
_PAINTS = 20
"""Paints per second while a program runs."""


class SteppingScreen(DividedScreen):
    """Sends commands to a session; how things look is the business of ``LabScreen``."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.bridge = Bridge(session)
        self.last_command: Callable[[], object] = session.step
        self.commands: list[str] = []
        """What was typed so far."""
        self.behind: Location | None = None
        """Where the instruction is that ran last."""
        self._ticker = self.set_interval(1 / _PAINTS, self._paint, pause=True)

    @property
    def session(self) -> Session:
        """The session that is shown."""
        return self.bridge.session

    def take(self, session: Session) -> None:
        """Let the session go, and command another."""
        self.bridge.close()
        self.bridge = Bridge(session)
        self.last_command, self.behind = session.step, None

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so if work failed in a way nobody foresaw."""
        if message := defect(event):
            self.notify(message, severity="error")

    def on_unmount(self) -> None:
        """Let the session's thread go."""
        self.bridge.close()

    def show_stop(self) -> None:
        """Show where a command has come to."""
        raise NotImplementedError

    def leave_alone(self) -> None:
        """Read nothing more of the session until ``show_stop``."""
        raise NotImplementedError

    def show_running(self) -> None:
        """Show what may be read of a program while it runs."""
        raise NotImplementedError

    def show_breakpoints(self) -> None:
        """Show breakpoints that were changed."""
        raise NotImplementedError

    def offset_at_cursor(self) -> int | None:
        """Return the offset of the instruction at the cursor."""
        raise NotImplementedError

    def stop_at_cursor(self) -> Breakpoint | None:
        """Return the breakpoint at the cursor."""
        raise NotImplementedError

    def complain(self, error: WasmlabError) -> None:
        """Say what went wrong."""
        self.notify(str(error), severity="error")

    def _paint(self) -> None:
        if self.bridge.running:
            self.show_running()

    def send(self, command: Callable[[], _T], then: Callable[[_T], None] = lambda _: None) -> None:
        """Carry out command in the session's thread, then show what came of it."""
        if self.bridge.running:
            self.notify("The program is running: p stops it.")
            return
        self._ticker.resume()
        self.leave_alone()
        self.run_worker(self._carry_out(command, then), group="session", exit_on_error=False)

    def move(self, command: Callable[[], object]) -> None:
        """Send a command that can be repeated once input has come."""
        self.last_command = command
        self.send(command)

    async def _carry_out(self, command: Callable[[], _T], then: Callable[[_T], None]) -> None:
        bridge = self.bridge
        done: list[_T] = []
        try:
            done.append(await bridge.send(lambda: self._travelled(bridge.session, command)))
        except WasmlabError as error:
            self.complain(error)
        finally:
            self._rest(bridge)
        for outcome in done:
            then(outcome)
        if not self.bridge.busy:
            self._ask_for_what_is_missing()

    def _travelled(self, session: Session, command: Callable[[], _T]) -> _T:
        """Carry out command, in the session's thread, and find out what ran last then."""
        tick, place = session.tick, session.location
        try:
            return command()
        finally:
            if session.tick != tick:
                self.behind = _behind(session, tick, place)

    async def attempt(self, command: Callable[[], object]) -> str:
        """Carry out command and show what came of it; return what is wrong with it, or nothing."""
        bridge = self.bridge
        self.leave_alone()
        try:
            await bridge.send(lambda: self._travelled(bridge.session, command))
        except WasmlabError as error:
            return str(error)
        finally:
            self._rest(bridge)
        return ""

    def _rest(self, bridge: Bridge) -> None:
        """Show where the program is, if nothing more waits to be done."""
        if bridge is self.bridge and not bridge.busy:
            self._ticker.pause()
            self.show_stop()

    def _ask_for_what_is_missing(self) -> None:
        state, stop = self.session.state, self.session.stop
        if not self.is_current:
            return
        if state is State.WAITING_FOR_INPUT:
            self.action_input()
        elif state is State.WAITING_FOR_RESULT:
            ask(
                self,
                PromptScreen(stop.message, hint="The result of the call: a number."),
                self._answer,
            )

    def _answer(self, text: str | None) -> None:
        if text is not None:
            self._supply(lambda: self.session.answer(text))

    def action_step(self) -> None:
        """Run one instruction."""
        self.move(self.session.step)

    def action_step_over(self) -> None:
        """Run one instruction, a call as a whole."""
        self.move(self.session.step_over)

    def action_step_out(self) -> None:
        """Run until the function has returned."""
        self.move(self.session.step_out)

    def action_continue(self) -> None:
        """Run to the next breakpoint."""
        self.move(self.session.run)

    def action_run_to_cursor(self) -> None:
        """Run until the instruction under the cursor is next."""
        offset = self.offset_at_cursor()
        if offset is None:
            self.notify("There is no instruction at the cursor.")
        else:
            self.move(lambda: self.session.run_to(offset))

    def action_pause(self) -> None:
        """Stop a running program."""
        if self.bridge.busy:
            self.bridge.pause()
        else:
            self.notify("Nothing is running. q leaves wasmlab.")

    def action_restart(self) -> None:
        """Begin again."""
        self.send(self.session.restart)

    def action_call(self) -> None:
        """Choose an exported function and call it."""
        entries = self.session.entries
        if entries:
            ask(self, PickerScreen(entries), self._call)
        else:
            self.notify("The module exports no function.")

    def _call(self, call: Call | None) -> None:
        if call is not None:
            self.send(lambda: self.session.call(call.name, *call.args))

    def action_input(self) -> None:
        """Ask for a line of standard input."""
        ask(
            self,
            PromptScreen(
                "Standard input of the program:",
                hint="Enter sends the line. To end the input: esc, then I.",
            ),
            self._feed,
        )

    def _feed(self, text: str | None) -> None:
        if text is not None:
            self._supply(lambda: self.session.feed_input(f"{text}\n".encode()))

    def action_end_input(self) -> None:
        """Say that there is no more input."""
        self._supply(lambda: self.session.feed_input(b"", end=True))

    def _supply(self, give: Callable[[], object]) -> None:
        """Give the program what it waits for; a command that had to wait goes on."""
        waits = self.session.state in {State.WAITING_FOR_INPUT, State.WAITING_FOR_RESULT}
        self.send(give)
        if waits:
            self.send(self.last_command)

    def action_command(self) -> None:
        """Ask for a command of the debugger and carry it out."""
        if self.bridge.busy:
            self.notify("The program is running: p stops it.")
            return
        hint = "For instance break $main, x/4 0x10, print $n, help. tab completes, up recalls."
        prompt = PromptScreen(
            "Command:", hint=hint, suggester=suggester_for(self.session), history=self.commands
        )
        ask(self, prompt, self._execute)

    def _execute(self, text: str | None) -> None:
        if text:
            self.commands.append(text)
            self.send(lambda: execute(self.session, text), self._say)

    def _say(self, said: CommandOutput) -> None:
        """Show what a command has to say, beside the lab or, if it is long, in place of it."""
        if said.leave:
            self.call_later(self.run_action, "app.quit")
        elif said.lines:
            self.say(said.lines)

    def say(self, lines: Sequence[str]) -> None:
        """Show lines beside the lab or, if there are many, in place of it."""
        if len(lines) > FEW:
            ask(self, ReaderScreen("Answer", [line(f" {text}") for text in lines]), lambda _: None)
        else:
            self.notify("\n".join(lines))

    # Breakpoints

    def action_breakpoint(self) -> None:
        """Set a breakpoint at the cursor, or remove the one that is there."""
        stop = self.stop_at_cursor()
        if stop is None:
            self._break_at_cursor()
        else:
            self.change(lambda: self.session.remove_breakpoint(stop.number))

    def action_condition(self) -> None:
        """Ask for a condition and set a breakpoint with it."""
        stop, offset = self.stop_at_cursor(), self.offset_at_cursor()
        if stop is not None:
            self.amend(stop)
        elif offset is None:
            self.notify("There is no instruction at the cursor.")
        else:
            self._ask_for_condition(
                "Stop here if:",
                "",
                lambda condition, hits: self.session.break_at(offset, condition, hits),
            )

    def amend(self, stop: Breakpoint) -> None:
        """Ask for another condition of a breakpoint."""
        hits = f" hits {stop.hits}" if stop.hits > 1 else ""
        self._ask_for_condition(
            f"Breakpoint {stop.number} at {stop.location} stops if:",
            f"{stop.condition}{hits}".strip(),
            lambda condition, hits: self.session.amend_breakpoint(stop.number, condition, hits),
        )

    def _ask_for_condition(
        self, question: str, value: str, take: Callable[[str, int], object]
    ) -> None:
        async def check(text: str) -> str:
            condition, hits = condition_and_hits(text)
            return await self.attempt(lambda: take(condition, hits))

        hint = "For instance $n > 3, or hits 2 (from the second time on). Empty: always."
        prompt = PromptScreen(question, hint=hint, value=value, check=check)
        ask(self, prompt, lambda _: self.show_breakpoints())

    def _break_at_cursor(self, condition: str = "") -> None:
        offset = self.offset_at_cursor()
        if offset is None:
            self.notify("There is no instruction at the cursor.")
        else:
            self.change(lambda: self.session.break_at(offset, condition))

    def change(self, change: Callable[[], object]) -> None:
        """Change the breakpoints of a session that rests; nothing moves."""
        if self.bridge.busy:
            self.notify("The program is running: p stops it.")
            return
        self.leave_alone()
        self.run_worker(self._make_change(change), group="session", exit_on_error=False)

    async def _make_change(self, change: Callable[[], object]) -> None:
        bridge = self.bridge
        try:
            await bridge.send(change)
        except WasmlabError as error:
            self.complain(error)
        if bridge is self.bridge and not bridge.busy:
            self.show_breakpoints()


_SOUGHT = frozenset({StopReason.ARRIVED, StopReason.BREAKPOINT, StopReason.WATCHPOINT})
"""Stops that no single step led to: what ran last is in the history."""


def _behind(session: Session, tick: int, place: Location | None) -> Location | None:
    """Return what ran last, for a session that came from a tick and a place."""
    if session.tick == tick + 1 or session.stop.reason is StopReason.STEP:
        return place
    return session.previous() if session.stop.reason in _SOUGHT else None
