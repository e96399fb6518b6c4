"""Where a value came from, as a list from the last write back to the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.history.provenance import Origin

_SAYS = {
    "copy": "copied",
    "constant": "a constant",
    "computed": "computed here",
    "host": "by the host",
    "zero": "zero from the start",
    "growth": "came with this growth",
    "instantiation": "there from the start",
    "argument": "an argument of the call",
    "change": "by hand",
    "printed": "printed here",
}


def origin_lines(found: Sequence[Origin]) -> list[Line]:
    """Return a line per write: step, instruction, what it changed, what kind of write it was."""
    return [_origin(origin) for origin in found]


def _origin(origin: Origin) -> Line:
    place = "" if origin.location is None else f"  {origin.location}"
    return line(
        Toned(f" step {origin.tick:>6,} ", Tone.DIM),
        Toned(f" {origin.text:<28} ", Tone.INSTRUCTION),
        Toned(f" {_change(origin)} ", Tone.NUMBER),
        Toned(f" {_SAYS.get(origin.kind, origin.kind)}", Tone.STRONG),
        Toned(place, Tone.DIM),
    )


def _change(origin: Origin) -> str:
    if origin.old in {"", origin.new}:
        return origin.new
    return f"{origin.old} → {origin.new}"
