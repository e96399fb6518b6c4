"""A text area that colours WAT with wasmlab's own lexer."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, ClassVar

from textual.widgets import TextArea

from wasmlab_tui.panes.palette import palette_of
from wasmlab_tui.render.syntax import coloured, comment_depths

if TYPE_CHECKING:
    from rich.text import Text

_ACTIVE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class WatArea(TextArea):
    """Edits WAT."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"wat--wrong"}

    DEFAULT_CSS = """
    WatArea {
        scrollbar-size: 1 1; padding: 0; background: $background;
        border: none; border-top: heavy $primary;
    }
    WatArea:focus { border: none; border-top: heavy $primary; }
    WatArea, WatArea:focus { border-title-color: $foreground; }
    WatArea > .text-area--gutter { color: $foreground; }
    WatArea > .text-area--cursor-gutter { color: $background; background: $foreground; }
    WatArea > .wat--wrong { color: $text-error; background: $error-muted; text-style: underline; }
    """

    def __init__(self, text: str, *, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(
            text, id=id, show_line_numbers=True, soft_wrap=False, tab_behavior="indent"
        )
        self.indent_width = 2
        self._wrong: int | None = None
        self._depths: dict[int, int] = comment_depths(text.split("\n"))

    def mark(self, line: int | None) -> None:
        """Mark a line, from 1, as the one that is wrong."""
        self._wrong = None if line is None else line - 1
        self.notify_style_update()

    def get_line(self, line_index: int) -> Text:
        """Return a line in colours, with signs in place of characters that would act."""
        line = super().get_line(line_index)
        shown = "".join("\N{REPLACEMENT CHARACTER}" if _acts(c) else c for c in line.plain)
        if shown != line.plain:
            line.plain = shown
        tones = palette_of(self).tones
        at = 0
        for text, tone in coloured(shown, self._depths.get(line_index, 0)):
            line.stylize(tones[tone], at, at + len(text))
            at += len(text)
        if line_index == self._wrong:
            line.stylize(self.get_component_rich_style("wat--wrong", partial=True))
        return line

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        """Follow block comments that span lines."""
        depths = comment_depths(self.document.lines)
        if depths != self._depths:
            self._depths = depths
            self.notify_style_update()


def _acts(char: str) -> bool:
    return char != "\t" and unicodedata.category(char) in _ACTIVE
