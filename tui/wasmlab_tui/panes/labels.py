"""The labels that are open at the current place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.labels import label_lines

if TYPE_CHECKING:
    from wasmlab_tui.panes.lab_view import LabView


class LabelsPane(ChoicePane):
    """Open labels, innermost first; choosing one shows where a branch to it goes."""

    targets: tuple[int | None, ...] = ()
    """The lines, from 1, at which branches to the labels go on; None: none is known."""

    def update_view(self, view: LabView) -> None:
        """Show the labels of the frame."""
        labels = view.session.labels_of(view.frame)
        self.targets = tuple(label.target_line for label in reversed(labels))
        self.set_lines(label_lines(labels))
        self.cursor = max(0, min(self.cursor, len(labels) - 1))
