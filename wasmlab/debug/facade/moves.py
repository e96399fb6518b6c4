"""What a session offers to move its program: forward, into a call, and back through history."""

from __future__ import annotations

from wasmlab.debug import control as control_
from wasmlab.debug import forward
from wasmlab.debug.forwarded import Late, Parts, checked, going_back, moving, on_control
from wasmlab.debug.views.model import State
from wasmlab.engine.program import add_call
from wasmlab.engine.recording.recorder import add_entry, next_entry
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wasmlab.debug import coming_back
    from wasmlab.debug.history import events, reverse, skipping, steps
    from wasmlab.debug.history.find import Findings
    from wasmlab.debug.lines import stepping
    from wasmlab.debug.views.model import Step, Stop
    from wasmlab.runtime.values import PyValue
else:
    coming_back = Late("wasmlab.debug.coming_back")
    events = Late("wasmlab.debug.history.events")
    reverse = Late("wasmlab.debug.history.reverse")
    skipping = Late("wasmlab.debug.history.skipping")
    stepping = Late("wasmlab.debug.lines.stepping")
    steps = Late("wasmlab.debug.history.steps")


class Moves(Parts):
    """Moving a program.

    Methods that only hand on to a function over one of a session's parts are written as that
    function: signature and docstring stand there. See ``wasmlab.debug.forwarded``.
    """

    step = moving(skipping.step)
    step_over = moving(coming_back.step_over)
    step_out = moving(coming_back.step_out)
    step_line = moving(stepping.step_line)
    step_over_line = moving(stepping.step_over_line)
    step_out_line = moving(stepping.step_out_line)
    run = moving(forward.run)
    trace_step = moving(steps.trace_step)

    @checked
    def run_to(self, where: str | int) -> Stop:
        """Run to what ``locate`` takes; of several places to the one that is reached first.

        Raises NoSuchLocation.

        >>> hello.run_to("hello.wat:25")
        <Stop arrived, step 3, $main @0x65 line 26>
        """
        from wasmlab.debug.stops.locations import resolve

        found = resolve(self.control.target, where).found
        self.views.note()
        with self.control.work.command():
            return forward.run_to_place(self.control, found)

    def pause(self) -> None:
        """Ask a running command to stop; may be called from any thread.

        >>> session.pause()
        """
        self.control.work.request()

    @checked
    def call(self, name: str, *args: PyValue) -> Stop:
        """Enter an exported function and stop before its first instruction.

        Raises DebugError while another call is under way, UsageError for arguments.

        >>> waiting = wl.Session(session.module)
        >>> waiting.call("fac", 3)
        <Stop step, step 0, $fac @0x2e line 10>
        >>> waiting.run()
        <Stop returned, 6, step 28>
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

        >>> print(hello.input_limit)
        None
        """
        return control_.input_limit(self.control)

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

        >>> [step.text for step in session.trace(3)]
        ['local.get $n', 'i64.const 2', 'i64.lt_s']
        """
        if limit is not None and last is not None:
            return steps.past_steps(self.control, limit, last)
        return self._executed(limit)

    def _executed(self, limit: int | None) -> Iterator[Step]:
        self.views.note()
        while limit is None or self.control.tick < limit:
            with self.control.work.command():
                step = steps.trace_step(self.control)
            if step is None:
                return
            yield step

    step_back = going_back(skipping.step_back)
    reverse_over = going_back(reverse.reverse_over)
    reverse_out = going_back(reverse.reverse_out)
    reverse_line = going_back(stepping.reverse_line)
    reverse_over_line = going_back(stepping.reverse_over_line)
    reverse_out_line = going_back(stepping.reverse_out_line)
    reverse_run = going_back(reverse.reverse_run)
    goto = going_back(reverse.goto)

    def to_start(self) -> Stop:
        """Go to the first recorded step.

        >>> session.step(3)
        <Stop step, step 3, $fac @0x33 line 13>
        >>> session.to_start()
        <Stop arrived, step 0, $fac @0x2e line 10>
        """
        return self.goto(self.control.timeline.first)

    def to_end(self) -> Stop:
        """Go to the last recorded step.

        >>> session.step(3)
        <Stop step, step 3, $fac @0x33 line 13>
        >>> session.to_start()
        <Stop arrived, step 0, $fac @0x2e line 10>
        >>> session.to_end()
        <Stop arrived, step 3, $fac @0x33 line 13>
        """
        return self.goto(self.control.timeline.last)

    def next_event(self) -> Stop:
        """Go to the next host call, output, breakpoint hit or end that is recorded; TimelineEnd.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.to_start()
        <Stop arrived, step 0, $main @0x5e line 22>
        >>> hello.next_event()
        <Stop arrived, step 11, $main @0x76 line 35>
        """
        return self.goto(events.next_event(self.control))

    def previous_event(self) -> Stop:
        """Go to the event before; TimelineEnd.

        >>> hello.run()
        <Stop exit, step 13>
        >>> hello.previous_event()
        <Stop arrived, step 11, $main @0x76 line 35>
        """
        return self.goto(events.previous_event(self.control))
