"""What a session offers of its recorded history: questions about it, files, other histories."""

from __future__ import annotations

from wasmlab.debug.forwarded import Late, Parts, checked, moving, on_control
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from wasmlab.debug.history import calls, coverage, events, find, origins, reverse
    from wasmlab.debug.history.coverage import Coverage
    from wasmlab.debug.history.events import TimelineView
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.whatif import branches, compare
    from wasmlab.debug.whatif.branches import Branch
    from wasmlab.runtime.values import PyValue
else:
    calls = Late("wasmlab.debug.history.calls")
    coverage = Late("wasmlab.debug.history.coverage")
    events = Late("wasmlab.debug.history.events")
    find = Late("wasmlab.debug.history.find")
    origins = Late("wasmlab.debug.history.origins")
    reverse = Late("wasmlab.debug.history.reverse")
    branches = Late("wasmlab.debug.whatif.branches")
    compare = Late("wasmlab.debug.whatif.compare")


class Past(Parts):
    """The recorded history of a program, and others that branch off it."""

    @property
    def previous(self) -> Location | None:
        """Where the instruction is that ran last; None unless the program is paused.

        The program stays where it is.

        >>> session.step(3)
        <Stop step, step 3, $fac @0x33 line 13>
        >>> session.previous
        <$fac @0x32 line 12>
        """
        with self.control.work.query():
            return reverse.previous(self.control)

    who_wrote = on_control(origins.who_wrote)
    who_printed = on_control(origins.who_printed)
    history_of = on_control(origins.history_of)
    first = on_control(find.first)
    last = on_control(find.last)
    writes = on_control(find.writes)
    find = on_control(find.find)  # after its siblings: from here on find is not the module
    calls = on_control(calls.calls)
    trace_records = on_control(coverage.trace_records)
    timeline_near = on_control(events.timeline_near)

    @property
    def coverage(self) -> Coverage:
        """How often each instruction ran in the recorded history, from its first step to its last.

        It takes as long as that history. Raises Interrupted.

        >>> session.run()
        <Stop returned, 120, step 50>
        >>> session.coverage.instructions[0].count
        5
        """
        with self.control.work.query():
            return coverage.coverage(self.control)

    @property
    def timeline(self) -> TimelineView:
        """The history that the program is on, with its events and where it stands.

        >>> session.step(3)
        <Stop step, step 3, $fac @0x33 line 13>
        >>> session.timeline.first, session.timeline.last
        (0, 3)
        """
        return events.timeline_view(self.control)

    @property
    def recorded(self) -> tuple[int, int]:
        """The first and the last step that ``goto`` reaches without running on.

        >>> session.step(12)
        <Stop step, step 12, $fac @0x33 line 13>
        >>> session.recorded
        (0, 12)
        """
        return self.control.timeline.first, self.control.timeline.last

    @checked
    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the recorded history of this branch to a file, which ``open_recording`` opens.

        What the program's files hold is not in it. Raises WasmlabError if it cannot be written,
        WouldReplace for a file that is there and is no recording, unless ``force`` replaces it.

        >>> session.run()
        <Stop returned, 120, step 50>
        >>> session.save("fac.wlab")
        >>> wl.open_recording("fac.wlab")
        <Session factorial.wat, paused at step 0, $fac @0x2e line 10>
        """
        from wasmlab.engine.recording.file.writer import save
        from wasmlab.output_file import Replacing

        rule = Replacing(force, how="force=True replaces it")
        work = self.control.work
        with work.query():
            save(path, self.control.recorder, self.beginning.options, rule, work)

    @property
    def core_dump(self) -> bytes:
        """The present state as a Wasm core dump (tool-conventions, Coredump.md).

        >>> session.run_to("fac")
        <Stop arrived, step 9, $fac @0x2e line 10>
        >>> wl.load(session.core_dump).custom_sections[0].name
        'core'
        """
        from wasmlab.debug.views.core_dump import core_dump

        with self.control.work.query():
            return core_dump(self.control.target)

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

        >>> session.set("$n", 3)
        >>> session.run()
        <Stop returned, 6, step 28>
        """
        branches.change(self.control, what, value)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """All histories of this session; number 1 is the first.

        >>> session.run()
        <Stop returned, 120, step 50>
        >>> session.goto(2)
        <Stop arrived, step 2, $fac @0x32 line 12>
        >>> session.set("$n", 3)
        >>> [branch.number for branch in session.branches]
        [1, 2]
        """
        return branches.branches(self.control)
