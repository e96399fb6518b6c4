"""Linear memory, sixteen bytes a line, in hexadecimal and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from wasmlab.debug.views.model import MemoryRow

WIDTH = 16
"""Bytes in a line."""
_PRINTABLE = range(0x20, 0x7F)


def memory_line(row: MemoryRow, cursor: int | None = None) -> Line:
    """Return one row; changed bytes carry ``*`` before them, host-touched ones ``'``.

    cursor is the address of the selected byte.
    """
    spans = [Toned(f" {row.address:08x} ", Tone.DIM)]
    text: list[Toned] = []
    for i in range(WIDTH):
        gap = " " if i == WIDTH // 2 else ""
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
