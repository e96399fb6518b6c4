"""The debugger line by line: for screen readers, plain terminals and scripts."""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys
import threading

from wasmlab.cli.outcome import entries_hint
from wasmlab.cli.report import INTERRUPTED
from wasmlab.cli.terminal import complain, say
from wasmlab.debug.commands.aliases import expanded
from wasmlab.debug.commands.command import CommandOutput
from wasmlab.debug.commands.table import carried_out, find, split, started
from wasmlab.debug.views.model import State
from wasmlab.debug.views.plain_text import display_lines, log_lines, output_lines, stop_lines
from wasmlab.errors import WasmlabError
from wasmlab.escape import escaped, escaped_name
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from types import FrameType

    from wasmlab.debug.session import Session

PROMPT = "(wasmlab) "
FAILED = 1
_FIRST_PROGRESS = 1.0
"""Seconds after which a command says how far it is; the next time after twice as many."""


class LineDebugger:
    """Carries out lines and prints the results: output of the program first, then answers."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shown = len(session.output)
        self._logged = session.control.breakpoints.log.said
        self._again = ""
        self.interrupted = False
        """The last line was stopped by ctrl-C."""
        self.left = False
        """A command left the debugger."""

    def welcome(self, title: str) -> None:
        """Print where the program stands."""
        say(f"{title}; help lists the commands.")
        if self._session.note not in self._session.stop.message:
            say(escaped(self._session.note))
        if self._session.state is State.WAITING_FOR_CALL:
            names = [
                f"call {escaped_name(name)}   {signature}"
                for name, signature in self._session.entries
            ]
            for line in names or [f"{entries_hint(self._session)}."]:
                say(line)
        else:
            self._print(CommandOutput(stop=self._session.stop))

    def do(self, line: str) -> bool:
        """Carry out a line; return False for a command that leaves.

        An empty line does the last command again if that makes sense. What takes long says on a
        terminal how far it is. Raises UsageError, DebugError and Interrupted, as
        ``commands.execute`` does.
        """
        line = line.strip() or self._again
        self._again, self.interrupted = "", False
        self._say_all(lambda: carried_out(self._session, line))
        name, _ = split(expanded(self._session.control.preferences.aliases, line))
        if name and find(name).repeats:
            self._again = line
        return not self.left

    def start(self) -> None:
        """Carry out the user's own file of commands; what is wrong with it is printed."""
        try:
            self._say_all(lambda: started(self._session))
        except WasmlabError as error:
            complain(f"{error}")

    def catch_up(self) -> None:
        """Print what the program has printed since the last line."""
        self._print(CommandOutput())

    def _say_all(self, carry_out: Callable[[], Iterator[CommandOutput]]) -> None:
        with self._interruptible(), _progress_told(self._session):
            for said in carry_out():
                self._print(said)
                self.left |= said.leave

    @contextlib.contextmanager
    def _interruptible(self) -> Generator[None]:
        """Let ctrl-C stop a command and leave the session usable; a second one ends everything."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def pause(_number: int, _frame: FrameType | None) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.interrupted = True
            self._session.pause()

        before = signal.signal(signal.SIGINT, pause)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _print(self, said: CommandOutput) -> None:
        output = self._session.output
        if len(output) < self._shown:
            self._shown = 0
        for line in output_lines(output[self._shown :]):
            say(line, whole=True)
        for line in self._log_lines():
            say(line)
        for line in said.lines:
            say(line)
        self._shown = len(output)
        if said.stop is not None:
            for line in stop_lines(said.stop, self._session.instruction):
                say(line)
            for line in display_lines(self._session.displays):
                say(line)
            if self._session.state is State.WAITING_FOR_INPUT:
                say("input TEXT gives it a line, end-of-input says that there is no more.")
            if self._session.input_limit is not None:
                say("no-input lets the time pass until the program goes on without.")
        sys.stdout.flush()

    def _log_lines(self) -> Iterator[str]:
        """Yield what logpoints have said since the last command."""
        log = self._session.control.breakpoints.log
        dropped, lines = log.since(self._logged)
        self._logged = log.said
        yield from log.gone(dropped)
        for line in log_lines(lines):
            yield f"log| {line}"


@contextlib.contextmanager
def _progress_told(session: Session) -> Generator[None]:
    """Say on a terminal how far a command is, in lines, at intervals that grow."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def tell() -> None:
        seconds = _FIRST_PROGRESS
        while not done.wait(seconds):
            seconds *= 2
            told = str(session.views.progress)
            complain(f"{told}{', ' if told else ''}ctrl+c stops it")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def converse(debugger: LineDebugger) -> int:
    """Read commands until one quits or the input ends; an error is printed and does not end it."""
    with contextlib.suppress(ImportError):
        importlib.import_module("readline")  # lines can be edited, where the system has it
    prompt = PROMPT if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt)
        except EOFError:
            if prompt:
                say()
            return 0
        except KeyboardInterrupt:
            say()
            continue
        try:
            if not debugger.do(line):
                return 0
        except WasmlabError as error:
            complain(f"{error}")


def run_script(debugger: LineDebugger, script: Iterable[tuple[str, str]]) -> int:
    """Carry out lines, each with its place; stop at the first error and return the exit status.

    A command that ctrl-C stops is the last one too.
    """
    for place, line in script:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        say(f"> {line.strip()}")
        try:
            if not debugger.do(line):
                return 0
        except WasmlabError as error:
            complain(f"{place}: {error}")
            return INTERRUPTED if debugger.interrupted else FAILED
        if debugger.interrupted:
            return INTERRUPTED
    return 0
