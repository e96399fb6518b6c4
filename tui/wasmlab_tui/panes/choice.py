"""A list with a cursor: something is chosen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab.records import replace
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.line import Tone, Toned

if TYPE_CHECKING:
    from textual import events

    from wasmlab_tui.render.line import Line


class ChoicePane(LinePane):
    """Lines, one of which is under the cursor."""

    BINDINGS = bindings(Scope.LIST)
    scope = Scope.LIST

    class Taken(Message):
        """The line under the cursor was chosen."""

        def __init__(self, pane: ChoicePane, number: int) -> None:
            super().__init__()
            self.pane, self.number = pane, number

        @property
        def control(self) -> ChoicePane:
            """The pane; Textual's selectors ask for it."""
            return self.pane

    cursor = 0
    clicks = 2
    """How many clicks choose a line; one at least puts the cursor there."""

    def line_at(self, number: int) -> Line:
        """Return a line with the cursor's sign, or room for it."""
        line = super().line_at(number)
        here = number == self.cursor and self.has_focus
        sign = Toned("▸" if here else " ", Tone.STRONG)
        yields = None if line.yields is None else line.yields + 1
        return replace(
            line, spans=(sign, *line.spans), yields=yields, row=Tone.CURSOR if here else line.row
        )

    def go_to(self, number: int) -> None:
        """Put the cursor on a line, from 0, or on the nearest there is."""
        old, self.cursor = self.cursor, max(0, min(number, self.count - 1))
        self.reveal(self.cursor)
        self.refresh_rows(old, self.cursor)

    def find(self, text: str) -> bool:
        """Put the cursor on the next line that holds text, from the top again if need be."""
        wanted, count = text.casefold(), len(self.lines)
        for step in range(1, count + 1):
            number = (self.cursor + step) % count
            if wanted in self.lines[number].text.casefold():
                self.go_to(number)
                return True
        return False

    def action_move(self, delta: int) -> None:
        """Move the cursor by that many lines."""
        self.go_to(self.cursor + delta)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a page."""
        self.go_to(self.cursor + direction * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """Move the cursor to the first line."""
        self.go_to(0)

    def action_last(self) -> None:
        """Move the cursor to the last line."""
        self.go_to(self.count - 1)

    def action_take(self) -> None:
        """Choose the line under the cursor."""
        if self.lines:
            self.post_message(self.Taken(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the line that was clicked; choose it at the last click needed."""
        number = event.y - self.gutter.top + self.scroll_offset.y
        if not 0 <= number < self.count:
            return
        self.go_to(number)
        if event.chain >= self.clicks:
            self.action_take()

    def watch_has_focus(self, has_focus: bool) -> None:  # noqa: FBT001 - Textual's signature
        """Show the cursor, or hide it."""
        super().watch_has_focus(has_focus)
        self.refresh_rows(self.cursor)
