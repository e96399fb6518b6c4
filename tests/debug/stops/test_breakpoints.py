"""Breakpoints at one place, and conditions that have no value at a hit."""

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import StopReason

FACTORIAL = """(module
  (func $fac (export "fac") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n)) (then (i32.const 1))
      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1))))))))"""


@pytest.fixture(params=["reference", "native"])
def session(request: pytest.FixtureRequest) -> wl.Session:
    engine = str(request.param)
    return wl.Session(wl.assemble(FACTORIAL), invoke="fac", invoke_args=(5,), engine=engine)


def test_breakpoint_that_is_set_twice_is_one(session: wl.Session) -> None:
    first = session.break_at("$fac")
    again = session.break_at(first.location.offset)
    assert (again.number, again.note) == (first.number, "Breakpoint 1 is there already")
    assert execute(session, "break $fac").lines[0] == "Breakpoint 1 is there already."
    assert [b.number for b in session.breakpoints] == [1]


def test_breakpoint_that_is_set_again_is_switched_on(session: wl.Session) -> None:
    session.enable_breakpoint(session.break_at("$fac").number, on=False)
    note = session.break_at("$fac").note
    assert note == "Breakpoint 1 is there already, and is switched on again"
    assert session.run().breakpoint == 1


def test_breakpoint_with_another_condition_or_hit_count_is_a_second_one(
    session: wl.Session,
) -> None:
    for condition, hits in (("", 0), ("$n == 3", 0), ("", 2), ("$n == 3", 0)):
        session.break_at("$fac", condition, hits)
    assert [b.number for b in session.breakpoints] == [1, 2, 3]


def test_condition_on_a_caller_does_not_hold_where_there_is_none(session: wl.Session) -> None:
    session.break_at("$fac", "$n@1 == 4")
    assert session.run().reason is StopReason.BREAKPOINT
    assert session.evaluate("$n") == 3


def test_condition_without_a_value_is_named_with_its_breakpoint(session: wl.Session) -> None:
    session.break_at("$fac", "1 / $n < 0")
    stop = session.run()
    assert session.evaluate("$n") == 0
    assert stop.message.startswith("breakpoint 1 if 1 / $n < 0: the expression has no value")
