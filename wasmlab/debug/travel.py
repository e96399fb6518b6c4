"""What a session does with time: every command that goes back, and what it knows of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.history import calls, coverage, events, find, output_origin, provenance, reverse
from wasmlab.debug.stops import breakpoints
from wasmlab.debug.stops.watchpoints import shown_watch
from wasmlab.debug.views.core_dump import core_dump
from wasmlab.debug.whatif import branches, compare
from wasmlab.engine.recording.file.writer import save

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from wasmlab.debug.control import Control
    from wasmlab.debug.history.calls import FoundCall
    from wasmlab.debug.history.coverage import Coverage
    from wasmlab.debug.history.events import TimelineView
    from wasmlab.debug.history.find import Findings, Found
    from wasmlab.debug.history.output_origin import Printing
    from wasmlab.debug.history.provenance import Origin
    from wasmlab.debug.views.model import Location, Stop, Watchpoint
    from wasmlab.debug.whatif.branches import Branch
    from wasmlab.debug.whatif.compare import Comparison
    from wasmlab.engine.program import ProgramOptions
    from wasmlab.runtime.values import PyValue


class Travel:
    """Time travel, for ``Session``."""

    _control: Control
    _options: ProgramOptions

    def _note(self) -> None:
        """Keep what is shown now, so that the next views can mark what changed."""
        raise NotImplementedError

    def step_back(self, n: int = 1) -> Stop:
        """Take back n instructions, at most to the first step; TimelineEnd if it stands there."""
        return self._back(lambda: reverse.step_back(self._control, n))

    def _back(self, go: Callable[[], Stop]) -> Stop:
        """Do what may go back, and name what was done in between and stays done."""
        self._note()
        before = self._control.recorder.timeline.journal.cursor
        return events.naming_barriers(self._control, go(), before)

    def reverse_over(self) -> Stop:
        """Take back one instruction; a call that has come back, as a whole."""
        return self._back(lambda: reverse.reverse_over(self._control))

    def reverse_out(self) -> Stop:
        """Go back to the call that entered the current function."""
        return self._back(lambda: reverse.reverse_out(self._control))

    def reverse_run(self) -> Stop:
        """Go back to the last hit of a breakpoint or watchpoint, or to the first step."""
        return self._back(lambda: reverse.reverse_run(self._control))

    def goto(self, tick: int) -> Stop:
        """Go to a step; beyond the last recorded one by running on. TimelineEnd before the first.

        A tick is a number of completed instructions. At the last one the program is in the end
        that it came to, if it came to one.
        """
        return self._back(lambda: reverse.goto(self._control, tick))

    def previous(self) -> Location | None:
        """Return where the instruction is that ran last; None unless the program is paused.

        The program stays where it is.
        """
        return reverse.previous(self._control)

    def watch(self, what: str, access: str = "w") -> Watchpoint:
        """Stop where something is written (w), read (r), or both (rw).

        what: ``memory[0x10:0x14]``, ``i32[0x10]``, ``global 0``, ``$x``, or ``$x@1``, a local of
        the caller. Going forward the stop is behind the instruction, going back before it. Raises
        BadExpression, UsageError.
        """
        control = self._control
        return shown_watch(
            control.target,
            control.recorder,
            breakpoints.add_watch(control.target, control.points, what, access),
        )

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """All watchpoints, by number."""
        control = self._control
        watches = control.points.watches.values()
        return tuple(shown_watch(control.target, control.recorder, watch) for watch in watches)

    def who_wrote(self, what: int | str | Origin | Printing) -> Origin:
        """Return what last wrote an address, ``$local``, ``global 0`` or ``stack[0]``.

        With an Origin that copied something, follow that: who wrote what it copied. With what
        ``who_printed`` returned: who wrote these bytes. The program stays where it is. Raises
        BadExpression, DebugError for an origin that copied nothing.
        """
        if isinstance(what, output_origin.Printing):
            return provenance.who_wrote(self._control, what.source, what.tick)
        end = what.tick if isinstance(what, provenance.Origin) else self._control.recorder.tick
        return provenance.who_wrote(self._control, provenance.area_of(self._control, what), end)

    def who_printed(
        self,
        what: int | str | bytes | None = None,
        *,
        line: int | None = None,
        stream: int | None = None,
    ) -> Printing:
        """Return the call that printed a byte, a text or a line, and where that was in memory.

        what: an offset in the output, or a text (its last occurrence); line: a line, from 1. Of
        ``stream`` 1 or 2, or of both in order, up to the present. DebugError if it is not there.
        """
        wanted = output_origin.bytes_asked(self._control, what, line, stream)
        return output_origin.who_printed(self._control, wanted, stream)

    def history_of(self, what: int | str | Origin | Printing) -> tuple[Origin, ...]:
        """Return who wrote something, who wrote what that copied, and so on to the origin."""
        found = [self.who_wrote(what)]
        while found[-1].source is not None and len(found) < provenance.LONGEST:
            found.append(self.who_wrote(found[-1]))
        return tuple(found)

    def find(
        self,
        op: str = "",
        addr: int | range | None = None,
        func: str | int = "",
        where: str = "",
    ) -> Findings[Found]:
        """Return the instructions in the recorded history that match all that is given.

        op: a mnemonic or a pattern (``i32.*``); addr: an address or a range, read or written; func:
        as ``break_at`` takes it; where: a condition on the state before the instruction. Raises
        NoSuchLocation, BadExpression.
        """
        return find.find(self._control, find.Question(op, _addresses(addr), func, where))

    def first(self, op: str = "", where: str = "", func: str | int = "") -> Found | None:
        """Return the first instruction in history that matches; None if there is none."""
        return next(iter(self.find(op, None, func, where)), None)

    def last(self, op: str = "", where: str = "", func: str | int = "") -> Found | None:
        """Return the last instruction in history that matches; None if there is none."""
        found = list(self.find(op, None, func, where))
        return found[-1] if found else None

    def calls(self, func: str | int) -> Findings[FoundCall]:
        """Return the calls of a function in history, with arguments and results."""
        return calls.calls(self._control, func)

    def writes(self, addr: int | range) -> Findings[Found]:
        """Return what wrote to an address or a range, in history."""
        question = find.Question(addresses=_addresses(addr), writes_only=True)
        return find.find(self._control, question)

    def coverage(self) -> Coverage:
        """Return how often each instruction was executed from the first recorded step up to here.

        It is found by replaying; the program stays where it is. What a host function called back
        is not counted.
        """
        return coverage.coverage(self._control)

    def trace_records(self, sink: Callable[[memoryview], None]) -> None:
        """Give the sink a record of every step up to here, thousands at a time, in order.

        A record has three 64-bit words: the function's number in the store << 32 | offset of the
        instruction in its module; the topmost slot of the operand stack before it, or 0; the
        effective address that it accesses first, or 0. Sinks copy what they want to keep.
        """
        coverage.records(self._control, sink)

    @property
    def timeline(self) -> TimelineView:
        """The history that the program is on, with its events and where it stands."""
        return events.timeline_view(self._control)

    def timeline_near(self, count: int) -> TimelineView:
        """Return the same with at least the ``count`` nearest events before and behind."""
        return events.timeline_view(self._control, count)

    def next_event(self) -> Stop:
        """Go to the next host call, output, breakpoint hit or end that is recorded; TimelineEnd."""
        return self.goto(events.next_event(self._control))

    def previous_event(self) -> Stop:
        """Go to the event before; TimelineEnd."""
        return self.goto(events.previous_event(self._control))

    def set(self, what: str, value: PyValue) -> None:
        """Change ``$n``, ``global 0``, ``stack[0]``, ``memory[0x10:0x14]`` or ``i32[0x10]``.

        ``$n@1`` is a local of the caller, ``$n@2`` of its caller.
        ``result`` is what the host call that is next returns; the host is not called then.
        ``stdin`` (bytes) is what the program reads from here on, as standard input.
        If anything is recorded behind this step, that begins a branch; the old future is kept.
        Raises DebugError, BadExpression, UsageError.
        """
        branches.change(self._control, what, value)

    def branch(self) -> int:
        """Begin a branch here and return its number; DebugError unless paused."""
        return branches.branch(self._control)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """All histories of this session; number 1 is the first."""
        return branches.branches(self._control)

    def switch(self, number: int) -> Stop:
        """Go to the end of another branch; DebugError if there is none of that number."""
        self._note()
        return branches.switch_to(self._control, number)

    def compare(self, a: int, b: int) -> Comparison:
        """Return the first tick at which two branches differ, and in what; DebugError.

        The program stays where it is.
        """
        return compare.compare(self._control, a, b)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recorded history of this branch to a file, which ``open_recording`` opens.

        What the program's files hold is not in it. Raises WasmlabError if it cannot be written.
        """
        save(path, self._control.recorder, self._options)

    def core_dump(self) -> bytes:
        """Return the present state as a Wasm core dump (tool-conventions, Coredump.md)."""
        return core_dump(self._control.target)

    def to_start(self) -> Stop:
        """Go to the first recorded step."""
        return self.goto(self._control.recorder.timeline.first)

    def to_end(self) -> Stop:
        """Go to the last recorded step."""
        return self.goto(self._control.recorder.timeline.last)

    @property
    def recorded(self) -> tuple[int, int]:
        """The first and the last step that ``goto`` reaches without running on."""
        timeline = self._control.recorder.timeline
        return timeline.first, timeline.last


def _addresses(addr: int | range | None) -> range | None:
    return range(addr, addr + 1) if isinstance(addr, int) else addr
