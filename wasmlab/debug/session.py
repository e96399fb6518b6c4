"""The session: the one thing that the terminal, notebooks and the debugger's commands drive.

It moves a program, shows where it stands, and knows its history. What it can do is functions over
its two parts: ``control``, the program with its recorder, and ``views``, what is shown of it.
"""

from __future__ import annotations

from wasmlab.debug import control as control_
from wasmlab.debug import forward
from wasmlab.debug.arguments import checked
from wasmlab.debug.beginning import Anew, ProgramBeginning
from wasmlab.debug.forwarded import (
    going_back,
    moving,
    on_control,
    on_views,
    with_fields_of,
    with_given_fields_of,
)
from wasmlab.debug.history import calls, coverage, events, find, origins, reverse, steps
from wasmlab.debug.restarting import begun_again
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.stops import breakpoints
from wasmlab.debug.stops.breakpoints import Breakpoints
from wasmlab.debug.views.frames import frames_view
from wasmlab.debug.views.host_calls import HostCallViews
from wasmlab.debug.views.instruction import instruction_view
from wasmlab.debug.views.model import (
    Breakpoint,
    Frame,
    HeapObject,
    HostCall,
    Instruction,
    Label,
    Location,
    Output,
    StackSlot,
    State,
    Step,
    Stop,
    Variable,
    Watchpoint,
)
from wasmlab.debug.views.target import current_location, position, selected_instance
from wasmlab.debug.whatif import branches, compare
from wasmlab.engine.grants import Grants
from wasmlab.engine.program import add_call
from wasmlab.engine.recording.recorder import add_entry, next_entry
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING, Any, Self, overload
from wasmlab.records import dataclass
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import ClassVar

    from wasmlab.debug.beginning import Beginning
    from wasmlab.debug.control import Control
    from wasmlab.debug.history.events import TimelineView
    from wasmlab.debug.history.find import Findings
    from wasmlab.debug.views.files import Files
    from wasmlab.debug.views.skipped import Skipped
    from wasmlab.debug.views.source import Source
    from wasmlab.debug.whatif.branches import Branch
    from wasmlab.debug.whatif.compare import Comparison
    from wasmlab.engine.embed import MemorySlice
    from wasmlab.module import Module
    from wasmlab.runtime.values import PyValue


