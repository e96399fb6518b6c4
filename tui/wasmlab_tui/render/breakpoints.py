"""Breakpoints as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.counted import counted
from wasmlab.debug.views.model import Breakpoint, Watchpoint
from wasmlab_tui.render.line import Line, Tone, Toned, line, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Catchpoint

    StopPoint = Breakpoint | Watchpoint | Catchpoint


def breakpoint_mark(shown: Breakpoint) -> str:
    """Return the sign in the gutter: always, on a condition or a count, disabled, or a log's."""
    if not shown.enabled:
        return "○"
    if shown.log:
        return "◇"
    return "◆" if shown.condition or shown.hits > 1 or shown.ignores else "●"


def breakpoint_lines(points: Sequence[StopPoint]) -> list[Line]:
    """Return a line for each: place, or what is watched or caught; when it stops; its hits."""
    if not points:
        return [note("none; b sets one at the cursor, w watches a value, P logs")]
    return [_line(point) for point in points]


_ACCESSES = {"w": "written", "r": "read", "rw": "read or written"}


def _line(shown: StopPoint) -> Line:
    return line(
        *_what(shown),
        Toned(_terms(shown), Tone.PLAIN),
        Toned(f"  reached {shown.count}x" if shown.count else "", Tone.DIM),
        Toned("" if shown.enabled else "  disabled", Tone.DIM),
    )


def _what(shown: StopPoint) -> list[Toned]:
    mark = breakpoint_mark(shown) if isinstance(shown, Breakpoint) else "◎"
    number = Toned(f" {mark if shown.enabled else '○'} {shown.number} ", Tone.BREAKPOINT)
    if isinstance(shown, Watchpoint):
        access = Toned(f" {_ACCESSES.get(shown.access, shown.access)}", Tone.DIM)
        now = Toned(f"  is {shown.now}" if shown.now else "", Tone.NUMBER)
        return [number, Toned(shown.text, Tone.NAME), access, now]
    if isinstance(shown, Breakpoint):
        count = counted(len(shown.locations), "function")
        places = f"{count} like {shown.name}" if shown.pattern else ""
        call = Toned(f"call of {shown.callee}, " if shown.callee else "", Tone.HOST)
        return [number, call, Toned(places or ", ".join(map(str, shown.locations)), Tone.NAME)]
    return [number, Toned(f"catch {shown.what}", Tone.HOST)]


def _terms(shown: StopPoint) -> str:
    """Return when it stops, and what is done then."""
    said = f"  if {shown.condition}" if shown.condition else ""
    said += f"  from hit {shown.hits}" if shown.hits > 1 else ""
    said += f"  ignores the next {shown.ignores}" if shown.ignores else ""
    said += "  once" if shown.temporary else ""
    said += f'  logs "{shown.log}"' if shown.log else ""
    return said + (f"  does {'; '.join(shown.commands)}" if shown.commands else "")
