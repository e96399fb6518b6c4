"""Lines that some panes of a column leave, for one that has more to show than room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.widget import Widget

    from wasmlab_tui.panes.line_pane import LinePane

LEAST = 4
"""Lines that a pane keeps, with its title."""


class Room:
    """Gives lines of ``givers`` to ``taker``; without a need the style sheet's heights hold.

    While the taker has as many lines as before, givers only get lines back: what is shown does not
    move up and down with every step.
    """

    def __init__(self, taker: LinePane, givers: Sequence[LinePane]) -> None:
        self.taker, self.givers = taker, givers
        self._state: tuple[object, ...] = ()
        self._wanted: dict[LinePane, int] = {}
        self._given: Mapping[Widget, int] = {}

    def share(self) -> None:
        """Divide the column anew, if need be."""
        column = self.givers[0].parent
        if not isinstance(column, Vertical) or not column.size.height or not self.taker.display:
            return
        state = (self.taker.count, column.size, _shown(column), _shown(self.taker.parent))
        before = self._wanted if state == self._state else {}
        wanted = {pane: max(pane.count + 1, before.get(pane, 0)) for pane in self.givers}
        if wanted != before:
            self._state, self._wanted = state, wanted
            self._apply(self._divided(column))

    def _divided(self, column: Vertical) -> Mapping[Widget, int]:
        """Return the heights of what stands in the column; empty: those of the style sheet."""
        heights = _usual(column, column.size.height)
        row = self.taker.parent
        if not isinstance(row, Horizontal | Vertical):
            return {}
        has, grows = heights[row], [row]
        if _is_vertical(row):
            heights |= _usual(row, heights[row])
            has, grows = heights[self.taker], [row, self.taker]
        moved, need = 0, self.taker.count + 1 - has
        for giver in self.givers:
            spare = heights.get(giver, 0) - max(self._wanted[giver], LEAST)
            lines = max(min(spare, need - moved), 0)
            heights[giver] = heights.get(giver, 0) - lines
            moved += lines
        return heights | {node: heights[node] + moved for node in grows} if moved else {}

    def _apply(self, heights: Mapping[Widget, int]) -> None:
        if heights != self._given:
            for widget in self._given.keys() | heights.keys():
                lines = heights.get(widget)
                widget.styles.height = None if lines is None else f"{lines}fr"
            self._given = heights


def _shown(container: object) -> tuple[Widget, ...]:
    children = container.children if isinstance(container, Horizontal | Vertical) else ()
    return tuple(child for child in children if child.display)


def _usual(container: Widget, height: int) -> dict[Widget, int]:
    """Return the heights that the style sheet gives to what stands in a container."""
    parts = {child: child.styles.base.height for child in container.children if child.display}
    fitted = [child for child, part in parts.items() if part is not None and part.is_auto]
    height -= sum(child.size.height + child.gutter.height for child in fitted)
    weights = {
        child: part.value
        for child, part in parts.items()
        if part is not None and child not in fitted
    }
    whole = sum(weights.values())
    return {child: int(height * weight / whole) for child, weight in weights.items()}


def _is_vertical(container: Widget) -> bool:
    layout = container.styles.layout
    return layout is not None and layout.name == "vertical"
