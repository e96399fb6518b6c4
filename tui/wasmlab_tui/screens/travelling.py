"""Going back in time: the part of the lab that commands it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.screens.stepping import SteppingScreen

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab.debug.view import Stop
    from wasmlab_tui.panes.timeline import TimelineBar


class TravellingScreen(SteppingScreen):
    """Sends a session back and forth on what was recorded."""

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

    def on_timeline_bar_chosen(self, event: TimelineBar.Chosen) -> None:
        """Go to the step that was clicked."""
        self.send(lambda: self.session.goto(event.tick))


def _back_to(session: Session, offset: int) -> Stop:
    """Run back to an instruction, or to a breakpoint that comes first."""
    point = session.break_at(offset)
    try:
        return session.reverse_run()
    finally:
        session.remove_breakpoint(point.number)
