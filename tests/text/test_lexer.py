from __future__ import annotations

import itertools
import tracemalloc

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


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ('"' + "a\\00" * 5_001 + 'b"', TokenKind.STRING),
        ('"' + "\\u{1_f600}" * 2_000 + '"', TokenKind.STRING),
        ('$"' + "\\t" * 1_000 + 'x"', TokenKind.IDENTIFIER),
        ('(@"' + "\\t" * 1_001 + '"', TokenKind.ANNOTATION),
        ('"' + "\\00" * 5_001 + '\\q b"', TokenKind.ERROR),
        ('"' + "\\00" * 5_001 + "b", TokenKind.ERROR),
        ("1" * 5_000, TokenKind.NUMBER),
    ],
)
def test_lex_token_of_any_length_has_its_kind(word: str, kind: TokenKind) -> None:
    assert lex(f"nop {word}\nnop").tokens == [
        (TokenKind.CONTROL, 0, 3),
        (kind, 4, 4 + len(word)),
        (TokenKind.CONTROL, 5 + len(word), 8 + len(word)),
    ]


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        '"' + "a" * MEGABYTE + '"',
        '"' + "\\00" * (MEGABYTE // 3) + '"',
        '"' + "a" * MEGABYTE,
        "(;" + "a" * MEGABYTE + ";)",
        "(;" + "(" * MEGABYTE + ";)",
        "1" * MEGABYTE,
        "1_" * (MEGABYTE // 2) + "1",
        "$" + "a" * MEGABYTE,
    ],
    ids=["string", "escapes", "open string", "comment", "parentheses", "number", "digits", "name"],
)
def test_lex_long_token_takes_little_memory(text: str) -> None:
    tracemalloc.start()
    try:
        lex(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * MEGABYTE


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
