"""The terms of a breakpoint as they are typed, and written to be edited."""

from __future__ import annotations

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.commands.terms import place_and_terms, terms_alone, terms_of
from wasmlab.errors import UsageError

TERMS = ("condition", "hits", "temporary", "log", "commands")
NONE = ("", 0, False, "", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NONE),
        ("$n > 3", ("$n > 3", 0, False, "", ())),
        ("if $n > 3", ("$n > 3", 0, False, "", ())),
        ("hits 2", ("", 2, False, "", ())),
        ("$n > 3 hits 2 once", ("$n > 3", 2, True, "", ())),
        (r'log "say \"{$n}\"; if"', ("", 0, False, 'say "{$n}"; if', ())),
        ("do print $n; continue", ("", 0, False, "", ("print $n", "continue"))),
        ('$n do log "a;b"; step', ("$n", 0, False, "", ('log "a;b"', "step"))),
    ],
)
def test_terms_are_told_apart(text: str, expected: tuple[object, ...]) -> None:
    found = terms_alone(text)
    assert tuple(found[name] for name in TERMS) == expected
    prefix = " if " if expected[0] and not text.startswith("if") else " "
    assert place_and_terms(f"$f{prefix}{text}") == ("$f", found)


def test_terms_are_written_as_they_are_read() -> None:
    s = wl.Session(wl.assemble('(module (func $f (export "_start") (local $n i32) nop nop))'))
    for text in ('$n > 3 hits 2 log "a \\"b\\" {$n}"', "once do print $n; continue", ""):
        made = s.break_at("$f", **terms_alone(text))
        assert terms_of(made) == text
        s.remove_breakpoint(made.number)


def test_logpoint_takes_no_commands_and_stays() -> None:
    s = wl.Session(wl.assemble('(module (func $f (export "_start") nop))'))
    for text in ('log "a" do continue', 'once log "a"'):
        with pytest.raises(UsageError):
            execute(s, f"break $f {text}")


def test_saved_breakpoints_are_set_again_with_their_terms(tmp_path: object) -> None:
    text = '(module (func $f (export "_start") (local $n i32) nop nop))'
    s, again = wl.Session(wl.assemble(text)), wl.Session(wl.assemble(text))
    for line in ('log $f "n={$n}"', "tbreak $f if $n == 0", "rbreak f*", "catch trap",
                 "break $f hits 2 do print $n; continue"):  # fmt: skip
        execute(s, line)
    path = f"{tmp_path}/stops.cmds"
    execute(s, f"save breakpoints {path}")
    execute(again, f"source {path}")
    shown = execute(s, "info breakpoints").lines
    assert sorted(line[4:] for line in execute(again, "info breakpoints").lines) == sorted(
        line[4:] for line in shown
    )
