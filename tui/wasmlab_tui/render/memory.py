"""Linear memory, as many bytes a line as fit, in hexadecimal and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.views.frames import ROW
from wasmlab.debug.views.model import MemoryRow
from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP = 8
"""Bytes after which there is a gap."""
FIRST_BYTE = 11
"""Column of the first byte in a line."""
_WIDTHS = (64, 48, 32, 24, 16)
"""Bytes that a line may have, the most first."""
_PRINTABLE = range(0x20, 0x7F)


def columns_of(width: int) -> int:
    """Return how many columns a line of so many bytes takes."""
    return FIRST_BYTE + 4 * width + width // GROUP


def fitting_width(columns: int) -> int:
    """Return how many bytes a line has where there are so many columns: 16 at least."""
    return next((w for w in _WIDTHS if columns_of(w) <= columns), _WIDTHS[-1])


def byte_under(column: int, width: int) -> int:
    """Return which byte of a line is at a column, or the nearest: a number from 0."""
    group, within = divmod(max(column - FIRST_BYTE, 0), 3 * GROUP + 1)
    return min(group * GROUP + min(within // 3, GROUP - 1), width - 1)


def joined_rows(rows: Sequence[MemoryRow], width: int) -> list[MemoryRow]:
    """Return rows that follow each other as rows of so many bytes, from the first address on."""
    if width == ROW:
        return list(rows)
    count = -(-len(rows) * ROW // width)
    return [_joined_row(rows, at * width, width) for at in range(count)]


def _joined_row(rows: Sequence[MemoryRow], start: int, width: int) -> MemoryRow:
    """Return the row of so many bytes that begins after start bytes of rows."""
    parts, skipped = rows[start // ROW : -(-(start + width) // ROW)], start % ROW
    changed = frozenset[int]().union(*(row.changed for row in parts))
    touched = frozenset[int]().union(*(row.touched for row in parts))
    data = b"".join(row.data for row in parts)[skipped : skipped + width]
    return MemoryRow(parts[0].address + skipped, data, changed, touched)


def memory_line(row: MemoryRow, cursor: int | None = None, *, width: int = 16) -> Line:
    """Return one row; changed bytes carry ``*`` before them, host-touched ones ``'``.

    cursor is the address of the selected byte, width how many bytes a whole row has.
    """
    spans = [Toned(f" {row.address:08x} ", Tone.DIM)]
    text: list[Toned] = []
    for i in range(width):
        gap = " " if i and i % GROUP == 0 else ""
        if i >= len(row.data):
            spans.append(Toned(f"{gap}   "))
            continue
        address, byte = row.address + i, row.data[i]
        mark, tone = _mark(row, address, byte)
        if address == cursor:
            tone = Tone.CURSOR
        spans.append(Toned(f"{gap}{mark}", tone if mark != " " else Tone.PLAIN))
        spans.append(Toned(f"{byte:02x}", tone))
        text.append(Toned(chr(byte) if byte in _PRINTABLE else "·", tone))
    return line(*_joined(spans), Toned("  "), *_joined(text))


def _mark(row: MemoryRow, address: int, byte: int) -> tuple[str, Tone]:
    if address in row.changed:
        return "*", Tone.CHANGED
    if address in row.touched:
        return "'", Tone.TOUCHED
    return " ", Tone.PLAIN if byte else Tone.DIM


def _joined(spans: list[Toned]) -> list[Toned]:
    """Return the spans with neighbours of one tone put together: fewer pieces to paint."""
    merged: list[Toned] = []
    for span in spans:
        if merged and merged[-1].tone is span.tone:
            merged[-1] = Toned(merged[-1].text + span.text, span.tone)
        else:
            merged.append(span)
    return merged
