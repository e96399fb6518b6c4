"""The program's text: gutter, next instruction, cursor."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from textual.message import Message

from wasmlab.escape import cut_in_middle
from wasmlab_tui.actions import Scope
from wasmlab_tui.bindings import bindings
from wasmlab_tui.panes.line_pane import LONGEST_NAME, LinePane
from wasmlab_tui.render.source import Gutter, Marks, source_line
from wasmlab_tui.render.syntax import coloured, comment_depths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Breakpoint, Location, SourceLine
    from wasmlab.debug.views.source import Source
    from wasmlab_tui.panes.lab_view import LabView
    from wasmlab_tui.render.line import Line

OFFSETS_FROM = 84
"""Columns from which the offsets have room beside the text."""
_LEXED_WHOLE = 20_000
"""Lines up to which the whole text is read at once: for block comments and the longest line."""
_WIDEST = 400
"""Columns that can be scrolled to in a longer text."""
_HEAD = 8
"""Lines up to which the head of a function is shown together with its next instruction."""
_FUNC = re.compile(r"\(func\b")
_INSTRUCTION = re.compile(r"[^()\s;]+(?: [^()\s;]+)*")
"""An instruction with its immediates, from its mnemonic on; no comment after it."""
_WIDEST_INSTRUCTION = 40
"""Columns of an instruction that are scrolled to."""
_GUTTER = 24
"""Columns beside the text, at most, with what stands after it."""


def line_with(source: Source, text: str, after: int) -> int | None:
    """Return the next line that holds text in any case, below ``after``, then from the top."""
    wanted, count = text.casefold(), source.line_count
    numbers = ((after - 1 + step) % count + 1 for step in range(1, count + 1))
    return next((n for n in numbers if wanted in source.line(n).text.casefold()), None)


class SourcePane(LinePane):
    """WAT as written, or disassembly; read as it comes into sight."""

    BINDINGS = bindings(Scope.SOURCE)
    scope = Scope.SOURCE

    class GutterClicked(Message):
        """The place beside a line was clicked; the cursor is on that line now."""

    class Unfolded(Message):
        """The text has more lines than before."""

    def __init__(self, *, id: str, title: str, key: str = "") -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, title=title, key=key)
        self.cursor = 1
        self._source: Source | None = None
        self._marks = ""
        self._count_digits = 0
        self._crossed: dict[int, str] = {}
        self._here: Location | None = None
        self._before: Location | None = None
        self._module: str | None = None
        """The instance whose text is shown, as places name it; None until one is shown."""
        self._here_line: int | None = None
        self._before_line: int | None = None
        self._breakpoints: dict[int, Breakpoint] = {}
        self._depths: dict[int, int] = {}

    def update_view(self, view: LabView) -> None:
        """Show the text of the frame, with its next instruction and the one that ran last."""
        session, source = view.session, view.source
        if source is not self._source:
            self._open(source)
        dirty = {self.cursor, *self._marked()}
        was = None if self._here is None else self._here.func
        self._here, self._before = view.place, view.ran_last
        self._module = self._module if view.place is None else view.place.module
        self._find_lines(session)
        self._crossed = {
            line: crossing.text
            for crossing in session.trail
            if (line := self._line_of(crossing.location)) is not None
        }
        self._count_hits(session)
        if self._here_line is not None:
            self.cursor = self._here_line
            self._reveal_here(entered=view.place is not None and view.place.func != was)
        self.refresh_rows(*(n - 1 for n in dirty | {self.cursor, *self._marked()}))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the next instruction in sight."""
        super().on_resize(event)
        self._reveal_here(entered=False)

    def _reveal_here(self, *, entered: bool) -> None:
        """Show the next instruction, sideways too; in another function, its head as well."""
        source, line = self._source, self._here_line
        if source is None or line is None:
            return
        view = source.line(line)
        if entered:
            above = range(line, max(line - _HEAD, 0), -1)
            head = next((n for n in above if _FUNC.search(source.line(n).text)), line)
            self.reveal(head - 1)
        self.reveal(line - 1)
        first = self._column(view) - 1
        found = _INSTRUCTION.match(view.text, first)
        self.fixed = self._gutter().width
        end = first if found is None else min(found.end(), first + _WIDEST_INSTRUCTION)
        self.reveal_columns(first, end)

    def set_marks(self, marks: str) -> None:
        """Show marks after the title."""
        self._marks = marks
        self._show_title()

    def _show_title(self) -> None:
        if self._source is not None:
            name = self._source.title
            shown = cut_in_middle(name, LONGEST_NAME, "…") if self._marks else name
            self.set_title(f"{shown}{self._marks}")

    def _find_lines(self, session: Session) -> None:
        """Find the lines of all that is marked; in a long disassembly, that opens functions."""
        self._look_up(session)
        if self._source is not None and self._source.line_count != self.count:
            self.set_count(self._source.line_count, self.longest)
            self.refresh()
            self._look_up(session)

    def _look_up(self, session: Session) -> None:
        self._breakpoints = self._lines_of(session.breakpoints)
        self._before_line = self._line_of(self._before)
        self._here_line = self._line_of(self._here)

    def _lines_of(self, breakpoints: Sequence[Breakpoint]) -> dict[int, Breakpoint]:
        places = ((self._line_of(place), b) for b in breakpoints for place in b.locations)
        return {line: b for line, b in places if line is not None}

    def _count_hits(self, session: Session) -> None:
        """Make room in the gutter for the largest count."""
        largest = max((b.count for b in session.breakpoints), default=0)
        digits = len(str(largest)) if largest else 0
        if digits != self._count_digits:
            self._count_digits = digits
            self.refresh()

    def _line_of(self, place: Location | None) -> int | None:
        if place is None or self._source is None or self._module not in {None, place.module}:
            return None
        return place.line or self._source.line_at(place.offset)

    def line_at(self, number: int) -> Line:
        """Return a line with its gutter. Raises IndexError."""
        if self._source is None:
            raise IndexError(number)
        view = self._source.line(number + 1)
        here = self._here_line == view.number
        marks = Marks(
            breakpoint=self._breakpoints.get(view.number),
            here=here,
            column=self._column(view) if here else None,
            before=self._before_line == view.number,
            crossed=self._crossed.get(view.number, ""),
            cursor=self.cursor == view.number and self.has_focus,
        )
        return source_line(
            view, marks, self._gutter(), coloured(view.text, self._depths.get(number, 0))
        )

    def _column(self, view: SourceLine) -> int:
        """Return where the next instruction stands in its line: in disassembly, it is alone."""
        if self._here is not None and self._here.column is not None:
            return self._here.column
        return len(view.text) - len(view.text.lstrip()) + 1

    def copied(self) -> str:
        """Return the text of the line under the cursor."""
        return "" if self._source is None else self._source.line(self.cursor).text

    def breakpoint_at_cursor(self) -> Breakpoint | None:
        """Return the breakpoint on the cursor's line."""
        return self._breakpoints.get(self.cursor)

    def go_to(self, line: int) -> None:
        """Put the cursor on that line, from 1, or on the nearest there is."""
        old, self.cursor = self.cursor, max(1, min(line, self.count))
        self.reveal(self.cursor - 1)
        self.refresh_rows(old - 1, self.cursor - 1)

    async def find(self, text: str) -> bool:
        """Put the cursor on the next line that holds text, from the top again if need be.

        A long text is looked through in a thread of its own.
        """
        source = self._source
        if source is None or not text:
            return False
        number = await asyncio.to_thread(line_with, source, text, self.cursor)
        if number is not None and source is self._source:
            self.go_to(number)
        return number is not None

    def show_here(self) -> None:
        """Put the cursor back on the next instruction."""
        if self._here_line is not None:
            self.go_to(self._here_line)

    def action_unfold(self) -> None:
        """Show the function or data that a line of a long disassembly stands for."""
        if self._source is not None:
            self._source.open_line(self.cursor)
            self.post_message(self.Unfolded())

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
        line = self.line_under(event)
        if line is None:
            return
        self.go_to(line + 1)
        if event.x < self._gutter().width:
            self.post_message(self.GutterClicked())

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh_rows(self.cursor - 1)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh_rows(self.cursor - 1)

    def _open(self, source: Source) -> None:
        self._source, self._here, self._before, self._module = source, None, None, None
        self._here_line, self._before_line, self._breakpoints, self._crossed = None, None, {}, {}
        self._show_title()
        self._depths, width = {}, _WIDEST
        if source.line_count <= _LEXED_WHOLE:
            texts = [source.line(n).text for n in range(1, source.line_count + 1)]
            self._depths, width = comment_depths(texts), max(map(len, texts), default=0)
        self.set_count(source.line_count, width + _GUTTER)
        self.refresh()

    def _marked(self) -> set[int]:
        marked = (self._here_line, self._before_line, *self._breakpoints, *self._crossed)
        return {n for n in marked if n is not None}

    def _gutter(self) -> Gutter:
        wide = self.size.width >= OFFSETS_FROM
        return Gutter(
            digits=max(len(str(self.count)), 2),
            offset_digits=5 if wide else 0,
            count_digits=self._count_digits,
        )
