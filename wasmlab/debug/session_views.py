"""What a session shows beyond single facts: views that mark what the last command changed."""

from __future__ import annotations

from wasmlab.debug.views.frames import (
    NO_CALL,
    NoContent,
    frame_content,
    frame_position,
    frames_view,
    globals_view,
    labels_view,
    locals_view,
    memory_view,
    stack_size,
    stack_view,
)
from wasmlab.debug.views.host_calls import HostCallViews
from wasmlab.debug.views.model import Output, StopReason
from wasmlab.debug.views.target import (
    current_location,
    location,
    position,
    selected_instance,
    selected_position,
)
from wasmlab.exec.const import evaluate as const_value
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.syntax.initial import SegmentMode

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.views.before import Before
    from wasmlab.debug.views.listed import Listed, Variables
    from wasmlab.debug.views.model import (
        Display,
        Frame,
        HostCall,
        Label,
        Located,
        Location,
        MemoryRow,
        StackSlot,
        Variable,
    )
    from wasmlab.debug.views.skipped import Skipped
    from wasmlab.debug.views.source import Source
    from wasmlab.debug.views.target import Position
    from wasmlab.engine.work import Progress
    from wasmlab.module import FileState
    from wasmlab.opening.on_disk import Seen

_SEARCHED_AT_ONCE = 1 << 22
"""Bytes of memory between two looks at whether a search is to go on."""


