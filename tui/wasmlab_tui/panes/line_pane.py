"""What all panes share: a scrolling view that paints one line at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wasmlab.escape import escaped
from wasmlab_tui.actions import Scope
from wasmlab_tui.panes.palette import Palette, palette_of
from wasmlab_tui.render.line import Tone, fitted
from wasmlab_tui.render.window import Window, longest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.widget import Widget

    from wasmlab.debug.session import Session
    from wasmlab_tui.panes.lab_view import LabView
    from wasmlab_tui.render.line import Line


CUT = "…"
"""At the edge that text goes on beyond."""
_COPIED = 10_000
"""Lines that are copied at most."""

LONGEST_NAME = 32
"""Characters of a file's name in a title that marks follow: 80 columns show both."""


class LinePane(ScrollView):
    """A pane over lines; only those that can be seen are looked at, and painted where they differ.

    Long lists come as a Window, or ``line_at`` makes each line as it comes into sight. Text reaches
    the screen as segments only, so that nothing in it is read as markup.
    """

    scope = Scope.LAB
    """Which keys the pane has beside those of its screen: the help names them first."""
    absent = ""
    """Why the pane has nothing to show, if so: it gives its room away and is passed over then."""

    DEFAULT_CSS = """
    LinePane {
        border-top: solid $foreground 25%;
        border-title-color: $text-muted;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        scrollbar-size: 0 1;
        overflow-x: auto;
        background: $background;
    }
    LinePane:focus {
        border-top: heavy $primary;
        border-title-color: $text;
        border-title-style: bold reverse;
    }
    """

    _palette: Palette | None = None
    _titled = ""

    count = 0
    """How many lines there are."""
    longest = 0
    """How many columns the longest has, as far as known."""
    fixed = 0
    """Columns on the left that stay where they are when the pane scrolls sideways."""

    def __init__(self, *, id: str, title: str = "", key: str = "") -> None:  # noqa: A002 - Textual's name for it
        """Begin without lines; ``key``, which goes to the pane, stands before every title."""
        super().__init__(id=id)
        self.key, self.heading = key, title
        self.lines: Sequence[Line] = ()
        self.set_title(title)

    def line_at(self, number: int) -> Line:
        """Return line ``number``, from 0; called only while it can be seen."""
        return self.lines[number]

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines instead; only those that can be seen are looked at."""
        old, self.lines = self.lines, lines
        top, height = self.scroll_offset.y, self.size.height
        filled = min(top + height, max(len(old), len(lines)))
        both = min(len(old), len(lines))
        dirty = [n for n in range(top, filled) if n >= both or lines[n] != old[n]]
        if len(old) != len(lines):
            self.set_count(len(lines), longest(lines))
        self.refresh_rows(*dirty)

    def update_view(self, view: LabView) -> None:
        """Show a session that rests; a pane that shows nothing of it stays as it is."""

    def update_running(self, session: Session) -> None:
        """Show what may be read of a session that runs."""

    def leave_alone(self) -> None:
        """Read nothing more of the session until the next view: it works."""
        if isinstance(self.lines, Window):
            self.lines.close()

    def copied(self) -> str:
        """Return what is copied here: all lines."""
        return "\n".join(line.text.strip() for line in self.lines[:_COPIED])

    def line_under(self, event: events.MouseEvent) -> int | None:
        """Return the number of the line under the pointer, from 0; None on the title."""
        row = event.y - self.gutter.top
        return row + self.scroll_offset.y if row >= 0 else None

    def set_title(self, text: str) -> None:
        """Show text above the lines, as it is, after the pane's key."""
        text = f"{self.key} {text}" if self.key else text
        if text != self._titled:  # the same again would paint the whole pane
            self._titled = text
            set_title(self, text)

    def set_count(self, count: int, width: int = 0) -> None:
        """Say how many lines there are, and how many columns the longest has."""
        self.count, self.longest = count, width
        self._fit()

    def on_resize(self, _event: events.Resize) -> None:
        """See anew whether everything fits."""
        self._fit()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of all lines, for a pane that is as high as they are."""
        del container, viewport, width
        return self.count

    def _fit(self) -> None:
        """Tell Textual the extent; that costs a layout, unless the pane scrolled and still does."""
        fits = self.count <= self.size.height and self.longest <= self.size.width
        extent = Size(0, 0) if fits else Size(self.longest, self.count)
        if self._scrolls(extent) == self._scrolls(self.virtual_size) == (False, True):
            self.set_reactive(LinePane.virtual_size, extent)  # pyright: ignore[reportArgumentType] - a Reactive of the class
            self.vertical_scrollbar.window_virtual_size = extent.height
            self.scroll_y = min(self.scroll_y, extent.height - self.size.height)
        else:
            self.virtual_size = extent

    def _scrolls(self, extent: Size) -> tuple[bool, bool]:
        """Return whether an extent is too wide, and too high."""
        return extent.width > self.size.width, extent.height > self.size.height

    def render_line(self, y: int) -> Strip:
        """Return the strip at row y of what is visible."""
        left, top = self.scroll_offset
        number = top + y
        width = self.scrollable_content_region.width
        base, palette = self.visual_style.rich_style, self.palette
        if not 0 <= number < self.count:
            return Strip.blank(width, base)
        shown = self.line_at(number)
        if shown.row is not None:
            base += palette.rows[shown.row]
        segments = [
            Segment(escaped(text), base + palette.tones[tone])
            for text, tone in fitted(shown, width)
        ]
        strip = Strip(segments)
        if left or strip.cell_length > width:
            cut = Segment(CUT, base + palette.tones[Tone.DIM])
            strip = _in_sight(strip, left, width, self.fixed, cut)
        return strip.extend_cell_length(width, base)

    @property
    def palette(self) -> Palette:
        """How the theme shows tones."""
        if self._palette is None:
            self._palette = palette_of(self)
        return self._palette

    def notify_style_update(self) -> None:
        """Take up the colours of another theme."""
        self._palette = None
        super().notify_style_update()

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

    def reveal_columns(self, first: int, end: int) -> None:
        """Scroll sideways as little as needed to show columns [first, end) of the text.

        They count from the end of the fixed columns; where text goes on, a column has the sign for
        that. Where all of them fit, the text begins at the left. Before the pane has a size nothing
        is scrolled.
        """
        if not self.size.width:
            return
        room = max(self.scrollable_content_region.width - self.fixed - 1, 1)
        x = max(min(end - room, first - 1), 0)
        if x != self.scroll_offset.x:
            self.scroll_to(x=x, animate=False, force=True, immediate=True)


def _in_sight(strip: Strip, left: int, width: int, fixed: int, cut: Segment) -> Strip:
    """Return the columns of a line that can be seen, marked where text goes on beyond them.

    left: columns that it is scrolled by; fixed: columns that stay all the same.
    """
    fixed = min(fixed, width)
    parts = [strip.crop(0, fixed), strip.crop(fixed + left, left + width)] if left else [strip]
    if strip.crop(fixed, fixed + left).text.strip():
        parts[1:] = [Strip([cut]), parts[1].crop(1)]
    if strip.crop(left + width).text.strip():
        parts = [Strip.join(parts).crop(0, width - 1), Strip([cut])]
    return Strip.join(parts).crop(0, width)


def set_title(widget: Widget, text: str) -> None:
    """Show text above a widget; Textual would read a plain string as markup."""
    widget.border_title = Content(escaped(text))  # type: ignore[assignment] - it takes Content too
