"""Exceptions: handlers, references to them, host functions between, and the legacy encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.exec.programs import call, host, load, start, state
from wasmlab.binary.decode import decode
from wasmlab.errors import Trap, WasmException
from wasmlab.exec.exception import new_exception
from wasmlab.exec.instantiate import instantiate
from wasmlab.exec.invocation import invoke
from wasmlab.exec.machine import run
from wasmlab.runtime.store import FuncInst, ModuleInst, Store, TagInst
from wasmlab.tools import WAT2WASM
from wasmlab.tools import run as run_tool

if TYPE_CHECKING:
    from pathlib import Path

KINDS = """
(module
  (tag $e (export "e") (param i32 i64 v128))
  (tag $other)
  (func $throw (param i32)
    (throw $e (local.get 0) (i64.const 2) (v128.const i64x2 3 4)))
  (func (export "sum") (param i32) (result i64) (local $v v128) (local $l i64)
    (block $h (result i32 i64 v128)
      (try_table (catch $e $h) (call $throw (local.get 0)))
      (unreachable))
    (local.set $v) (local.set $l)
    (i64.add (i64.extend_i32_u) (local.get $l))
    (i64.add (i64x2.extract_lane 1 (local.get $v))))
  (func (export "all") (param i32) (result i32)
    (block $h (try_table (catch_all $h) (call $throw (local.get 0))) (return (i32.const 0)))
    (i32.const 9))
  (func (export "other") (param i32)
    (block $h (try_table (catch $other $h) (call $throw (local.get 0)))))
  (func (export "again") (param i32) (result i32) (local $x exnref) (local $n i32)
    (loop $retry
      (block $h (result exnref)
        (try_table (catch_all_ref $h)
          (if (ref.is_null (local.get $x))
            (then (call $throw (local.get 0)))
            (else (throw_ref (local.get $x)))))
        (unreachable))
      (local.set $x)
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $retry (i32.lt_u (local.get $n) (i32.const 5))))
    (local.get $n))
  (func (export "returns") (param i32) (result i32 i64 v128)
    (try_table (catch $e 0) (call $throw (local.get 0)))
    (unreachable)))
"""


def test_handler_of_the_tag_gets_the_arguments_in_order() -> None:
    assert call(load(KINDS), "sum", 1) == [1 + 2 + 4]


def test_handler_of_all_tags_gets_none() -> None:
    assert call(load(KINDS), "all", 1) == [9]


def test_reference_to_an_exception_can_be_thrown_again() -> None:
    assert call(load(KINDS), "again", 1) == [5]


def test_handler_whose_label_is_the_function_returns_the_arguments() -> None:
    assert call(load(KINDS), "returns", 7) == [7, 2, 3 | 4 << 64]


def test_uncaught_exception_stops_at_the_throw_with_all_frames() -> None:
    instance = load(KINDS)
    store = instance.store
    start(instance, "other", 7)
    with pytest.raises(WasmException) as caught:
        run(store, 1 << 40)
    assert caught.value.values == (7, 2, 3 | 4 << 64)
    assert store.tags[caught.value.tag] is instance.exports["e"]
    assert store.agent.depth == 2
    stopped = state(store)
    with pytest.raises(WasmException):
        run(store, 1 << 40)
    assert state(store)[1:3] == stopped[1:3]


HOSTED = """
(module
  (import "host" "f" (func $f (param i32)))
  (import "host" "e" (tag $e (param i32)))
  (func (export "catch") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $f (local.get 0)))
      (i32.const -1)))
  (func (export "tail") (param i32) (return_call $f (local.get 0)))
  (func (export "around") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $g (local.get 0)))
      (i32.const -1)))
  (func $g (param i32)
    (block $h (result i32)
      (try_table (catch $e $h) (return_call $f (local.get 0))) (unreachable))
    (drop))
  (func (export "throw") (param i32) (throw $e (local.get 0))))
