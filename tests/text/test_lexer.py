from __future__ import annotations

import itertools

import pytest

from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.text.lexer import TokenKind, lex


def kinds(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], kind.value) for kind, start, end in lex(text).tokens]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("i32.add", TokenKind.INSTRUCTION),
        ("memory.copy", TokenKind.INSTRUCTION),
        ("struct.new_default", TokenKind.INSTRUCTION),
        ("i8x16.shuffle", TokenKind.INSTRUCTION),
        ("br_on_cast", TokenKind.CONTROL),
        ("try_table", TokenKind.CONTROL),
        ("return_call_indirect", TokenKind.CONTROL),
        ("then", TokenKind.CONTROL),
        ("module", TokenKind.FIELD),
        ("rec", TokenKind.FIELD),
        ("v128", TokenKind.TYPE),
        ("nullexnref", TokenKind.TYPE),
        ("assert_malformed_custom", TokenKind.DIRECTIVE),
        ("offset=0x1_0", TokenKind.ATTRIBUTE),
        ("align=8", TokenKind.ATTRIBUTE),
        ("-0x1_f.8p-3", TokenKind.NUMBER),
        ("1_000.5e+1", TokenKind.NUMBER),
        ("4.", TokenKind.NUMBER),
        ("-nan:0x7f_ffff", TokenKind.NUMBER),
        ("nan:canonical", TokenKind.NUMBER),
        ("+inf", TokenKind.NUMBER),
        ("$a.b<c>", TokenKind.IDENTIFIER),
        ('$"a b"', TokenKind.IDENTIFIER),
        ('"a\\"b\\u{1f600}\\00"', TokenKind.STRING),
        (';; x ( " ', TokenKind.COMMENT),
        ("(; a ;; (; b ;) ;)", TokenKind.COMMENT),
        ("(@custom", TokenKind.ANNOTATION),
        ('(@"a b"', TokenKind.ANNOTATION),
        ("i32.addd", TokenKind.ERROR),
        ("1__0", TokenKind.ERROR),
        ("0x", TokenKind.ERROR),
        ('"\\q"', TokenKind.ERROR),
        ("$", TokenKind.ERROR),
        ("[", TokenKind.ERROR),
        ("é", TokenKind.ERROR),
    ],
)
def test_lex_word_has_kind(word: str, kind: TokenKind) -> None:
    tokens = lex(word).tokens
    assert tokens == [(kind, 0, len(word))]


def test_lex_every_mnemonic_is_an_instruction() -> None:
    for mnemonic in BY_MNEMONIC:
        (token,) = lex(mnemonic).tokens
        assert token.kind in {TokenKind.INSTRUCTION, TokenKind.CONTROL}, mnemonic


def test_lex_two_numbers_are_two_tokens() -> None:
    assert kinds("4 1") == [("4", "number"), ("1", "number")]


def test_lex_unterminated_string_ends_with_the_line() -> None:
    assert kinds('"ab\nnop') == [('"ab', "error"), ("nop", "control")]


def test_lex_line_in_open_comment_resumes() -> None:
    text = "nop (; a (; b\n;) c\n;) nop"
    depth, found = 0, list[list[str]]()
    for line in text.split("\n"):
        tokens, depth = lex(line, depth)
        found.append([token.kind.value for token in tokens])
    assert found == [["control", "comment"], ["comment"], ["comment", "control"]]
    assert depth == 0


def test_lex_comment_without_end_reports_depth() -> None:
    assert lex("(; (; ;) x") == ([(TokenKind.COMMENT, 0, 10)], 1)


def test_lex_tokens_cover_all_but_white_space() -> None:
    text = '(func $f (param i32) ;; c\n  (; x ;) i32.const 0x10 "s" @ \x07 )'
    tokens = lex(text).tokens
    rest = list(text)
    for _, start, end in tokens:
        rest[start:end] = " " * (end - start)
    assert not "".join(rest).strip()
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))
