"""Several memories, 64-bit addresses, small pages, growth, and their limits."""

from __future__ import annotations

import pytest

from tests.exec.programs import call, load, small_store
from wasmlab.errors import Trap

SEVERAL = """
(module
  (memory $a (export "a") 1 3)
  (memory $b (export "b") i64 1 4)
  (memory $c (export "c") 0 100 (pagesize 1))
  (data (memory $b) (i64.const 3) "hello")
  (func (export "copy") (param i32 i64 i32)
    (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)))
  (func (export "load a") (param i32) (result i64) (i64.load $a (local.get 0)))
  (func (export "load b") (param i64) (result i64) (i64.load $b offset=1 (local.get 0)))
  (func (export "store a") (param i32 i64) (i64.store $a (local.get 0) (local.get 1)))
  (func (export "store b") (param i64 i64) (i64.store $b (local.get 0) (local.get 1)))
  (func (export "grow a") (param i32) (result i32) (memory.grow $a (local.get 0)))
  (func (export "grow b") (param i64) (result i64) (memory.grow $b (local.get 0)))
  (func (export "grow c") (param i32) (result i32) (memory.grow $c (local.get 0)))
  (func (export "store c") (param i32) (i32.store8 $c (local.get 0) (i32.const 1)))
  (func (export "sizes") (result i32 i64 i32)
    (memory.size $a) (memory.size $b) (memory.size $c)))
"""


def test_memories_are_apart() -> None:
    instance = load(SEVERAL)
    call(instance, "store a", 8, 1)
    call(instance, "store b", 8, 2)
    assert call(instance, "load a", 8) == [1]
    assert call(instance, "load b", 7) == [2]


def test_copy_between_memories_of_different_address_types_moves_bytes() -> None:
    instance = load(SEVERAL)
    call(instance, "copy", 100, 3, 5)
    assert call(instance, "load a", 100) == [int.from_bytes(b"hello", "little")]


@pytest.mark.parametrize("address", [65528, 1 << 32, (1 << 64) - 1])
def test_address_of_64_bits_outside_the_memory_traps(address: int) -> None:
    with pytest.raises(Trap, match="out of bounds memory access"):
        call(load(SEVERAL), "load b", address)


@pytest.mark.parametrize(
    ("name", "delta", "old", "last"),
    [("grow a", 2, 1, 3), ("grow b", 3, 1, 4), ("grow c", 100, 0, 100)],
)
def test_memory_grows_to_its_maximum_and_not_beyond(
    name: str, delta: int, old: int, last: int
) -> None:
    instance = load(SEVERAL)
    failed = (1 << (64 if name == "grow b" else 32)) - 1
    assert call(instance, name, delta + 1) == [failed]
    assert call(instance, name, delta) == [old]
    assert call(instance, name, 0) == [last]
    assert call(instance, name, 1) == [failed]


def test_memory_that_has_grown_is_zero_and_can_be_used() -> None:
    instance = load(SEVERAL)
    with pytest.raises(Trap):
        call(instance, "load a", 65536)
    call(instance, "grow a", 1)
    assert call(instance, "load a", 65536) == [0]
    call(instance, "store a", 131064, 9)
    assert call(instance, "load a", 131064) == [9]


def test_memory_with_pages_of_one_byte_ends_where_it_says() -> None:
    instance = load(SEVERAL)
    call(instance, "grow c", 10)
    call(instance, "store c", 9)
    with pytest.raises(Trap):
        call(instance, "store c", 10)


def test_memories_share_a_budget() -> None:
    instance = load(SEVERAL, store=small_store(memory=3 << 16))
    assert call(instance, "grow a", 1) == [1]
    assert call(instance, "grow b", 1) == [(1 << 64) - 1]
    assert call(instance, "sizes") == [2, 1, 0]


def test_memory_beyond_the_budget_at_the_start_is_exhaustion() -> None:
    with pytest.raises(Trap, match="memory limit exhausted"):
        load(SEVERAL, store=small_store(memory=1 << 16))
