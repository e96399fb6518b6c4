"""A lexer for WAT and ``.wast`` scripts, made for colouring.

It never fails: text that is no token of the format is a token of kind ``ERROR``. Lines can be
lexed one by one: the only state between lines is how many block comments are open.
"""

from __future__ import annotations

import re

from wasmlab.isa import control, exception
from wasmlab.isa.index import BY_MNEMONIC, ROWS
from wasmlab.records import Enum, NamedTuple
from wasmlab.syntax.row import Imm


class TokenKind(Enum):
    """The kind of a token; the value is a name for themes."""

    COMMENT = "comment"
    PAREN = "paren"
    STRING = "string"
    NUMBER = "number"
    IDENTIFIER = "identifier"
    """``$x``, also ``$"x y"``."""
    ANNOTATION = "annotation"
    """``(@name`` that opens an annotation."""
    INSTRUCTION = "instruction"
    CONTROL = "control"
    """Instructions of control flow, and the words of blocks."""
    FIELD = "field"
    """Words of module fields: ``module``, ``func``, ``export``, ``param``."""
    TYPE = "type"
    ATTRIBUTE = "attribute"
    """``offset=`` and ``align=``, with their number."""
    DIRECTIVE = "directive"
    """Words of scripts: ``assert_return``, ``invoke``."""
    ERROR = "error"


class Token(NamedTuple):
    """A token: text[start:end]."""

    kind: TokenKind
    start: int
    end: int


class Lexed(NamedTuple):
    """Tokens in order, white space left out, and how many block comments are open at the end."""

    tokens: list[Token]
    depth: int


_CONTROL = (
    {row.mnemonic for row in (*control.ROWS, *exception.ROWS)}
    | {row.mnemonic for row in ROWS if Imm.LABELIDX in row.imms}
    | {"then", "do", "catch_ref", "catch_all_ref", "on", "switch"}
)
_KEYWORDS = """
type i8 i16 i32 i64 f32 f64 v128 i8x16 i16x8 i32x4 i64x2 f32x4 f64x2
type any eq i31 struct array none nofunc extern noextern exn noexn cont nocont
type anyref eqref i31ref structref arrayref nullref funcref nullfuncref externref nullexternref
type exnref nullexnref contref nullcontref ref null mut shared
field module func type rec sub final field param result local global table memory tag import export
field start elem data item offset declare pagesize definition instance quote binary descriptor
field describes exact
directive assert_return assert_trap assert_exception assert_exhaustion assert_malformed
directive assert_invalid assert_unlinkable assert_malformed_custom assert_invalid_custom
directive assert_suspension assert_return_canonical_nan assert_return_arithmetic_nan
directive register invoke get script input output thread wait either
directive ref.host ref.extern ref.struct ref.array ref.eq ref.any ref.i31
"""
"""Words that are no instructions, after their kind."""


def _keywords() -> dict[str, TokenKind]:
    words: dict[str, TokenKind] = {}
    for line in _KEYWORDS.split("\n"):
        kind, *members = line.split() or ["type"]
        words |= dict.fromkeys(members, TokenKind(kind))
    return words


_WORDS: dict[str, TokenKind] = {
    **_keywords(),
    **dict.fromkeys(BY_MNEMONIC, TokenKind.INSTRUCTION),
    **dict.fromkeys(_CONTROL, TokenKind.CONTROL),
}
"""Every keyword of the text format that stands alone, with its kind."""

