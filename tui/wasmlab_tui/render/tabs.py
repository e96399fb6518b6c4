"""The line that names panes which share one place."""

from __future__ import annotations

from wasmlab_tui.render.line import Line, Span, Tone, line

FIRST = 2
"""The key of the first tab; the source, which is always there, has 1."""


_SHORT = {"variables": "Locals", "breakpoints": "Breaks"}
"""Names that would not let the line fit into 80 columns."""


def tab_line(names: tuple[str, ...], active: str) -> Line:
    """Return the tabs with their keys; the active one in brackets."""
    return line(
        *(
            Span(_label(key, name, name == active), Tone.STRONG if name == active else Tone.DIM)
            for key, name in enumerate(names, FIRST)
        )
    )


def tab_at(names: tuple[str, ...], column: int) -> str:
    """Return the name of the tab at a column, or nothing."""
    end = 0
    for key, name in enumerate(names, FIRST):
        end += len(_label(key, name, active=False))
        if column < end:
            return name
    return ""


def _label(key: int, name: str, active: bool) -> str:  # noqa: FBT001 - it is data here
    shown = f"{key} {_SHORT.get(name, name.capitalize())}"
    return f"[{shown}]" if active else f" {shown} "
