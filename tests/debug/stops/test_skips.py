"""Functions that stepping goes over, by instructions and by lines, forward and back."""

from __future__ import annotations

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import DebugError, UsageError

LIBRARY = """(module
  (table funcref (elem $free))
  (func $malloc (param $n i32) (result i32)
    (call $sbrk (local.get $n)))
  (func $sbrk (param $n i32) (result i32)
    (local.get $n))
  (func $free (param i32))
  (func $mine (result i32)
    (i32.const 1))
  (func (export "_start") (local $p i32)
    (local.set $p
      (call $malloc (i32.const 8)))
    (drop (call $mine))
    (call_indirect (param i32) (local.get $p) (i32.const 0))
    (nop)))"""


def begun(*patterns: str) -> wl.Session:
    s = wl.Session(wl.assemble(LIBRARY))
    for pattern in patterns:
        execute(s, f"skip {pattern}")
    return s


def entered(s: wl.Session) -> list[str]:
    """Step to the end; return the functions that were stood in, each time once."""
    names = list[str]()
    while s.state is State.PAUSED:
        name = s.frames[0].func_name
        if names[-1:] != [name]:
            names.append(name)
        s.step()
    return names


def test_step_goes_over_functions_that_are_skipped() -> None:
    main = begun().frames[0].func_name
    assert entered(begun()) == [
        main, "$malloc", "$sbrk", "$malloc", main, "$mine", main, "$free", main,
    ]  # fmt: skip
    assert entered(begun("$malloc", "f*")) == [main, "$mine", main]
    assert entered(begun("sbrk", "free")) == [main, "$malloc", main, "$mine", main]


def test_steps_at_once_go_where_single_ones_go() -> None:
    one, many = begun("$malloc", "$free"), begun("$malloc", "$free")
    for _ in range(8):
        one.step()
    many.step(8)
    assert (one.tick, one.stop.message) == (many.tick, many.stop.message)


def test_steps_back_meet_those_forward() -> None:
    s, ticks = begun("$malloc", "$free"), [0]
    while s.state is State.PAUSED:
        s.step()
        ticks.append(s.tick)
    back = [s.tick]
    while s.tick:
        s.step_back()
        back.append(s.tick)
    assert back == ticks[::-1]
    s.to_end()
    s.step_back(2)
    assert s.tick == ticks[-3]


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_line_steps_go_over_functions_that_are_skipped(engine: str) -> None:
    s = wl.Session(wl.assemble(LIBRARY), engine=engine)
    execute(s, "skip $malloc")
    execute(s, "skip $free")
    ticks, names = [s.tick], set[str]()
    while s.state is State.PAUSED:
        names.add(s.frames[0].func_name)
        s.step_line()
        ticks.append(s.tick)
    assert not names & {"$malloc", "$sbrk", "$free"}
    assert "$mine" in names
    back = [s.tick]
    while s.tick:
        s.reverse_line()
        back.append(s.tick)
    assert back == ticks[::-1]


def test_breakpoint_in_a_function_that_is_skipped_stops() -> None:
    s = begun("$malloc")
    s.break_at("$sbrk")
    s.step()
    assert s.step().reason is StopReason.BREAKPOINT


def test_skips_are_listed_and_deleted() -> None:
    s = begun("$malloc", "$s*")
    assert execute(s, "skip").lines == ("1: skip $malloc, 1 function", "2: skip $s*, 1 function")
    assert execute(s, "info skips").lines == execute(s, "skip").lines
    assert execute(s, "skip delete 1").lines == ("1 removed.",)
    assert execute(s, "skip").lines == ("2: skip $s*, 1 function",)
    with pytest.raises(DebugError, match="no skip 1"):
        execute(s, "skip delete 1")
    execute(s, "skip delete")
    assert execute(s, "skip").lines[0].startswith("No function is skipped: skip suggested sets")


def test_libraries_are_suggested_and_not_skipped_unasked() -> None:
    s = begun()
    said = execute(s, "skip suggested").lines
    assert {line.split()[2].rstrip(",") for line in said} == {"malloc", "sbrk", "free"}
    assert not begun().control.preferences.skips.by_number
    calls = wl.Session(wl.assemble(CALLS))
    assert execute(calls, "skip suggested").lines == ("No function of a known library is in it.",)


def test_name_that_no_function_has_is_refused_and_a_pattern_is_not() -> None:
    with pytest.raises(UsageError, match="no function named"):
        begun("$nosuch")
    assert execute(begun(), "skip nosuch*").lines == ("1: skip nosuch*, 0 functions",)


def test_skips_stay_when_the_program_begins_again() -> None:
    s = begun("$malloc")
    s.restart()
    assert execute(s, "skip").lines == ("1: skip $malloc, 1 function",)
    s.restart(args=["x"])
    assert "$malloc" not in entered(s)


def test_skips_in_python_are_those_of_the_commands() -> None:
    s = wl.Session(wl.assemble(LIBRARY))
    made = s.skip("$malloc")
    assert (made.pattern, made.matches, s.skips) == ("$malloc", 1, (made,))
    s.remove_skip(made.number)
    assert s.skips == ()
