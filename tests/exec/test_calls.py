"""Calls, tail calls, and what happens when there is no room for more."""

from __future__ import annotations

import pytest

from tests.exec.programs import call, host, load, small_store, start, state
from wasmlab.errors import Exhaustion, HostError, Trap, TrapCode
from wasmlab.exec.machine import run
from wasmlab.runtime.store import Status, Store
from wasmlab.syntax.types import I32, I64, V128

MANY = """
(module
  (func $swap (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "f") (param i32 i64) (result i64 i32)
    (call $swap (local.get 0) (local.get 1))))
"""

COUNTDOWN = """
(module
  (func $down (export "down") (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (return_call $down (i32.sub (local.get $n) (i32.const 1))))
      (else (i32.const 42))))
  (func $deep (export "deep") (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get $n) (i32.const 1)))))
      (else (i32.const 0)))))
"""

GROWING_TAIL = """
(module
  (func $small (export "small") (param i32) (result i32)
    (return_call $large (local.get 0) (i64.const 2) (v128.const i64x2 3 4)))
  (func $large (param i32 i64 v128) (result i32) (local v128 v128)
    (i32.add (local.get 0) (i32.wrap_i64 (i64x2.extract_lane 1
      (v128.or (local.get 2) (local.get 4)))))))
"""

INDIRECT = """
(module
  (type $get (func (result i32)))
  (table 4 funcref)
  (elem (i32.const 0) $one $other)
  (func $one (result i32) (i32.const 1))
  (func $other (param i32))
  (func (export "at") (param i32) (result i32) (call_indirect (type $get) (local.get 0)))
  (func (export "tail") (param i32) (result i32) (return_call_indirect (type $get) (local.get 0)))
  (func (export "null") (result i32) (call_ref $get (ref.null $get))))
"""


def test_call_with_several_results_returns_them_in_order() -> None:
    assert call(load(MANY), "f", 1, 2) == [2, 1]


def test_tail_call_any_number_of_times_takes_one_frame() -> None:
    store = small_store(frames=4)
    assert call(load(COUNTDOWN, store=store), "down", 10_000) == [42]


def test_tail_call_of_larger_frame_moves_arguments_and_clears_locals() -> None:
    instance = load(GROWING_TAIL)
    instance.store.agent.stack[:64] = instance.store.agent.zeros[:64]
    for slot in range(64):
        instance.store.agent.stack[slot] = 0xFFFF_FFFF_FFFF_FFFF
    assert call(instance, "small", 1) == [5]


@pytest.mark.parametrize("limits", [{"frames": 100}, {"slots": 300}], ids=["frames", "slots"])
def test_calls_without_end_are_exhausted_before_the_call(limits: dict[str, int]) -> None:
    instance = load(COUNTDOWN, store=small_store(**limits))
    store = instance.store
    start(instance, "deep", 1000)
    with pytest.raises(Exhaustion) as caught:
        run(store, 1 << 40)
    assert caught.value.code is TrapCode.CALL_STACK_EXHAUSTED
    exhausted = state(store)
    with pytest.raises(Exhaustion):
        run(store, 1 << 40)
    assert state(store) == exhausted


def test_call_after_exhaustion_works() -> None:
    instance = load(COUNTDOWN, store=small_store(frames=100))
    with pytest.raises(Exhaustion):
        call(instance, "deep", 1000)
    assert call(instance, "deep", 50) == [50]


@pytest.mark.parametrize("name", ["at", "tail"])
@pytest.mark.parametrize(
    ("index", "code"),
    [
        (1, TrapCode.INDIRECT_CALL_TYPE_MISMATCH),
        (2, TrapCode.UNINITIALIZED_ELEMENT),
        (4, TrapCode.UNDEFINED_ELEMENT),
        (0xFFFF_FFFF, TrapCode.UNDEFINED_ELEMENT),
    ],
)
def test_indirect_call_of_wrong_element_traps(name: str, index: int, code: TrapCode) -> None:
    with pytest.raises(Trap) as caught:
        call(load(INDIRECT), name, index)
    assert caught.value.code is code


def test_indirect_call_of_right_element_calls_it() -> None:
    assert call(load(INDIRECT), "at", 0) == call(load(INDIRECT), "tail", 0) == [1]


def test_call_of_null_reference_traps() -> None:
    with pytest.raises(Trap, match="null function reference"):
        call(load(INDIRECT), "null")


HOSTED = """
(module
  (import "host" "f" (func $f (param i32 v128) (result i64)))
  (func (export "call") (param i32) (result i64)
    (i64.add (i64.const 1) (call $f (local.get 0) (v128.const i64x2 5 6))))
  (func (export "tail") (param i32) (result i64)
    (return_call $f (local.get 0) (v128.const i64x2 5 6))))
"""


@pytest.mark.parametrize(("name", "expected"), [("call", 17), ("tail", 16)])
def test_host_function_called_gets_arguments_and_gives_results(name: str, expected: int) -> None:
    store = Store()

    def add(_caller: object, a: int, v: int) -> tuple[int]:
        return (a + (v & 0xFF) + (v >> 64),)

    f = host(store, add, (I32, V128), (I64,))
    assert call(load(HOSTED, {("host", "f"): f}, store=store), name, 5) == [expected]


def test_host_function_that_calls_back_nests_and_has_its_own_frames() -> None:
    store = Store()

    def back(_caller: object, a: int, _v: int) -> list[int]:
        return [call(hosted, "call", a - 1)[0] + 100] if a else [0]

    f = host(store, back, (I32, V128), (I64,))
    hosted = load(HOSTED, {("host", "f"): f}, store=store)
    assert call(hosted, "call", 3) == [304]
    assert store.agent.depth == 0


def test_host_functions_nested_without_end_are_exhausted() -> None:
    store = small_store(host_depth=8)

    def again(_caller: object, a: int, _v: int) -> list[int]:
        return call(hosted, "call", a)

    f = host(store, again, (I32, V128), (I64,))
    hosted = load(HOSTED, {("host", "f"): f}, store=store)
    with pytest.raises(Exhaustion):
        call(hosted, "call", 0)
    assert (store.agent.depth, store.agent.nesting) == (0, 0)


def test_host_function_that_raises_is_a_host_error_at_its_call() -> None:
    store = Store()

    def broken(_caller: object, _a: int, _v: int) -> list[int]:
        return [1 // 0]

    hosted = load(HOSTED, {("host", "f"): host(store, broken, (I32, V128), (I64,))}, store=store)
    start(hosted, "call", 0)
    before = store.agent.depth
    with pytest.raises(HostError, match=r"host\.f raised ZeroDivisionError") as caught:
        run(store, 1 << 40)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert (store.agent.depth, store.tick) == (before, 3)


def test_run_of_finished_invocation_is_done_and_changes_nothing() -> None:
    instance = load(MANY)
    call(instance, "f", 1, 2)
    before = state(instance.store)
    assert run(instance.store, 1 << 40) is Status.DONE
    assert state(instance.store) == before
