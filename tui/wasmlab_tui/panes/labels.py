"""The labels that are open at the current place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.labels import label_lines

if TYPE_CHECKING:
    from wasmlab.debug.session import Session


class LabelsPane(ChoicePane):
    """Open labels, innermost first; choosing one shows where a branch to it goes."""

    targets: tuple[int | None, ...] = ()
    """Lines, from 1."""

    def update_view(self, session: Session, frame: int) -> None:
        """Show the labels of that frame."""
        labels = session.labels_of(frame)
        self.targets = tuple(label.target_line for label in reversed(labels))
        self.set_lines(label_lines(labels))
        self.cursor = max(0, min(self.cursor, len(labels) - 1))
