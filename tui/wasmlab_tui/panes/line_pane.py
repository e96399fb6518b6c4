"""What all panes share: a scrolling view that paints one line at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wasmlab.debug.symbols import escaped
from wasmlab_tui.render.line import Line, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence


TONE_CLASSES = frozenset(f"tone--{tone.value}" for tone in Tone)
TONE_CSS = """
    & > .tone--dim { color: $text-muted; text-style: dim; }
    & > .tone--strong { text-style: bold; }
    & > .tone--name { color: $text-primary; }
    & > .tone--type { color: $text-secondary; }
    & > .tone--number { color: $text; }
    & > .tone--string { color: $text-success; }
    & > .tone--keyword { color: $text-accent; }
    & > .tone--instruction { color: $text-primary; text-style: bold; }
    & > .tone--comment { color: $text-muted; text-style: italic; }
    & > .tone--changed { color: $text-warning; text-style: bold; background: $warning-muted; }
    & > .tone--popped { color: $text-accent; text-style: bold; }
    & > .tone--touched { color: $text-secondary; text-style: underline; }
    & > .tone--breakpoint { color: $text-error; text-style: bold; }
    & > .tone--here { text-style: bold reverse; }
    & > .tone--cursor { text-style: reverse; }
    & > .tone--host { color: $text-secondary; }
    & > .tone--error { color: $text-error; text-style: bold; }
    & > .tone--good { color: $text-success; text-style: bold; }
"""
"""How each tone looks, for the style sheet of a widget."""


class LinePane(ScrollView):
    """A pane over ``count`` lines, each made by ``line_at`` when it comes into sight.

    Text reaches the screen as segments only, so that nothing in it is read as markup.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {*TONE_CLASSES, "row--here", "row--cursor"}

    DEFAULT_CSS = f"LinePane {{ {TONE_CSS} }}" + """
    LinePane {
        border-top: solid $panel-lighten-2;
        border-title-color: $text-muted;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        scrollbar-size: 0 1;
        overflow-x: hidden;
        background: $background;
        & > .row--here { background: $primary 30%; }
        & > .row--cursor { background: $surface-lighten-1; }
    }
    LinePane:focus {
        border-top: heavy $primary;
        border-title-color: $text;
        border-title-style: bold reverse;
    }
    """

    count = 0
    """How many lines there are."""

    def line_at(self, number: int) -> Line:
        """Return line ``number``, from 0; called only while it can be seen."""
        raise NotImplementedError

    def set_count(self, count: int, width: int = 0) -> None:
        """Say how many lines there are, and how many columns the longest has."""
        self.count = count
        self.virtual_size = Size(width, count)

    def render_line(self, y: int) -> Strip:
        """Return the strip at row y of what is visible."""
        left, top = self.scroll_offset
        number = top + y
        width = self.size.width
        base = self.rich_style
        if not 0 <= number < self.count:
            return Strip.blank(width, base)
        shown = self.line_at(number)
        if shown.row is not None:
            base += self.get_component_rich_style(f"row--{shown.row.value}", partial=True)
        segments = [Segment(escaped(text), base + self.tone(tone)) for text, tone in shown.spans]
        return Strip(segments).crop(left, left + width).extend_cell_length(width, base)

    def tone(self, tone: Tone) -> Style:
        """Return how the theme shows a tone."""
        return self.get_component_rich_style(f"tone--{tone.value}", partial=True)

    def refresh_rows(self, *numbers: int) -> None:
        """Paint these lines anew, those that can be seen."""
        top, height = self.scroll_offset.y, self.size.height
        rows = [n - top for n in set(numbers) if 0 <= n - top < height]
        if rows:
            self.refresh(*(Region(0, row, self.size.width, 1) for row in rows))

    def reveal(self, number: int, margin: int = 2) -> None:
        """Scroll as little as needed to show line ``number`` with some lines around it."""
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        margin = min(margin, (height - 1) // 2)
        if top + margin <= number < top + height - margin:
            return
        inside = -height < number - top < 2 * height
        if not inside:
            target = number - height // 2
        elif number < top + margin:
            target = number - margin
        else:
            target = number - height + 1 + margin
        self.scroll_to(y=max(target, 0), animate=False, force=True, immediate=True)


class ListPane(LinePane):
    """A pane over lines that are all made at once; only those that differ are painted."""

    def __init__(self, *, id: str, title: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.border_title = title
        self.lines: Sequence[Line] = ()

    def line_at(self, number: int) -> Line:
        """Return one of the lines that were set."""
        return self.lines[number]

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines instead."""
        old, self.lines = self.lines, lines
        if len(old) != len(lines):
            self.set_count(len(lines), max((len(line.text) for line in lines), default=0))
            self.refresh()
            return
        self.refresh_rows(*(n for n, new in enumerate(lines) if new != old[n]))
