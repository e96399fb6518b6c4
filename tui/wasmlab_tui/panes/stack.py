"""The operand stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.stack import stack_window

if TYPE_CHECKING:
    from wasmlab.debug.views.model import StackSlot
    from wasmlab_tui.panes.lab_view import LabView


class StackPane(ValuesPane):
    """The operands of a frame, top first."""

    _named = ""
    """The function in the title."""

    def update_view(self, view: LabView) -> None:
        """Show the operands of the frame; the title names it unless it is the innermost."""
        session, frame = view.session, view.frame

        def read(start: int, count: int) -> tuple[StackSlot, ...]:
            return session.stack_rows(start, count, frame)

        size, labels = session.stack_size_of(frame), session.labels_of(frame)
        self.set_lines(stack_window(size, read, labels, view.base))
        name = session.frame_rows(frame, 1)[0].func_name if frame else ""
        if name != self._named:
            self._named = name
            self.set_title(f"{self.heading} of {name}" if name else self.heading)
        if self.scroll_offset.y:
            self.scroll_to(y=0, animate=False)
