"""Logpoints: said without a stop, over the recorded past too."""

from __future__ import annotations

import pytest

import wasmlab as wl
from tests.debug.stops.test_terms import TEXT
from wasmlab.debug.commands.table import execute
from wasmlab.debug.stops.log import KEPT
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import BadExpression, UsageError


@pytest.fixture(params=["reference", "native"])
def session(request: pytest.FixtureRequest) -> wl.Session:
    return wl.Session(wl.assemble(TEXT), engine=str(request.param))


def test_logpoint_speaks_at_each_hit_and_does_not_stop(session: wl.Session) -> None:
    session.log_at("$twice", "n={$n} g={global.g}", "$n > 6")
    assert session.run().reason is StopReason.TRAP
    assert [line.text for line in session.logged] == ["n=7 g=21", "n=8 g=28", "n=9 g=36"]
    session.goto(session.logged[1].tick)
    assert session.evaluate("$n") == 8


def test_past_says_what_the_logpoint_would_have_said(session: wl.Session) -> None:
    session.run()
    tick = session.tick
    past = [(line.tick, line.text) for line in session.log_past("$twice", "{$n}")]
    assert [text for _, text in past] == [str(n) for n in range(10)]
    assert session.tick == tick
    number = session.log_at("$twice", "{$n}", hits=9).number
    assert [line.text for line in session.logged_by(number)] == ["8", "9"]
    session.to_start()
    session.remove_breakpoint(number)
    session.log_at("$twice", "{$n}")
    session.run()
    assert [(line.tick, line.text) for line in session.logged] == past


def test_past_has_calls_of_the_host_too(session: wl.Session) -> None:
    session.run()
    assert [line.text for line in session.log_past("fd_write", "{stack[3]}")] == ["1", "9"]


def test_logpoint_speaks_once_where_steps_come_by(session: wl.Session) -> None:
    session.log_at("$twice", "{$n}")
    while session.tick < 30:
        execute(session, "next" if session.tick % 2 else "step")
    assert [line.text for line in session.logged] == ["0", "1"]


def test_logpoint_speaks_again_where_a_run_is_repeated(session: wl.Session) -> None:
    session.log_at("$twice", "{$n}", "$n == 3")
    for _ in range(2):
        session.run()
        session.to_start()
    assert [line.text for line in session.logged] == ["3", "3"]


def test_watchpoint_and_catchpoint_log_instead_of_stopping(session: wl.Session) -> None:
    session.watch("global $g", condition="$g > 40", log="g is {$g}")
    session.catch("throw", log="thrown")
    session.catch("fd_write=fails", log="failed after {$i}")
    session.catch("trap", log="trap")
    assert session.run().reason is StopReason.TRAP
    said = [line.text for line in session.logged]
    assert said == ["g is 45", "failed after 10", "thrown", "trap"]
    assert session.reverse_run().reason is StopReason.BEGINNING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{$n:x}", "a"),
        ("{0 - $n:x}", "fffffff6"),
        ("{$n:04x}|{$n:6d}|", "000a|    10|"),
        ("{{$n}} {$n:t}", "{$n} 1010"),
        ("{100:s}", "hello"),
        ("{0x41:c}", "A"),
        ("{i32[70000]}", "<i32[0x11170] is not in memory at this step>"),
        ("{70000:s}", "<u8[0x11170] is not in memory at this step>"),
        ("{1 // ($n - 10)}", "<the expression has no value: integer division or modulo by zero>"),
        ("{$x@1}", "<frame 1 is not a wasm function>"),
    ],
)
def test_values_in_braces_have_forms(text: str, said: str) -> None:
    s = wl.Session(wl.assemble(ONE), invoke="f", invoke_args=(10,))
    s.log_at(NOP, text)
    s.run()
    assert [line.text for line in s.logged] == [said]


ONE = """(module (memory 1) (data (i32.const 100) "hello")
  (func (export "f") (param $n i32)
    nop
    nop))"""
NOP = "4"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{$nosuch}", BadExpression),
        ("{$n", UsageError),
        ("$n}", UsageError),
        ("{}", UsageError),
        ("{$n:q}", UsageError),
        ("{$n +}", BadExpression),
        ("", UsageError),
    ],
)
def test_text_that_cannot_be_said_is_refused_when_it_is_set(
    text: str, kind: type[Exception]
) -> None:
    s = wl.Session(wl.assemble(ONE), invoke="f", invoke_args=(10,))
    with pytest.raises(kind):
        execute(s, f'log 4 "{text}"')
    assert not s.breakpoints


def test_dprintf_of_gdb_is_taken() -> None:
    s = wl.Session(wl.assemble(ONE), invoke="f", invoke_args=(10,))
    execute(s, r'dprintf 4,"n=%d 0x%04x %s 100%%\n",$n,$n+1,100')
    s.run()
    assert s.logged[0].text == "n=10 0x000b hello 100%"
    for line in ('dprintf 4,"%d"', 'dprintf 4,"x",$n'):
        with pytest.raises(UsageError):
            execute(s, line)


COUNTING = """(module (func (export "_start") (local $i i32)
  (loop $l
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 10100))))))"""


def test_log_keeps_the_latest_lines_and_counts_those_that_are_dropped() -> None:
    s = wl.Session(wl.assemble(COUNTING), engine="native")
    s.log_at("3", "{$i}")
    s.run()
    assert len(s.logged) == KEPT
    assert s.logged[-1].text == "10099"
    assert s.control.breakpoints.log.dropped == 99
    assert execute(s, "logged").lines[0] == "... 99 earlier lines are dropped"
    assert len(execute(s, 'logged 3 "{$i}"').lines) == 101
