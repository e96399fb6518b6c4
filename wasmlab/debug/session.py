"""The session: the one thing that front ends drive.

It owns a program, moves it, and hands out frozen views of where it stands.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, ClassVar, overload

from wasmlab.debug import forward
from wasmlab.debug.control import Control
from wasmlab.debug.history.steps import past, traced
from wasmlab.debug.standing import Before, Standing
from wasmlab.debug.stops import breakpoints
from wasmlab.debug.stops.locations import resolve
from wasmlab.debug.travel import Travel
from wasmlab.debug.views.host_calls import HostLog
from wasmlab.debug.views.model import (
    Breakpoint,
    State,
    Step,
    Stop,
)
from wasmlab.debug.views.target import Target
from wasmlab.debug.whatif.replay import changed_module, inputs, replayed
from wasmlab.engine.program import ProgramOptions, add_call, load_program
from wasmlab.engine.recording.hosts.rewind import hosts_of, restore_to
from wasmlab.engine.recording.recorder import (
    DEFAULT_LIMIT,
    Recorder,
    add_entry,
    next_entry,
    take_now,
)
from wasmlab.errors import DebugError
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.runtime.frame import Limits

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wasmlab.debug.history.find import Findings
    from wasmlab.debug.views.source import Source
    from wasmlab.debug.whatif.replay import Replay
    from wasmlab.engine.recording.hosts.replay_inputs import Tape
    from wasmlab.host.wasi.faults import Fault
    from wasmlab.host.wasi.fs.mount import Dir
    from wasmlab.host.wasi.quotas import Quotas
    from wasmlab.module import Module
    from wasmlab.runtime.values import PyValue


class Session(Standing, Travel):
    """A program under the debugger.

    ``args`` are the program's arguments behind its name; ``env``, ``dirs`` and ``stdin`` are all
    it gets of the host; stdin None means that ``feed_input`` gives it, a function (n) is asked for
    up to n bytes. ``faults`` make WASI calls fail; ``quotas`` limit what it may use;
    ``deterministic`` gives a virtual clock and random bytes from ``seed``. ``imports`` maps module
    names to names to Python functions; ``preload`` maps module names to modules. ``invoke`` names
    the exported function to enter; without it and without ``_start`` the session waits for
    ``call``. ``engine`` is auto, reference or native. ``stub_imports`` is trap, zero or ask.
    Python functions are taken back too where a branch begins, if they, or the object that they
    are methods of, have ``snapshot()`` and ``restore(state)``.
    Every run is recorded; ``record_limit`` is how many bytes that may take.

    Raises Unlinkable, Invalid, Trap from active segments, UsageError.
    """

    step_limit: ClassVar[int | None] = None
    """Steps after which a run comes back with reason LIMIT; notebooks set it."""
    _tape: Tape | None = None
    """Recorded answers that a changed module is given."""

    def __init__(  # noqa: PLR0913 - the options of a run, all named at the call
        self,
        module: Module,
        *,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        dirs: Mapping[str, str | os.PathLike[str] | Dir] | None = None,
        stdin: bytes | Callable[[int], bytes | None] | None = b"",
        imports: Mapping[str, Mapping[str, object]] | None = None,
        preload: Mapping[str, Module] | None = None,
        invoke: str | None = None,
        invoke_args: Sequence[PyValue] = (),
        stub_imports: str | None = None,
        faults: Sequence[Fault] = (),
        quotas: Quotas | None = None,
        seed: int = 0,
        deterministic: bool = True,
        wasi: Wasi | None = None,
        limits: Limits | None = None,
        engine: str = "auto",
        record_limit: int = DEFAULT_LIMIT,
    ) -> None:
        self.module = module
        self._record_limit = record_limit

        def grant() -> Wasi:
            return wasi or Wasi(
                args=[module.name or "program", *args],
                env=env,
                dirs=dirs,
                stdin=Input() if stdin is None else stdin,
                faults=faults,
                quotas=quotas,
                seed=seed,
                deterministic=deterministic,
            )

        self._grant = grant
        self._options = ProgramOptions(
            imports=imports or {},
            preload=preload or {},
            invoke=invoke,
            invoke_args=invoke_args,
            stub_imports=stub_imports,
            limits=limits or Limits(),
            engine=engine,
        )
        self._set_up()

    def _set_up(self) -> None:
        self._sources: dict[int, Source] = {}
        self._points = breakpoints.Breakpoints({})
        self._begin()

    def _begin(self) -> None:
        wasi = self._grant()
        program = load_program(self.module, wasi, self._options)
        modules = [self.module, *self._options.preload.values()]
        self._target = Target(program, {id(m.syntax): m for m in modules})
        recorder = Recorder(program, self._record_limit)
        recorder.port.tape = self._tape
        recorder.port.hosts = hosts_of(self._options.imports)
        self._log = HostLog(recorder)
        self._control = Control(self._target, self._points, recorder)
        self._control.step_limit = self.step_limit
        self._before = Before()
        self._viewed: set[tuple[int, int]] = set()
        self._enter(recorder)

    def _enter(self, recorder: Recorder) -> None:
        """Enter the program's first call; there the history begins."""
        forward.start(self._control)
        take_now(recorder)

    # --- going forward -----------------------------------------------------------------------

    def step(self, n: int = 1) -> Stop:
        """Execute n instructions, into calls."""
        self._note()
        return forward.step(self._control, n)

    def step_over(self) -> Stop:
        """Execute one instruction; a call to its end."""
        self._note()
        return forward.step_over(self._control)

    def step_out(self) -> Stop:
        """Run until the current frame has returned."""
        self._note()
        return forward.step_out(self._control)

    def run(self) -> Stop:
        """Run to a breakpoint, a trap or the end."""
        self._note()
        return forward.run(self._control)

    def run_to(self, where: str | int) -> Stop:
        """Run to a function, an offset, a line (``"12"`` or ``"file.wat:12"``)."""
        func, pc = resolve(self._target, where)
        self._note()
        return forward.run_to_place(self._control, func, pc)

    def pause(self) -> None:
        """Ask a running command to stop; may be called from any thread."""
        self._control.pause.request()

    def call(self, name: str, *args: PyValue) -> Stop:
        """Enter an exported function and stop before its first instruction.

        Raises DebugError while another call is under way, UsageError for arguments.
        """
        program = self._target.program
        if program.is_command:
            raise DebugError("a program with _start takes no calls", hint="give --invoke NAME")
        if self._control.state is not State.WAITING_FOR_CALL:
            hint = "continue until it has returned, or restart"
            raise DebugError("the program is not waiting for a call", hint=hint)
        add_call(program, name, args)
        add_entry(self._control.recorder, program.calls[-1])
        program.calls.clear()
        next_entry(self._control.recorder)
        self._note()
        return forward.start(self._control)

    def answer(self, value: PyValue) -> None:
        """Give the result that an unknown import waits for; the call is made by the next step."""
        stubs = self._target.program.stubs
        if stubs is None or stubs.asked is None:
            raise DebugError("no import waits for a result")
        stubs.answers.append(value)
        self._control.state = State.PAUSED

    def feed_input(self, data: bytes, *, end: bool = False) -> None:
        """Append to the program's standard input; end closes it behind that."""
        stdin = self._target.program.wasi.stdin
        stdin.feed(data)
        if end:
            stdin.end()
        if self._control.state is State.WAITING_FOR_INPUT:
            self._control.state = State.PAUSED

    def replay(self, text: str | Module, limit: int | None = None) -> Replay:
        """Run a changed text (or module) under the inputs of this recording, and compare the two.

        It gets the recorded standard input, time, random bytes, calls and results of Python
        functions, each function its n-th result for its n-th call. Beyond the recording it goes on
        as a fresh program, but real directories are not written to. limit: steps at most.

        Raises AssembleError, Invalid, Unlinkable, Trap from segments; UsageError for a recorded
        call that it does not offer; DebugError if the recording's beginning is gone.
        """
        again = copy(self)
        module, (tape, grant) = changed_module(text, self.module), inputs(self._control)
        control = again._become(module, tape, grant)  # noqa: SLF001 - it is a session too
        return replayed(self._control, again, control, limit)

    def _become(self, module: Module, tape: Tape, grant: Callable[[], Wasi]) -> Control:
        """Be a session of another module, with answers from a tape."""
        self.module, self._tape, self._grant = module, tape, grant
        self._set_up()
        return self._control

    def restart(self) -> Stop:
        """Begin again at tick 0; breakpoints stay."""
        port, kept = self._control.recorder.port, self._points
        restore_to(port.hosts, port.journal, 0)
        self._points = breakpoints.Breakpoints({}, self._points.last)
        self._begin()
        breakpoints.move_all(self._target, kept, self._points)
        return self.stop

    @overload
    def trace(self, limit: int | None = None) -> Iterator[Step]: ...
    @overload
    def trace(self, limit: int, last: int) -> Findings[Step]: ...
    def trace(self, limit: int | None = None, last: int | None = None) -> Iterable[Step]:
        """Execute and yield instructions one by one, to the end or a limit.

        With two ticks, return the recorded instructions between them instead: replayed while one
        iterates, the later ones first if the second tick is the smaller one. The program stays
        where it is then.
        """
        if limit is not None and last is not None:
            return past(self._control, limit, last)
        return self._executed(limit)

    def _executed(self, limit: int | None) -> Iterator[Step]:
        self._note()
        while limit is None or self.tick < limit:
            step = traced(self._control)
            if step is None:
                return
            yield step

    def trace_step(self) -> Step | None:
        """Execute one instruction and return it with its effects; None if there is none.

        An instruction that traps or waits is not returned: ``stop`` tells.
        """
        self._note()
        return traced(self._control)

    # --- breakpoints ---------------------------------------------------------------------------

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints, by number."""
        points = self._points.by_number.values()
        return tuple(breakpoints.shown(self._target, point) for point in points)

    def break_at(self, where: str | int, condition: str = "", hits: int = 0) -> Breakpoint:
        """Set a breakpoint at a function, an offset or a line; NoSuchLocation, BadExpression."""
        point = breakpoints.add(self._target, self._points, where, condition, hits)
        return breakpoints.shown(self._target, point)

    def remove_breakpoint(self, number: int) -> None:
        """Take a breakpoint away; DebugError if there is none of that number."""
        breakpoints.remove(self._target, self._points, number)

    def amend_breakpoint(self, number: int, condition: str = "", hits: int = 0) -> None:
        """Give a breakpoint another condition and hit count; DebugError, BadExpression."""
        breakpoints.amend(self._target, self._points, number, condition, hits)

    def enable_breakpoint(self, number: int, *, on: bool = True) -> None:
        """Switch a breakpoint on or off."""
        breakpoints.enable(self._target, self._points, number, on=on)
