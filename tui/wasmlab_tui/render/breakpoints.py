"""Breakpoints as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Span, Tone, line, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.view import Breakpoint


def breakpoint_mark(stop: Breakpoint) -> str:
    """Return the sign in the gutter: always, on a condition or a count, or disabled."""
    if not stop.enabled:
        return "○"
    return "◆" if stop.condition or stop.hits > 1 else "●"


def breakpoint_lines(breakpoints: Sequence[Breakpoint]) -> list[Line]:
    """Return a line per breakpoint: place, condition, how often it was reached."""
    if not breakpoints:
        return [note("none; b sets one at the cursor")]
    return [_breakpoint(b) for b in breakpoints]


def _breakpoint(stop: Breakpoint) -> Line:
    condition = f"  if {stop.condition}" if stop.condition else ""
    hits = f"  from hit {stop.hits}" if stop.hits > 1 else ""
    return line(
        Span(f" {breakpoint_mark(stop)} {stop.number} ", Tone.BREAKPOINT),
        Span(str(stop.location), Tone.NAME),
        Span(condition + hits, Tone.PLAIN),
        Span(f"  reached {stop.count}x" if stop.count else "", Tone.DIM),
        Span("" if stop.enabled else "  disabled", Tone.DIM),
    )
