"""The hints of the one-minute tour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.line import Tone, Toned, line

if TYPE_CHECKING:
    from wasmlab_tui.panes.lab_view import LabView


class TourBar(LinePane, can_focus=False):
    """One line, hidden unless the tour is on."""

    DEFAULT_CSS = """
    TourBar { height: 1; border: none; display: none; background: $accent-muted; }
    TourBar.-on { display: block; }
    """

    reached = 0

    def __init__(self, *, on: bool) -> None:
        super().__init__(id="tour")
        self.on = on
        self.set_class(on, "-on")

    def update_view(self, view: LabView) -> None:
        """Show the first hint that was not followed yet."""
        if not self.on:
            return
        from wasmlab_tui.tour import HINTS, stage

        self.reached = stage(view.session, self.reached)
        hint = HINTS[self.reached].text
        self.set_lines(
            [
                line(
                    Toned(f" Tour {self.reached + 1}/{len(HINTS)} ", Tone.HERE),
                    Toned(f" {hint}", Tone.STRONG),
                )
            ]
        )
