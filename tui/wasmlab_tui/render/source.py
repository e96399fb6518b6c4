"""Lines of the program's text with their gutter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.records import dataclass
from wasmlab_tui.render.breakpoints import breakpoint_mark
from wasmlab_tui.render.line import Line, Tone, Toned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Breakpoint, SourceLine

HERE = "▶"
"""In the gutter of the line with the next instruction."""
BEFORE = "·"
"""In the gutter of the line with the instruction that ran last."""
CROSSED = "┊"
"""In the gutter of a line that the last step went past."""
_ENDS_WORD = frozenset(' ()\t;"')


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known about one line besides its text; column counts from 1."""

    breakpoint: Breakpoint | None = None
    here: bool = False
    column: int | None = None
    """Where the next instruction starts, if it is on this line."""
    before: bool = False
    cursor: bool = False
    crossed: str = ""
    """What the last step did in going past it: ``left $inner``."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """What stands before the text: digits of hit counts, line numbers and offsets (0: none)."""

    digits: int
    offset_digits: int = 0
    count_digits: int = 0

    @property
    def width(self) -> int:
        """Columns before the text."""
        counts = self.count_digits + 1 if self.count_digits else 0
        offsets = self.offset_digits + 1 if self.offset_digits else 0
        return 3 + counts + self.digits + 2 + offsets


def source_line(
    view: SourceLine, marks: Marks, gutter: Gutter, coloured: Sequence[Toned] | None = None
) -> Line:
    """Return a line of the source pane; coloured is its text as the lexer sees it."""
    number_tone = Tone.HERE if marks.here else Tone.STRONG if marks.cursor else Tone.DIM
    spans = [
        Toned(breakpoint_mark(marks.breakpoint) if marks.breakpoint else " ", Tone.BREAKPOINT),
        *_count(marks, gutter),
        Toned(_arrow(marks), Tone.HERE if marks.here else Tone.DIM),
        Toned(f" {view.number:>{gutter.digits}}", number_tone),
    ]
    if gutter.offset_digits:
        offset = "" if view.offset is None else f"{view.offset:x}"
        spans.append(Toned(f" {offset:>{gutter.offset_digits}}", Tone.DIM))
    spans.append(Toned("┃ " if marks.cursor else "│ ", Tone.STRONG if marks.cursor else Tone.DIM))
    body = tuple(coloured) if coloured is not None else (Toned(view.text),)
    if marks.here:
        body = _underlined(body, *_word(view.text, marks.column))
    spans.extend(body)
    if marks.crossed:
        spans.append(Toned(f"   {CROSSED} {marks.crossed}", Tone.COMMENT))
    row = Tone.HERE if marks.here else Tone.CURSOR if marks.cursor else None
    return Line(tuple(spans), row)


def _count(marks: Marks, gutter: Gutter) -> list[Toned]:
    """Return how often the line's breakpoint was reached, beside its sign."""
    if not gutter.count_digits:
        return []
    count = marks.breakpoint.count if marks.breakpoint is not None else 0
    shown = f"{count}x" if count else ""
    return [Toned(f"{shown:<{gutter.count_digits + 1}}", Tone.BREAKPOINT)]


def _arrow(marks: Marks) -> str:
    if marks.here:
        return HERE
    return BEFORE if marks.before else CROSSED if marks.crossed else " "


def _word(text: str, column: int | None) -> tuple[int, int]:
    """Return start and end of the instruction's name at column; of nothing if unknown."""
    if column is None or not 1 <= column <= len(text):
        return 0, 0
    start = column - 1
    while start < len(text) and text[start] in "( ":
        start += 1
    end = start
    while end < len(text) and text[end] not in _ENDS_WORD:
        end += 1
    return start, max(end, min(start + 1, len(text)))  # a function's end is its parenthesis


def _underlined(spans: Sequence[Toned], start: int, end: int) -> tuple[Toned, ...]:
    """Return the spans with the columns from start to end in the tone of the next instruction."""
    result: list[Toned] = []
    at = 0
    for text, tone in spans:
        cut = [max(0, min(len(text), edge - at)) for edge in (start, end)]
        pieces = (
            Toned(text[: cut[0]], tone),
            Toned(text[cut[0] : cut[1]], Tone.HERE),
            Toned(text[cut[1] :], tone),
        )
        result.extend(piece for piece in pieces if piece.text)
        at += len(text)
    return tuple(result)
