"""Stepping by lines, forward and back, against the lines of instructions one by one."""

from __future__ import annotations

import random

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, FRAMES, HELLO
from wasmlab.debug.lines import forward as lines
from wasmlab.debug.lines.table import statement_starts
from wasmlab.debug.views.model import State, Stop, StopReason
from wasmlab.debug.views.target import Position, position
from wasmlab.module import decode_module

FOLDED = """(module
  (func $main (export "main") (param $n i32) (result i32) (local $x i32)
    (local.set $x
      (i32.add
        (call $g (local.get $n))
        (i32.const 1)))
    (if (i32.eqz
          (local.get $x))
      (then
        (local.set $x (i32.const 4)))
      (else
        (local.set $x
          (i32.const 5))))
    (block $b
      (br_if $b
        (local.get $x))
      (nop))
    local.get $x
    i32.const 1 i32.add
    )
  (func $g (param i32) (result i32) local.get 0))"""

THROWS = """(module
  (tag $t (param i32))
  (func $deep (param $n i32)
    (if (i32.eqz (local.get $n))
      (then
        (throw $t (i32.const 7))))
    (call $deep (i32.sub (local.get $n) (i32.const 1)))
    (nop))
  (func $catches (result i32)
    (block $h (result i32)
      (try_table (catch $t $h)
        (nop)
        (call $deep (i32.const 2))
        (nop))
      (i32.const 0))
    (i32.const 1)
    (i32.add))
  (func (export "main") (result i32)
    (drop (call $catches))
    (call $catches)))"""

TAIL = """(module
  (func $count (param $n i32) (result i32)
    (if (i32.eqz (local.get $n))
      (then
        (return (i32.const 9))))
    (nop)
    (return_call $count (i32.sub (local.get $n) (i32.const 1))))
  (func (export "main") (result i32)
    (nop)
    (drop (call $count (i32.const 3)))
    (call $count (i32.const 2))))"""

ONE_LINE = """(module
  (func (export "main") (result i32) (local $i i32)
    (local.set $i (i32.const 3))
    (loop $l (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $i)))"""

CALLED = {"folded": FOLDED, "throws": THROWS, "tail": TAIL, "frames": FRAMES, "one line": ONE_LINE}
ENGINES = ["reference", "native"]


def begun(name: str, engine: str = "auto") -> wl.Session:
    if name in CALLED:
        s = wl.Session(wl.assemble(CALLED[name]), engine=engine)
        s.call("main", *([3] if name == "folded" else []))
        return s
    return wl.Session(wl.assemble({"calls": CALLS, "hello": HELLO}[name]), engine=engine)


def line(s: wl.Session) -> int | None:
    return None if s.location is None else s.location.line


def walked(s: wl.Session) -> list[int]:
    """Step by lines to the end, into calls; return the ticks of the stops."""
    ticks = [s.tick]
    while s.state is State.PAUSED:
        s.step_line()
        ticks.append(s.tick)
    return ticks


def test_folded_expression_is_one_step() -> None:
    s, found = begun("folded"), list[object]()
    while s.state is State.PAUSED:
        found.append((s.instruction.text if s.instruction else "", line(s), s.depth))
        s.step_over_line()
    assert found == [
        ("local.get $n", 5, 1),
        ("local.get $x", 8, 1),
        ("i32.const 5", 13, 1),
        ("local.get $x", 16, 1),
        ("local.get $x", 18, 1),
        ("i32.const 1", 19, 1),
        ("end", 20, 1),
    ]


def test_step_into_a_call_comes_back_to_the_middle_of_its_line() -> None:
    s = begun("folded")
    s.step_line()
    assert (line(s), s.depth) == (21, 2)
    stop = s.step_line()
    assert (line(s), s.depth) == (6, 1)
    assert stop.message.startswith("$g returned 3; back at")
    s.step_line()
    assert line(s) == 8


