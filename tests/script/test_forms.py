"""The forms of a script are found whatever stands between and inside them."""

from __future__ import annotations

import pytest

from wasmlab.errors import AssembleError, Unsupported
from wasmlab.script.forms import forms, set_apart


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (";; (a)\n(b)", ["b"]),
        ("(; (a) ;)(b (c) (d))(e)", ["b", "e"]),
        ('(a ")") (b "\\")")', ["a", "b"]),
        ("(a (@note (b)) c) (@note d) (e)", ["a", "@note", "e"]),
        ("( ;; c\n a) ) (b", ["a"]),
        ("()", [""]),
        ("a b", []),
    ],
)
def test_forms_are_what_is_closed_outside_of_all_others(text: str, words: list[str]) -> None:
    found = list(forms(text))
    assert [form.word for form in found] == words
    assert all(text[f.start] == "(" and text[f.end - 1] == ")" for f in found)


def error_at(line: int, column: int) -> AssembleError:
    return AssembleError("wrong", line=line, column=column)


def test_wrong_form_is_taken_out_and_lines_stay() -> None:
    text = "(module $a)\n(module $b\n frob)(invoke 1)\n"
    rest, refused = set_apart(text, error_at(3, 2))
    assert rest == "(module $a)\n          \n      (invoke 1)\n"
    assert [(r.kind, r.name, r.line) for r in refused] == [("module", "b", 2)]


def test_unknown_directive_is_taken_out_everywhere() -> None:
    rest, refused = set_apart("(a)\n(b)\n(a 1)", error_at(1, 2))
    assert rest == "   \n(b)\n     "
    assert [(r.kind, r.line) for r in refused] == [("a", 1), ("a", 3)]
    assert isinstance(refused[0].reason, Unsupported)


def test_form_of_a_line_is_found_without_a_column() -> None:
    rest, refused = set_apart("(a)\n  (b\n 1)\n  (c)", error_at(2, 0))
    assert rest == "(a)\n    \n   \n  (c)"
    assert [(r.kind, r.line) for r in refused] == [("b", 2)]
    assert set_apart("(a)\n  (c)", error_at(2, 0))[0] == "(a)\n     "


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("(module definition $d 1)", "module_definition", "d"),
        ("(module definition 1)", "module_definition", ""),
        ("(module\n  $d 1)", "module", "d"),
        ("(invoke $d 1)", "action", ""),
        ("(get $d 1)", "action", ""),
        ("(modules $d 1)", "modules", ""),
    ],
)
def test_refused_form_has_kind_and_name_of_its_command(text: str, kind: str, name: str) -> None:
    _, [refused] = set_apart(text, error_at(1, 5))
    assert (refused.kind, refused.name) == (kind, name)


@pytest.mark.parametrize(("line", "column"), [(1, 4), (2, 1), (9, 9), (0, 0)])
def test_error_about_no_form_is_raised(line: int, column: int) -> None:
    with pytest.raises(AssembleError):
        set_apart("   (", error_at(line, column))
