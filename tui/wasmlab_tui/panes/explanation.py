"""The next instruction in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.model import State
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.explanation import explanation_lines

if TYPE_CHECKING:
    from textual import events

    from wasmlab.debug.views.model import Instruction
    from wasmlab_tui.panes.lab_view import LabView

_OTHERWISE = {
    State.WAITING_FOR_CALL: "This program has no start: f chooses an exported function to call.",
    State.EXITED: "The program is over: S goes back, r runs it again, E edits it.",
}


class ExplanationPane(LinePane, can_focus=False):
    """What the next instruction does, with the operands of this very step."""

    instruction: Instruction | None = None
    alert = ""
    otherwise = ""

    def update_view(self, view: LabView) -> None:
        """Show the session's next instruction."""
        session = view.session
        self.instruction = session.instruction
        self.alert = session.stop.message if session.state is State.TRAPPED else ""
        self.otherwise = _OTHERWISE.get(session.state, "")
        self._lay_out()

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self.set_lines(
            explanation_lines(self.instruction, width, alert=self.alert, otherwise=self.otherwise)
        )
