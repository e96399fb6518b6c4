"""A module and the parts of its memory, as lists to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.module import MemoryRegion, ModuleItem


def module_lines(items: Sequence[ModuleItem]) -> list[Line]:
    """Return a line per item; the first of a section names it."""
    lines: list[Line] = []
    section = ""
    for item in items:
        heading = "" if item.section == section else item.section
        section = item.section
        lines.append(_item(item, heading))
    return lines


def _item(item: ModuleItem, heading: str) -> Line:
    name, gap, rest = item.text.partition("  ")
    leads = item.func is not None or item.address is not None
    return line(
        Toned(f" {heading:<10} ", Tone.STRONG),
        Toned(f"{item.index:>5} ", Tone.DIM),
        Toned(name, Tone.NAME if leads else Tone.PLAIN),
        Toned(gap + rest, Tone.DIM),
    )


def region_lines(regions: Sequence[MemoryRegion], size: int, cursor: int) -> list[Line]:
    """Return a line per part with its share of size as a bar; the one with the cursor is marked."""
    return [_region(region, size, cursor) for region in regions]


_BAR = 24


def _region(region: MemoryRegion, size: int, cursor: int) -> Line:
    length = region.end - region.start
    here = region.start <= cursor < region.end
    first = _BAR * region.start // max(size, 1)
    bar = max(1, round(_BAR * length / max(size, 1)))
    return line(
        Toned(f" {region.start:08x} .. {region.end:08x} ", Tone.DIM),
        Toned("─" * first, Tone.DIM),
        Toned("█" * min(bar, _BAR - first), Tone.NAME),
        Toned("─" * max(_BAR - first - bar, 0), Tone.DIM),
        Toned(f" {length:>10,} bytes ", Tone.NUMBER),
        Toned(f" {region.text}", Tone.STRONG if here else Tone.PLAIN),
        Toned("  the cursor is here" if here else "", Tone.DIM),
    )
