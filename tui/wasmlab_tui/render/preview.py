"""What a program on the start screen is: a sentence and the head of its text."""

from __future__ import annotations

import textwrap

from wasmlab.debug.symbols import escaped
from wasmlab_tui.render.line import Line, Span, Tone, line
from wasmlab_tui.render.syntax import coloured

SHOWN = 200
"""Lines of the text that are shown."""


def preview_lines(about: str, text: str, width: int = 60) -> list[Line]:
    """Return the sentence, wrapped at width, over the text."""
    lines = [line(Span(f" {part}", Tone.STRONG)) for part in textwrap.wrap(escaped(about), width)]
    lines.append(line(""))
    rows = text.splitlines()[:SHOWN]
    return lines + [line(" ", *coloured(escaped(row.expandtabs(4)))) for row in rows]
