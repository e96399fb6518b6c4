"""The calls of a function in history: results, tail calls, exceptions."""

import pytest

import wasmlab as wl

ENGINES = ("reference", "native")
TAIL_CALLS = """
(module
  (func $sum (param $n i32) (param $a i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $a))))
    (return_call $sum
      (i32.sub (local.get $n) (i32.const 1)) (i32.add (local.get $a) (local.get $n))))
  (func (export "main") (result i32) (call $sum (i32.const 3) (i32.const 0))))
"""
THROWS = """
(module
  (tag $t (export "t") (param i32))
  (func $half (param $n i32) (result i32)
    (if (i32.and (local.get $n) (i32.const 1)) (then (throw $t (local.get $n))))
    (i32.shr_u (local.get $n) (i32.const 1)))
  (func $try (param $n i32) (result i32)
    (block $caught (result i32)
      (try_table (result i32) (catch $t $caught) (call $half (local.get $n)))))
  (func (export "main") (result i32)
    (i32.add (call $try (i32.const 7)) (call $try (i32.const 8)))))
"""


def called(text: str, func: str, engine: str) -> list[tuple[tuple[object, ...], bool, object]]:
    s = wl.Session(
        wl.assemble(text),
        invoke="main",
        engine=engine,
    )
    s.run()
    return [
        (tuple(v.value for v in c.args), c.returned is not None, tuple(v.value for v in c.results))
        for c in s.calls(func)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_tail_calls_return_together_with_the_call_whose_frame_they_take(engine: str) -> None:
    assert called(TAIL_CALLS, "$sum", engine) == [
        ((3, 0), True, (6,)),
        ((2, 3), True, (6,)),
        ((1, 5), True, (6,)),
        ((0, 6), True, (6,)),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_call_that_throws_does_not_return(engine: str) -> None:
    assert called(THROWS, "$half", engine) == [((7,), False, ()), ((8,), True, (4,))]
    assert called(THROWS, "$try", engine) == [((7,), True, (7,)), ((8,), True, (4,))]
