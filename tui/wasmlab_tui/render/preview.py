"""What a program on the start screen is: a sentence and the head of its text."""

from __future__ import annotations

import textwrap

from wasmlab.escape import escaped
from wasmlab.samples import header
from wasmlab_tui.render.line import Line, Tone, Toned, line
from wasmlab_tui.render.syntax import coloured

SHOWN = 200
"""Lines of the text that are shown."""


def preview_lines(about: str, text: str, width: int = 60) -> list[Line]:
    """Return the sentence, wrapped at width, over the text."""
    lines = [line(Toned(f" {part}", Tone.STRONG)) for part in textwrap.wrap(escaped(about), width)]
    lines.append(line(""))
    rows = _without_header(text.splitlines())[:SHOWN]
    return lines + [line(" ", *coloured(escaped(row.expandtabs(4)))) for row in rows]


def _without_header(rows: list[str]) -> list[str]:
    """Return the lines without the comment at the top, which the sentence was taken from."""
    if not rows or not header("\n".join(rows)):
        return rows
    end = next((n for n, row in enumerate(rows) if not row.strip()), -1)
    return rows[end + 1 :]
