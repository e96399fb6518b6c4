"""The program's text: gutter, next instruction, cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab_tui.actions import Scope, bindings
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.render.source import Gutter, Marks, source_line
from wasmlab_tui.render.syntax import coloured, comment_depths

if TYPE_CHECKING:
    from textual import events

    from wasmlab.debug.session import Session
    from wasmlab.debug.source import Source
    from wasmlab.debug.view import Breakpoint, Location
    from wasmlab_tui.render.line import Line

OFFSETS_FROM = 84
"""Columns from which the offsets have room beside the text."""
_LEXED_WHOLE = 20_000
"""Lines up to which the whole text is read at once: for block comments and the longest line."""
_WIDEST = 400
"""Columns that can be scrolled to in a longer text."""
_GUTTER = 24
"""Columns beside the text, at most, with what stands behind it."""
_NEAR = 40
"""Lines below the cursor in which an instruction is looked for."""


class SourcePane(LinePane):
    """WAT as written, or disassembly; read as it comes into sight."""

    BINDINGS = bindings(Scope.SOURCE)

    class GutterClicked(Message):
        """Somebody clicked beside a line, which is where the cursor is now."""

    def __init__(self, *, id: str, title: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.set_title(title)
        self.cursor = 1
        self._source: Source | None = None
        self._here: Location | None = None
        self._before: int | None = None
        self._stops: dict[int, Breakpoint] = {}
        self._depths: dict[int, int] = {}

    def update_view(self, session: Session, place: Location | None) -> None:
        """Show the session's text with place as the next instruction."""
        if session.source is not self._source:
            self._open(session.source)
        dirty = {self.cursor, *self._marked()}
        if self._here is not None and place != self._here:
            self._before = self._here.line
        self._here = place
        self._stops = {
            b.location.line: b for b in session.breakpoints if b.location.line is not None
        }
        if place is not None and place.line is not None:
            self.cursor = place.line
            self.reveal(place.line - 1)
        self.refresh_rows(*(n - 1 for n in dirty | {self.cursor, *self._marked()}))

    def line_at(self, number: int) -> Line:
        """Return a line with its gutter."""
        if self._source is None:
            raise IndexError(number)
        view = self._source.line(number + 1)
        here = self._here is not None and self._here.line == view.number
        marks = Marks(
            stop=self._stops.get(view.number),
            here=here,
            column=self._here.column if here and self._here is not None else None,
            before=self._before == view.number,
            cursor=self.cursor == view.number and self.has_focus,
        )
        return source_line(
            view, marks, self._gutter(), coloured(view.text, self._depths.get(number, 0))
        )

    def stop_at_cursor(self) -> Breakpoint | None:
        """Return the breakpoint on the cursor's line."""
        return self._stops.get(self.cursor)

    def offset_at_cursor(self) -> int | None:
        """Return the offset of the first instruction on the cursor's line or soon below it."""
        if self._source is None:
            return None
        last = min(self.cursor + _NEAR, self._source.line_count)
        for number in range(self.cursor, last + 1):
            offset = self._source.line(number).offset
            if offset is not None:
                return offset
        return None

    def go_to(self, line: int) -> None:
        """Put the cursor on that line, from 1, or on the nearest there is."""
        old, self.cursor = self.cursor, max(1, min(line, self.count))
        self.reveal(self.cursor - 1)
        self.refresh_rows(old - 1, self.cursor - 1)

    def find(self, text: str) -> bool:
        """Put the cursor on the next line that holds text, from the top again if need be."""
        source, wanted = self._source, text.casefold()
        if source is None or not wanted:
            return False
        for step in range(1, source.line_count + 1):
            number = (self.cursor - 1 + step) % source.line_count + 1
            if wanted in source.line(number).text.casefold():
                self.go_to(number)
                return True
        return False

    def show_here(self) -> None:
        """Put the cursor back on the next instruction."""
        if self._here is not None and self._here.line is not None:
            self.go_to(self._here.line)

    def action_move(self, delta: int) -> None:
        """Move the cursor by that many lines."""
        self.go_to(self.cursor + delta)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a page."""
        self.go_to(self.cursor + direction * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """Move the cursor to the first line."""
        self.go_to(1)

    def action_last(self) -> None:
        """Move the cursor to the last line."""
        self.go_to(self.count)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the line that was clicked; in the gutter, toggle a breakpoint."""
        self.go_to(event.y - self.gutter.top + self.scroll_offset.y + 1)
        if event.x < self._gutter().width:
            self.post_message(self.GutterClicked())

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh_rows(self.cursor - 1)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh_rows(self.cursor - 1)

    def _open(self, source: Source) -> None:
        self._source, self._here, self._before = source, None, None
        self.set_title(f"1 {source.title}")
        self._depths, width = {}, _WIDEST
        if source.line_count <= _LEXED_WHOLE:
            texts = [source.line(n).text for n in range(1, source.line_count + 1)]
            self._depths, width = comment_depths(texts), max(map(len, texts), default=0)
        self.set_count(source.line_count, width + _GUTTER)
        self.refresh()

    def _marked(self) -> set[int]:
        here = None if self._here is None else self._here.line
        return {n for n in (here, self._before, *self._stops) if n is not None}

    def _gutter(self) -> Gutter:
        wide = self.size.width >= OFFSETS_FROM
        return Gutter(digits=max(len(str(self.count)), 2), offset_digits=5 if wide else 0)
