"""What the guest printed and which host functions it called, in the order it happened."""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from wasmlab.counted import counted
from wasmlab.debug.views.model import HostCall, Output
from wasmlab.escape import escaped
from wasmlab.records import replace
from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STDERR = 2
BYTES = 200_000
"""Bytes of output that are shown at most."""
WIDEST = 2_000
"""Bytes of a line that are shown at most."""
_INDENT = 9
"""Columns before what is left of the text of a call."""


def newest(pieces: Sequence[Output]) -> Sequence[Output]:
    """Return the last pieces, BYTES at most; the first is cut."""
    room, first = BYTES, len(pieces)
    while first and room > 0:
        first -= 1
        room -= len(pieces[first].data)
    kept = list(pieces[first:])
    if room < 0:
        kept[0] = replace(kept[0], data=kept[0].data[-room:])
    return kept


def console_lines(
    output: Sequence[Output],
    calls: Sequence[HostCall],
    width: int,
    *,
    show_calls: bool = True,
    before: int = 0,
) -> list[Line]:
    """Return the guest's lines, each call, wrapped at width, above what it printed.

    A line that was printed in pieces is joined, unless calls stand between the pieces. Every line
    has the step at which it was there first. before: bytes that were printed before.
    """
    lines: list[Line] = []
    pieces: list[Output] = []
    for event in _merged(output, calls if show_calls else ()):
        if isinstance(event, Output) and _goes_on(pieces, event) and not show_calls:
            pieces.append(event)
            continue
        lines += _printed(pieces, before)
        before += sum(len(piece.data) for piece in pieces)
        pieces = [event] if isinstance(event, Output) else []
        lines += _call(event, width) if isinstance(event, HostCall) else []
    return lines + _printed(pieces, before)


def _goes_on(pieces: Sequence[Output], piece: Output) -> bool:
    return bool(pieces) and pieces[-1].stream == piece.stream


def waiting_lines(width: int) -> list[Line]:
    """Return what says that the program reads, wrapped at width."""
    text = "the program reads: i types a line, I ends the input"
    first, *more = textwrap.wrap(text, max(width - 5, 20))
    rest = (line(Toned(f"    {part}")) for part in more)
    return [line(Toned(" ? ", Tone.HERE), Toned(f" {first}")), *rest]


def _merged(output: Sequence[Output], calls: Sequence[HostCall]) -> Iterable[Output | HostCall]:
    """Yield calls and pieces of output in order; a call comes before what it printed."""
    waiting = iter(output)
    piece = next(waiting, None)
    for call in calls:
        while piece is not None and piece.tick < call.tick:
            yield piece
            piece = next(waiting, None)
        yield call
    while piece is not None:
        yield piece
        piece = next(waiting, None)


def _printed(pieces: Sequence[Output], before: int) -> list[Line]:
    """Return the lines of pieces that one stream got; a line is of the piece it begins in."""
    data = b"".join(piece.data for piece in pieces)
    if not data:
        return []
    failed = pieces[0].stream == STDERR
    mark = Toned(" ! " if failed else " │ ", Tone.ERROR if failed else Tone.DIM)
    ends = list(accumulate(len(piece.data) for piece in pieces))
    lines: list[Line] = []
    at = 0
    for part in data.removesuffix(b"\n").split(b"\n"):
        text = _shortened(part).removesuffix("\r").expandtabs()
        tick = pieces[min(bisect_right(ends, at), len(pieces) - 1)].tick
        lines.append(Line((mark, Toned(escaped(text))), tick=tick, printed=before + at))
        at += len(part) + 1
    return lines


def _shortened(part: bytes) -> str:
    more = len(part) - WIDEST
    text = part[:WIDEST].decode("utf-8", "backslashreplace")
    return f"{text} ... and {counted(more, 'byte')} more in this line" if more > 0 else text


def _call(call: HostCall, width: int) -> list[Line]:
    text = f"{call.text}  failed" if call.error else call.text
    step = f" {call.tick:>5} "
    first, *more = textwrap.wrap(text, max(width - len(step) - 1, 20)) or [""]
    tone = Tone.ERROR if call.error else Tone.HOST
    head = (Toned(step, Tone.DIM), Toned(first, tone))
    rest = [(Toned(" " * _INDENT), Toned(part, tone)) for part in more]
    return [Line(spans, tick=call.tick) for spans in (head, *rest)]