@dataclass(slots=True)
class SessionViews:
    """The views of a session, and what they need: the state before, and texts by module.

    Frames are numbered from 0, the innermost, and include those of host functions; where no number
    is given the selected one is meant.
    """

    control: Control
    sources: dict[int, Source] = field(default_factory=dict[int, "Source"])
    """Texts that were shown, by ``id`` of the module."""
    before: Before | None = None
    """None before the first command."""
    shown: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    """Rows of memory that were shown since then: number of the memory and address."""
    lost: tuple[str, ...] = ()
    """Breakpoints and watchpoints that the last restart found no place for, a line each."""
    seen: Seen = field(default_factory=dict["Path", "FileState"])
    """States of files that were found to hold what was read of them."""
    coming: Area | None = None
    """What the instruction that was next then was to write or read, if memory was on show."""

    displayed: dict[int, Display] = field(default_factory=dict[int, "Display"])
    """What is shown at every stop was at the stop before, by number."""
    recent: Area | None = None
    """What the last command wrote or read last, if it was a run and ``look_back`` found it."""

    @property
    def progress(self) -> Progress:
        """How far the command is that is being carried out; may be read from any thread."""
        return self.control.work.progress

    def displays(self) -> tuple[Display, ...]:
        """Return what is shown at every stop, with what it was at the stop before."""
        if not self.control.displays.by_number:
            return ()
        from wasmlab.debug.displays import display_views

        return display_views(self.control, self.displayed)

    def note(self) -> None:
        """Keep the present, so that the next views mark what has changed since."""
        if self.control.displays.by_number:
            from wasmlab.debug.displays import displayed_here

            self.displayed = displayed_here(self.control)
        from wasmlab.debug.stops.accesses import coming_access
        from wasmlab.debug.views.before import state_before

        self.before = state_before(self.control.target, self.shown)
        self.coming = coming_access(self.control.target) if self.shown else None
        self.recent = None
        self.shown.clear()

    def look_back(self) -> None:
        """Find out what a run has accessed last, for ``accessed``, if memory was on show before.

        A few dozen instructions are replayed; a single step needs none.
        """
        from wasmlab.debug.history.reverse import last_access

        before = self.before
        if before is not None and before.rows and abs(self.control.tick - before.tick) > 1:
            self.recent = last_access(self.control)

    def accessed(self) -> tuple[int, int] | None:
        """Return what the last step, forwards or back, wrote or read: number of memory and address.

        After a run, what ``look_back`` found. None if no memory was accessed, if none was on show
        before, or if that is not there now.
        """
        from wasmlab.debug.stops.accesses import coming_access

        ticks = 0 if self.before is None else self.control.tick - self.before.tick
        area = self.coming if ticks == 1 else self.recent
        area = coming_access(self.control.target) if ticks == -1 else area
        mems = selected_instance(self.control.target).mems
        number = next((n for n, memory in enumerate(mems) if area and memory is area.space), None)
        if not ticks or area is None or number is None or area.start >= mems[number].size:
            return None
        return number, area.start

    def data_start(self, memory: int = 0) -> int | None:
        """Return where the first active data segment of a memory begins; None if it has none."""
        instance = selected_instance(self.control.target)
        active = (d for d in instance.module.datas if d.mode is SegmentMode.ACTIVE)
        return next((const_value(instance, d.at) for d in active if d.mem == memory), None)

    def stack_size_of(self, frame: int | None = None) -> int:
        """Return how many operands a frame has, without the arguments of a call it waits for.

        >>> session.step(9)
        <Stop step, step 9, $fac @0x2e line 10>
        >>> session.stack_size_of(1)
        1
        """
        at = self._frame(frame)
        return 0 if at is None else stack_size(self.control.target, at)

    def stack_rows(
        self, start: int, count: int | None = None, frame: int | None = None
    ) -> Listed[StackSlot]:
        """Return count operands of a frame, top first, from number start on; without count, all.

        >>> session.step(2)
        <Stop step, step 2, $fac @0x32 line 12>
        >>> session.stack_rows(1, 1)
        (<stack[1] i64 5>,)
        """
        at = self._frame(frame)
        if at is None:
            return self._nothing(frame).stack
        before = None if self.before is None else self.before.operands_of(at)
        content = frame_content(self.control.target, at)
        return stack_view(content, before, max(start, 0), None if count is None else max(count, 0))

    def _nothing(self, frame: int | None) -> NoContent:
        """Return what is shown of a frame that has no code of a module, or is not there."""
        depth = self.control.depth
        number = self.control.target.selected if frame is None else frame
        if not depth:
            return NoContent(f": {NO_CALL}")
        return NoContent(
            f": frame {number} is not a wasm function"
            if number < depth
            else f": there is no frame {number}"
        )

    def labels_of(self, frame: int | None = None) -> tuple[Label, ...]:
        """Return the structured instructions that are open in a frame, outermost first.

        >>> session.step(5)
        <Stop step, step 5, $fac @0x3a line 17>
        >>> session.labels_of(0)
        (<Label 1 func $fac>, <Label 0 if 0>)
        """
        at = self._frame(frame)
        return () if at is None else labels_view(self.control.target, at)

    def _frame(self, number: int | None) -> Position | None:
        """Return a frame of a module's function: the selected one, or that of a number."""
        target = self.control.target
        if number is None:
            return selected_position(target)
        return frame_position(target, number) if number else position(target)

    def locals_of(self, frame: int | None = None) -> Variables[Variable]:
        """Return the locals of a frame, without a number the selected; none for a host frame.

        >>> session.step(9)
        <Stop step, step 9, $fac @0x2e line 10>
        >>> session.locals_of(1)
        (<$n i64 5>,)
        """
        at = self._frame(frame)
        if at is None:
            return self._nothing(frame).locals
        before = None if self.before is None else self.before.locals_of(at)
        return locals_view(frame_content(self.control.target, at), before)

    def frame_rows(self, start: int, count: int) -> Listed[Frame]:
        """Return count call frames, innermost first, from number start on.

        >>> session.step(27)
        <Stop step, step 27, $fac @0x2e line 10>
        >>> session.frame_rows(1, 2)
        (<Frame 1 $fac @0x3f line 20>, <Frame 2 $fac @0x3f line 20>)
        """
        return frames_view(self.control.target, start, count, self.before)

    def globals(self) -> Variables[Variable]:
        """Return the globals of the selected frame's instance."""
        instance = selected_instance(self.control.target)
        before = None if self.before is None else self.before.globals_of(instance)
        return globals_view(self.control.target, instance, before)

    def memory_rows(self, start: int, count: int, memory: int = 0) -> tuple[MemoryRow, ...]:
        """Return count rows of 16 bytes from address start (rounded down) on.

        >>> hello.memory_rows(16, 1)
        (<0x10: 48 65 6c 6c 6f 2c 20 77 6f 72 6c 64 21 0a 00 00>,)
        """
        mems = selected_instance(self.control.target).mems
        if not 0 <= memory < len(mems):
            return ()
        last = HostCallViews(self.control.recorder).last
        touched = list[tuple[int, int]]()
        if last is not None and memory == 0 and last.tick == self.control.tick:
            touched = [(addr, len(data)) for addr, data in (*last.reads, *last.writes)]
        before = {} if self.before is None else self.before.rows_of(mems[memory])
        rows = memory_view(mems[memory], start, count, before, touched)
        self.shown.update((memory, row.address) for row in rows)
        return rows

    def find_bytes(self, data: bytes, start: int = 0, memory: int = 0) -> int | None:
        """Return the first address of data in a memory from start on; None if it is not there.

        Raises Interrupted.

        >>> hello.find_bytes(b"world")
        23
        """
        mems = selected_instance(self.control.target).mems
        if not 0 <= memory < len(mems):
            return None
        searched, size, work = mems[memory].data, mems[memory].size, self.control.work
        at = max(start, 0)
        with work.query(), work.expecting(max(size - at, 0), "bytes"):
            for first in range(at, size, _SEARCHED_AT_ONCE):
                work.look()
                work.done = first - at
                found = searched.find(data, first, min(first + _SEARCHED_AT_ONCE + len(data), size))
                if found >= 0:
                    return found
        return None

    def next_host_call(self, tick: int) -> int | None:
        """Return the first tick, from this one on, at which a host call is recorded.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.next_host_call(0)
        11
        """
        return HostCallViews(self.control.recorder).next_call(tick)

    def host_calls_from(self, first: int) -> tuple[HostCall, ...]:
        """Return the host calls from a number on, decoded; the recording may have lost old ones.

        >>> hello.run()
        <Stop exit, step 13>
        >>> len(hello.host_calls_from(0))
        1
        """
        return tuple(HostCallViews(self.control.recorder).shown(first))

    def output_from(self, first: int) -> tuple[Output, ...]:
        """Return what the program printed, from the piece of a number on.

        >>> hello.run()
        <Stop exit, step 13>
        >>> len(hello.output_from(0)), len(hello.output_from(1))
        (1, 0)
        """
        events = self.control.program.wasi.output_state.events
        pieces = (events.get(number) for number in range(first, len(events)))
        return tuple(Output(p.tick + 1, p.stream, p.data) for p in pieces if p is not None)

    def source_of(self, frame: int | None = None) -> Source:
        """Return the text of the module that a frame's function is of.

        >>> session.source_of(0).title
        'factorial.wat'
        """
        from wasmlab.debug.views.source import source_of

        target = self.control.target
        at = self._frame(frame) or position(target)
        module = target.program.module
        if at is not None:
            module = target.modules.get(id(at.code.instance.module), module)
        if id(module) not in self.sources:
            self.sources[id(module)] = source_of(module)
        return self.sources[id(module)]

    def locate(self, where: str | int) -> Located:
        """Return the place of a function, an offset or a line (``"12"`` or ``"file.wat:12"``).

        Where several functions have the name, of all of them: ``name#2`` or ``func[3]`` names one.
        ``main`` is what the language's start code calls. A line without an instruction means the
        next one of the same function, the line that closes a function its final ``end``; so with
        offsets. Raises NoSuchLocation, with the nearest lines or names.

        >>> session.locate("fac").locations
        (<$fac @0x2e line 10>,)
        """
        from wasmlab.debug.stops.locations import located

        return located(self.control.target, where)

    @property
    def frame_location(self) -> Location | None:
        """Where the selected frame stands: at its next instruction, or at its call.

        None for a host function, or without a frame.
        """
        target = self.control.target
        if not target.selected:
            return current_location(target)
        at = selected_position(target)
        return None if at is None else location(target, at.func, at.instr.offset)

    def evaluate(self, expression: str) -> int | float:
        """Return the value of an expression in the selected frame; raises BadExpression.

        Where no function is being called it has the program's globals and memory.

        >>> session.evaluate("$n * 2")
        10
        """
        from wasmlab.debug.stops.expression import evaluate
        from wasmlab.debug.stops.scope import parsed_here

        return evaluate(*parsed_here(self.control.target, expression))

    def trail(self) -> tuple[Skipped, ...]:
        """Return what the last command went past without executing it, if it was a step."""
        from wasmlab.debug.views.skipped import skipped_instructions

        at, before = position(self.control.target), self.before
        if before is None or before.at is None or at is None:
            return ()
        if self.control.stop.reason is not StopReason.STEP:
            return ()
        stepped = self.control.tick == before.tick + 1
        over = before.at.number == at.number and before.at.code.nexts[before.at.pc] == at.pc
        return skipped_instructions(self.control.target, before.at, at) if stepped or over else ()
