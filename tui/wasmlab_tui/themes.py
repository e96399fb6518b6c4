"""Colours of the lab; all of Textual's own themes can be chosen too."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="wasmlab-dark",
    primary="#7aa2f7",
    secondary="#5fb3a1",
    accent="#c49bf2",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    foreground="#c8d0e8",
    background="#14161f",
    surface="#1d202d",
    panel="#272b3d",
    dark=True,
)
LIGHT = Theme(
    name="wasmlab-light",
    primary="#2451b8",
    secondary="#0b6e63",
    accent="#7a3fb5",
    warning="#8a5a00",
    error="#b3203b",
    success="#2f6f1d",
    foreground="#1f2433",
    background="#fbfbf8",
    surface="#eeeee8",
    panel="#dfdfd8",
    dark=False,
)
CONTRAST = Theme(
    name="wasmlab-contrast",
    primary="#ffffff",
    secondary="#ffff00",
    accent="#00ffff",
    warning="#ffff00",
    error="#ff6060",
    success="#60ff60",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    dark=True,
)
MONOCHROME = Theme(
    name="wasmlab-monochrome",
    primary="#d0d0d0",
    secondary="#d0d0d0",
    accent="#d0d0d0",
    warning="#ffffff",
    error="#ffffff",
    success="#d0d0d0",
    foreground="#d0d0d0",
    background="#101010",
    surface="#202020",
    panel="#303030",
    dark=True,
)
THEMES = (DARK, LIGHT, CONTRAST, MONOCHROME)
"""The first is the default."""
