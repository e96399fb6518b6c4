"""WAT for pygments: notebooks, documentation and terminals colour it as wasmlab does."""

from __future__ import annotations

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Punctuation,
    String,
    Whitespace,
)

from wasmlab.hints import TYPE_CHECKING
from wasmlab.text.lexer import TokenKind, lex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import ClassVar

    from pygments.token import _TokenType  # pyright: ignore[reportPrivateUsage] # in the base class

_STYLES = {
    TokenKind.COMMENT: Comment,
    TokenKind.PAREN: Punctuation,
    TokenKind.STRING: String.Double,
    TokenKind.NUMBER: Number,
    TokenKind.IDENTIFIER: Name.Variable,
    TokenKind.ANNOTATION: Name.Decorator,
    TokenKind.INSTRUCTION: Name.Builtin,
    TokenKind.CONTROL: Keyword,
    TokenKind.FIELD: Keyword.Declaration,
    TokenKind.TYPE: Keyword.Type,
    TokenKind.ATTRIBUTE: Name.Attribute,
    TokenKind.DIRECTIVE: Keyword.Namespace,
    TokenKind.ERROR: Error,
}


class WatLexer(Lexer):
    """WebAssembly 3.0 text and test scripts."""

    name = "WebAssembly text (wasmlab)"
    url = "https://webassembly.github.io/spec/core/text/"
    aliases: ClassVar[Sequence[str]] = ["wasmlab", "wat3"]
    filenames: ClassVar[Sequence[str]] = ["*.wat", "*.wast"]
    mimetypes: ClassVar[Sequence[str]] = ["text/x-wat"]
    priority = 1.0
    """Above pygments' own lexer, which knows the first version of WebAssembly only."""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield (index, token type, value) for all of text."""
        at = 0
        for kind, start, end in lex(text).tokens:
            if start > at:
                yield at, Whitespace, text[at:start]
            yield start, _STYLES[kind], text[start:end]
            at = end
        if at < len(text):
            yield at, Whitespace, text[at:]
