"""Locals of the selected frame, and globals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.variables import variable_lines

if TYPE_CHECKING:
    from wasmlab_tui.panes.lab_view import LabView


class VariablesPane(ValuesPane):
    """Locals and globals by name."""

    def update_view(self, view: LabView) -> None:
        """Show the locals of the frame."""
        session, base, frame = view.session, view.base, view.frame
        chosen = session.frame_rows(frame, 1)
        if not chosen:
            self.set_lines(variable_lines((), session.globals, base))
            return
        locals_ = () if chosen[0].host else session.locals_of(frame)
        self.set_lines(variable_lines(locals_, session.globals, base, chosen[0].func_name))
