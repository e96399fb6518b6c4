"""The colours of WAT: tones for the tokens of wasmlab's own lexer."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wasmlab.text.lexer import TokenKind, lex
from wasmlab_tui.render.line import Tone, Toned

if TYPE_CHECKING:
    from collections.abc import Iterable

TONES = {
    TokenKind.COMMENT: Tone.COMMENT,
    TokenKind.PAREN: Tone.DIM,
    TokenKind.STRING: Tone.STRING,
    TokenKind.NUMBER: Tone.NUMBER,
    TokenKind.IDENTIFIER: Tone.NAME,
    TokenKind.ANNOTATION: Tone.COMMENT,
    TokenKind.INSTRUCTION: Tone.INSTRUCTION,
    TokenKind.CONTROL: Tone.KEYWORD,
    TokenKind.FIELD: Tone.PLAIN,
    TokenKind.TYPE: Tone.TYPE,
    TokenKind.ATTRIBUTE: Tone.NUMBER,
    TokenKind.DIRECTIVE: Tone.KEYWORD,
    TokenKind.ERROR: Tone.ERROR,
}


@lru_cache(maxsize=4096)
def coloured(text: str, depth: int = 0) -> tuple[Toned, ...]:
    """Return a line of WAT as spans; depth: block comments that are open where it begins."""
    spans: list[Toned] = []
    at = 0
    for kind, start, end in lex(text, depth).tokens:
        if start > at:
            spans.append(Toned(text[at:start]))
        spans.append(Toned(text[start:end], TONES[kind]))
        at = end
    if at < len(text):
        spans.append(Toned(text[at:]))
    return tuple(spans)


def comment_depths(lines: Iterable[str]) -> dict[int, int]:
    """Return how many block comments are open where a line begins, for lines where any is.

    Lines count from 0.
    """
    depths: dict[int, int] = {}
    depth = 0
    for number, text in enumerate(lines):
        if depth:
            depths[number] = depth
        if depth or "(;" in text:
            depth = lex(text, depth).depth
    return depths
