"""The log: commands and keys with what was said in reply."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from wasmlab.counted import counted
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.render.log import LONGEST, LogEntry, answer_lines, bounded

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size
    from textual.selection import Selection

    from wasmlab_tui.render.line import Line

_NARROWEST = 20
"""Columns at which lines are wrapped at least."""


class LogPane(ChoicePane):
    """Answers, the newest last; without the focus as high as the one under the cursor.

    The oldest are dropped so that LONGEST lines are kept, or the last answer alone.
    """

    DEFAULT_CSS = """
    LogPane { background: $surface; }
    LogPane.-brief:blur { border-top: none; }
    """

    absent = "Nothing was asked yet."

    def __init__(self, *, id: str, title: str = "", key: str = "") -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, title=title, key=key)
        self.answers: deque[LogEntry] = deque()
        self._shown: deque[list[Line]] = deque()
        """The lines of each answer."""
        self._firsts: list[int] = [0]
        """Where each answer begins, in lines; then where the last one ends."""
        self._width = 0
        """The columns at which lines are wrapped."""

    def add(self, answer: LogEntry) -> None:
        """Show an answer after the others, from its beginning."""
        answer = bounded(answer)
        self.answers.append(answer)
        kept = sum(len(old.lines) + 1 for old in self.answers)
        while kept > LONGEST and len(self.answers) > 1:
            kept -= len(self.answers.popleft().lines) + 1
            self._shown.popleft()
        self.absent = ""
        self.remove_class("-absent", "-closed")
        self._shown.append(answer_lines(answer, self._width or self._columns))
        self._lay_out(len(self.answers) - 1)

    def copied(self) -> str:
        """Return what is copied here: the answer under the cursor."""
        if not self.answers:
            return ""
        answer = self.answers[self._number]
        return "\n".join(answer.lines or (answer.asked,))

    def render_line(self, y: int) -> Strip:
        """Return the strip of a row, in which text can be selected with the mouse."""
        strip, number = super().render_line(y), self.scroll_offset.y + y
        if number >= self.count:
            return strip
        selected = self.text_selection
        span = None if selected is None else selected.get_span(number)
        if span is not None:
            strip = self._marked(strip, *span)
        return strip.apply_offsets(0, number)

    def _marked(self, strip: Strip, first: int, end: int) -> Strip:
        """Return the strip of a row with characters [first, end) as what is selected; -1: all."""
        style = self.screen.get_component_rich_style("screen--selection")
        text = strip.text.rstrip()
        columns = [cell_len(text[:at]) for at in (first, len(text) if end < 0 else end)]
        before, marked, after = strip.divide([*columns, strip.cell_length])
        shown = Strip(list(Segment.apply_style(marked, post_style=style)))
        return Strip.join([before, shown, after])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text that is selected, each line without the room for the cursor's sign."""
        if selection.start is not None and selection.start.y >= self.count:
            return None  # it was dropped
        text = "\n".join(f" {line.text}" for line in self.lines)
        found = selection.extract(text).split("\n")
        return "\n".join(line.removeprefix("  ") for line in found), "\n"

    def focus_on_click(self) -> bool:
        """Leave the focus where it is until the button is up: the pane grows with it."""
        return False

    def on_click(self, event: events.Click) -> None:
        """Go to the answer that was clicked, unless text was selected."""
        if self.text_selection is None:
            super().on_click(event)
            self.focus(scroll_visible=False)

    def close(self) -> None:
        """Give the room to the panes until there is another answer, or the pane is gone to."""
        self.add_class("-closed")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of the answer under the cursor; with the focus, of all."""
        if self.has_focus:
            return super().get_content_height(container, viewport, width)
        return self._height

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        super().on_resize(event)
        if self._width != self._columns:
            self._width = self._columns
            self._shown = deque(answer_lines(answer, self._width) for answer in self.answers)
            self._lay_out(self._number)
        else:
            self._reveal_answer()

    def watch_has_focus(self, has_focus: bool) -> None:  # noqa: FBT001 - Textual's signature
        """Take room for all answers, or give it back."""
        super().watch_has_focus(has_focus)
        self.screen.set_class(has_focus, "-reading")
        self._take_room()

    @property
    def _number(self) -> int:
        """The answer under the cursor, from 0."""
        return max(0, min(bisect_right(self._firsts, self.cursor), len(self.answers)) - 1)

    @property
    def _height(self) -> int:
        """The lines of the answer under the cursor."""
        return len(self._shown[self._number]) if self._shown else 0

    @property
    def _columns(self) -> int:
        """Return the columns that lines have beside the cursor's sign and the scrollbar."""
        return max((self.size.width or self.screen.size.width) - 2, _NARROWEST)

    def _lay_out(self, number: int) -> None:
        """Show all lines, with the cursor on an answer."""
        self._firsts = [0, *accumulate(len(lines) for lines in self._shown)]
        self.set_lines(list(chain.from_iterable(self._shown)))
        self.cursor = self._firsts[number]
        self._take_room()

    def _take_room(self) -> None:
        """Be as high as need be, and begin at the answer under the cursor."""
        self.set_class(self._height <= 1, "-brief")
        self.refresh(layout=True)
        self.call_after_refresh(self._reveal_answer)

    def _reveal_answer(self) -> None:
        """Scroll to where the answer under the cursor begins."""
        first = self._firsts[self._number]
        self.scroll_to(y=first, animate=False, force=True, immediate=True)
        more = 0 if self.has_focus else self._height - self.size.height
        self.set_title(
            f"{self.heading}, {counted(more, 'more line')}" if more > 0 else self.heading
        )
