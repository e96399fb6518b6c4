"""How a theme shows tones: rich styles, made once for a theme.

Tones are not component classes of the style sheet: with a dozen panes, those cost Textual half
a second whenever a screen opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rich.style import Style
from textual.color import Color, ColorParseError

from wasmlab_tui.render.line import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App
    from textual.widget import Widget

_FADED = 0.7
"""How much of the foreground is left in what is dim."""

_LOOKS: dict[Tone, tuple[str, str, str]] = {
    # tone: foreground and background as variables of the theme, and attributes
    Tone.PLAIN: ("", "", ""),
    Tone.DIM: ("dim", "", ""),
    Tone.STRONG: ("", "", "bold"),
    Tone.NAME: ("text-primary", "", ""),
    Tone.TYPE: ("text-secondary", "", ""),
    Tone.NUMBER: ("", "", ""),
    Tone.STRING: ("text-success", "", ""),
    Tone.KEYWORD: ("text-accent", "", ""),
    Tone.INSTRUCTION: ("text-primary", "", ""),
    Tone.COMMENT: ("dim", "", "italic"),
    Tone.CHANGED: ("text-warning", "warning-muted", "bold"),
    Tone.POPPED: ("text-accent", "", "bold"),
    Tone.TOUCHED: ("text-secondary", "", "underline"),
    Tone.BREAKPOINT: ("text-error", "", "bold"),
    Tone.HERE: ("", "", "bold reverse"),
    Tone.CURSOR: ("", "", "reverse"),
    Tone.HOST: ("text-secondary", "", ""),
    Tone.ERROR: ("text-error", "", "bold"),
    Tone.GOOD: ("text-success", "", "bold"),
}
_ROWS = {Tone.HERE: "primary-muted", Tone.CURSOR: "surface-lighten-1"}


class Palette:
    """Styles of one theme."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.tones = {
            tone: Style.parse(attributes or "none")
            + Style(color=self._colour(text), bgcolor=self._colour(ground))
            for tone, (text, ground, attributes) in _LOOKS.items()
        }
        self.rows = {tone: Style(bgcolor=self._colour(ground)) for tone, ground in _ROWS.items()}

    def _colour(self, name: str) -> str | None:
        if name == "dim":
            text, ground = self._parsed("foreground"), self._parsed("background")
            return None if text is None or ground is None else ground.blend(text, _FADED).hex6
        found = self._parsed(name)
        return None if found is None else found.rich_color.name

    def _parsed(self, name: str) -> Color | None:
        try:
            return Color.parse(self._variables.get(name, "none"))
        except ColorParseError:
            return None


_PALETTES: dict[str, Palette] = {}
"""By the name of the theme."""


def palette_of(widget: Widget) -> Palette:
    """Return the palette of the theme that the widget's app has."""
    app = cast("App[Any]", widget.app)  # pyright: ignore[reportUnknownMemberType] - App of any result
    if app.theme not in _PALETTES:
        _PALETTES[app.theme] = Palette(app.theme_variables)
    return _PALETTES[app.theme]
