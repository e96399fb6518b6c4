"""Traps: each code, where they are, and that nothing is changed by one."""

from __future__ import annotations

import pytest

from tests.exec.programs import call, load, start, state
from wasmlab.errors import Trap, TrapCode
from wasmlab.exec.instantiate import instantiate
from wasmlab.exec.machine import run
from wasmlab.module import assemble
from wasmlab.runtime.store import Store

MODULE = """
(module
  (type $pair (struct (field (mut i32)) (field (ref null $pair))))
  (type $row (array (mut i16)))
  (memory 1)
  (table $t 2 funcref)
  (data $d "abcd")
  (elem $e funcref (ref.null func))
  (func (export "f") (result i32) {body}))
"""

TRAPS = {
    "unreachable": ("unreachable", TrapCode.UNREACHABLE),
    "divide": ("(i32.div_s (i32.const 1) (i32.const 0))", TrapCode.INTEGER_DIVIDE_BY_ZERO),
    "remainder": (
        "(i32.wrap_i64 (i64.rem_u (i64.const 1) (i64.const 0)))",
        TrapCode.INTEGER_DIVIDE_BY_ZERO,
    ),
    "overflow": (
        "(i32.div_s (i32.const 0x80000000) (i32.const -1))",
        TrapCode.INTEGER_OVERFLOW,
    ),
    "nan": ("(i32.trunc_f64_s (f64.const nan))", TrapCode.INVALID_CONVERSION_TO_INTEGER),
    "large": ("(i32.trunc_f32_u (f32.const 0x1p32))", TrapCode.INTEGER_OVERFLOW),
    "load": ("(i32.load (i32.const 65533))", TrapCode.OUT_OF_BOUNDS_MEMORY),
    "offset": (
        "(i32.load8_u offset=4294967295 (i32.const -1))",
        TrapCode.OUT_OF_BOUNDS_MEMORY,
    ),
    "store across the end": (
        "(i64.store (i32.const 65530) (i64.const -1)) (i32.const 0)",
        TrapCode.OUT_OF_BOUNDS_MEMORY,
    ),
    "fill": (
        "(memory.fill (i32.const 65535) (i32.const 7) (i32.const 2)) (i32.const 0)",
        TrapCode.OUT_OF_BOUNDS_MEMORY,
    ),
    "init": (
        "(memory.init $d (i32.const 0) (i32.const 3) (i32.const 2)) (i32.const 0)",
        TrapCode.OUT_OF_BOUNDS_MEMORY,
    ),
    "unaligned": ("(i32.atomic.load (i32.const 2))", TrapCode.UNALIGNED_ATOMIC),
    "table": (
        "(table.set $t (i32.const 2) (ref.null func)) (i32.const 0)",
        TrapCode.OUT_OF_BOUNDS_TABLE,
    ),
    "table init": (
        "(table.init $t $e (i32.const 1) (i32.const 0) (i32.const 2)) (i32.const 0)",
        TrapCode.OUT_OF_BOUNDS_TABLE,
    ),
    "null": ("(drop (ref.as_non_null (ref.null func))) (i32.const 0)", TrapCode.NULL_REFERENCE),
    "struct": ("(struct.get $pair 0 (ref.null $pair))", TrapCode.NULL_STRUCTURE_REFERENCE),
    "array": ("(array.len (ref.null $row))", TrapCode.NULL_ARRAY_REFERENCE),
    "array end": (
        "(array.get_s $row (array.new_default $row (i32.const 3)) (i32.const 3))",
        TrapCode.OUT_OF_BOUNDS_ARRAY,
    ),
    "array from data": (
        "(array.len (array.new_data $row $d (i32.const 1) (i32.const 2)))",
        TrapCode.OUT_OF_BOUNDS_MEMORY,
    ),
    "cast": (
        "(array.len (ref.cast (ref $row) (ref.i31 (i32.const 1))))",
        TrapCode.CAST_FAILURE,
    ),
    "i31": ("(i31.get_s (ref.null i31))", TrapCode.NULL_I31_REFERENCE),
    "exception": ("(throw_ref (ref.null exn))", TrapCode.NULL_EXCEPTION_REFERENCE),
}


@pytest.mark.parametrize(("body", "code"), TRAPS.values(), ids=TRAPS)
def test_instruction_that_traps_says_why_and_changes_nothing(body: str, code: TrapCode) -> None:
    instance = load(MODULE.format(body=body))
    store = instance.store
    start(instance, "f")
    with pytest.raises(Trap) as caught:
        run(store, 1 << 40)
    assert caught.value.code is code
    trapped = state(store)
    with pytest.raises(Trap) as again:
        run(store, 1 << 40)
    assert (again.value.code, state(store)) == (code, trapped)


NESTED = """
(module
  (func $inner (drop (i32.const 1)) (unreachable))
  (func $outer (call $inner))
  (func (export "f") (call $outer)))
"""


def test_trap_in_callee_has_its_offset_and_the_calls_that_led_there() -> None:
    instance = load(NESTED)
    with pytest.raises(Trap) as caught:
        call(instance, "f")
    trap = caught.value
    module = instance.module
    assert trap.offset is not None
    assert module.data[trap.offset] == 0
    assert trap.offset in range(*module.funcs[0].body)
    assert [place.partition("@")[0] for place in trap.backtrace] == ["0", "1", "2"]


def test_trap_counts_only_completed_instructions() -> None:
    instance = load(NESTED)
    with pytest.raises(Trap):
        call(instance, "f")
    assert instance.store.tick == 4


def test_invalid_body_loaded_lazily_traps_at_every_call() -> None:
    text = '(module (func (export "f") (result i32) (i64.const 1)))'
    store = Store()
    instance = instantiate(store, assemble(text, check=False).syntax, {})
    for _ in range(2):
        with pytest.raises(Trap, match="invalid function body: type mismatch") as caught:
            call(instance, "f")
        assert caught.value.code is TrapCode.INVALID_BODY
