"""Whatever the theme, everything that is to be read stands out from its ground."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest
from rich.segment import Segment
from textual.color import Color

from tests.tui.conftest import Lab, strips_of
from wasmlab_tui.app import LabApp
from wasmlab_tui.layout import PANES

Enter = Callable[..., AbstractAsyncContextManager[Lab]]

ENOUGH = 4.5
"""The contrast ratio that WCAG 2.1 asks of text."""
THEMES = sorted(LabApp().available_themes)


def luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: Color, b: Color) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_and_white_is_the_most_there_is() -> None:
    assert contrast(Color(0, 0, 0), Color(255, 255, 255)) == pytest.approx(21)
    assert contrast(Color(119, 119, 119), Color(255, 255, 255)) == pytest.approx(4.48, abs=0.01)


XTERM = {
    "black": "#000000", "red": "#cd0000", "green": "#00cd00", "yellow": "#cdcd00",
    "blue": "#0000ee", "magenta": "#cd00cd", "cyan": "#00cdcd", "white": "#e5e5e5",
    "bright_black": "#7f7f7f", "bright_red": "#ff0000", "bright_green": "#00ff00",
    "bright_yellow": "#ffff00", "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff",
    "bright_cyan": "#00ffff", "bright_white": "#ffffff",
}  # fmt: skip
"""What a terminal makes of colours that a theme leaves to it: xterm's."""


def colours(segment: Segment, *, dark: bool) -> tuple[Color, Color]:
    style = segment.style
    assert style is not None
    default = "#e5e5e5" if dark else "#000000", "#000000" if dark else "#ffffff"
    found = [
        named(None if colour is None else colour.name, usual)
        for colour, usual in zip((style.color, style.bgcolor), default, strict=True)
    ]
    return (found[1], found[0]) if style.reverse else (found[0], found[1])


def named(name: str | None, default: str) -> Color:
    if name is None or name == "default":
        return Color.parse(default)
    number = re.fullmatch(r"color\((\d+)\)", name)
    return Color.parse([*XTERM.values()][int(number[1])] if number else XTERM.get(name, name))


def unreadable(app: LabApp) -> Iterator[str]:
    """Yield words on the screen whose contrast is too low, with their colours."""
    dark = app.current_theme.dark
    for strip in strips_of(app):
        for segment in strip:
            word = "".join(c for c in segment.text if c.isalnum()).strip()
            if word and segment.style is not None and not segment.style.conceal:
                text, ground = colours(segment, dark=dark)
                if contrast(text, ground) < ENOUGH:
                    yield f"{segment.text!r} {text.hex} on {ground.hex}"


KEYS = [
    *(row.key for row in PANES if row.key),
    *("colon", "b", "r", "enter", "colon", "z", "enter", "0", "1"),
    *("g", "escape", "question_mark", "escape", "ctrl+p", "s", "escape", "E", "x"),
]
"""What is pressed after some steps; the screen is looked at after each key."""


@pytest.mark.asyncio
@pytest.mark.parametrize("theme", THEMES)
async def test_everything_in_the_lab_can_be_read(theme: str, enter: Enter) -> None:
    async with enter((160, 50)) as lab:
        lab.app.theme = theme
        await lab.press("b", "s", "s", "s")
        found = list(unreadable(lab.app))
        for key in KEYS:
            await lab.press(key)
            found += [f"{key}: {word}" for word in unreadable(lab.app)]
        assert not found


@pytest.mark.asyncio
@pytest.mark.parametrize("theme", THEMES)
async def test_start_screen_can_be_read(theme: str) -> None:
    app = LabApp()
    async with app.run_test(size=(130, 40)) as pilot:
        app.theme = theme
        await pilot.pause()
        assert not list(unreadable(app))
