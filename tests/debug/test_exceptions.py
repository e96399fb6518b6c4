"""Stepping where calls end by exceptions and tail calls, and out of loops, on both ways."""

from collections.abc import Callable

import pytest

import wasmlab as wl
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
    depths = [s.depth]
    while s.step().tick and s.state is State.PAUSED:
        depths.append(s.depth)
    last, (go, way, leaves) = s.tick, _COMMANDS[command]
    for tick in range(1, last):
        s.goto(tick)
        go(s)
        ahead = range(tick + 1, last) if way > 0 else range(tick - 1, -1, -1)
        there = (t for t in ahead if depths[t] <= depths[tick] - leaves)
        assert s.tick == next(there, last if way > 0 else 0), tick
