"""Objects, casts, segments and tables as a whole: in the loop as in the reference."""

from __future__ import annotations

import pytest

from tests.native.stores import agree_at_random_ticks, assembled, entered, live, trap_alike
from wasmlab.errors import TrapCode
from wasmlab.exec.machine import run
from wasmlab.native.machine import NativeMachine
from wasmlab.runtime.frame import FUNC, PC

OBJECTS = """(module
  (rec (type $node (sub (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))))
  (type $wide (sub $node (struct (field (mut i32)) (field (mut (ref null $node)))
    (field $small (mut i8)) (field $short (mut i16)) (field $v (mut v128)) (field $f (mut f64)))))
  (type $bytes (array (mut i8)))
  (type $shorts (array (mut i16)))
  (type $ints (array (mut i32)))
  (type $vectors (array (mut v128)))
  (type $refs (array (mut (ref null $node))))
  (type $func (sub (func (param i32) (result i32))))
  (type $below (sub $func (func (param i32) (result i32))))
  (memory 1 9) (table $t 10 60 funcref) (table $u 4 funcref)
  (data $d "abcdefghijklmnopqrstuvwxyz")
  (elem $e func $twice $twice $plain)
  (elem (table $t) (i32.const 0) func $twice $plain $other)
  (func $twice (type $below) (i32.mul (local.get 0) (i32.const 2)))
  (func $plain (type $func) (i32.add (local.get 0) (i32.const 1)))
  (func $other (param i64) (result i64) (local.get 0))
  (elem declare func $twice $plain $other)
  (func $list (param $n i32) (result (ref null $node)) (local $l (ref null $node))
    (loop $more
      (local.set $l (if (result (ref null $node)) (i32.and (local.get $n) (i32.const 1))
        (then (struct.new $node (local.get $n) (local.get $l)))
        (else (struct.new $wide (local.get $n) (local.get $l) (i32.const -1) (i32.const -2)
          (v128.const i32x4 1 2 3 4) (f64.const 1.5)))))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $l))
  (func $walk (param $l (ref null $node)) (result i32) (local $sum i32) (local $w (ref null $wide))
    (block $end
      (loop $more
        (br_on_null $end (local.get $l)) (drop)
        (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $l))))
        (struct.set $node $value (local.get $l) (local.get $sum))
        (block $no (result (ref null $node))
          (br_on_cast_fail $no (ref null $node) (ref $wide) (local.get $l))
          (local.set $w)
          (struct.set $wide $v (local.get $w) (i32x4.splat (local.get $sum)))
          (struct.set $wide $small (local.get $w) (local.get $sum))
          (struct.set $wide $short (local.get $w) (i32.sub (i32.const 0) (local.get $sum)))
          (local.set $sum (i32.add (local.get $sum) (i32.add
            (struct.get_s $wide $small (local.get $w)) (struct.get_u $wide $short (local.get $w)))))
          (local.set $sum (i32.add (local.get $sum) (i32x4.extract_lane 2
            (struct.get $wide $v (ref.cast (ref $wide) (local.get $l))))))
          (local.set $sum (i32.add (local.get $sum)
            (i32.trunc_sat_f64_s (struct.get $wide $f (local.get $w)))))
          (ref.null $node))
        (drop)
        (local.set $l (struct.get $node $next (local.get $l)))
        (br $more)))
    (local.get $sum))
  (func $arrays (param $n i32) (result i32)
    (local $b (ref null $bytes)) (local $s (ref null $shorts)) (local $i (ref null $ints))
    (local $v (ref null $vectors)) (local $r (ref null $refs))
    (local.set $b (array.new_default $bytes (i32.const 40)))
    (local.set $s (array.new $shorts (local.get $n) (i32.const 9)))
    (local.set $i (array.new_fixed $ints 3 (i32.const 1) (local.get $n) (i32.const 3)))
    (local.set $v (array.new_default $vectors (i32.const 5)))
    (local.set $r (array.new_default $refs (i32.const 5)))
    (array.init_data $bytes $d (local.get $b) (i32.const 3) (i32.const 2) (i32.const 20))
    (array.init_data $shorts $d (local.get $s) (i32.const 1) (i32.const 1) (i32.const 4))
    (array.copy $bytes $bytes (local.get $b) (i32.const 5) (local.get $b) (i32.const 3)
      (i32.const 20))
    (array.fill $shorts (local.get $s) (i32.const 6) (i32.const -3) (i32.const 2))
    (array.fill $vectors (local.get $v) (i32.const 1) (v128.const i64x2 7 8) (i32.const 3))
    (array.fill $refs (local.get $r) (i32.const 0) (call $list (i32.const 2)) (i32.const 5))
    (array.set $bytes (local.get $b) (local.get $n) (i32.const 0xfff))
    (array.set $shorts (local.get $s) (i32.const 0) (i32.const -5))
    (array.set $ints (local.get $i) (i32.const 2) (local.get $n))
    (array.set $vectors (local.get $v) (i32.const 4) (array.get $vectors (local.get $v)
      (i32.const 2)))
    (i32.add (i32.add (array.get_s $bytes (local.get $b) (local.get $n))
      (array.get_u $shorts (local.get $s) (i32.const 0)))
      (i32.add (array.get $ints (local.get $i) (i32.const 2)) (i32.add
        (array.len (local.get $v)) (struct.get $node $value
          (array.get $refs (local.get $r) (i32.const 4)))))))
  (func $kinds (param $n i32) (result i32) (local $a anyref)
    (local.set $a (ref.i31 (local.get $n)))
    (if (i32.and (local.get $n) (i32.const 1)) (then (local.set $a (call $list (local.get $n)))))
    (if (i32.eq (local.get $n) (i32.const 2)) (then (local.set $a (ref.null none))))
    (if (i32.eq (local.get $n) (i32.const 4)) (then
      (local.set $a (any.convert_extern (extern.convert_any
        (array.new_default $ints (local.get $n)))))))
    (i32.or (i32.or (ref.test i31ref (local.get $a)) (i32.shl (ref.test (ref struct) (local.get $a))
        (i32.const 1)))
      (i32.or (i32.shl (ref.test (ref null array) (local.get $a)) (i32.const 2))
        (i32.or (i32.shl (ref.test (ref $wide) (local.get $a)) (i32.const 3))
          (i32.shl (ref.test (ref null none) (local.get $a)) (i32.const 4))))))
  (func $tables (param $n i32) (result i32)
    (drop (table.grow $t (ref.func $plain) (local.get $n)))
    (table.fill $t (i32.const 3) (ref.func $twice) (i32.const 4))
    (table.copy $t $t (i32.const 4) (i32.const 3) (i32.const 5))
    (table.copy $u $t (i32.const 1) (i32.const 0) (i32.const 3))
    (block $no (result funcref) (table.init $t $e (i32.const 8) (i32.const 0)
        (if (result i32) (i32.eq (local.get $n) (i32.const 6)) (then (i32.const 2))
          (else (i32.const 0))))
      (br_on_cast $no funcref (ref $below) (table.get $u (i32.and (local.get $n) (i32.const 3)))))
    (drop)
    (elem.drop $e)
    (drop (memory.grow (i32.const 1)))
    (i32.add (table.size $t) (call_indirect $t (type $func) (local.get $n)
      (i32.and (local.get $n) (i32.const 1)))))
  (func (export "main") (param $n i32) (result i32) (local $sum i32)
    (memory.init $d (i32.const 4090) (i32.const 2) (i32.const 13))
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $walk (call $list (local.get $n)))))
      (local.set $sum (i32.add (local.get $sum) (call $arrays (local.get $n))))
      (local.set $sum (i32.xor (local.get $sum) (call $kinds (local.get $n))))
      (local.set $sum (i32.add (local.get $sum) (call $tables (local.get $n))))
      (atomic.fence)
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (data.drop $d)
    (local.get $sum)))"""


