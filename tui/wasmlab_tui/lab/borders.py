"""The borders between panes: dragged with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events

LOWEST, NARROWEST = 3, 30
"""Lines and columns that every pane keeps."""


@dataclass(frozen=True, slots=True)
class Border:
    """What is between two widgets: the first ends, the second begins there."""

    first: Widget
    second: Widget
    is_column: bool


class DividedColumns(Horizontal):
    """Two columns of panes that can be made larger and smaller; a small screen has one layout."""

    def __init__(self, *columns: Widget, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(*columns, id=id)
        self.columns = columns
        self.shares: dict[str, int] = {}
        """Sizes that were given to panes and columns, by their ids, relative to each other.

        The style sheet has the others.
        """
        self._dragged: Border | None = None

    def take_shares(self, shares: Mapping[str, int]) -> None:
        """Take over sizes that were remembered; ids that there are no more are left out."""
        sized = {widget.id for widget in self._sized()}
        self.shares = {name: size for name, size in shares.items() if name in sized}

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the border under the pointer."""
        self._dragged = self._border_at(event.screen_x, event.screen_y)
        if self._dragged is not None:
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the border along with the pointer."""
        if self._dragged is not None:
            self._move(self._dragged, event.screen_x, event.screen_y)

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """Let the border go."""
        if self._dragged is not None:
            self._dragged = None
            self.release_mouse()

    def on_resize(self, _event: events.Resize) -> None:
        """Give the panes their shares again, or the small screen its own layout."""
        self.call_after_refresh(self.apply_sizes)

    def apply_sizes(self) -> None:
        """Lay out the panes by their shares."""
        wide = not self.screen.has_class("-narrow")
        for widget in self._sized():
            share = self.shares.get(widget.id or "")
            if share is None:
                continue
            size = f"{share}fr" if wide else None
            if widget in self.columns:
                widget.styles.width = size
                widget.styles.min_width = NARROWEST if wide else None
            else:
                widget.styles.height = size

    def _sized(self) -> list[Widget]:
        """Return what has a size: the columns, what stands in them, and what stands in that."""
        found = list[Widget](self.columns)
        for widget in found:  # it grows meanwhile
            if isinstance(widget, Horizontal | Vertical):
                found.extend(child for child in widget.children)
        return found

    def _border_at(self, x: int, y: int) -> Border | None:
        if self.screen.has_class("-narrow") or self.screen.maximized is not None:
            return None
        left, right = self.columns
        if x == left.region.right and left.region.y <= y < left.region.bottom:
            return Border(left, right, is_column=True)
        widget, _ = self.screen.get_widget_at(x, y)
        for node in (widget, *widget.ancestors):
            above = self._above(node) if isinstance(node, Widget) else None
            if isinstance(node, Widget) and above is not None and node.region.y == y:
                return Border(above, node, is_column=False)
        return None

    def _above(self, pane: Widget) -> Widget | None:
        """Return what stands on top of a pane; None if nothing does."""
        column = pane.parent
        if column is self or not isinstance(column, Horizontal | Vertical):
            return None
        if column.styles.layout is None or column.styles.layout.name != "vertical":
            return None
        stacked = _stacked(pane)
        at = stacked.index(pane) if pane in stacked else 0
        return stacked[at - 1] if at else None

    def _move(self, border: Border, x: int, y: int) -> None:
        first, second = border.first, border.second
        if border.is_column:
            whole = first.region.width + second.region.width
            size = max(NARROWEST, min(x - first.region.x, whole - NARROWEST))
            panes = {first: size, second: whole - size}
        else:
            whole = first.region.height + second.region.height
            size = max(LOWEST, min(y - first.region.y, whole - LOWEST))
            panes = {pane: pane.region.height for pane in _stacked(first)}
            panes |= {first: size, second: whole - size}
        self.shares |= {pane.id: size for pane, size in panes.items() if pane.id}
        self.apply_sizes()


def _stacked(pane: Widget) -> list[Widget]:
    """Return the panes that stand in one column with a pane, from above, those that are seen."""
    column = pane.parent
    children = column.children if isinstance(column, Widget) else ()
    return [child for child in children if child.display and child.region.height]
