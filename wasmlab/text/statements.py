"""Which statement of a text an instruction belongs to: a folded expression is one.

A statement is an instruction that stands in a sequence, of a function, a block or a branch of an
``if``, with all that is folded into it; what a sequence inside it has are statements of their own.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ROWS
from wasmlab.records import NamedTuple
from wasmlab.syntax.row import BlockKind
from wasmlab.text.lexer import TokenKind, lex
from wasmlab.text.positions import TextPosition

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEQUENCES = {row.mnemonic for row in ROWS if row.opens not in {None, BlockKind.IF}} | {
    "func",
    "then",
    "do",
    "module",
}
"""Words after whose parenthesis instructions follow one another."""
_INSTRUCTIONS = (TokenKind.INSTRUCTION, TokenKind.CONTROL)


class _OpenParen(NamedTuple):
    """A parenthesis that is open."""

    is_sequence: bool
    statement: TextPosition
    """That which an instruction in it belongs to, if it is no sequence."""


def statements(text: str, first: int, last: int) -> Mapping[TextPosition, TextPosition]:
    """Return where the statement begins that the instruction at each place belongs to.

    Of the lines from first to last of a text, which begin in a sequence. Places are those of the
    words of instructions.
    """
    lines = text.split("\n")[first - 1 : last]
    found: dict[TextPosition, TextPosition] = {}
    opened, after_paren = [_OpenParen(is_sequence=True, statement=TextPosition(first, 1))], False
    for word, kind, place in _words(lines, first):
        if kind is TokenKind.PAREN or kind is TokenKind.ANNOTATION:
            if after_paren:
                opened.append(opened[-1])
            after_paren = word == "("
            if kind is TokenKind.ANNOTATION:
                opened.append(opened[-1])
            elif word == ")" and len(opened) > 1:
                opened.pop()
            continue
        outer = opened[-1]
        statement = place if outer.is_sequence else outer.statement
        if kind in _INSTRUCTIONS:
            found[place] = statement
        if after_paren:
            opened.append(_OpenParen(word in _SEQUENCES, statement))
        after_paren = False
    return found


def _words(lines: list[str], first: int) -> list[tuple[str, TokenKind, TextPosition]]:
    """Return the tokens of lines but comments, with their kinds and places."""
    found: list[tuple[str, TokenKind, TextPosition]] = []
    depth = 0
    for number, line in enumerate(lines, first):
        lexed = lex(line, depth)
        depth = lexed.depth
        found += [
            (line[start:end], kind, TextPosition(number, start + 1))
            for kind, start, end in lexed.tokens
            if kind is not TokenKind.COMMENT
        ]
    return found
