"""Answers to commands and keys, as lines of a log."""

from __future__ import annotations

import re
import textwrap

from wasmlab.counted import counted
from wasmlab.escape import LONGEST_LINE, escaped, shortened
from wasmlab.records import dataclass
from wasmlab_tui.render.line import Line, Tone, Toned, line

LONGEST = 10_000
"""Lines of an answer that are kept."""
_FAILED = "✗ "
_INDENT = "  "
_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
"""What stands between columns."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What was said in reply to a command or a key."""

    asked: str
    """The command or key that asked, as it is shown; empty: nothing did."""
    lines: tuple[str, ...] = ()
    failed: bool = False
    """It says why nothing came of it."""


def bounded(answer: LogEntry) -> LogEntry:
    """Return an answer that fits into the log; it says what was left out."""
    kept = tuple(shortened(text, LONGEST_LINE) for text in answer.lines[:LONGEST])
    more = len(answer.lines) - len(kept)
    rest = (f"... and {counted(more, 'line')} more",) if more else ()
    return LogEntry(shortened(answer.asked, LONGEST_LINE), (*kept, *rest), answer.failed)


def answer_lines(answer: LogEntry, width: int) -> list[Line]:
    """Return who asked and what was said: one line where that has room, else wrapped at width."""
    tone = Tone.ERROR if answer.failed else Tone.PLAIN
    said = [f"{_FAILED if answer.failed else ''}{escaped(text)}" for text in answer.lines]
    asked = escaped(answer.asked)
    short = "".join(said).strip()
    gap = _INDENT if asked and short else ""
    if len(said) <= 1 and len(asked + gap + short) < width:
        return [line(" ", Toned(asked, Tone.STRONG), Toned(gap + short, tone))]
    indent = _INDENT if asked else ""
    head = _wrapped(asked, width - 1) if asked else []
    body = [part for text in said for part in _wrapped(text, width - 1, indent)]
    return [
        *(line(" ", Toned(part, Tone.STRONG)) for part in head),
        *(line(" ", Toned(part, tone)) for part in body),
    ]


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return a line in parts of width columns; those of a last column stand below each other."""
    text = indent + text
    if len(text) <= width:
        return [text]
    columns = [gap.end() for gap in _GAP.finditer(text, 0, 2 * width // 3)]
    further = columns[-1] if columns else len(indent + _INDENT)
    return textwrap.wrap(text, width, subsequent_indent=" " * further)
