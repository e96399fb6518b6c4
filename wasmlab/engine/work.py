"""What a command is doing: how far it is, and the request to stop it.

All that may take long looks here: runs between their slices, searches at every probe that stops
them, the setting of probes from function to function. So there is one way to stop any of it.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from contextlib import contextmanager
from contextvars import copy_context

from wasmlab.errors import DebugError, Interrupted
from wasmlab.hints import TYPE_CHECKING, TypeVar
from wasmlab.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from types import FrameType

T = TypeVar("T")
STEPS, FUNCTIONS = "steps", "functions"
"""Units; steps are counted by the instructions that are executed."""
_RARELY = 1000
"""The third threshold of Python's garbage collector during a command. The usual 10 costs a tenth of
the time of a run: every collection looks through all answers, and none of them is garbage; and one
of a large program takes longer than a stop may take."""
_PATIENCE = 0.05
"""Seconds between two looks at the request while something is done in another thread."""
_PORTION = 256
"""Items between two looks at the request, where an item takes some microseconds."""


class Progress(NamedTuple):
    """How far a command is."""

    done: int
    total: int | None
    """Units that are to be done in all; None if that is not known."""
    unit: str
    executed: int
    """Instructions that were executed since the command began."""
    seconds: float
    """How long ago that was."""
    doing: str = ""
    """What is being done, of which it is not known how far it is."""

    def __str__(self) -> str:
        """Return ``1,200 of 4,800 steps, 25%`` or ``12.4 M instructions, 3.1 M/s``.

        Of what cannot be measured, ``reading f.wasm, 3 s``. Empty before anything was executed of
        what has no known end.
        """
        if self.total is not None:
            done = min(self.done, self.total)
            share = 100 * done // max(self.total, 1)
            return f"{done:,} of {self.total:,} {self.unit}, {share}%"
        if self.doing:
            return f"{self.doing}, {self.seconds:.0f} s"
        if not self.executed:
            return ""
        rate = self.executed / self.seconds if self.seconds > 0 else 0.0
        return f"{_short(self.executed)} instructions, {_short(rate)}/s"


def _short(count: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f}"


@dataclass(slots=True)
class Work:
    """What a command is doing; any thread may ask for a stop and read how far it is."""

    wanted: bool = False
    """A stop is wanted."""
    done: int = 0
    total: int | None = None
    unit: str = STEPS
    executed: int = 0
    doing: str = ""
    """What is done beside the command's thread."""
    _began: float = 0.0
    _stopped: str = ""
    """How far it was when it was stopped last."""
    _commands: int = 0
    """Commands that are being carried out, one inside the other."""
    _running: bool = False
    """The program's own code is being run, or a host function that it called."""

    @property
    def progress(self) -> Progress:
        """How far the present command is."""
        seconds = time.monotonic() - self._began
        return Progress(self.done, self.total, self.unit, self.executed, seconds, self.doing)

    def request(self) -> None:
        """Ask for a stop at the next look."""
        self.wanted = True

    def look(self) -> None:
        """Raise Interrupted if a stop is wanted, once."""
        if self.wanted:
            self.wanted, self._stopped = False, str(self.progress)
            raise Interrupted("paused")

    @contextmanager
    def expecting(self, total: int, unit: str = STEPS, done: int = 0) -> Generator[None]:
        """Say how much is to be done here; steps count as done when they are executed.

        done: how much of it was done before. What is a part of something larger, of which this was
        said already, says nothing.
        """
        if self.total is not None:
            yield
            return
        self.done, self.total, self.unit = done, total, unit
        try:
            yield
        finally:
            self.total, self.unit = None, STEPS

    def beside(self, doing: str, make: Callable[[], T]) -> T:
        """Return what ``make`` returns, which takes long and looks nowhere; Interrupted.

        It is done in a thread of its own. If a stop is wanted that goes on to its end, and what
        comes of it is dropped: it may change nothing that anything else uses. Where there are no
        threads it is done here.
        """
        found: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                found.append(make())
            except BaseException as error:  # noqa: BLE001 - it is raised where it belongs
                failed.append(error)

        context = copy_context()
        thread = threading.Thread(target=context.run, args=(run,), daemon=True)
        self.doing = doing
        try:
            try:
                thread.start()
            except RuntimeError:  # a browser
                return make()
            while thread.is_alive():
                self.look()
                thread.join(_PATIENCE)
        finally:
            self.doing = ""
        if failed:
            raise failed[0]
        return found[0]

    def execute(self, steps: int) -> None:
        """Count instructions that were executed."""
        self.executed += steps
        if self.unit is STEPS:
            self.done += steps

    @contextmanager
    def aside(self) -> Generator[None]:
        """Let what is executed here count as no part of what is to be done."""
        done = self.done
        try:
            yield
        finally:
            self.done = done

    @contextmanager
    def running(self) -> Generator[None]:
        """Run the program's own code; what is to be done with it meanwhile is refused."""
        self._running = True
        try:
            yield
        finally:
            self._running = False

    @contextmanager
    def command(self) -> Generator[None]:
        """Carry out a command: what is done counts from here on, and ctrl+c stops it cleanly.

        In the main thread, and unless ctrl+c has another meaning there already, it asks for a stop;
        KeyboardInterrupt is raised when the command has come to rest. A second one is raised at
        once. In a command that is part of another this does nothing. Raises DebugError from a host
        function, or another thread, while the program runs.
        """
        if self._running:
            hint = "wait until it has stopped; a host function cannot move it"
            raise DebugError("the program is running", hint=hint)
        if self._commands:
            yield
            return
        self._began, self.executed, self.total = time.monotonic(), 0, None
        self._commands += 1
        try:
            with few_collections(), _interrupts(self):
                yield
        finally:
            self._commands -= 1
            self.wanted = False

    @contextmanager
    def query(self) -> Generator[None]:
        """Carry out a command that leaves the program where it is; Interrupted, which says so."""
        with self.command():
            try:
                yield
            except Interrupted as error:
                where = f" at {self._stopped}" if self._stopped else ""
                raise Interrupted(f"stopped{where}; nothing has moved") from error


def looking(work: Work, items: Iterable[T]) -> Iterator[T]:
    """Yield items, with a look at the request now and then; Interrupted."""
    for number, item in enumerate(items):
        if number % _PORTION == 0:
            work.look()
        yield item


@contextmanager
def few_collections() -> Generator[None]:
    """Let Python collect its oldest garbage rarely."""
    usual = gc.get_threshold()
    if usual[2] < _RARELY:
        gc.set_threshold(*usual[:2], _RARELY)
    try:
        yield
    finally:
        if usual[2] < _RARELY:
            gc.set_threshold(*usual)


@contextmanager
def _interrupts(work: Work) -> Generator[None]:
    """Let the first ctrl+c be a request, and raise KeyboardInterrupt in the end."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if is_main else None
    if before is not signal.default_int_handler:
        yield
        return
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked.append(number)
        work.request()

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    except Interrupted as error:
        if asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt
