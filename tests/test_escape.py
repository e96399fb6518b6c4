"""Hostile text shows itself and does nothing else."""

import pytest

from wasmlab.escape import LONGEST, escaped, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('plain, à 日本\u3000語 \\ "', 'plain, à 日本\u3000語 \\ "'),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("\x9b31m", "\\u009b31m"),
        ("a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"),
        (b"\xff\xfe".decode("utf-8", "surrogateescape"), "\\xff\\xfe"),
        ("\U000e0001\ue000\u2028", "\\U000e0001\\ue000\\u2028"),
    ],
)
def test_escaped_text_cannot_act_on_a_terminal(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_escaped_keeps_what_it_is_told_to_keep() -> None:
    assert escaped("a\n\x1b\t", "\n\t") == "a\n\\x1b\t"


def test_shortened_name_says_how_much_is_left_out() -> None:
    cut = shortened("a" * 1_000_000 + "end")
    assert cut.endswith("aend")
    assert "[... 999,003 more characters ...]" in cut
    assert len(cut.replace("[... 999,003 more characters ...]", "")) == LONGEST


def test_shortened_name_of_usual_length_is_whole() -> None:
    assert shortened("a" * LONGEST) == "a" * LONGEST
