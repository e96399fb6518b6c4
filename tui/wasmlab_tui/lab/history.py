"""Keys that go back and forth on what was recorded, and find out who wrote a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.history.provenance import Origin
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Step, Stop
    from wasmlab_tui.lab.desk import Desk
    from wasmlab_tui.lab.dispatcher import Dispatcher
    from wasmlab_tui.lab.prompting import Take, Then
    from wasmlab_tui.lab.selection import Selection
    from wasmlab_tui.render.line import Line


TRACED = 100
"""Steps that are copied at most."""


class HistoryKeys:
    """Commands the program to steps that were recorded."""

    def __init__(self, desk: Desk, dispatcher: Dispatcher, selection: Selection) -> None:
        self.desk, self.dispatcher, self.selection = desk, dispatcher, selection

    def step_back(self) -> None:
        """Take back one instruction."""
        self.dispatcher.move(self.desk.session.step_back)

    def back_over(self) -> None:
        """Take back one instruction, a call as a whole."""
        self.dispatcher.move(self.desk.session.reverse_over)

    def back_out(self) -> None:
        """Go back to the call that entered the function."""
        self.dispatcher.move(self.desk.session.reverse_out)

    def back_line(self) -> None:
        """Go back to the line before."""
        self.dispatcher.move(self.desk.session.reverse_line)

    def back_run(self) -> None:
        """Run back to the breakpoint before."""
        self.dispatcher.move(self.desk.session.reverse_run)

    def back_to_cursor(self) -> None:
        """Run back until the instruction under the cursor is next."""
        where = self.selection.line()
        self.dispatcher.move(lambda: _back_to(self.desk.session, where), self._say)

    def _say(self, note: str) -> None:
        if note:
            self.desk.say(note)

    def to_start(self) -> None:
        """Go to the first recorded step."""
        self.dispatcher.send(self.desk.session.to_start)

    def to_end(self) -> None:
        """Go to the last recorded step."""
        self.dispatcher.send(self.desk.session.to_end)

    def next_event(self) -> None:
        """Go on to the next recorded event."""
        self.dispatcher.send(self.desk.session.next_event)

    def previous_event(self) -> None:
        """Go back to the event before."""
        self.dispatcher.send(self.desk.session.previous_event)

    def go_to_tick(self, tick: int) -> None:
        """Go to a step."""
        self.dispatcher.send(lambda: self.desk.session.goto(tick))

    # Who wrote what

    def who_wrote(self) -> None:
        """Show where the selected value came from; ask for one if none is selected."""
        output = self.selection.output()
        if output is None:
            self._ask_for_value("Who wrote what?", self._origins)
        else:
            session = self.desk.session
            self.dispatcher.send(
                lambda: _origins_of_output(session, output),
                lambda found: self._list("what was printed", found),
            )

    def last_write(self) -> None:
        """Ask for a value and go back to where it was written."""
        self._ask_for_value("Go back to the last write of what?", self._last_write)

    def next_write(self) -> None:
        """Ask for a value and run until it is written."""
        self._ask_for_value("Run to the next write of what?", self._next_write)

    def _ask_for_value(self, question: str, take: Take) -> None:
        from wasmlab_tui.lab.prompting import ask_line, take_line

        value = self.selection.value()
        if self.selection.is_value():
            take_line(self.dispatcher, value, take)
        else:
            hint = "An address, $variable, global 0, or stack[0] for the top."
            ask_line(self.dispatcher, question, take, hint=hint, value=value)

    async def _origins(self, what: str) -> Then:
        session = self.desk.session
        found = await self.dispatcher.carry_out(lambda: _origins(session, what))
        return lambda: self._list(what, found)

    def _list(self, what: str, found: tuple[Origin, ...]) -> None:
        from wasmlab_tui.dialogues.chooser import OriginsScreen
        from wasmlab_tui.render.origin import origin_lines, place_lines

        source, here = self.desk.session.source, self.desk.session.frame_location
        module = "" if here is None else here.module

        def go_to(number: int | None) -> None:
            if number is not None and number < len(found):
                self.go_to_tick(found[number].tick)

        def preview(number: int) -> Sequence[Line]:
            return place_lines(found[number], source, module)

        screen = OriginsScreen(f"Who wrote {what}", origin_lines(found), preview)
        self.desk.ask(screen, go_to)

    async def _last_write(self, what: str) -> Then:
        from wasmlab_tui.lab.prompting import done

        session = self.desk.session
        await self.dispatcher.carry_out(lambda: session.goto(session.who_wrote(_wanted(what)).tick))
        return done

    async def _next_write(self, what: str) -> Then:
        from wasmlab.debug.stops.watch_area import parse_watch_area

        session = self.desk.session
        wanted = f"memory[{what}]" if what[:1].isdecimal() else what
        await self.dispatcher.answer(lambda: parse_watch_area(session.control.target, wanted))
        return lambda: self.dispatcher.move(lambda: _to_next_write(session, wanted))

    # The last steps as text

    def copy_trace(self) -> None:
        """Copy what the last steps did."""
        self.dispatcher.send(lambda: recent_steps(self.desk.session, TRACED), self._copy_steps)

    def _copy_steps(self, steps: Sequence[Step]) -> None:
        from wasmlab.debug.views.plain_text import step_line

        if steps:
            self.desk.copy("\n".join(step_line(step) for step in steps))
            self.desk.say(f"Copied {counted(len(steps), 'step')}.")
        else:
            self.desk.say("Nothing was executed yet.")


def _wanted(text: str) -> int | str:
    """Return the address that text is, or text; raises UsageError for a wrong number."""
    from wasmlab_tui.arguments import address

    return address(text) if text[:1].isdecimal() else text


def _origins(session: Session, what: str) -> tuple[Origin, ...]:
    """Return who wrote a value, back to its origin; the text of their places is made too."""
    return _prepared(session, session.history_of(_wanted(what)))


_PREPARED = 30
"""Origins whose functions are printed before their list is shown."""


def _prepared(session: Session, found: tuple[Origin, ...]) -> tuple[Origin, ...]:
    for origin in found[:_PREPARED]:
        if origin.location is not None:
            session.source.prepare(origin.location.offset)
    return found


def _origins_of_output(session: Session, offset: int) -> tuple[Origin, ...]:
    """Return the call that printed a byte, then who wrote it."""
    from wasmlab.debug.history.provenance import Origin

    found = session.who_printed(offset)
    call = Origin(found.tick, "printed", found.call.text, found.location, "", "")
    return _prepared(session, (call, *session.history_of(found)))


def recent_steps(session: Session, count: int) -> list[Step]:
    """Return what the last ``count`` steps did, oldest first; the program stays where it is."""
    first = max(session.tick - count, session.recorded[0])
    return list(session.trace(first, session.tick))


def _to_next_write(session: Session, what: str) -> Stop:
    """Run until something is written, or to a breakpoint that comes first."""
    watch = session.watch(what)
    try:
        return session.run()
    finally:
        session.remove_breakpoint(watch.number)


def _back_to(session: Session, where: str) -> str:
    """Run back to a place, or to a breakpoint before it; return what should be known of it."""
    moved = session.locate(where).moved
    session.reverse_until(where)
    return "" if moved is None else moved.note("going to")