def test_branch_to_the_beginning_of_a_line_is_a_step() -> None:
    s, lines = begun("one line"), list[object]()
    while s.state is State.PAUSED:
        lines.append(line(s))
        s.step_line()
    assert lines == [3, 4, 4, 4, 5]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", [*CALLED, "calls", "hello"])
def test_steps_by_lines_meet_those_back_at_every_tick(name: str, engine: str) -> None:
    s = begun(name, engine)
    ticks = walked(s)
    back = [s.tick]
    while s.tick > 0:
        s.reverse_line()
        back.append(s.tick)
    assert ticks[::-1] == back
    assert len(ticks) > 3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [*CALLED, "calls"])
def test_random_walk_by_lines_stays_on_the_stops_of_steps_by_lines(name: str, seed: int) -> None:
    s = begun(name)
    ticks, choose = walked(s), random.Random(seed)  # noqa: S311 - a walk that can be repeated
    for _ in range(40):
        at = s.tick
        if at > 0 and (at == ticks[-1] or choose.random() < 0.5):
            s.reverse_line()
            assert s.tick == max(t for t in ticks if t < at)
        else:
            s.step_line()
            assert s.tick == min(t for t in ticks if t > at)


@pytest.mark.parametrize("name", ["folded", "throws", "frames", "one line", "calls"])
def test_step_over_a_line_and_back_is_where_it_was(name: str) -> None:
    s, met = begun(name), 0
    for tick in walked(s)[:-1]:
        s.goto(tick)
        depth, is_middle = s.depth, begins_no_statement(s)
        s.step_over_line()
        if s.depth != depth or s.stop.reason is not StopReason.STEP:
            continue
        after = s.tick
        s.reverse_over_line()
        assert s.tick < tick if is_middle else s.tick == tick
        s.step_over_line()
        assert s.tick == after
        met += 1
    assert met > 3


def begins_no_statement(s: wl.Session) -> bool:
    at = position(s.control.target)
    return at is not None and at.pc not in statement_starts(s.control.target, at.code)


def test_step_out_says_what_was_returned_and_back_out_goes_to_the_line_of_the_call() -> None:
    s = begun("folded")
    s.step_line()
    assert s.step_out_line().message.startswith("$g returned 3")
    s.reverse_line()
    s.reverse_out_line()
    assert (s.tick, line(s)) == (0, 5)


def test_line_step_stops_at_a_breakpoint_inside_a_call() -> None:
    s = begun("folded")
    s.break_at("$g")
    assert s.step_over_line().reason is StopReason.BREAKPOINT


def test_line_step_stops_at_a_trap() -> None:
    s = wl.Session(
        wl.assemble("""(module (func (export "main")
      (nop)
      (drop (i32.div_u (i32.const 1) (i32.const 0)))))""")
    )
    s.call("main")
    s.step_line()
    assert s.step_line().reason is StopReason.TRAP
    s.reverse_line()
    assert (line(s), s.state) == (3, State.PAUSED)


def test_line_of_many_instructions_is_executed_without_a_look_at_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = """(module (func $spin (param $n i32)
      (loop $l
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "main")
        (call $spin (i32.const 1_000_000))
        (nop)))"""
    s = wl.Session(wl.assemble(text), engine="native")
    s.call("main")
    asked = list[int]()
    usual = lines.Going.look

    def look(going: lines.Going, at: Position) -> Stop | None:
        asked.append(at.pc)
        return usual(going, at)

    monkeypatch.setattr(lines.Going, "look", look)
    s.step_over_line()
    assert (line(s), s.tick > 4_000_000) == (6, True)
    assert len(asked) < 5
    s.reverse_over_line()
    assert s.tick == 0


def test_disassembly_has_a_line_for_every_instruction() -> None:
    s = wl.Session(decode_module(wl.assemble(FOLDED).data, "again.wasm"))
    s.call("main", 3)
    s.step_line()
    s.step_line()
    assert s.tick == 2
    s.reverse_line()
    assert s.tick == 1