_DECIMAL = r"[0-9]+(?:_[0-9]+)*"
_HEX = r"[0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*"
_LONGEST_NUMBER = 1_000
"""Characters by which a number is told: for each repetition of a group ``re`` takes memory."""
_NUMBER = re.compile(
    rf"[+-]?(?:0x{_HEX}(?:\.(?:{_HEX})?)?(?:[pP][+-]?{_DECIMAL})?"
    rf"|{_DECIMAL}(?:\.(?:{_DECIMAL})?)?(?:[eE][+-]?{_DECIMAL})?"
    rf"|inf|nan(?::(?:0x{_HEX}|canonical|arithmetic))?)"
)
_ATTRIBUTE = re.compile(rf"(?:offset|align)=(?:0x{_HEX}|{_DECIMAL})")
_IDCHARS = r"[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]"
_PIECES = 1_000
"""Escapes of a string that are matched at once, for the same reason."""
_PLAIN = r'[^"\\\x00-\x1f\x7f]*'
_ESCAPE = rf"\\(?:[tnr\"'\\]|[0-9A-Fa-f]{{2}}|u\{{{_HEX}\}})"
_STRING = rf'"{_PLAIN}(?:{_ESCAPE}{_PLAIN}){{0,{_PIECES}}}"'
_LONG = rf'"{_PLAIN}(?:{_ESCAPE}{_PLAIN}){{{_PIECES}}}'
_REST = re.compile(rf"(?:{_ESCAPE}{_PLAIN}){{1,{_PIECES}}}")
_BROKEN = re.compile(r'[^"\n]*"?')
_TOKEN = re.compile(
    rf"""
      (?P<word>[A-Za-z0-9+-]{_IDCHARS}*)
    | (?P<comment>;;[^\n]*)
    | (?P<open>\(;)
    | (?P<long>(?:\$|\(@)?{_LONG})
    | (?P<annotation>\(@(?:{_IDCHARS}+|{_STRING}))
    | (?P<paren>[()])
    | (?P<identifier>\$(?:{_IDCHARS}+|{_STRING}))
    | (?P<string>{_STRING})
    | (?P<error>"[^"\n]*"?|{_IDCHARS}+|[^\s()";]+|\S)
    """,
    re.VERBOSE,
)
_BLOCK_EDGE = re.compile(r"\(;|;\)")
_KINDS = {
    "comment": TokenKind.COMMENT,
    "annotation": TokenKind.ANNOTATION,
    "paren": TokenKind.PAREN,
    "identifier": TokenKind.IDENTIFIER,
    "string": TokenKind.STRING,
    "error": TokenKind.ERROR,
}
_LONG_GROUPS = frozenset({"open", "long"})
_LONG_KINDS = {'"': TokenKind.STRING, "$": TokenKind.IDENTIFIER, "(": TokenKind.ANNOTATION}
"""Kinds of strings by the first character."""


def lex(text: str, depth: int = 0) -> Lexed:
    """Return the tokens of text, a line or many, that begins inside depth block comments."""
    tokens: list[Token] = []
    at = 0
    if depth:
        at, depth = _close_comment(text, 0, depth)
        tokens.append(Token(TokenKind.COMMENT, 0, at))
    while not depth:
        found = _lex_to_long(text, at, tokens)
        if found is None:
            break
        start = found.start()
        if found.lastgroup == "open":
            at, depth = _close_comment(text, found.end(), 1)
            tokens.append(Token(TokenKind.COMMENT, start, at))
        else:
            at, closed = _close_string(text, found.end())
            kind = _LONG_KINDS[text[start]] if closed else TokenKind.ERROR
            tokens.append(Token(kind, start, at))
    return Lexed(tokens, depth)


def _close_comment(text: str, at: int, depth: int) -> tuple[int, int]:
    for edge in _BLOCK_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "(;" else -1
        if not depth:
            return edge.end(), 0
    return len(text), depth


def _close_string(text: str, at: int) -> tuple[int, bool]:
    """Return where a string ends, of which at follows an escape, and whether it is one."""
    while more := _REST.match(text, at):
        at = more.end()
    if text.startswith('"', at):
        return at + 1, True
    broken = _BROKEN.match(text, at)
    return (at if broken is None else broken.end()), False


def _lex_to_long(text: str, at: int, tokens: list[Token]) -> re.Match[str] | None:
    """Lex up to a block comment or a string of many escapes; return where it opens."""
    add = tokens.append
    known = _WORDS.get
    for found in _TOKEN.finditer(text, at):
        group = found.lastgroup
        start, end = found.span()
        if group == "word":
            word = text[start:end]
            add(Token(known(word) or _word_kind(word), start, end))
        elif group in _LONG_GROUPS:
            return found
        else:
            add(Token(_KINDS[group or "error"], start, end))
    return None


def _word_kind(word: str) -> TokenKind:
    word = word[:_LONGEST_NUMBER]
    if _NUMBER.fullmatch(word):
        return TokenKind.NUMBER
    if _ATTRIBUTE.fullmatch(word):
        return TokenKind.ATTRIBUTE
    return TokenKind.ERROR
