"""Time as one line: the steps before, the present one, those that are recorded after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

NextCall: TypeAlias = "Callable[[int], int | None]"
"""Gives the first step, at or after one, at which a host call is recorded."""
HERE = "◆"
PAST, FUTURE = "━", "─"
CALL = "╪"
"""A host call was made here."""
FORK = "┳"
"""Another branch begins here."""


def track(first: int, last: int, width: int) -> tuple[int, int]:
    """Return the first column of the track and how many columns it has."""
    start = len(f" {first:,} ")
    return start, max(width - start - len(f" {last:,} "), 1)


def timeline_line(
    at: int, first: int, last: int, next_call: NextCall, width: int, forks: Collection[int] = ()
) -> Line:
    """Return the line for a program at step ``at`` of first to last; forks are steps too."""
    _, columns = track(first, last, width)
    here = _column(at, first, last, columns)
    signs = [PAST if column < here else FUTURE for column in range(columns)]
    for column in _call_columns(first, last, next_call, columns):
        signs[column] = CALL
    for tick in forks:
        if first <= tick <= last:
            signs[_column(tick, first, last, columns)] = FORK
    return line(
        Toned(f" {first:,} ", Tone.DIM),
        Toned("".join(signs[:here]), Tone.NAME),
        Toned(HERE, Tone.HERE),
        Toned("".join(signs[here + 1 :]), Tone.DIM),
        Toned(f" {last:,} ", Tone.DIM),
    )


def _call_columns(first: int, last: int, next_call: NextCall, columns: int) -> Iterator[int]:
    """Yield the columns with host calls; there may be many more calls than columns."""
    tick = next_call(first)
    while tick is not None and tick <= last:
        column = _column(tick, first, last, columns)
        yield column
        tick = next_call(max(tick + 1, _first_tick(column + 1, first, last, columns)))


def _first_tick(column: int, first: int, last: int, columns: int) -> int:
    """Return a step at most as late as the first one in a column, but in none before the last."""
    if columns == 1:
        return last + 1
    return first + int((column - 0.5) * (last - first) / (columns - 1))


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