"""
THROWER = '(module (tag (export "e") (param i32)) (func (export "f") (param i32)))'


class Hosted:
    """A module between host functions."""

    def __init__(self, text: str = HOSTED) -> None:
        self.store = Store()
        other = load(THROWER, store=self.store)
        tag = other.exports["e"]
        assert isinstance(tag, TagInst)
        self.tag = tag
        self.seen: list[tuple[int, ...]] = []
        signature = other.exports["f"]
        assert isinstance(signature, FuncInst)
        self.f = host(self.store, self.call, signature.type.comp.params)  # type: ignore[union-attr] - a function type
        imports = {("host", "f"): self.f, ("host", "e"): tag}
        self.instance: ModuleInst = load(text, imports, store=self.store)

    def call(self, _caller: object, a: int) -> tuple[int, ...]:
        """Throw from the host if a is odd, else let WebAssembly throw through this frame."""
        if a % 2:
            ref = new_exception(self.store, self.tag, [a])
            raise WasmException(self.tag.addr, [a], ref)
        func = self.instance.exports["throw"]
        assert isinstance(func, FuncInst)
        try:
            invoke(self.store, func, [a])
        except WasmException as exception:
            self.seen.append(exception.values)
            raise
        return ()


@pytest.mark.parametrize("argument", [7, 8], ids=["by the host", "through the host"])
def test_exception_crosses_a_host_function_and_is_caught(argument: int) -> None:
    hosted = Hosted()
    assert call(hosted.instance, "catch", argument) == [argument]
    assert hosted.seen == ([] if argument % 2 else [(argument,)])
    assert (hosted.store.agent.depth, hosted.store.agent.base) == (0, 0)


@pytest.mark.parametrize("argument", [7, 8], ids=["by the host", "through the host"])
def test_exception_in_a_tail_called_host_function_skips_its_callers_handlers(argument: int) -> None:
    assert call(Hosted().instance, "around", argument) == [argument]


@pytest.mark.parametrize("argument", [7, 8], ids=["by the host", "through the host"])
def test_exception_of_a_host_function_that_is_not_caught_comes_out(argument: int) -> None:
    hosted = Hosted()
    with pytest.raises(WasmException) as caught:
        call(hosted.instance, "tail", argument)
    assert caught.value.values == (argument,)
    assert hosted.store.agent.depth == 0


LEGACY = """
(module
  (tag $e (param i32))
  (tag $other)
  (func $throw (param i32) (throw $e (local.get 0)))
  (func (export "catch") (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0)) (i32.const 0)
    catch $other
      (i32.const 1)
    catch $e
      (i32.add (i32.const 10))
    catch_all
      (i32.const 2)
    end)
  (func (export "rethrow") (param i32) (result i32) (local $n i32)
    try (result i32)
      try (result i32)
        (call $throw (local.get 0)) (i32.const 0)
      catch $e
        (local.set $n)
        (rethrow 0)
      end
    catch $e
      (i32.add (local.get $n))
    end)
  (func (export "outer") (param i32) (result i32)
    try (result i32)
      (call $throw (i32.const 100)) (i32.const 0)
    catch $e
      (drop)
      try (result i32)
        try (result i32)
          (call $throw (local.get 0)) (i32.const 0)
        catch $e
          (drop) (rethrow 2)
        end
      catch $e
      end
    end)
  (func (export "delegate") (param i32) (result i32)
    try $out (result i32)
      try (result i32)
        try (result i32)
          (call $throw (local.get 0)) (i32.const 0)
        delegate $out
      catch_all
        (i32.const 3)
      end
    catch $e
      (i32.add (i32.const 20))
    end)
  (func (export "leave") (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $throw (local.get 0)) (i32.const 0)
      delegate 1
    catch_all
      (i32.const 4)
    end)
  (func (export "fine") (param i32) (result i32)
    try (result i32)
      (local.get 0)
    catch_all
      (i32.const 5)
    end))
"""


@pytest.fixture(name="legacy")
def _legacy(tmp_path: Path) -> ModuleInst:
    (tmp_path / "legacy.wat").write_text(LEGACY)
    made = run_tool(WAT2WASM, ("legacy.wat", "-o", "legacy.wasm"), tmp_path)
    assert made.ok, made.messages
    return instantiate(Store(), decode((tmp_path / "legacy.wasm").read_bytes()), {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("catch", 17), ("rethrow", 14), ("outer", 100), ("delegate", 27), ("fine", 7)],
)
def test_legacy_exception_is_caught(legacy: ModuleInst, name: str, expected: int) -> None:
    assert call(legacy, name, 7) == [expected]


def test_legacy_delegate_to_the_function_leaves_it(legacy: ModuleInst) -> None:
    with pytest.raises(WasmException) as caught:
        call(legacy, "leave", 7)
    assert caught.value.values == (7,)


def test_throw_of_null_reference_traps() -> None:
    with pytest.raises(Trap, match="null exception reference"):
        call(load('(module (func (export "f") (throw_ref (ref.null exn))))'), "f")
