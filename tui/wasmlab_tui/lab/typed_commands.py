"""The debugger's commands, as they are typed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wasmlab.records import NamedTuple
from wasmlab_tui.lab.asking import asking
from wasmlab_tui.lab.desk import RUNNING
from wasmlab_tui.render.status import stop_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.debug.commands.command import CommandOutput
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.panes.command_line import CommandBar


class KnownCommand(NamedTuple):
    """A command of the debugger as the palette shows it."""

    usage: str
    help: str
    run: Callable[[], None]


class TypedCommands:
    """Carries out what is typed in the command line."""

    def __init__(
        self, desk: Desk, dispatcher: Dispatcher, bar: CommandBar, leave: Callable[[], object]
    ) -> None:
        self.desk, self.dispatcher, self.bar, self.leave = desk, dispatcher, bar, leave

    def type(self, text: str = "") -> None:
        """Let a command be typed, from a text on; while the program runs too: letters are keys."""
        from wasmlab_tui.lab.completion import suggester_for

        self.bar.open(None if self.desk.busy else suggester_for(self.desk.session), text)

    def known(self) -> Iterator[KnownCommand]:
        """Yield the debugger's commands: one that takes arguments is typed as far as its name."""
        from wasmlab.debug.commands.help import usage
        from wasmlab.debug.commands.table import COMMANDS

        for command in COMMANDS:
            run = self.type if command.arguments else self.execute
            text = f"{command.name} " if command.arguments else command.name
            yield KnownCommand(usage(command), command.help, partial(run, text))

    def is_early(self, text: str) -> bool:
        """Return whether a command comes while the program runs: it stays typed then."""
        if self.desk.busy:
            self.desk.say(RUNNING)
            self.bar.call_after_refresh(self.bar.open, None, text)  # the line has just been left
        return self.desk.busy

    def execute(self, text: str) -> None:
        """Carry out a command and answer it."""
        from wasmlab.debug.commands.table import execute

        with asking(f": {text.strip()}"):
            self.dispatcher.send(lambda: execute(self.desk.session, text), self._say)

    def start(self) -> None:
        """Carry out the user's own file of commands, if there is one."""
        from wasmlab.opening.startup_file import startup_file

        if startup_file():
            from wasmlab.debug.commands.table import joined, started

            session = self.desk.session
            self.dispatcher.send(lambda: joined(list(started(session))), self._say)

    def _say(self, output: CommandOutput) -> None:
        """Answer with what a command has to say, and why the program stopped."""
        if output.leave:
            self.leave()
            return
        stopped = "" if output.stop is None else stop_text(output.stop)
        self.desk.say("\n".join((*output.lines, *((stopped,) if stopped else ()))))
