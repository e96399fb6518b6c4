"""Stopping exactly: at any tick, at probes, and going on as if nothing had happened."""

from __future__ import annotations

import pytest

from tests.exec.programs import call, function, host, load, start, state
from wasmlab.errors import Trap
from wasmlab.exec.code import set_probes
from wasmlab.exec.machine import run
from wasmlab.runtime.store import ModuleInst, Status, Store
from wasmlab.syntax.types import I32

PROGRAM = """
(module
  (import "host" "f" (func $host (param i32) (result i32)))
  (type $box (struct (field (mut i64))))
  (tag $e (param i32))
  (memory 1)
  (table $t 4 funcref)
  (global $g (mut i32) (i32.const 0))
  (func $down (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (return_call $down (i32.sub (local.get $n) (i32.const 1))))
      (else (call $host (i32.const 3)))))
  (func $raise (param i32) (throw $e (local.get 0)))
  (func (export "f") (param $n i32) (result i32) (local $i i32) (local $b (ref null $box))
    (local.set $b (struct.new $box (i64.const 1)))
    (loop $again
      (i32.store (i32.mul (local.get $i) (i32.const 4)) (local.get $i))
      (global.set $g (i32.add (global.get $g)
        (if (result i32) (i32.and (local.get $i) (i32.const 1))
          (then (call $down (i32.const 2)))
          (else
            (block $h (result i32)
              (try_table (catch $e $h) (call $raise (local.get $i)))
              (unreachable))))))
      (struct.set $box 0 (local.get $b)
        (i64.mul (i64.const 3) (struct.get $box 0 (local.get $b))))
      (table.set $t (i32.and (local.get $i) (i32.const 3)) (ref.func $raise))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (local.get $n))))
    (block $a (block $b (br_table $a $b (local.get $i))) (nop))
    (i32.load offset=4 (i32.wrap_i64 (struct.get $box 0 (local.get $b)))))
  (elem declare func $raise))
"""


def program() -> ModuleInst:
    """Return the program, entered but not begun."""
    store = Store()
    f = host(store, lambda _caller, a: (a * 2,), (I32,), (I32,))  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType] - ints
    instance = load(PROGRAM, {("host", "f"): f}, store=store)
    start(instance, "f", 4)
    return instance


def states_of_steps() -> list[tuple[object, ...]]:
    """Return the state at every tick, reached one step after the other."""
    store = program().store
    states = [state(store)]
    while run(store, store.tick + 1) is Status.FUEL:
        states.append(state(store))
    states.append(state(store))
    return states


def test_state_at_any_tick_equals_a_fresh_run_to_that_tick() -> None:
    steps = states_of_steps()
    assert len(steps) > 100
    for tick in range(len(steps)):
        store = program().store
        run(store, tick)
        assert state(store) == steps[tick], tick


@pytest.mark.parametrize("stride", [2, 3, 7])
def test_run_in_pieces_passes_the_same_states(stride: int) -> None:
    steps = states_of_steps()
    store = program().store
    while run(store, store.tick + stride) is Status.FUEL:
        assert state(store) == steps[store.tick]
    assert state(store) == steps[-1]


def test_run_to_a_tick_that_is_past_does_nothing() -> None:
    store = program().store
    run(store, 20)
    before = state(store)
    assert run(store, 5) is Status.FUEL
    assert state(store) == before


def test_trap_reached_in_pieces_is_the_same() -> None:
    text = '(module (func (export "f") (param i32) (i32.div_u (i32.const 1) (local.get 0)) drop))'
    states = list[tuple[object, ...]]()
    for piece in (1, 1000):
        store = load(text).store
        instance = store.instances[0]
        start(instance, "f", 0)
        with pytest.raises(Trap):  # noqa: PT012 - the pieces are the point
            while True:
                run(store, store.tick + piece)
        states.append(state(store))
    assert states[0] == states[1]
    assert states[0][0] == 2


LOOP = """
(module (func (export "f") (param $n i32) (result i32)
  (loop $again
    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i32.const 7)))
"""


def test_probe_stops_before_its_instruction_every_time_and_not_where_it_stands() -> None:
    instance = load(LOOP)
    store = instance.store
    start(instance, "f", 3)
    code = function(instance, "f").bound_code
    set_probes(code, {2})
    ticks = list[int]()
    while run(store, 1 << 40) is Status.PROBE:
        ticks.append(store.tick)
    assert ticks == [2, 7, 12]
    assert code.instrs[2].row.mnemonic == "i32.sub"


def test_probe_removed_stops_no_more() -> None:
    instance = load(LOOP)
    start(instance, "f", 3)
    code = function(instance, "f").bound_code
    set_probes(code, {2})
    assert run(instance.store, 1 << 40) is Status.PROBE
    set_probes(code, ())
    assert run(instance.store, 1 << 40) is Status.DONE


def test_fuel_that_ends_at_a_probe_stops_once() -> None:
    instance = load(LOOP)
    store = instance.store
    start(instance, "f", 3)
    set_probes(function(instance, "f").bound_code, {2})
    assert run(store, 2) in {Status.FUEL, Status.PROBE}
    assert store.tick == 2
    assert run(store, 1 << 40) is Status.PROBE
    assert store.tick == 7


def test_ticks_count_what_is_executed_and_nothing_else() -> None:
    text = """(module (func (export "f") (result i32)
      (block (loop (nop))) (if (i32.const 1) (then (nop)) (else (nop))) (i32.const 4)))"""
    instance = load(text)
    call(instance, "f")
    # nop, i32.const, if, nop, i32.const, and the end that returns
    assert instance.store.tick == 6