@pytest.mark.parametrize("seed", range(3))
def test_objects_agree_with_reference_at_every_tick_tried(seed: int) -> None:
    module = assembled(OBJECTS)
    reference, native = (entered(module, "main", (6,), e) for e in ("reference", "native"))
    agree_at_random_ticks(reference, native, seed)


def test_only_allocation_and_first_calls_leave_the_loop() -> None:
    store = entered(assembled(OBJECTS), "main", (6,), "reference")
    agent, machine, left = store.agent, NativeMachine(store), set[str]()
    while agent.depth:
        if machine.must_leave(1 << 40) and agent.depth:
            code = store.funcs[agent.record(agent.depth - 1, FUNC)].bound_code
            left.add(code.instrs[agent.record(agent.depth - 1, PC)].row.mnemonic)
            run(store, store.tick + 1)
    assert left == {
        "call", "call_indirect", "end",
        "array.new", "array.new_default", "array.new_fixed", "struct.new",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("(drop (struct.get $s 0 (ref.null $s)))", TrapCode.NULL_STRUCTURE_REFERENCE),
        ("(struct.set $s 0 (ref.null $s) (i32.const 1))", TrapCode.NULL_STRUCTURE_REFERENCE),
        ("(drop (array.get $a (ref.null $a) (i32.const 0)))", TrapCode.NULL_ARRAY_REFERENCE),
        ("(drop (array.get $a (global.get $g) (i32.const 3)))", TrapCode.OUT_OF_BOUNDS_ARRAY),
        ("(array.set $a (global.get $g) (i32.const -1) (i32.const 0))",
         TrapCode.OUT_OF_BOUNDS_ARRAY),
        ("(array.fill $a (global.get $g) (i32.const 1) (i32.const 0) (i32.const 3))",
         TrapCode.OUT_OF_BOUNDS_ARRAY),
        ("(array.copy $a $a (global.get $g) (i32.const 0) (global.get $g) (i32.const 2) (call 1))",
         TrapCode.OUT_OF_BOUNDS_ARRAY),
        ("(array.init_data $a $d (global.get $g) (i32.const 0) (i32.const 0) (i32.const 1))",
         TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(drop (ref.cast (ref i31) (global.get $g)))", TrapCode.CAST_FAILURE),
        ("(drop (ref.cast (ref array) (ref.null any)))", TrapCode.CAST_FAILURE),
        ("(memory.init $d (i32.const 65535) (i32.const 0) (i32.const 2))",
         TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(memory.init $d (i32.const 0) (i32.const 2) (i32.const 2))",
         TrapCode.OUT_OF_BOUNDS_MEMORY),
        ("(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))",
         TrapCode.OUT_OF_BOUNDS_TABLE),
        ("(table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 2))",
         TrapCode.OUT_OF_BOUNDS_TABLE),
        ("(table.fill $t (i32.const 3) (ref.null func) (i32.const 0))",
         TrapCode.OUT_OF_BOUNDS_TABLE),
        ("(call_indirect (type $n) (i32.const 0))", TrapCode.INDIRECT_CALL_TYPE_MISMATCH),
    ],
)  # fmt: skip
def test_trap_over_objects_is_the_reference_s(body: str, code: TrapCode) -> None:
    module = assembled(
        "(module (type $s (struct (field (mut i32)))) (type $a (array (mut i32)))"
        " (type $n (sub (func))) (memory 1) (table $t 2 funcref) (elem (i32.const 0) func 0)"
        ' (data $d "abc") (elem $e func 0)'
        " (global $g (mut (ref $a)) (array.new_default $a (i32.const 3)))"
        f' (func (export "f") (param i32) (nop) {body}) (func (result i32) (i32.const 2)))'
    )
    assert trap_alike(module) is code


