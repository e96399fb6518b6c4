"""How a theme shows tones: rich styles, made once for a theme.

Tones are not component classes of the style sheet: with a dozen panes, those cost Textual half
a second whenever a screen opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rich.style import Style
from textual.color import Color

from wasmlab_tui.render.line import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import App
    from textual.theme import Theme
    from textual.widget import Widget

_DIM = "dim"
_FADED = 0.7
"""How much of the foreground is left in what is dim."""

_LOOKS: dict[Tone, tuple[str, str, str]] = {
    # tone: foreground and background as variables of the theme, and attributes
    Tone.PLAIN: ("", "", ""),
    Tone.DIM: (_DIM, "", ""),
    Tone.STRONG: ("", "", "bold"),
    Tone.NAME: ("text-primary", "", ""),
    Tone.TYPE: ("text-secondary", "", ""),
    Tone.NUMBER: ("", "", ""),
    Tone.STRING: ("text-success", "", ""),
    Tone.KEYWORD: ("text-accent", "", ""),
    Tone.INSTRUCTION: ("text-primary", "", ""),
    Tone.COMMENT: (_DIM, "", "italic"),
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
_ANSI = {
    # variable: the terminal's own colours on a dark ground and on a light one
    "text-primary": ("bright_cyan", "blue"),
    "text-secondary": ("cyan", "magenta"),
    "text-success": ("green", "blue"),
    "text-accent": ("bright_magenta", "magenta"),
    "text-warning": ("yellow", "red"),
    "text-error": ("bright_red", "red"),
}
"""For themes that leave colours to the terminal; what is not here has the terminal's usual one."""
_ROWS = {Tone.HERE: "primary-muted", Tone.CURSOR: "surface-lighten-1"}


_GROUNDS = ("background", "surface", "panel", *_ROWS.values())
"""What tones without a ground of their own stand on."""
_ENOUGH = 4.5
"""The contrast ratio of text that WCAG 2.1 asks for."""
_STEPS = 20
_LINEAR_UP_TO = 0.04045
"""Parts of a colour in sRGB up to this are proportional to its light."""


class Palette:
    """Styles of one theme, in which every tone can be read on every ground that it has."""

    def __init__(self, theme: Theme, variables: Mapping[str, str]) -> None:
        self._variables = variables
        if theme.ansi:
            column = 0 if theme.dark else 1
            self.tones = {
                tone: Style.parse(attributes or "none")
                + Style(color=_ANSI[text][column] if text in _ANSI else None)
                for tone, (text, _, attributes) in _LOOKS.items()
            }
            self.rows = {Tone.HERE: Style(bold=True), Tone.CURSOR: Style(underline=True)}
            return
        usual = [self._parsed(name) for name in _GROUNDS]
        self.tones = {tone: self._style(*look, usual) for tone, look in _LOOKS.items()}
        self.rows = {tone: Style(bgcolor=self._parsed(name).hex6) for tone, name in _ROWS.items()}

    def _style(self, text: str, ground: str, attributes: str, usual: list[Color]) -> Style:
        own = self._parsed(ground) if ground else None
        colour = self._parsed("foreground" if text in {"", _DIM} else text)
        if text == _DIM:
            colour = self._parsed("background").blend(colour, _FADED)
        return Style.parse(attributes or "none") + Style(
            color=readable(colour, usual if own is None else [own]).hex6,
            bgcolor=None if own is None else own.hex6,
        )

    def _parsed(self, name: str) -> Color:
        return Color.parse(self._variables[name])


def contrast(a: Color, b: Color) -> float:
    """Return the contrast ratio of two colours, from 1 to 21. Source: WCAG 2.1, 1.4.3."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(colour: Color, grounds: Sequence[Color]) -> Color:
    """Return a colour, moved towards black or white as far as it must be to be read on grounds."""
    ends = [Color(0, 0, 0), Color(255, 255, 255)]
    end = max(ends, key=lambda end: min(contrast(end, ground) for ground in grounds))
    moved = (colour.blend(end, step / _STEPS) for step in range(_STEPS))
    good = (c for c in moved if all(contrast(c, ground) >= _ENOUGH for ground in grounds))
    return next(good, end)


def readable_variables(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """Return colours of text for the style sheet, which can be read on any usual ground."""
    tones = _palette(theme, variables).tones
    named = {"readable": tones[Tone.PLAIN], "readable-dim": tones[Tone.DIM]}
    return {
        name: "ansi_default" if style.color is None else style.color.name
        for name, style in named.items()
    }


_PALETTES: dict[str, Palette] = {}
"""By the name of the theme."""


def _palette(theme: Theme, variables: Mapping[str, str]) -> Palette:
    if theme.name not in _PALETTES:
        _PALETTES[theme.name] = Palette(theme, variables)
    return _PALETTES[theme.name]


def palette_of(widget: Widget) -> Palette:
    """Return the palette of the theme that the widget's app has."""
    app = cast("App[Any]", widget.app)  # pyright: ignore[reportUnknownMemberType] - App of any result
    return _palette(app.current_theme, app.theme_variables)
