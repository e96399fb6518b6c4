"""What a session controls: the program, where it may stop, and how it last did."""

from __future__ import annotations

from wasmlab.debug.displayed import Displays
from wasmlab.debug.preferences import Preferences
from wasmlab.debug.views.model import State, Stop, StopReason
from wasmlab.debug.views.target import Target, current_location
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.engine.program import Program
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.engine.recording.timeline import Timeline
    from wasmlab.engine.work import Work
    from wasmlab.errors import Trap
    from wasmlab.runtime.frame import Agent
    from wasmlab.runtime.store import Store
    from wasmlab.runtime.values import PyValue


@dataclass(slots=True)
class Control:
    """What is debugged, where it may stop, and how it last did."""

    target: Target
    breakpoints: Breakpoints
    recorder: Recorder
    state: State = State.PAUSED
    stop: Stop = field(default_factory=lambda: Stop(StopReason.STEP, 0, None, "at the start"))
    trap: Trap | None = None
    step_limit: int | None = None
    """Steps after which a command that runs comes back."""
    preferences: Preferences = field(default_factory=Preferences)
    displays: Displays = field(default_factory=Displays)
    """What is shown at every stop."""
    file_end: int | None = None
    """Where the file ends that the first timeline comes from, if the program did not end there."""

    @property
    def program(self) -> Program:
        """The program that is debugged."""
        return self.target.program

    @property
    def store(self) -> Store:
        """The program's store."""
        return self.target.store

    @property
    def work(self) -> Work:
        """What a command is doing, and the request to stop it."""
        return self.target.work

    @property
    def agent(self) -> Agent:
        """The stacks of calls and operands."""
        return self.target.store.agent

    @property
    def depth(self) -> int:
        """How many call frames there are."""
        return self.target.store.agent.depth

    @property
    def tick(self) -> int:
        """Instructions completed so far."""
        return self.target.store.tick

    @property
    def timeline(self) -> Timeline:
        """The recorded history that the program is on."""
        return self.recorder.timeline


def stop_here(
    control: Control, reason: StopReason, message: str, *, breakpoint_: int | None = None
) -> Stop:
    """Note that the program stands here, and return the stop."""
    stop = Stop(
        reason=reason,
        tick=control.tick,
        location=current_location(control.target),
        message=message,
        breakpoint=breakpoint_,
    )
    return stopped(control, stop)


def stopped(control: Control, stop: Stop) -> Stop:
    """Note how a move ended, and return that: the innermost frame is the selected one now."""
    control.stop, control.target.selected = stop, 0
    return stop


def select_frame(control: Control, number: int) -> None:
    """Let commands and views mean a frame until the program moves; 0 is the innermost.

    Raises DebugError if there is no such frame.

    >>> session.step(9)
    <Stop step, step 9, $fac @0x2e line 10>
    >>> session.select_frame(1)
    >>> session.locals["n"].value
    5
    """
    depth = control.depth
    if not 0 <= number < max(depth, 1):
        hint = f"bt shows those from 0 to {depth - 1}" if depth else "no function is being called"
        raise DebugError(f"there is no frame {number}", hint=hint)
    control.target.selected = number


_GOING = (State.PAUSED, State.RUNNING, State.WAITING_FOR_INPUT, State.WAITING_FOR_RESULT)
"""A tuple: enum members are compared by identity, and hashed in Python."""


def can_go(control: Control) -> bool:
    """Return whether there is an instruction to execute."""
    return control.state in _GOING


def answer(control: Control, value: PyValue) -> None:
    """Give the result that an unknown import waits for; the call is made by the next step.

    Raises DebugError.

    >>> text = '''(module (import "env" "ask" (func $ask (result i32)))
    ...   (func (export "_start") (drop (call $ask))))'''
    >>> asking = wl.Session(wl.assemble(text), stub_imports="ask")
    >>> asking.run().message
    'env.ask waits for its result'
    >>> asking.answer(7)
    >>> asking.run()
    <Stop exit, step 3>
    """
    stubs = control.program.stubs
    if stubs is None or stubs.asked is None:
        raise DebugError("no import waits for a result")
    stubs.answers.append(value)
    control.state = State.PAUSED


def feed_input(control: Control, data: bytes, *, end: bool = False) -> None:
    """Append to the program's standard input; end closes it after that.

    >>> waiting = wl.Session(hello.module, stdin=None)
    >>> waiting.feed_input(b"a line", end=True)
    """
    stdin = control.program.wasi.stdin
    stdin.feed(data)
    if end:
        stdin.end()
    if control.state is State.WAITING_FOR_INPUT:
        control.state = State.PAUSED


def input_limit(control: Control) -> int | None:
    """Return how many nanoseconds of its clock a program waits for input; None: without limit."""
    waits = control.state is State.WAITING_FOR_INPUT
    return control.program.wasi.stdin.limit if waits else None


def no_input(control: Control) -> None:
    """Say that there is no input yet: the poll that waits for it times out in the next step.

    Raises DebugError unless the program waits for input with a time limit.

    >>> hello.no_input()
    Traceback (most recent call last):
    wasmlab.errors.DebugError: the program does not wait for input
    """
    if control.state is not State.WAITING_FOR_INPUT:
        raise DebugError("the program does not wait for input")
    if input_limit(control) is None:
        raise DebugError(
            "the program waits for input without a time limit", hint="input TEXT, or end-of-input"
        )
    control.program.wasi.stdin.silent = True
    control.state = State.PAUSED
