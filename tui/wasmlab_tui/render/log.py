"""Answers to commands and keys, as lines of a log."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from wasmlab.escape import escaped, shortened
from wasmlab_tui.render.line import Line, Tone, Toned, line

WIDEST = 4_000
"""Characters of a line that are kept."""
LONGEST = 10_000
"""Lines of an answer that are kept."""
_FAILED = "✗ "
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said in reply to a command or a key."""

    asked: str
    """The command or key that asked, as it is shown; empty: nothing did."""
    lines: tuple[str, ...] = ()
    failed: bool = False
    """It says why nothing came of it."""


def bounded(answer: Answer) -> Answer:
    """Return an answer that fits into the log; it says what was left out."""
    kept = tuple(shortened(text, WIDEST) for text in answer.lines[:LONGEST])
    more = len(answer.lines) - len(kept)
    rest = (f"... and {more:,} lines more",) if more else ()
    return Answer(shortened(answer.asked, WIDEST), (*kept, *rest), answer.failed)


def answer_lines(answer: Answer, width: int) -> list[Line]:
    """Return who asked and what was said: one line where that has room, else wrapped at width."""
    tone = Tone.ERROR if answer.failed else Tone.PLAIN
    said = [f"{_FAILED if answer.failed else ''}{escaped(text)}" for text in answer.lines]
    asked = escaped(answer.asked)
    beside = f"{asked}  {said[0]}" if asked and said else asked or "".join(said[:1])
    if len(said) <= 1 and len(beside) <= width - 1:
        gap = "  " if asked and said else ""
        return [line(" ", Toned(asked, Tone.STRONG), Toned(gap + "".join(said), tone))]
    indent = _INDENT if asked else ""
    head = _wrapped(asked, width - 1) if asked else []
    body = [part for text in said for part in _wrapped(text, width - 1, indent)]
    return [
        *(line(" ", Toned(part, Tone.STRONG)) for part in head),
        *(line(" ", Toned(part, tone)) for part in body),
    ]


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return a line in parts of width columns; further parts are indented more."""
    text = indent + text
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=f"{indent}{_INDENT}")
