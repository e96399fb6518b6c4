"""The line that names panes which share one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab_tui.layout import PaneRow


_NARROW = 80
"""Columns that the tabs of the smallest screen have."""


def tab_line(rows: Sequence[PaneRow], active: str) -> Line:
    """Return the tabs with their keys; the one of the pane ``active`` in brackets."""
    spans = [
        Toned(text, Tone.STRONG if row.id == active else Tone.DIM)
        for row, text in zip(rows, _labels(rows, active), strict=True)
    ]
    return line(*spans)


def tab_at(rows: Sequence[PaneRow], column: int, active: str) -> str:
    """Return the id of the pane whose tab is at a column, from 0; "" if there is none."""
    end = 0
    for row, text in zip(rows, _labels(rows, active), strict=True):
        end += len(text)
        if column < end:
            return row.id
    return ""


def _labels(rows: Sequence[PaneRow], active: str) -> list[str]:
    """Return the texts of the tabs, closer to each other where there is no room."""
    shown = [f"{row.key} {row.tab}" for row in rows]
    space = " " if sum(map(len, shown)) + 2 * len(rows) <= _NARROW else ""
    return [
        f"[{text}]" if row.id == active else f" {text}{space}"
        for row, text in zip(rows, shown, strict=True)
    ]