class Session:
    """A program under the debugger.

    ``args`` are the program's arguments, without its name; ``env``, ``dirs`` and ``stdin`` are all
    it gets of the host; stdin None means that ``feed_input`` gives it, a function (n) is asked for
    up to n bytes. ``faults`` make WASI calls fail; ``quotas`` limit what it may use;
    ``deterministic`` gives a virtual clock and random bytes from ``seed``. ``imports`` maps module
    names to names to Python functions; ``preload`` maps module names to modules. ``invoke`` names
    the exported function to enter; without it and without ``_start`` the session waits for
    ``call``. ``engine`` is auto, reference or native. ``stub_imports`` is trap, zero or ask.
    Python functions are taken back too where a branch begins, if they, or the object that they
    are methods of, have ``snapshot()`` and ``restore(state)``.
    Every run is recorded; ``record_limit`` is how many bytes that may take. ``max_memory`` is how
    many the program's memories and tables may touch.

    Raises Unlinkable, Invalid, Trap from active segments, UsageError.
    """

    step_limit: ClassVar[int | None] = None
    """Steps after which a run comes back with reason LIMIT; notebooks set it."""
    control: Control
    """The program with its recorder and breakpoints, below what the views show."""
    views: SessionViews
    """The views, and the state before the last command that they compare with."""
    beginning: Beginning
    """What it was begun from, and restarts from."""

    @with_fields_of(Grants)
    def __init__(self, module: Module, grants: Grants) -> None:
        self._begin(ProgramBeginning(module, grants))

    @classmethod
    def granted(cls, module: Module, grants: Grants) -> Self:
        """Return a session over a module with what is granted to it."""
        return cls.of(ProgramBeginning(module, grants))

    @classmethod
    def of(cls, beginning: Beginning) -> Self:
        """Return a session over anything that can begin: a granted module, a recording."""
        self = cls.__new__(cls)
        self._begin(beginning)
        return self

    def _begin(self, beginning: Beginning, control: Control | None = None) -> None:
        self.control = control or beginning.begin(Breakpoints({}))
        self.beginning = beginning
        self.control.step_limit = self.step_limit
        self.views = SessionViews(self.control)

    @property
    def module(self) -> Module:
        """The module that is debugged."""
        return self.control.program.module

    @property
    def note(self) -> str:
        """What should be known of the file that a recording is from, such as where it is cut."""
        return self.beginning.note

    # Methods that only hand on to a function over one of the two parts are written as that
    # function: signature and docstring stand there. See ``wasmlab.debug.forwarded``.

    # --- going forward -----------------------------------------------------------------------

    step = moving(forward.step)
    step_over = moving(forward.step_over)
    step_out = moving(forward.step_out)
    run = moving(forward.run)
    trace_step = moving(steps.trace_step)

    @checked
    def run_to(self, where: str | int) -> Stop:
        """Run to what ``locate`` takes; of several places to the one that is reached first.

        Raises NoSuchLocation.
        """
        from wasmlab.debug.stops.locations import resolve

        found = resolve(self.control.target, where).found
        self.views.note()
        with self.control.work.command():
            return forward.run_to_place(self.control, found)

    def pause(self) -> None:
        """Ask a running command to stop; may be called from any thread."""
        self.control.work.request()

    @checked
    def call(self, name: str, *args: PyValue) -> Stop:
        """Enter an exported function and stop before its first instruction.

        Raises DebugError while another call is under way, UsageError for arguments.
        """
        program, recorder = self.control.program, self.control.recorder
        if program.is_command:
            raise DebugError("a program with _start takes no calls", hint="give --invoke NAME")
        if self.control.state is not State.WAITING_FOR_CALL:
            hint = "continue until it has returned, or restart"
            raise DebugError("the program is not waiting for a call", hint=hint)
        add_call(program, name, args)
        add_entry(recorder, program.calls[-1])
        program.calls.clear()
        next_entry(recorder)
        self.views.note()
        return forward.start(self.control)

    answer = on_control(control_.answer)
    feed_input = on_control(control_.feed_input)
    no_input = on_control(control_.no_input)

    @property
    def input_limit(self) -> int | None:
        """Nanoseconds of the program's clock that it waits for input at most.

        None if it waits without a limit, or not at all.
        """
        return control_.input_limit(self.control)

    @with_given_fields_of(Anew)
    def restart(self, given: Mapping[str, Any]) -> Stop:
        """Begin again at tick 0; breakpoints and watchpoints stay.

        Keywords are those of the session: each takes the place of what was given before, also
        at later restarts. ``module`` is another module: breakpoints go where their instructions
        went, and ``views.lost`` says which have no place any more. What raises changes nothing:
        Unlinkable, Invalid, UsageError, Trap from active segments; DebugError for a recording;
        Interrupted.
        """
        old, sources = self.control, self.views.sources
        beginning = self.beginning.anew(given) if given else self.beginning
        control, lost = begun_again(beginning, old, carries=bool(given))
        self._begin(beginning, control)
        self.views.lost = lost
        if not given:
            self.views.sources = sources
        return self.stop

    @overload
    def trace(self, limit: int | None = None) -> Iterator[Step]: ...
    @overload
    def trace(self, limit: int, last: int) -> Findings[Step]: ...
    @checked
    def trace(self, limit: int | None = None, last: int | None = None) -> Iterable[Step]:
        """Execute and yield instructions one by one, to the end or a limit.

        With two ticks, return the recorded instructions between them instead: replayed while one
        iterates, the later ones first if the second tick is the smaller one. The program stays
        where it is then.
        """
        if limit is not None and last is not None:
            return steps.past_steps(self.control, limit, last)
        return self._executed(limit)

    def _executed(self, limit: int | None) -> Iterator[Step]:
        self.views.note()
        while limit is None or self.tick < limit:
            with self.control.work.command():
                step = steps.trace_step(self.control)
            if step is None:
                return
            yield step

    # --- going back --------------------------------------------------------------------------

    step_back = going_back(reverse.step_back)
    reverse_over = going_back(reverse.reverse_over)
    reverse_out = going_back(reverse.reverse_out)
    reverse_run = going_back(reverse.reverse_run)
    goto = going_back(reverse.goto)

    def to_start(self) -> Stop:
        """Go to the first recorded step."""
        return self.goto(self.control.timeline.first)

    def to_end(self) -> Stop:
        """Go to the last recorded step."""
        return self.goto(self.control.timeline.last)

    def next_event(self) -> Stop:
        """Go to the next host call, output, breakpoint hit or end that is recorded; TimelineEnd."""
        return self.goto(events.next_event(self.control))

    def previous_event(self) -> Stop:
        """Go to the event before; TimelineEnd."""
        return self.goto(events.previous_event(self.control))

    # --- the history -------------------------------------------------------------------------

    previous = on_control(reverse.previous)
    who_wrote = on_control(origins.who_wrote)
    who_printed = on_control(origins.who_printed)
    history_of = on_control(origins.history_of)
    first = on_control(find.first)
    last = on_control(find.last)
    writes = on_control(find.writes)
    find = on_control(find.find)  # after its siblings: from here on find is not the module
    calls = on_control(calls.calls)
    trace_records = on_control(coverage.trace_records)
    coverage = on_control(coverage.coverage)  # likewise
    timeline_near = on_control(events.timeline_near)

    @property
    def timeline(self) -> TimelineView:
        """The history that the program is on, with its events and where it stands."""
        return events.timeline_view(self.control)

    @property
    def recorded(self) -> tuple[int, int]:
        """The first and the last step that ``goto`` reaches without running on."""
        return self.control.timeline.first, self.control.timeline.last

    @checked
    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the recorded history of this branch to a file, which ``open_recording`` opens.

        What the program's files hold is not in it. Raises WasmlabError if it cannot be written,
        WouldReplace for a file that is there and is no recording, unless ``force`` replaces it.
        """
        from wasmlab.engine.recording.file.writer import save
        from wasmlab.output_file import Replacing

        rule = Replacing(force, how="force=True replaces it")
        work = self.control.work
        with work.query():
            save(path, self.control.recorder, self.beginning.options, rule, work)

    @property
    def files_read(self) -> tuple[Path, ...]:
        """The files that the program, and what it is linked with, or the recording came from."""
        return self.beginning.files_read

    def core_dump(self) -> bytes:
        """Return the present state as a Wasm core dump (tool-conventions, Coredump.md)."""
        from wasmlab.debug.views.core_dump import core_dump

        with self.control.work.query():
            return core_dump(self.control.target)

    # --- other histories ---------------------------------------------------------------------

    branch = on_control(branches.branch)
    switch = moving(branches.switch)
    compare = on_control(compare.compare)

    @checked
    def set(self, what: str, value: PyValue) -> None:
        """Change ``$n``, ``global 0``, ``stack[0]``, ``memory[0x10:0x14]`` or ``i32[0x10]``.

        Of the selected frame; ``$n@1`` is a local of its caller, ``$n@2`` of that one's caller.
        ``result`` is what the host call that is next returns; the host is not called then.
        ``stdin`` (bytes) is what the program reads from here on, as standard input.
        If anything is recorded after this step, that begins a branch; the old future is kept.
        Raises DebugError, BadExpression, UsageError.
        """
        branches.change(self.control, what, value)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """All histories of this session; number 1 is the first."""
        return branches.branches(self.control)

    @checked
    def replay(self, text: str | Module, limit: int | None = None) -> Replay:
        """Run a changed text (or module) under the inputs of this recording, and compare the two.

        It gets the recorded standard input, time, random bytes, calls and results of Python
        functions, each function its n-th result for its n-th call. Beyond the recording it goes on
        as a fresh program, but real directories are not written to. limit: steps at most.

        Raises AssembleError, Invalid, Unlinkable, Trap from segments; UsageError for a recorded
        call that it does not offer; DebugError if the recording's beginning is gone.
        """
        return replay_of(self, self.beginning.changed(self.control, text), limit)

    # --- places ------------------------------------------------------------------------------

    locate = on_views(SessionViews.locate)

    # --- breakpoints ---------------------------------------------------------------------------

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints, by number."""
        known = self.control.breakpoints.by_number.values()
        return tuple(breakpoints.breakpoint_view(self.control.target, found) for found in known)

    @checked
    def break_at(self, where: str | int, condition: str = "", hits: int = 0) -> Breakpoint:
        """Set a breakpoint at what ``locate`` takes, or at the calls of an imported function.

        Its ``note`` says so if that is the next instruction. Raises NoSuchLocation, BadExpression.
        """
        control = self.control
        return breakpoints.add(control.target, control.breakpoints, where, condition, hits)

    @checked
    def remove_breakpoint(self, number: int) -> None:
        """Take a breakpoint or watchpoint away; DebugError if no such number is known."""
        breakpoints.remove(self.control.target, self.control.breakpoints, number)

    @checked
    def amend_breakpoint(self, number: int, condition: str = "", hits: int = 0) -> None:
        """Give a breakpoint another condition and hit count; DebugError, BadExpression."""
        breakpoints.amend(self.control.target, self.control.breakpoints, number, condition, hits)

    @checked
    def enable_breakpoint(self, number: int, *, on: bool = True) -> None:
        """Switch a breakpoint or watchpoint on or off; DebugError if there is none."""
        breakpoints.enable(self.control.target, self.control.breakpoints, number, on=on)

    @checked
    def watch(self, what: str, access: str = "w") -> Watchpoint:
        """Stop where something is written (w), read (r), or both (rw).

        what: ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0``, ``$x``, or ``$x@1``, a local of
        the selected frame's caller. Going forward the stop is after the instruction, going back
        before it. Raises BadExpression, UsageError.
        """
        from wasmlab.debug.stops.watchpoints import shown_watch

        control = self.control
        watch = breakpoints.add_watch(control.target, control.breakpoints, what, access)
        return shown_watch(control.target, control.recorder, watch)

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """All watchpoints, by number."""
        control = self.control
        return breakpoints.watchpoint_views(control.target, control.recorder, control.breakpoints)

    # --- where it stands ---------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What the program is doing."""
        return self.control.state

    @property
    def stop(self) -> Stop:
        """How the last command ended."""
        return self.control.stop

    @property
    def tick(self) -> int:
        """Instructions completed so far."""
        return self.control.tick

    @property
    def location(self) -> Location | None:
        """Where the next instruction is; None if there is none."""
        return current_location(self.control.target)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction, explained; None if there is none."""
        at = position(self.control.target)
        return None if at is None else instruction_view(self.control.target, at)

    @property
    def trail(self) -> tuple[Skipped, ...]:
        """What the last command went past without executing it, if it was one step, or one over."""
        return self.views.trail()

    @property
    def source(self) -> Source:
        """The text of the module of the selected frame's function."""
        return self.source_of()

    source_of = on_views(SessionViews.source_of)
    evaluate = on_views(SessionViews.evaluate)

    # --- frames ------------------------------------------------------------------------------

    @property
    def frame(self) -> int:
        """The selected frame, which commands, expressions and views mean: 0 is the innermost."""
        return self.control.target.selected

    frame_location = on_views(SessionViews.frame_location)
    select_frame = on_control(control_.select_frame)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The call frames, innermost first."""
        return self.frame_rows(0, self.depth)

    @property
    def depth(self) -> int:
        """How many call frames there are."""
        return self.control.depth

    @checked
    def frame_rows(self, start: int, count: int) -> tuple[Frame, ...]:
        """Return count call frames, innermost first, from number start on."""
        return frames_view(self.control.target, start, count)

    @property
    def stack(self) -> tuple[StackSlot, ...]:
        """The operands of the selected frame, top first."""
        return self.stack_rows(0, self.stack_size)

    @property
    def stack_size(self) -> int:
        """How many operands the selected frame has."""
        return self.stack_size_of()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The structured instructions that are open in the selected frame, outermost first."""
        return self.labels_of()

    stack_size_of = on_views(SessionViews.stack_size_of)
    stack_rows = on_views(SessionViews.stack_rows)
    labels_of = on_views(SessionViews.labels_of)
    locals = on_views(SessionViews.locals)

    # --- what the program holds --------------------------------------------------------------

    @property
    def globals(self) -> tuple[Variable, ...]:
        """The globals of the selected frame's instance."""
        return self.views.globals()

    @checked
    def object(self, ref: int, start: int = 0) -> HeapObject:
        """Return the object in the GC heap that a reference (the bits of a value) refers to.

        Of an array the view has up to 256 elements from start on. Raises DebugError if it is no
        reference to an object.
        """
        from wasmlab.debug.views.heap import object_view

        return object_view(self.control.store, ref, start)

    @property
    def memory_sizes(self) -> tuple[int, ...]:
        """Sizes in bytes of the memories of the selected frame's instance."""
        return tuple(m.size for m in selected_instance(self.control.target).mems)

    @property
    def memory(self) -> MemorySlice:
        """The first memory of the selected frame's instance; DebugError if it has none."""
        from wasmlab.engine.embed import MemorySlice

        mems = selected_instance(self.control.target).mems
        if not mems:
            raise DebugError("the module has no memory")
        return MemorySlice(mems[0])

    memory_rows = on_views(SessionViews.memory_rows)
    find_bytes = on_views(SessionViews.find_bytes)

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Names and signatures of the exported functions."""
        exports = self.control.program.instance.exports
        return tuple((n, str(e.type)) for n, e in exports.items() if isinstance(e, FuncInst))

    # --- the host ----------------------------------------------------------------------------

    @property
    def host_calls(self) -> tuple[HostCall, ...]:
        """Every host call so far, decoded."""
        return self.host_calls_from(0)

    @property
    def host_call_count(self) -> int:
        """How many host calls were made so far."""
        return HostCallViews(self.control.recorder).count

    next_host_call = on_views(SessionViews.next_host_call)
    host_calls_from = on_views(SessionViews.host_calls_from)

    @property
    def output(self) -> tuple[Output, ...]:
        """What the program printed, in order."""
        return self.output_from(0)

    @property
    def output_size(self) -> tuple[int, int]:
        """In how many pieces the program has printed how many bytes."""
        state = self.control.program.wasi.output_state
        return len(state.events), state.size

    output_from = on_views(SessionViews.output_from)

    @property
    def files(self) -> Files:
        """What the program changed in the directories that it was given."""
        from wasmlab.debug.views.files import Files

        return Files(self.control.program.wasi)


@dataclass(frozen=True, slots=True)
class Replay:
    """A run of a changed module under recorded inputs; ``str()`` tells what came of it."""

    session: Session
    """The new program, which stands at the first difference, else where it came to."""
    comparison: Comparison
    notes: tuple[str, ...]
    """What was not repeated, and where the new program was stopped."""

    def __str__(self) -> str:
        """Return the first difference, then the notes."""
        return "\n".join((str(self.comparison), *self.notes))


def replay_of(session: Session, beginning: Beginning, limit: int | None = None) -> Replay:
    """Run what begins under the inputs of a session, and compare the two, as ``Session.replay``.

    Raises Unlinkable, Trap from segments, UsageError, Interrupted.
    """
    from wasmlab.debug.whatif.replay import replayed

    with session.control.work.query():
        again = type(session).of(beginning)
        comparison, notes = replayed(session.control, again.control, again.call, limit)
        if comparison.tick is not None:
            reverse.goto_or_raise(again.control, comparison.tick)
    return Replay(again, comparison, notes)
