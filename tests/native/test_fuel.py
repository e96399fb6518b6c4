"""Fuel in both tiers: wherever it ends, they stand at the same instruction with the same state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.native.stores import entered, live
from wasmlab.exec.machine import run
from wasmlab.module import assemble
from wasmlab.runtime.fuel import is_empty, limited
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from wasmlab.runtime.store import Store

PROGRAM = assemble("""
(module
  (memory 2)
  (table $t 3000 funcref)
  (table $u 10 funcref)
  (type $a (array (mut i16)))
  (data $d "0123456789abcdef0123456789abcdef")
  (elem $e funcref (ref.null func) (ref.func $f) (ref.func $f))
  (func $f (export "f") (param i32) (result i32) (local $a (ref null $a)) (local $i i32)
    (local.set $a (array.new $a (i32.const 3) (i32.const 900)))
    (loop $again
      (memory.fill (i32.const 5) (local.get $i) (i32.const 4000))
      (memory.copy (i32.const 70000) (i32.const 0) (i32.const 2100))
      (memory.init $d (i32.const 9) (i32.const 1) (i32.const 30))
      (table.fill $t (i32.const 7) (ref.func $f) (i32.const 400))
      (table.copy $t $t (i32.const 0) (i32.const 5) (i32.const 300))
      (table.init $t $e (i32.const 90) (i32.const 0) (i32.const 3))
      (drop (table.grow $u (ref.func $f) (i32.const 50)))
      (drop (table.grow $u (ref.func $f) (i32.const -1)))
      (array.fill $a (local.get $a) (i32.const 2) (local.get $i) (i32.const 700))
      (array.copy $a $a (local.get $a) (i32.const 0) (local.get $a) (i32.const 5) (i32.const 600))
      (array.init_data $a $d (local.get $a) (i32.const 0) (i32.const 0) (i32.const 10))
      (local.set $a (array.new_data $a $d (i32.const 0) (i32.const 16)))
      (local.set $a (array.new_default $a (i32.const 800)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 20))))
    (local.get $i)))
""")


def stands(store: Store, fuel: int) -> tuple[object, ...]:
    with limited(store, fuel):
        assert store.tier is not None
        status = store.tier(store, 1 << 40)
        return status, is_empty(store), live(store)


@pytest.mark.parametrize("fuel", [1, 7, 400, 523, 901, 2000, 4999])
def test_fuel_ends_at_the_same_instruction_in_both_tiers(fuel: int) -> None:
    reference, native = (entered(PROGRAM, "f", (0,), "native") for _ in range(2))
    reference.tier = run
    for _ in range(40):
        assert stands(native, fuel) == stands(reference, fuel)
    assert stands(native, 1 << 40)[0] is Status.DONE
    assert stands(reference, 1 << 40)[0] is Status.DONE
    assert live(native) == live(reference)
    assert native.moved == reference.moved
