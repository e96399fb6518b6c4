"""The labels that are open at the current place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.line_pane import ListPane
from wasmlab_tui.render.labels import label_lines

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


class LabelsPane(ListPane):
    """Open labels, innermost first."""

    def update_view(self, session: Session) -> None:
        """Show the session's state."""
        self.set_lines(label_lines(session.labels))
