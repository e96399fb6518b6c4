"""The operand stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.stack import stack_window

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab_tui.render.value import Base


class StackPane(ValuesPane):
    """The operands of the innermost frame, top first."""

    def update_view(self, session: Session, base: Base) -> None:
        """Show the session's state."""
        read, labels = session.stack_rows, session.labels
        self.set_lines(stack_window(session.stack_size, read, labels, base))
        if self.scroll_offset.y:
            self.scroll_to(y=0, animate=False)
