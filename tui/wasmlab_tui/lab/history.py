"""Going back in time: the part of the lab that commands it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.history.provenance import Origin
from wasmlab.debug.views.plain_text import step_line
from wasmlab_tui.arguments import address
from wasmlab_tui.dialogues.ask import ask
from wasmlab_tui.dialogues.origins import OriginsScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.lab.commands import SteppingScreen
from wasmlab_tui.render.origin import origin_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Step, Stop
    from wasmlab_tui.panes.timeline import TimelineBar


TRACED = 100
"""Steps that are copied at most."""


class TravellingScreen(SteppingScreen):
    """Sends a session back and forth on what was recorded."""

    frame = 0
    """The frame that is shown; 0 is the innermost."""

    def action_step_back(self) -> None:
        """Take back one instruction."""
        self.move(self.session.step_back)

    def action_back_over(self) -> None:
        """Take back one instruction, a call as a whole."""
        self.move(self.session.reverse_over)

    def action_back_out(self) -> None:
        """Go back to the call that entered the function."""
        self.move(self.session.reverse_out)

    def action_back_run(self) -> None:
        """Run back to the breakpoint before."""
        self.move(self.session.reverse_run)

    def action_back_to_cursor(self) -> None:
        """Run back until the instruction under the cursor is next."""
        offset = self.offset_at_cursor()
        if offset is None:
            self.notify("There is no instruction at the cursor.")
        else:
            self.move(lambda: _back_to(self.session, offset))

    def action_to_start(self) -> None:
        """Go to the first recorded step."""
        self.send(self.session.to_start)

    def action_to_end(self) -> None:
        """Go to the last recorded step."""
        self.send(self.session.to_end)

    def action_next_event(self) -> None:
        """Go on to the next recorded event."""
        self.send(self.session.next_event)

    def action_previous_event(self) -> None:
        """Go back to the event before."""
        self.send(self.session.previous_event)

    def selected_value(self) -> str:
        """Return the value that a person most likely means: ``0x10``, ``$n`` or ``stack[0]``."""
        raise NotImplementedError

    def reachable(self, what: str) -> bool:
        """Return whether a value is one that commands reach; say so if it is a caller's operand."""
        if self.frame and what.startswith("stack["):
            self.notify("This is a caller's: only operands of the innermost frame can be asked.")
            return False
        return True

    def of_frame(self, what: str) -> str:
        """Return the name of a selected value for commands: ``$x@1`` is a local of the caller."""
        return f"{what}@{self.frame}" if self.frame and what.startswith("$") else what

    def is_value_selected(self) -> bool:
        """Return whether the pane with the focus has a value under its cursor."""
        raise NotImplementedError

    def selected_output(self) -> int | None:
        """Return where the line under the console's cursor begins in the output, from byte 0."""
        raise NotImplementedError

    def action_who_wrote(self) -> None:
        """Show where the selected value came from; ask for one if none is selected."""
        if self.selected_output() is not None:
            self._show_history_of_output(self.selected_output() or 0)
        else:
            self._ask_for_value("Who wrote what?", self._show_history)

    def action_last_write(self) -> None:
        """Ask for a value and go back to where it was written."""
        self._ask_for_value("Go back to the last write of what?", self._go_to_write)

    def action_next_write(self) -> None:
        """Ask for a value and run until it is written."""
        self._ask_for_value("Run to the next write of what?", self._run_to_write)

    def _run_to_write(self, what: str | None) -> None:
        if what:
            wanted = f"memory[{what}]" if what[:1].isdecimal() else what
            self.move(lambda: _to_next_write(self.session, wanted))

    def action_copy_trace(self) -> None:
        """Copy what the last steps did."""
        self.send(lambda: recent_steps(self.session, TRACED), self._copy_steps)

    def _copy_steps(self, steps: Sequence[Step]) -> None:
        if steps:
            self.copy("\n".join(step_line(step) for step in steps))
            self.notify(f"Copied {len(steps)} steps.", timeout=2)
        else:
            self.notify("Nothing was executed yet.")

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""
        self.app.copy_to_clipboard(text)  # pyright: ignore[reportUnknownMemberType] - App of any result

    def _ask_for_value(self, question: str, then: Callable[[str | None], None]) -> None:
        if self.is_value_selected():
            if self.reachable(self.selected_value()):
                then(self.selected_value())
            return
        hint = "An address, $variable, global 0, or stack[0] for the top."
        ask(self, PromptScreen(question, hint=hint, value=self.selected_value()), then)

    def _show_history(self, what: str | None) -> None:
        if what:
            wanted = _wanted(what)
            self.send(
                lambda: self.session.history_of(wanted), lambda found: self._list(what, found)
            )

    def _show_history_of_output(self, offset: int) -> None:
        session = self.session
        self.send(
            lambda: _history_of_output(session, offset),
            lambda found: self._list("what was printed", found),
        )

    def _list(self, what: str, found: tuple[Origin, ...]) -> None:
        screen = OriginsScreen(f"Who wrote {what}", origin_lines(found))
        ask(self, screen, lambda number: self._go_to_origin(found, number))

    def _go_to_origin(self, found: tuple[Origin, ...], number: int | None) -> None:
        if number is not None and number < len(found):
            self.send(lambda: self.session.goto(found[number].tick))

    def _go_to_write(self, what: str | None) -> None:
        if what:
            wanted = _wanted(what)
            self.send(lambda: self.session.goto(self.session.who_wrote(wanted).tick))

    def action_watch(self) -> None:
        """Ask for something and stop wherever it is written."""
        value = self.selected_value()
        if not self.reachable(value):
            return
        if value.startswith("0x"):
            value = f"i32[{value}]"
        hint = "memory[0x10:0x14], i32[0x10], global 0 or $variable."
        ask(self, PromptScreen("Stop where what is written?", hint=hint, value=value), self._watch)

    def _watch(self, what: str | None) -> None:
        if what:
            self.change(lambda: self.session.watch(what))

    def on_timeline_bar_chosen(self, event: TimelineBar.Chosen) -> None:
        """Go to the step that was clicked."""
        self.go_to_tick(event.tick)

    def go_to_tick(self, tick: int) -> None:
        """Go to a step."""
        self.send(lambda: self.session.goto(tick))


def _wanted(text: str) -> int | str:
    """Return the address that text is, or text."""
    return address(text) if text[:1].isdecimal() else text


def _history_of_output(session: Session, offset: int) -> tuple[Origin, ...]:
    """Return the call that printed a byte, then who wrote it."""
    found = session.who_printed(offset)
    call = Origin(found.tick, "printed", found.call.text, found.location, "", "")
    return call, *session.history_of(found)


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


def _back_to(session: Session, offset: int) -> Stop:
    """Run back to an instruction, or to a breakpoint that comes first."""
    point = session.break_at(offset)
    try:
        return session.reverse_run()
    finally:
        session.remove_breakpoint(point.number)
