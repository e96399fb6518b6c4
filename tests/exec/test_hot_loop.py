"""Hot loops leave exactly the state that execution one by one leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.native.stores import assembled, entered, live
from wasmlab.errors import Trap, WasmlabError
from wasmlab.exec import hot_loop, hot_loop_source
from wasmlab.exec.code import set_probes
from wasmlab.exec.invocation import free_slot
from wasmlab.exec.machine import run
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.exec.hot_loop_source import PathStep
    from wasmlab.runtime.frame import Agent
    from wasmlab.runtime.store import Store

PROGRAMS = {
    "a loop over locals": (
        """(func (export "f") (param i32) (result i32) (local i32)
          (loop $again
            (local.set 1 (i32.add (local.get 1) (local.get 0)))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get 1))""",
        12,
    ),
    "memory, globals and a trap in the middle": (
        """(memory 1) (global $g (mut i64) (i64.const 5))
        (func (export "f") (param i32)
          (loop $again
            (i64.store (local.get 0) (i64.mul (global.get $g) (i64.const 3)))
            (global.set $g (i64.xor (i64.load offset=8 (local.get 0)) (global.get $g)))
            (local.set 0 (i32.add (local.get 0) (i32.const 9)))
            (br $again)))""",
        65_400,
    ),
    "a division that traps": (
        """(func (export "f") (param i32) (result i32)
          (loop $again (result i32)
            (i32.const 7)
            (drop (i32.div_s (i32.const 100) (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (drop)
            (br $again)))""",
        11,
    ),
    "both arms of an if, and select": (
        """(func (export "f") (param i32) (result i64) (local i64)
          (block $out
            (loop $again
              (br_if $out (i32.eqz (local.get 0)))
              (if (i32.and (local.get 0) (i32.const 4))
                (then (local.set 1 (i64.add (local.get 1) (i64.const -3))))
                (else (nop)))
              (local.set 1 (select (local.get 1) (i64.const 77)
                (i32.rem_u (local.get 0) (i32.const 5))))
              (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
              (br $again)))
          (local.get 1))""",
        25,
    ),
    "br_table and a label with values": (
        """(func (export "f") (param i32) (result i32) (local i32)
          (block $out (result i32)
            (loop $again
              (i32.const 11) (i32.const 12)
              (block $b (block $a
                (br_table $a $a $b $a (i32.rem_u (local.get 0) (i32.const 6))))
                (local.set 1 (i32.add (local.get 1) (i32.const 100))))
              (drop) (drop)
              (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
              (drop (br_if $out (local.get 1) (i32.eqz (local.get 0))))
              (br $again))
            (unreachable)))""",
        25,
    ),
    "vectors": (
        """(func (export "f") (param i32) (result i32) (local v128)
          (loop $again
            (local.set 1 (i32x4.add (local.get 1) (i32x4.splat (local.get 0))))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if $again (local.get 0)))
          (i32x4.extract_lane 2 (local.get 1)))""",
        10,
    ),
    "two functions in tail position": (
        """(func $even (export "f") (param i32) (result i32) (local i64)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else
            (local.set 1 (i64.const -1))
            (return_call $odd (i32.const 3) (i32.sub (local.get 0) (i32.const 1))))))
        (func $odd (param i32 i32) (result i32)
          (if (result i32) (i32.eqz (local.get 1)) (then (i32.const 0)) (else
            (return_call $even (i32.sub (local.get 1) (i32.const 1))))))""",
        15,
    ),
    "tail calls through a table and by reference": (
        """(type $t (func (param i32) (result i32)))
        (table funcref (elem $up $down $up))
        (elem declare func $down)
        (func $up (export "f") (param i32) (result i32)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else
            (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1))
              (i32.rem_u (local.get 0) (i32.const 3))))))
        (func $down (param i32) (result i32)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 2)) (else
            (return_call_ref $t (i32.sub (local.get 0) (i32.const 1)) (ref.func $down)))))""",
        24,
    ),
}
MANY = 600


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the length of every hot loop; they are made soon, of short paths."""
    lengths = list[int]()

    def noted(agent: Agent, path: list[PathStep], ticks: int, refuse: Callable[[], int]) -> object:
        lengths.append(len(path))
        return hot_loop_source.compile_path(agent, path, ticks, refuse)

    monkeypatch.setattr(hot_loop, "THRESHOLD", 2)
    monkeypatch.setattr(hot_loop, "_TURNS", 20)
    monkeypatch.setattr(hot_loop, "_LONGEST", 60)
    monkeypatch.setattr(hot_loop, "compile_path", noted)
    return lengths


def outcome(store: Store, limit: int) -> tuple[object, ...]:
    """Run, and return how it ended and all that it left, slots above the operands too."""
    try:
        end: object = run(store, limit)
    except WasmlabError as error:
        end = (type(error), error.message, error.offset if isinstance(error, Trap) else None)
    return end, live(store), store.agent.stack[: free_slot(store)].tolist()


def has_hot_loop(store: Store) -> bool:
    codes = [func.code for func in store.funcs if func.code is not None]
    return any(block is not None and block.is_hot_loop for code in codes for block in code.blocks)


@pytest.mark.parametrize("name", PROGRAMS)
def test_hot_loop_at_any_tick_leaves_what_single_steps_leave(name: str, made: list[int]) -> None:
    wat, argument = PROGRAMS[name]
    module = assembled(f"(module {wat})")
    stepped = entered(module, "f", [argument], "reference")
    for limit in range(1, MANY):
        whole = entered(module, "f", [argument], "reference")
        expected = outcome(stepped, limit)
        assert outcome(whole, limit) == expected, limit
        if expected[0] is not Status.FUEL:
            break
    else:
        pytest.fail("it has no end")
    assert made


def test_hot_loop_with_a_probe_on_its_way_stops_there() -> None:
    wat, _ = PROGRAMS["two functions in tail position"]
    store = entered(assembled(f"(module {wat})"), "f", [1000], "reference")
    run(store, 500)
    assert has_hot_loop(store)
    odd = store.funcs[1].bound_code
    set_probes(odd, {2})
    assert not has_hot_loop(store)
    assert run(store, 5000) is Status.PROBE
    assert run(store, 5000) is Status.PROBE
    set_probes(odd, ())
    assert run(store, 50_000) is Status.DONE


def test_hot_loop_where_the_stack_is_too_small_for_its_functions_exhausts_as_without_it(
    made: list[int],
) -> None:
    wat = """(func $small (export "f") (param i32 i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (call $deep (local.get 1)))))
        (return_call $large (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))
      (func $large (param i32 i32) (result i32) (local i64 i64 i64 i64 i64 i64 i64 i64)
        (return_call $small (local.get 0) (local.get 1)))
      (func $deep (param i32) (result i32)
        (i32.add (i32.const 1) (call $small (i32.const 6) (local.get 0))))"""
    module = assembled(f"(module {wat})")
    ends: list[object] = []
    for hot in (2, 1 << 30):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hot_loop, "THRESHOLD", hot)
            store = entered(module, "f", [6, 1], "reference", limits=Limits(slots=200))
            ends.append(outcome(store, 1 << 20))
    assert made
    assert ends[0] == ends[1]
    assert cast("tuple[object, str]", ends[0])[0] is not Status.FUEL


def test_path_through_a_call_stays_plain(made: list[int]) -> None:
    wat = """(func (export "f") (param i32)
        (loop (call $g) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func $g)"""
    store = entered(assembled(f"(module {wat})"), "f", [50], "reference")
    assert run(store, 1 << 20) is Status.DONE
    assert made == []
