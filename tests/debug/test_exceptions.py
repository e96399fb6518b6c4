"""Stepping where calls end by exceptions and tail calls, and out of loops, on both ways."""

from collections.abc import Callable

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State

PROGRAM = """
(module
  (tag $t (param i32))
  (func $throws (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (throw $t (i32.const 5))))
    (i32.add (call $throws (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))
  (func $catches (param $n i32) (result i32) (local $z i32)
    (block $b (result i32)
      (try_table (result i32) (catch $t $b)
        (i32.add (call $throws (local.get $n)) (i32.const 1000))))
    (local.set $z) (local.get $z))
  (func $tail (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (call $catches (i32.const 1)))
      (else (return_call $tail (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "main") (result i32) (local $s i32) (local $i i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (call $catches (local.get $i))))
      (local.set $s (i32.add (local.get $s) (call $tail (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 2))))
    (local.get $s)))
"""
_COMMANDS: dict[str, tuple[Callable[[wl.Session], object], int, bool]] = {
    "step_over": (wl.Session.step_over, 1, False),
    "step_out": (wl.Session.step_out, 1, True),
    "reverse_over": (wl.Session.reverse_over, -1, False),
    "reverse_out": (wl.Session.reverse_out, -1, True),
}
"""With the way that they go, and whether they leave the frame."""


@pytest.mark.parametrize("command", _COMMANDS)
@pytest.mark.parametrize("engine", ["reference", "native"])
def test_commands_stop_where_the_number_of_frames_says(engine: str, command: str) -> None:
    s = wl.Session(wl.assemble(PROGRAM), invoke="main", engine=engine)
    depths, tails = [s.depth], set[int]()
    while s.step().tick and s.state is State.PAUSED:
        depths.append(s.depth)
        if s.instruction is not None and s.instruction.mnemonic == "return_call":
            tails.add(s.tick)
    assert tails
    last, (go, way, leaves) = s.tick, _COMMANDS[command]
    for tick in range(1, last):
        s.goto(tick)
        go(s)
        ahead = range(tick + 1, last) if way > 0 else range(tick - 1, -1, -1)
        gone = leaves or (command == "step_over" and tick in tails)
        there = (t for t in ahead if depths[t] <= depths[tick] - gone)
        assert s.tick == next(there, last if way > 0 else 0), tick


TAIL = """(module
  (func $leaf (param $n i32) (result i32) (i32.mul (local.get $n) (local.get $n)))
  (func $middle (export "middle") (param $n i32) (result i32)
    (return_call $leaf (i32.add (local.get $n) (i32.const 1))))
  (func (export "run") (result i32)
    (i32.add (call $middle (i32.const 6)) (i32.const 1))))"""


def test_step_over_a_tail_call_ends_at_the_caller() -> None:
    s = wl.Session(wl.assemble(TAIL), invoke="run")
    s.run_to("middle")
    for _ in range(4):
        s.step_over()
    assert [frame.func_name for frame in s.frames] == ["func[2]"]
    assert s.stack[0].value == 49


def test_step_over_a_tail_call_of_the_outermost_frame_ends_with_its_call() -> None:
    s = wl.Session(wl.assemble(TAIL), invoke="middle", invoke_args=(6,))
    s.step(3)
    assert s.step_over().results[0].value == 49


@pytest.mark.parametrize(("entry", "args", "steps"), [("middle", (6,), 3), ("run", (), 1)])
def test_step_over_stops_at_a_breakpoint_where_the_callee_begins(
    entry: str, args: tuple[int, ...], steps: int
) -> None:
    s = wl.Session(wl.assemble(TAIL), invoke=entry, invoke_args=args)
    s.step(steps)
    assert s.instruction is not None
    assert "call" in s.instruction.mnemonic
    s.break_at("leaf" if entry == "middle" else "middle")
    assert s.step_over().breakpoint == 1
    assert s.breakpoints[0].count == 1


def test_next_of_several_steps_ends_at_a_breakpoint() -> None:
    s = wl.Session(wl.assemble(TAIL), invoke="run")
    s.break_at("leaf")
    stop = execute(s, "next 9").stop
    assert stop is not None
    assert stop.breakpoint == 1