@pytest.mark.parametrize("delta", [0, 1, 2, 3, 4, 1 << 16, (1 << 32) - 1])
def test_memory_grows_as_far_as_the_reference_lets_it(delta: int) -> None:
    module = assembled(
        '(module (memory 1 3) (func (export "f") (param i32) (result i32) (nop)'
        " (memory.grow (local.get 0)) (i32.store8 (i32.const 65535) (memory.size))"
        " (i32.load8_u (i32.const 65535)) (i32.add) (nop)))"
    )
    states: list[object] = []
    for engine in ("reference", "native"):
        store = entered(module, "f", (delta,), engine)
        (store.tier or run)(store, 8)
        states.append(live(store))
    assert states[0] == states[1]


def test_segment_dropped_in_the_loop_is_there_again_when_the_store_says_so() -> None:
    module = assembled(
        '(module (memory 1) (data $d "abc") (func (export "f") (param i32) (result i32)'
        " (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)) (data.drop $d)"
        " (i32.load (i32.const 0))))"
    )
    store = entered(module, "f", (3,), "native")
    assert store.tier is not None
    store.tier(store, 5)
    assert store.instances[0].dropped_datas == {0}
    store.instances[0].dropped_datas.clear()
    store.agent.frames[1] = 0
    store.tick = 0
    store.tier(store, 4)
    assert store.mems[0].read(0, 3) == b"abc"
