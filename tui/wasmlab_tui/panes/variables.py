"""Locals of the selected frame, and globals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.variables import variable_lines

if TYPE_CHECKING:
    from wasmlab.debug.session import Session
    from wasmlab_tui.render.value import Base


class VariablesPane(ValuesPane):
    """Locals and globals by name."""

    def update_view(self, session: Session, base: Base, frame: int) -> None:
        """Show the locals of that frame."""
        chosen = session.frame_rows(frame, 1)
        if not chosen:
            self.set_lines(variable_lines((), session.globals, base))
            return
        locals_ = () if chosen[0].host else session.locals(frame)
        self.set_lines(variable_lines(locals_, session.globals, base, chosen[0].func_name))
