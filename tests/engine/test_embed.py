"""Plain embedding: exports as Python functions, imports from Python, memory, globals."""

import pytest

import wasmlab as wl
from wasmlab.errors import UsageError
from wasmlab.runtime.host import Caller

ADDER = """
(module
  (memory (export "memory") 1)
  (global (export "counter") (mut i32) (i32.const 5))
  (global (export "fixed") i64 (i64.const -1))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "both") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "none"))
  (func (export "deep") (call 4)))
"""


def adder() -> wl.Instance:
    return wl.instantiate(wl.assemble(ADDER))


def test_export_call_returns_a_signed_integer() -> None:
    assert adder().exports["add"](2, -5) == -3


def test_export_call_wraps_like_the_instruction() -> None:
    assert adder().exports.add(0x7FFF_FFFF, 1) == -0x8000_0000


def test_export_call_takes_and_returns_floats() -> None:
    assert adder().exports.half(5.0) == 2.5


def test_export_call_with_several_results_returns_a_tuple() -> None:
    assert adder().exports.both(1, 2) == (2, 1)


def test_export_call_without_results_returns_none() -> None:
    assert adder().exports.none() is None


@pytest.mark.parametrize("args", [(1,), (1, 2, 3), (1, "x"), (1, 1 << 32), (1.5, 1), (None, 1)])
def test_export_call_with_wrong_arguments_is_refused(args: tuple[object, ...]) -> None:
    with pytest.raises(UsageError):
        adder().exports.add(*args)


def test_export_of_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match="add"):
        _ = adder().exports.sub


def test_recursion_without_end_is_exhaustion_and_leaves_the_instance_usable() -> None:
    instance = adder()
    with pytest.raises(wl.Exhaustion, match="call stack exhausted"):
        instance.exports.deep()
    assert instance.exports.add(1, 1) == 2


def test_memory_reads_what_was_written_and_traps_outside() -> None:
    memory = adder().memory
    assert memory.write_str(10, "héllo") == 6
    assert memory.read_str(10, 6) == "héllo"
    assert memory.read_cstr(10) == "héllo"
    memory.write_int(100, -2)
    assert memory.read_int(100, signed=True) == -2
    assert memory.read_int(100) == 0xFFFF_FFFE
    assert memory[10:12] == b"h\xc3"
    with pytest.raises(wl.Trap, match="out of bounds memory access"):
        memory.write(65_535, b"ab")
    assert memory[65_535] == b"\0"


def test_global_is_read_and_written_if_it_is_mutable() -> None:
    exports = adder().exports
    counter, fixed = exports.counter, exports.fixed
    counter.value = -7
    assert counter.value == -7
    assert fixed.value == -1
    with pytest.raises(UsageError, match="immutable"):
        fixed.value = 1


CALLER = """
(module
  (import "env" "f" (func $f (param i32) (result i64)))
  (import "env" "base" (global $base i32))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (result i64)
    (call $f (i32.add (local.get 0) (global.get $base)))))
"""


def test_import_is_a_python_function_and_a_number() -> None:
    def square(n: int) -> int:
        return n * n

    instance = wl.instantiate(wl.assemble(CALLER), {"env": {"f": square, "base": 2}})
    assert instance.exports.run(3) == 25


def test_import_that_names_its_caller_reads_guest_memory() -> None:
    def f(caller: Caller, n: int) -> int:
        return len(caller.memory.read(0, n))

    instance = wl.instantiate(wl.assemble(CALLER), {"env": {"f": f, "base": 0}})
    assert instance.exports.run(7) == 7


def test_import_that_raises_is_a_host_error_with_its_cause() -> None:
    def f(_n: int) -> int:
        raise KeyError("lost")

    instance = wl.instantiate(wl.assemble(CALLER), {"env": {"f": f, "base": 0}})
    with pytest.raises(wl.HostError, match="lost") as caught:
        instance.exports.run(1)
    assert isinstance(caught.value.__cause__, KeyError)


def test_import_that_is_missing_is_unlinkable() -> None:
    with pytest.raises(wl.Unlinkable, match="unknown import"):
        wl.instantiate(wl.assemble(CALLER), {"env": {"base": 0}})


def test_import_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="is a func"):
        wl.instantiate(wl.assemble(CALLER), {"env": {"f": 5, "base": 0}})


def test_host_function_may_call_back_into_the_instance() -> None:
    module = wl.assemble(
        '(module (import "env" "again" (func $again (param i32) (result i32)))'
        ' (func (export "count") (param i32) (result i32)'
        "  (if (result i32) (local.get 0)"
        "   (then (i32.add (i32.const 1) (call $again (i32.sub (local.get 0) (i32.const 1)))))"
        "   (else (i32.const 0)))))"
    )
    box: list[wl.Instance] = []

    def again(n: int) -> object:
        return box[0].exports.count(n)

    box.append(wl.instantiate(module, {"env": {"again": again}}))
    assert box[0].exports.count(10) == 10
    with pytest.raises(wl.Exhaustion):
        box[0].exports.count(1000)


ENDLESS = """
(module
  (func $spin (export "spin") loop br 0 end)
  (func (export "one") (result i32) i32.const 1))"""


def test_call_without_end_is_exhaustion_and_the_instance_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wl.Instance, "step_limit", 500)
    instance = wl.instantiate(wl.assemble(ENDLESS))
    for _ in range(2):
        with pytest.raises(wl.Exhaustion, match=r"500 instructions.*endless loop") as caught:
            instance.exports.spin()
        assert caught.value.backtrace[0].startswith("0@")
    assert instance.exports.one() == 1


def test_call_that_fills_too_much_memory_is_exhaustion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wl.Instance, "step_limit", 500)
    text = """(module (memory 1)
      (func (export "fill") (param i32)
        (memory.fill (i32.const 0) (i32.const 1) (local.get 0))))"""
    instance = wl.instantiate(wl.assemble(text))
    instance.exports.fill(3000)
    assert instance.memory.read_int(2996) == 0x01010101
    with pytest.raises(wl.Exhaustion, match="500"):
        instance.exports.fill(6000)
    assert instance.memory.read_int(2996) == 0x01010101
    assert instance.memory.read_int(3000) == 0


def test_start_function_without_end_is_exhaustion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wl.Instance, "step_limit", 500)
    with pytest.raises(wl.Exhaustion):
        wl.instantiate(wl.assemble("(module (start 0) (func loop br 0 end))"))
