"""Where a value came from, as a list from the last write back to the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line, note
from wasmlab_tui.render.syntax import coloured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.history.provenance import Origin
    from wasmlab.debug.views.model import SourceLine
    from wasmlab.debug.views.source import Source

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
        Toned(f"{origin.reading} " if origin.reading else "", Tone.STRING),
        Toned(f" {_SAYS.get(origin.kind, origin.kind)}", Tone.STRONG),
        Toned(place, Tone.DIM),
    )


def _change(origin: Origin) -> str:
    if origin.old in {"", origin.new}:
        return origin.new
    return f"{origin.old} → {origin.new}"


AROUND = 12
"""Lines of text before and after the place of an origin."""


def place_lines(origin: Origin, source: Source, module: str) -> list[Line]:
    """Return the text around the instruction that wrote; why there is none, for other origins.

    module: whose text it is, empty where there is one only.
    """
    place = origin.location
    if place is not None and place.module != module:
        return [note(f"in the module {place.module}, which is not shown")]
    current = None if place is None else place.line or source.line_at(place.offset)
    if current is None:
        return [note("no instruction wrote it" if place is None else "its text is not shown")]
    first, last = max(current - AROUND, 1), min(current + AROUND, source.line_count)
    return [
        _text(source.line(number), is_here=number == current) for number in range(first, last + 1)
    ]


def _text(shown: SourceLine, *, is_here: bool) -> Line:
    sign = Toned(
        f"{'▶' if is_here else ' '}{shown.number:>5}│ ", Tone.HERE if is_here else Tone.DIM
    )
    return line(sign, *coloured(shown.text), row=Tone.HERE if is_here else None)
