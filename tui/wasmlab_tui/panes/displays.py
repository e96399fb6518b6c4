"""Expressions that are shown at every stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.actions import Scope, key_of
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.displays import display_lines

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Display
    from wasmlab_tui.panes.lab_view import LabView


class DisplaysPane(ChoicePane):
    """Expressions by number; the pane is as high as they are, and gone while there are none."""

    BINDINGS = bindings(Scope.LIST, Scope.DISPLAYS)
    scope = Scope.DISPLAYS
    displays: tuple[Display, ...] = ()

    def update_view(self, view: LabView) -> None:
        """Show what the session shows at this stop."""
        self.displays = view.session.displays
        how = f"{key_of('displays.add')} shows an expression at every stop."
        self.absent = "" if self.displays else how
        self.set_lines(display_lines(self.displays))
        self.cursor = max(0, min(self.cursor, len(self.displays) - 1))

    def chosen(self) -> Display | None:
        """Return what is under the cursor; None if nothing is shown."""
        return self.displays[self.cursor] if self.displays else None
