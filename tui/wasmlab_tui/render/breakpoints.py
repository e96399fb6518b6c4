"""Breakpoints as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Breakpoint, Watchpoint


def breakpoint_mark(shown: Breakpoint) -> str:
    """Return the sign in the gutter: always, on a condition or a count, or disabled."""
    if not shown.enabled:
        return "○"
    return "◆" if shown.condition or shown.hits > 1 else "●"


def breakpoint_lines(
    breakpoints: Sequence[Breakpoint], watchpoints: Sequence[Watchpoint] = ()
) -> list[Line]:
    """Return a line per breakpoint: place, condition, hits; then one per watchpoint."""
    if not breakpoints and not watchpoints:
        return [note("none; b sets one at the cursor, w watches a value")]
    return [*(_breakpoint(b) for b in breakpoints), *(_watchpoint(w) for w in watchpoints)]


_ACCESSES = {"w": "written", "r": "read", "rw": "read or written"}


def _watchpoint(watch: Watchpoint) -> Line:
    return line(
        Toned(f" {'◎' if watch.enabled else '○'} {watch.number} ", Tone.BREAKPOINT),
        Toned(watch.text, Tone.NAME),
        Toned(f" {_ACCESSES.get(watch.access, watch.access)}", Tone.DIM),
        Toned(f"  is {watch.now}" if watch.now else "", Tone.NUMBER),
        Toned("" if watch.enabled else "  disabled", Tone.DIM),
    )


def _breakpoint(shown: Breakpoint) -> Line:
    condition = f"  if {shown.condition}" if shown.condition else ""
    hits = f"  from hit {shown.hits}" if shown.hits > 1 else ""
    return line(
        Toned(f" {breakpoint_mark(shown)} {shown.number} ", Tone.BREAKPOINT),
        Toned(f"call of {shown.callee}, " if shown.callee else "", Tone.HOST),
        Toned(", ".join(map(str, shown.locations)), Tone.NAME),
        Toned(condition + hits, Tone.PLAIN),
        Toned(f"  reached {shown.count}x" if shown.count else "", Tone.DIM),
        Toned("" if shown.enabled else "  disabled", Tone.DIM),
    )
