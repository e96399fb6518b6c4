"""The session: the one thing that front ends drive.

It owns a program, moves it, and hands out frozen views of where it stands.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, ClassVar, overload

from wasmlab.debug import breakpoints, stepping
from wasmlab.debug.explain import instruction_view
from wasmlab.debug.expression import evaluate, parse
from wasmlab.debug.files import Files
from wasmlab.debug.host_log import HostLog
from wasmlab.debug.objects import object_view
from wasmlab.debug.place import resolve
from wasmlab.debug.replay import changed_module, inputs, replayed
from wasmlab.debug.scope import FrameScope, ModuleScope
from wasmlab.debug.source import Source, source_of
from wasmlab.debug.state import (
    ROW,
    frame_position,
    frames_view,
    global_values,
    globals_view,
    kept_operands,
    labels_view,
    local_values,
    locals_view,
    memory_view,
    stack_size,
    stack_view,
)
from wasmlab.debug.target import Position, Target, here, position
from wasmlab.debug.trace import past, traced
from wasmlab.debug.trail import Crossing, crossed
from wasmlab.debug.travel import Travel
from wasmlab.debug.view import (
    Breakpoint,
    Frame,
    HeapObject,
    HostCall,
    Instruction,
    Label,
    Location,
    MemoryRow,
    Output,
    StackSlot,
    State,
    Step,
    Stop,
    StopReason,
    Value,
    Variable,
)
from wasmlab.engine.embed import MemorySlice
from wasmlab.engine.program import ProgramOptions, add_call, load_program
from wasmlab.engine.recording.recorder import (
    DEFAULT_LIMIT,
    Recorder,
    add_entry,
    next_entry,
    take_now,
)
from wasmlab.engine.recording.rewind import hosts_of, restore_to
from wasmlab.errors import DebugError
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wasmlab.debug.query import Findings
    from wasmlab.debug.replay import Replay
    from wasmlab.debug.state import Operands
    from wasmlab.engine.recording.tape import Tape
    from wasmlab.host.wasi.faults import Fault
    from wasmlab.host.wasi.fs.mount import Dir
    from wasmlab.host.wasi.quotas import Quotas
    from wasmlab.module import Module
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.runtime.values import PyValue


class Session(Travel):
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
        self._control = stepping.Control(self._target, self._points, recorder)
        self._control.step_limit = self.step_limit
        self._before = _Before()
        self._viewed: set[tuple[int, int]] = set()
        self._enter(recorder)

    def _enter(self, recorder: Recorder) -> None:
        """Enter the program's first call; there the history begins."""
        stepping.start(self._control)
        take_now(recorder)

    # --- where it stands ---------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What the program is doing."""
        return self._control.state

    @property
    def stop(self) -> Stop:
        """How the last command ended."""
        return self._control.stop

    @property
    def tick(self) -> int:
        """Instructions completed so far."""
        return self._target.store.tick

    @property
    def location(self) -> Location | None:
        """Where the next instruction is; None if there is none."""
        return here(self._target)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction, explained; None if there is none."""
        at = position(self._target)
        return None if at is None else instruction_view(self._target, at)

    @property
    def stack(self) -> tuple[StackSlot, ...]:
        """The operands of the innermost frame, top first."""
        return self.stack_rows(0, self.stack_size)

    @property
    def stack_size(self) -> int:
        """How many operands the innermost frame has."""
        return self.stack_size_of(0)

    def stack_size_of(self, frame: int) -> int:
        """Return how many operands a frame has, without the arguments of a call it waits for."""
        at = self._frame(frame)
        return 0 if at is None else stack_size(self._target, at)

    def stack_rows(self, start: int, count: int, frame: int = 0) -> tuple[StackSlot, ...]:
        """Return count operands of a frame, top first, from number start on."""
        at = self._frame(frame)
        if at is None:
            return ()
        before = self._before.operands.get(_frame_key(at))
        return stack_view(self._target, at, before, start, count)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The structured instructions that are open, outermost first."""
        return self.labels_of(0)

    def labels_of(self, frame: int) -> tuple[Label, ...]:
        """Return the structured instructions that are open in a frame, outermost first."""
        at = self._frame(frame)
        return () if at is None else labels_view(self._target, at)

    def _frame(self, number: int) -> Position | None:
        """Return a frame of a module's function; number 0 is the innermost of these."""
        return frame_position(self._target, number) if number else position(self._target)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The call frames, innermost first."""
        return self.frame_rows(0, self.depth)

    @property
    def depth(self) -> int:
        """How many call frames there are."""
        return self._target.store.agent.depth

    def frame_rows(self, start: int, count: int) -> tuple[Frame, ...]:
        """Return count call frames, innermost first, from number start on."""
        return frames_view(self._target, start, count)

    def locals(self, frame: int = 0) -> tuple[Variable, ...]:
        """Return the locals of a frame; none for a host frame."""
        at = frame_position(self._target, frame)
        if at is None:
            return ()
        return locals_view(self._target, at, self._before.locals.get(_frame_key(at)))

    @property
    def globals(self) -> tuple[Variable, ...]:
        """The globals of the instance that is running."""
        instance = self._instance
        return globals_view(self._target, instance, self._before.globals.get(id(instance)))

    def object(self, ref: int, start: int = 0) -> HeapObject:
        """Return the object in the GC heap behind a reference (the bits of a value).

        Of an array the view has up to 256 elements from start on. Raises DebugError if it is no
        reference to an object.
        """
        return object_view(self._target.store, ref, start)

    @property
    def memory_sizes(self) -> tuple[int, ...]:
        """Sizes in bytes of the memories of the instance that is running."""
        return tuple(m.size for m in self._instance.mems)

    @property
    def memory(self) -> MemorySlice:
        """The first memory of the instance that is running; DebugError if it has none."""
        if not self._instance.mems:
            raise DebugError("the module has no memory")
        return MemorySlice(self._instance.mems[0])

    def memory_rows(self, start: int, count: int, memory: int = 0) -> tuple[MemoryRow, ...]:
        """Return count rows of 16 bytes from address start (rounded down) on."""
        if memory >= len(self._instance.mems):
            return ()
        mem = self._instance.mems[memory]
        last = self._log.last
        touched = list[tuple[int, int]]()
        if last is not None and memory == 0 and last.tick == self.tick:
            touched = [(addr, len(data)) for addr, data in (*last.reads, *last.writes)]
        rows = memory_view(mem, start, count, self._before.rows.get(id(mem), {}), touched)
        self._viewed.update((memory, row.address) for row in rows)
        return rows

    def find_bytes(self, data: bytes, start: int = 0, memory: int = 0) -> int | None:
        """Return the address of data at start or behind it in a memory; None if it is not there."""
        if memory >= len(self._instance.mems):
            return None
        mem = self._instance.mems[memory]
        found = mem.data.find(data, start, mem.size)
        return None if found < 0 else found

    @property
    def host_calls(self) -> tuple[HostCall, ...]:
        """Every host call so far, decoded."""
        return self.host_calls_from(0)

    @property
    def host_call_count(self) -> int:
        """How many host calls were made so far."""
        return self._log.count

    def next_host_call(self, tick: int) -> int | None:
        """Return the first tick, from this one on, at which a host call is recorded."""
        return self._log.next_call(tick)

    def host_calls_from(self, first: int) -> tuple[HostCall, ...]:
        """Return the host calls from a number on, decoded; the recording may have lost old ones."""
        return tuple(self._log.shown(first))

    @property
    def output(self) -> tuple[Output, ...]:
        """What the program printed, in order."""
        return self.output_from(0)

    @property
    def output_size(self) -> tuple[int, int]:
        """In how many pieces the program has printed how many bytes."""
        state = self._target.program.wasi.output_state
        return len(state.events), state.size

    def output_from(self, first: int) -> tuple[Output, ...]:
        """Return what the program printed, from the piece of a number on."""
        events = self._target.program.wasi.output_state.events
        pieces = (events.get(number) for number in range(first, len(events)))
        return tuple(Output(p.tick + 1, p.stream, p.data) for p in pieces if p is not None)

    @property
    def files(self) -> Files:
        """What the program changed in the directories that it was given."""
        return Files(self._target.program.wasi)

    @property
    def source(self) -> Source:
        """The text of the module whose function is next."""
        return self.source_of(0)

    def source_of(self, frame: int) -> Source:
        """Return the text of the module that a frame's function is of."""
        at = frame_position(self._target, frame) or position(self._target)
        module = self.module
        if at is not None:
            module = self._target.modules.get(id(at.code.instance.module), module)
        if id(module) not in self._sources:
            self._sources[id(module)] = source_of(module)
        return self._sources[id(module)]

    def evaluate(self, expression: str) -> int | float:
        """Return the value of an expression in the innermost frame; raises BadExpression.

        Where no function is being called it has the program's globals and memory.
        """
        at = position(self._target)
        if at is None:
            return evaluate(parse(expression), ModuleScope(self._target, self._instance))
        return evaluate(parse(expression), FrameScope(self._target, at))

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Names and signatures of the exported functions."""
        exports = self._target.program.instance.exports
        return tuple((n, str(e.type)) for n, e in exports.items() if isinstance(e, FuncInst))

    @property
    def _instance(self) -> ModuleInst:
        at = position(self._target)
        return self._target.program.instance if at is None else at.code.instance

    # --- going forward -----------------------------------------------------------------------

    def step(self, n: int = 1) -> Stop:
        """Execute n instructions, into calls."""
        self._note()
        return stepping.step(self._control, n)

    def step_over(self) -> Stop:
        """Execute one instruction; a call to its end."""
        self._note()
        return stepping.step_over(self._control)

    def step_out(self) -> Stop:
        """Run until the current frame has returned."""
        self._note()
        return stepping.step_out(self._control)

    def run(self) -> Stop:
        """Run to a breakpoint, a trap or the end."""
        self._note()
        return stepping.run(self._control)

    def run_to(self, where: str | int) -> Stop:
        """Run to a function, an offset, a line (``"12"`` or ``"file.wat:12"``)."""
        func, pc = resolve(self._target, where)
        self._note()
        return stepping.run_to_place(self._control, func, pc)

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
        return stepping.start(self._control)

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

    def _become(self, module: Module, tape: Tape, grant: Callable[[], Wasi]) -> stepping.Control:
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

    # --- what changed ------------------------------------------------------------------------

    @property
    def trail(self) -> tuple[Crossing, ...]:
        """What the last command went past without executing it, if it was one step, or one over."""
        at, before = position(self._target), self._before.at
        if at is None or before is None or self.stop.reason is not StopReason.STEP:
            return ()
        stepped = self.tick == self._before.tick + 1
        over = before.number == at.number and before.code.nexts[before.pc] == at.pc
        return crossed(self._target, before, at) if stepped or over else ()

    def _note(self) -> None:
        """Keep what is shown now, so that the next views can mark what changed."""
        before = _Before()
        at = position(self._target)
        before.at, before.tick = at, self.tick
        if at is not None:
            before.operands[_frame_key(at)] = kept_operands(self._target, at)
            before.locals[_frame_key(at)] = local_values(self._target, at)
        instance = self._instance
        before.globals[id(instance)] = global_values(self._target, instance)
        for index, address in self._viewed:
            if index < len(instance.mems) and address < instance.mems[index].size:
                mem = instance.mems[index]
                row = bytes(mem.data[address : min(address + ROW, mem.size)])
                before.rows.setdefault(id(mem), {})[address] = row
        self._viewed.clear()
        self._before = before


class _Before:
    """The stop before: where it was, and values by frame, instance and memory."""

    def __init__(self) -> None:
        self.at: Position | None = None
        self.tick = 0
        self.operands: dict[tuple[int, int], Operands] = {}
        self.locals: dict[tuple[int, int], list[Value]] = {}
        self.globals: dict[int, list[Value]] = {}
        self.rows: dict[int, dict[int, bytes]] = {}


def _frame_key(at: Position) -> tuple[int, int]:
    return at.number, at.func.addr
