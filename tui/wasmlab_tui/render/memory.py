"""Linear memory, sixteen bytes a line, in hexadecimal and as text."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from wasmlab.debug.msgpack import unpacked
from wasmlab_tui.render.line import Line, Span, Tone, line

if TYPE_CHECKING:
    from wasmlab.debug.view import MemoryRow

WIDTH = 16
"""Bytes in a line."""
_PRINTABLE = range(0x20, 0x7F)


def memory_line(row: MemoryRow, cursor: int | None = None) -> Line:
    """Return one row; changed bytes carry ``*`` before them, host-touched ones ``'``.

    cursor is the address of the selected byte.
    """
    spans = [Span(f" {row.address:08x} ", Tone.DIM)]
    text: list[Span] = []
    for i in range(WIDTH):
        gap = " " if i == WIDTH // 2 else ""
        if i >= len(row.data):
            spans.append(Span(f"{gap}   "))
            continue
        address, byte = row.address + i, row.data[i]
        mark, tone = _mark(row, address, byte)
        if address == cursor:
            tone = Tone.CURSOR
        spans.append(Span(f"{gap}{mark}", tone if mark != " " else Tone.PLAIN))
        spans.append(Span(f"{byte:02x}", tone))
        text.append(Span(chr(byte) if byte in _PRINTABLE else "·", tone))
    return line(*_joined(spans), Span("  "), *_joined(text))


def _mark(row: MemoryRow, address: int, byte: int) -> tuple[str, Tone]:
    if address in row.changed:
        return "*", Tone.CHANGED
    if address in row.touched:
        return "'", Tone.TOUCHED
    return " ", Tone.PLAIN if byte else Tone.DIM


def _joined(spans: list[Span]) -> list[Span]:
    """Return the spans with neighbours of one tone put together: fewer pieces to paint."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].tone is span.tone:
            merged[-1] = Span(merged[-1].text + span.text, span.tone)
        else:
            merged.append(span)
    return merged


def reading(address: int, data: bytes) -> str:
    """Return what the bytes at address mean as little-endian numbers, and as text.

    data: the bytes from address on, at most 16 are read.
    """
    parts = [f"0x{address:x}"]
    for name, size, code in (("i8", 1, "b"), ("i16", 2, "<h"), ("i32", 4, "<i"), ("i64", 8, "<q")):
        if len(data) >= size:
            parts.append(f"{name} {struct.unpack(code, data[:size])[0]}")
    for name, size, code in _FLOATS:
        if len(data) >= size:
            parts.append(f"{name} {struct.unpack(code, data[:size])[0]:.6g}")
    return "  ".join(parts)


_TEXT = 64
"""Bytes of text that are shown."""
_FLOATS = (("f32", 4, "<f"), ("f64", 8, "<d"))


def readings(address: int, data: bytes) -> list[str]:
    """Return a line per type that the bytes at address can be read as, text and msgpack too.

    Integers are given signed, unsigned and in hexadecimal; text goes up to a zero byte; msgpack is
    named where it takes more than the one byte that always means something.
    """
    lines = [f"at 0x{address:x} ({address:,})"]
    for size in (1, 2, 4, 8):
        if len(data) >= size:
            cell = data[:size]
            signed = int.from_bytes(cell, "little", signed=True)
            bits = int.from_bytes(cell, "little")
            unsigned = "" if signed == bits else f"  unsigned {bits}"
            lines.append(f"i{8 * size:<3} {signed}{unsigned}  0x{bits:0{2 * size}x}")
    for name, size, code in _FLOATS:
        if len(data) >= size:
            lines.append(f"{name}  {struct.unpack(code, data[:size])[0]!r}")
    text = data.partition(b"\0")[0][:_TEXT].decode("utf-8", "backslashreplace")
    lines += [f'text "{text}"'] if text else []
    packed = unpacked(data)
    if packed is not None and packed.size > 1:
        lines.append(f"msgpack {packed.text} ({packed.size} bytes)")
    return lines
