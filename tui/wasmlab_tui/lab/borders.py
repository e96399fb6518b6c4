"""The borders between panes: dragged with the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

LOWEST, NARROWEST = 3, 30
"""Lines and columns that every pane keeps."""
COLUMNS, STACKS = ("code", "state"), ("code", "state", "calls")
"""Parts of the screen that are beside each other, and those with panes above each other."""
ROWS = ("source", "explanation", "memory", "stack", "variables", "calls", "console",
        "frames", "labels", "breakpoints", "events")  # fmt: skip
SIZED = frozenset({*COLUMNS, *ROWS})
"""What has a size that can be remembered."""


@dataclass(frozen=True, slots=True)
class Border:
    """What is between two widgets: the first ends, the second begins there."""

    first: Widget
    second: Widget
    is_column: bool


class DividedScreen(Screen[None]):
    """A screen whose panes can be made larger and smaller; not where they share one place."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: dict[str, int] = {}
        """What a person has given to panes, by their names; the style sheet has the others."""
        self._dragged: Border | None = None

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
        wide = not self.has_class("-narrow")
        for name, share in self.shares.items():
            widget, size = self.query_one(f"#{name}"), f"{share}fr" if wide else None
            if name in COLUMNS:
                widget.styles.width = size
                widget.styles.min_width = NARROWEST if wide else None
            else:
                widget.styles.height = size

    def _border_at(self, x: int, y: int) -> Border | None:
        if self.has_class("-narrow") or self.maximized is not None:
            return None
        code, state = (self.query_one(f"#{name}") for name in COLUMNS)
        if x == code.region.right and code.region.y <= y < code.region.bottom:
            return Border(code, state, is_column=True)
        widget, _ = self.get_widget_at(x, y)
        for node in (widget, *widget.ancestors):
            above = _above(node) if node.parent is not None else None
            if above is not None and node.region.y == y:  # type: ignore[union-attr] - a widget
                return Border(above, node, is_column=False)  # type: ignore[arg-type] - a widget
        return None

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
    parent: Any = pane.parent
    return [child for child in parent.children if child.display and child.region.height]


def _above(node: Any) -> Widget | None:  # noqa: ANN401 - any node of the tree
    """Return what stands on top of a pane; None if nothing does."""
    parent = node.parent
    if parent.id not in STACKS or parent.styles.layout.name != "vertical":
        return None
    stacked = _stacked(node)
    place = stacked.index(node) if node in stacked else 0
    return stacked[place - 1] if place else None
