"""Places in a text: lines and columns, and where its module fields stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.text.lexer import TokenKind, lex

if TYPE_CHECKING:
    from wasmlab.syntax.module import Module

_NEWLINE = re.compile(r"\n")
_SHAPE = (TokenKind.PAREN, TokenKind.ANNOTATION, TokenKind.FIELD)
_FIELD_LEVEL: tuple[list[str], ...] = ([], ["module"])
"""Open words around module fields; ``(module`` may be left out."""


class TextPosition(NamedTuple):
    """A place in a text: line and column, from 1, the column in characters."""

    line: int
    column: int


class Lines:
    """The lines of a text, to find places in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _NEWLINE.finditer(text))]

    def position(self, line: int, byte_column: int) -> TextPosition:
        """Return the position for a column that counts bytes of UTF-8."""
        if self._text.isascii() or line > len(self._starts):
            return TextPosition(line, byte_column)
        start = self._starts[line - 1]
        before = self._text[start : start + byte_column].encode()[: max(byte_column - 1, 0)]
        return TextPosition(line, len(before.decode("utf-8", "ignore")) + 1)

    def position_of(self, at: int) -> TextPosition:
        """Return the position of a character of the text."""
        line = bisect_right(self._starts, at)
        return TextPosition(line, at - self._starts[line - 1] + 1)


class Field(NamedTuple):
    """A module field: the places of its first parenthesis and of its last."""

    word: str
    start: int
    end: int
    is_import: bool
    """It imports, in place (``(func (import ..))``) or as a field of its own."""


def fields(text: str) -> list[Field]:
    """Return the fields of the module in text, in order; those of a script likewise."""
    words = [(kind, text[a:b], a) for kind, a, b in lex(text).tokens if kind in _SHAPE]
    found: list[Field] = []
    opened: list[str] = []
    start, imported = 0, False
    for (kind, word, at), following in pairwise([*words, (TokenKind.PAREN, "", len(text))]):
        if kind is TokenKind.ANNOTATION or word == "(":
            if opened in _FIELD_LEVEL:
                start, imported = at, False
            opened.append(following[1] if word == "(" else word)
            imported |= opened[-1] == "import"
        elif word == ")" and opened:
            closed = opened.pop()
            if opened in _FIELD_LEVEL:
                found.append(Field(closed, start, at, imported))
    return found


def field_position(module: Module, text: str, offset: int) -> TextPosition | None:
    """Return where the field begins in text that put the bytes at offset into module.

    None where that cannot be told, as for exports that are written inside other fields.
    """
    where = _field_at(module, offset)
    if where is None:
        return None
    word, place, count = where
    of_word = [f for f in fields(text) if f.word == word and f.is_import == (word == "import")]
    if len(of_word) != count:
        return None
    return Lines(text).position_of(of_word[place].start)


def _field_at(module: Module, offset: int) -> tuple[str, int, int] | None:
    """Return the word of the field, its number among those of that word, and how many there are."""
    from wasmlab.text.fields import KEYWORDS

    for place, func in enumerate(module.funcs):
        if func.body.start <= offset < func.body.end:
            return "func", place, len(module.funcs)
    sections = module.sections
    number = next((n for n, (start, end) in sections if start <= offset < end), 0)
    word = KEYWORDS.get(number)
    if word is None or word in {"type", "func", "code"}:  # no field says which bytes are its own
        return None
    offsets = _offsets(module, word)
    return word, max(bisect_right(offsets, offset) - 1, 0), len(offsets)


def _offsets(module: Module, word: str) -> list[int]:
    """Return where the definitions of a section are; one 0 where that is not known."""
    placed = {
        "import": module.imports,
        "table": module.tables,
        "global": module.globals,
        "export": module.exports,
        "elem": module.elems,
        "data": module.datas,
    }
    return [item.offset for item in placed.get(word, ())] or [0]
