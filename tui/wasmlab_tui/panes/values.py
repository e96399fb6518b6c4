"""What the panes of values share: a cursor on one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.choice import ChoicePane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab_tui.render.line import Line


_NEAR = 20
"""Lines up and down in which the value under the cursor is looked for; there may be many."""


class ValuesPane(ChoicePane):
    """Lines of which some show a value: the cursor is on one of those."""

    BINDINGS = bindings(Scope.LIST, Scope.VALUES)
    scope = Scope.VALUES

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines; the cursor stays on its value, or goes to the nearest."""
        named = self.selected()
        super().set_lines(lines)
        old = self.cursor
        near = range(max(0, old - _NEAR), min(old + _NEAR, len(lines)))
        same = (n for n in near if named and lines[n].value == named)
        self.cursor = next(same, self._value_near(old))
        self.refresh_rows(old, self.cursor)

    def go_to(self, number: int) -> None:
        """Put the cursor on the value nearest to a line."""
        super().go_to(self._value_near(number))

    def action_move(self, delta: int) -> None:
        """Move the cursor to the next value up or down."""
        number = self.cursor + delta
        while 0 <= number < len(self.lines):
            if self.lines[number].value:
                super().go_to(number)
                return
            number += delta

    def selected(self) -> str:
        """Return the value under the cursor as the debugger's commands name it, or nothing."""
        return self.lines[self.cursor].value if self.cursor < len(self.lines) else ""

    def _value_near(self, number: int) -> int:
        """Return the number of the nearest line with a value; lines may be many."""
        last = len(self.lines) - 1
        number = max(0, min(number, last))
        for distance in range(last + 1):
            for n in (number - distance, number + distance):
                if 0 <= n <= last and self.lines[n].value:
                    return n
        return 0
