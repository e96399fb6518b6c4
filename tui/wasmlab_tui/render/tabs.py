"""The line that names panes which share one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab_tui.layout import PaneRow


def tab_line(rows: Sequence[PaneRow], active: str) -> Line:
    """Return the tabs with their keys; the one of the pane ``active`` in brackets."""
    return line(
        *(
            Toned(_label(row, row.id == active), Tone.STRONG if row.id == active else Tone.DIM)
            for row in rows
        )
    )


def tab_at(rows: Sequence[PaneRow], column: int) -> str:
    """Return the id of the pane whose tab is at a column, from 0; "" if there is none."""
    end = 0
    for row in rows:
        end += len(_label(row, active=False))
        if column < end:
            return row.id
    return ""


def _label(row: PaneRow, active: bool) -> str:  # noqa: FBT001 - it is data here
    shown = f"{row.key} {row.tab}"
    return f"[{shown}]" if active else f" {shown} "
