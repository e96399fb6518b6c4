"""What the guest printed and which host functions it called, in the order it happened."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from wasmlab.debug.symbols import escaped
from wasmlab_tui.render.line import Line, Span, Tone, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.debug.view import HostCall, Output

STDERR = 2
_INDENT = 7
"""Columns before the text of a call."""


def console_lines(
    output: Sequence[Output], calls: Sequence[HostCall], width: int, *, show_calls: bool = True
) -> list[Line]:
    """Return the guest's lines, each call, wrapped at width, above what it printed.

    A line that was printed in pieces is joined, unless calls stand between the pieces.
    """
    lines: list[Line] = []
    stream, pending = 0, b""
    for event in _merged(output, calls if show_calls else ()):
        if isinstance(event, tuple):
            if event[0] != stream or show_calls:
                lines += _printed(pending, stream)
                pending = b""
            stream, pending = event[0], pending + event[1]
            continue
        lines += _printed(pending, stream)
        pending = b""
        lines += _call(event, width)
    return lines + _printed(pending, stream)


def _merged(
    output: Sequence[Output], calls: Sequence[HostCall]
) -> Iterable[tuple[int, bytes] | HostCall]:
    """Yield calls and pieces of output in order; a call comes before what it printed."""
    waiting = iter(output)
    piece = next(waiting, None)
    for call in calls:
        while piece is not None and piece.tick < call.tick:
            yield piece.stream, piece.data
            piece = next(waiting, None)
        yield call
    while piece is not None:
        yield piece.stream, piece.data
        piece = next(waiting, None)


def _printed(data: bytes, stream: int) -> list[Line]:
    if not data:
        return []
    text = data.decode("utf-8", "backslashreplace").removesuffix("\n")
    mark = Span(" ! " if stream == STDERR else " │ ", Tone.ERROR if stream == STDERR else Tone.DIM)
    return [
        line(mark, Span(escaped(part.removesuffix("\r").expandtabs()))) for part in text.split("\n")
    ]


def _call(call: HostCall, width: int) -> list[Line]:
    text = f"{call.text}  failed" if call.error else call.text
    first, *more = textwrap.wrap(text, max(width - _INDENT - 1, 20)) or [""]
    tone = Tone.ERROR if call.error else Tone.HOST
    return [
        line(Span(f" {call.tick:>5} ", Tone.DIM), Span(first, tone)),
        *(line(" " * (_INDENT + 2), Span(part, tone)) for part in more),
    ]
