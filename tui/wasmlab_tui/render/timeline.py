"""Time as one line: what is behind, where the program stands, what is ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Span, Tone, line

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = "◆"
PAST, FUTURE = "━", "─"
CALL = "╪"
"""A host call was made here."""


def track(first: int, last: int, width: int) -> tuple[int, int]:
    """Return the first column of the track and how many columns it has."""
    start = len(f" {first:,} ")
    return start, max(width - start - len(f" {last:,} "), 1)


def timeline_line(at: int, first: int, last: int, calls: Iterable[int], width: int) -> Line:
    """Return the line for a program at step ``at`` of first to last; calls are steps too."""
    _, columns = track(first, last, width)
    here = _column(at, first, last, columns)
    signs = [PAST if column < here else FUTURE for column in range(columns)]
    for tick in calls:
        if first <= tick <= last:
            signs[_column(tick, first, last, columns)] = CALL
    return line(
        Span(f" {first:,} ", Tone.DIM),
        Span("".join(signs[:here]), Tone.NAME),
        Span(HERE, Tone.HERE),
        Span("".join(signs[here + 1 :]), Tone.DIM),
        Span(f" {last:,} ", Tone.DIM),
    )


def tick_at(column: int, first: int, last: int, width: int) -> int:
    """Return the step at a column of the line."""
    start, columns = track(first, last, width)
    if columns == 1:
        return first
    place = max(0, min(column - start, columns - 1))
    return first + round(place * (last - first) / (columns - 1))


def _column(tick: int, first: int, last: int, columns: int) -> int:
    if last == first:
        return 0
    return round((tick - first) * (columns - 1) / (last - first))
