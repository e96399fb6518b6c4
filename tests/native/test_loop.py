"""The loop does what the reference does, at every tick and in every bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.native.stores import SMALL, agree_at_random_ticks, assembled, entered, live, trap_alike
from wasmlab.engine.program import ProgramOptions, call_export, load_program
from wasmlab.errors import Exhaustion, TrapCode
from wasmlab.exec.code import set_probes
from wasmlab.exec.machine import run
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.isa.index import ROWS
from wasmlab.native.encode.body import leave_rules
from wasmlab.native.loop import load_loop
from wasmlab.opening.inputs import load
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Mapping


BENCH = Path(__file__).parents[1] / "bench"
KERNELS = {
    "kernels.wat": {
        "fib": (7,),
        "loop": (40,),
        "sieve": (90,),
        "mandel": (2, 9),
        "crc": (5, 1),
    },
    "programs.wat": {"sort": (12,), "matmul": (3,), "dispatch": (60,), "hash": (1,)},
}
ROOMY = Limits(frames=500, slots=1 << 14, memory=1 << 23)

CALLS = """(module
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (type $binary (func (param i32 i32) (result i32)))
  (memory 1) (memory $second 1) (memory $wide i64 1)
  (global $count (mut i32) (i32.const 0))
  (global $vector (mut v128) (v128.const i64x2 1 2))
  (table $t 8 funcref) (elem (i32.const 0) $sub $add $tail $even)
  (elem declare func $sub)
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $tail (type $binary) (return_call $sub (local.get 1) (local.get 0)))
  (func $even (type $binary) (local v128 i64)
    (if (result i32) (i32.eqz (local.get 0))
      (then (local.get 1))
      (else (return_call_indirect $t (type $binary)
        (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 2))
        (i32.const 3)))))
  (func $pair (param i32) (result i32 i64 i32)
    (block (result i32 i64 i32)
      (i32.const 11) (i64.const 22) (i32.const 33) (local.get 0) (br_if 0)
      (br_table 0 1 (i32.const 1))))
  (func $bulk (param $n i32)
    (memory.fill (i32.const 4000) (local.get $n) (i32.const 5000))
    (memory.copy (i32.const 4100) (i32.const 4000) (i32.const 4200))
    (memory.copy $second 0 (i32.const 8) (i32.const 4090) (i32.const 20))
    (i64.store $second offset=4090 (i32.const 0) (i64.const -1))
    (i64.store $wide offset=4092 (i64.const 0) (i64.load $second (i32.const 10)))
    (i32.atomic.store (i32.const 64) (i32.const 7))
    (drop (i32.atomic.rmw.add (i32.const 64) (local.get $n)))
    (drop (i32.atomic.rmw.cmpxchg (i32.const 64) (i32.const 9) (i32.const 1)))
    (v128.store offset=4088 (i32.const 0) (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
      (global.get $vector) (i32x4.splat (local.get $n))))
    (global.set $vector (v128.load8_lane offset=9 3 (i32.const 64) (global.get $vector)))
    (table.set $t (i32.const 5) (table.get $t (i32.and (local.get $n) (i32.const 3))))
    (drop (memory.grow (i32.const 1)))
    (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 1)))
  (func (export "main") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (local.set $sum (call $add (local.get $sum) (local.get $n)))
      (local.set $sum (call_indirect $t (type $binary) (local.get $sum) (local.get $n)
        (i32.rem_u (local.get $n) (i32.const 4))))
      (local.set $sum (call_ref $binary (local.get $sum) (i32.const 1) (ref.func $sub)))
      (call $pair (local.get $n)) (drop) (drop)
      (local.set $sum (i32.add (local.get $sum)))
      (call $bulk (local.get $n))
      (local.set $sum (select (local.get $sum) (i32.const 5) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))"""


def host_add(a: int, b: int) -> int:
    return a + b


IMPORTS: Mapping[str, Mapping[str, object]] = {"host": {"add": host_add}}


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, names in KERNELS.items() for name in names]
)
def test_kernel_agrees_with_reference_at_every_tick_tried(file: str, name: str) -> None:
    args = KERNELS[file][name]
    stores = [
        entered(load(BENCH / file), name, args, engine, limits=ROOMY)
        for engine in ("reference", "native")
    ]
    agree_at_random_ticks(stores[0], stores[1], len(name))


@pytest.mark.parametrize("seed", range(3))
def test_calls_memories_and_tables_agree_with_reference(seed: int) -> None:
    module = assembled(CALLS)
    stores = [entered(module, "main", (6,), e, IMPORTS) for e in ("reference", "native")]
    agree_at_random_ticks(stores[0], stores[1], seed)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("(unreachable)", TrapCode.UNREACHABLE),
        ("(drop (i32.div_s (i32.const 1) (local.get 0)))", TrapCode.INTEGER_DIVIDE_BY_ZERO),
        ("(drop (i32.load (i32.const -4)))", TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(i64.store $w (i64.const -8) (i64.const 1))", TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(v128.store (i32.const 65521) (v128.const i64x2 0 0))", TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(drop (i32.atomic.load (i32.const 2)))", TrapCode.UNALIGNED_ATOMIC),
        ("(drop (table.get 0 (i32.const 3)))", TrapCode.OUT_OF_BOUNDS_TABLE),
        ("(call_indirect (i32.const 3))", TrapCode.UNDEFINED_ELEMENT),
        ("(call_indirect (i32.const 1))", TrapCode.UNINITIALIZED_ELEMENT),
        ("(call_indirect (i32.const 0))", TrapCode.INDIRECT_CALL_TYPE_MISMATCH),
        ("(drop (ref.as_non_null (ref.null any)))", TrapCode.NULL_REFERENCE),
        ("(drop (i31.get_u (ref.null i31)))", TrapCode.NULL_I31_REFERENCE),
        ("(memory.fill (i32.const 1) (i32.const 1) (i32.const 65536))",
         TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", TrapCode.INVALID_CONVERSION_TO_INTEGER),
    ],
)  # fmt: skip
def test_trap_is_the_reference_s_with_the_same_state(body: str, code: TrapCode) -> None:
    module = assembled(
        "(module (memory 1) (memory $w i64 1) (table 2 funcref) (elem (i32.const 0) 0)"
        f' (func (export "f") (param i32) (nop) {body}))'
    )
    assert trap_alike(module) is code


@pytest.mark.parametrize("limits", [SMALL, Limits(frames=9000, slots=700, memory=1 << 20)])
def test_endless_recursion_exhausts_at_the_same_tick(limits: Limits) -> None:
    module = assembled('(module (func (export "f") (param i32) (call 0 (local.get 0))))')
    ticks: list[tuple[int, int, str]] = []
    for engine in ("reference", "native"):
        store = entered(module, "f", (0,), engine, limits=limits)
        with pytest.raises(Exhaustion) as caught:
            (store.tier or run)(store, 1 << 40)
        ticks.append((store.tick, store.agent.depth, str(caught.value)))
    assert ticks[0] == ticks[1]


def test_functions_with_many_locals_agree_with_reference() -> None:
    module = assembled(
        f"(module (func $big (param i32) (result i32) (local {'i64 ' * 3000}) (local.get 0))"
        ' (func (export "f") (param i32) (result i32) (local i32)'
        " (loop (local.set 1 (i32.add (local.get 1) (call $big (local.get 0))))"
        " (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))"
    )
    reference, native = (entered(module, "f", (30,), e) for e in ("reference", "native"))
    agree_at_random_ticks(reference, native, 3)


def test_run_of_the_loop_ends_after_a_few_large_fills() -> None:
    module = assembled(
        '(module (memory 16) (func (export "f") (param i32) (loop'
        " (memory.fill (i32.const 0) (local.get 0) (i32.const 1000000)) (br 0))))"
    )
    store, looks = entered(module, "f", (7,), "native"), list[int]()
    store.poll = lambda: looks.append(store.tick)
    assert store.tier is not None
    store.tier(store, 1000)
    assert len(looks) >= 1000 // 5 // 5


def test_endless_tail_calls_stop_at_any_tick() -> None:
    module = assembled('(module (func (export "f") (param i32) (return_call 0 (local.get 0))))')
    store = entered(module, "f", (0,), "native")
    assert store.tier is not None
    assert store.tier(store, 3_000_001) is Status.FUEL
    assert (store.tick, store.agent.depth) == (3_000_001, 1)


def test_probe_stops_before_its_instruction_and_not_twice() -> None:
    store = entered(load(BENCH / "kernels.wat"), "fib", (6,), "native", limits=ROOMY)
    twin = entered(load(BENCH / "kernels.wat"), "fib", (6,), "reference", limits=ROOMY)
    assert store.tier is not None
    store.tier(store, 3)
    run(twin, 3)
    for each in (store, twin):
        set_probes(each.funcs[0].bound_code, {2})
    status, stops = Status.PROBE, 0
    while status is Status.PROBE:
        status = store.tier(store, 1 << 40)
        assert run(twin, 1 << 40) is status
        assert live(store) == live(twin)
        stops += 1
    assert stops > 10


def test_removed_probe_stops_no_more() -> None:
    store = entered(load(BENCH / "kernels.wat"), "fib", (6,), "native", limits=ROOMY)
    assert store.tier is not None
    store.tier(store, 3)
    code: Any = store.funcs[0].code
    set_probes(code, {2})
    assert store.tier(store, 1 << 40) is Status.PROBE
    set_probes(code, ())
    assert store.tier(store, 1 << 40) is Status.DONE


def test_functions_that_come_later_make_room_for_their_records() -> None:
    module = assembled('(module (func (export "f") (result i32) (i32.const 1)))')
    program = load_program(module, Wasi(), ProgramOptions(engine="native", limits=SMALL))
    assert call_export(program, "f") == 1
    functions = "".join(f'(func (export "f{i}") (result i32) (i32.const {i}))' for i in range(1100))
    store = program.store
    many = assembled(f'(module {functions} (func (export "g") (result i32) (call 1099)))')
    later = load_program(many, Wasi(), ProgramOptions(limits=SMALL))
    store.funcs.extend(later.store.funcs[len(store.funcs) :])
    assert call_export(program, "f") == 1


def test_only_these_rows_leave_the_loop() -> None:
    allocating = {row.rule for row in ROWS if row.allocates}
    assert leave_rules(load_loop().numbers) - allocating == {
        "unreachable", "throw", "throw_ref", "rethrow",
        "memory.atomic.notify", "memory.atomic.wait32", "memory.atomic.wait64",
    }  # fmt: skip
