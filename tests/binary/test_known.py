"""Modules that ran before: what is kept of them says the same as their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab import cache
from wasmlab.binary.decode import decode
from wasmlab.binary.known import KnownModule, keep, known_module
from wasmlab.exec.instantiate import instantiate
from wasmlab.module import assemble
from wasmlab.runtime.store import Store, read_global

if TYPE_CHECKING:
    from pathlib import Path

EQUAL_TYPES = """(module
  (type $a (func)) (type $s (struct (field (ref null $a)))) (type $b (func))
  (rec (type $x (struct)) (type $y (array (mut (ref null $x)))))
  (rec (type $p (struct)) (type $q (array (mut (ref null $p)))))
  (type $end (func (param (ref null $q) (ref null $s)) (result (ref null $y))))
  (func (export "f") (type $b)) (func (type $end) (local.get 0)))"""
"""Types that are defined again after what refers to the first of them."""
VALUES = """(module
  (global i32 (i32.const -1)) (global i32 (i32.const 0x7fffffff)) (global i64 (i64.const -1))
  (global f32 (f32.const -nan:0x200001)) (global f64 (f64.const -0)) (global f32 (f32.const inf))
  (global v128 (v128.const i32x4 -1 2 3 -4)) (global (mut externref) (ref.null extern))
  (global i32 (global.get 0)) (global i64 (global.get 2)) (global v128 (global.get 6)))"""
PARTS = """(module
  (import "host" "f" (func $f (param i32) (result i64))) (import "host" "m" (memory i64 1 2))
  (import "host" "t" (table 1 funcref)) (import "host" "g" (global (mut i32)))
  (import "host" "e" (tag $e (param f64)))
  (type $sub (sub (struct (field i8) (field (mut i16)))))
  (type $more (sub final $sub (struct (field i8) (field (mut i16)) (field (ref null i31)))))
  (memory 1 3 shared) (table i64 2 8 (ref null func)) (table 3 externref) (tag $mine)
  (func $g (export "g") (export "again") (param $a i32) nop)
  (start $s) (func $s)
  (elem (table 1) (i64.const 1) func $g) (elem declare func $f) (elem funcref (ref.null func))
  (data (memory 0) (i64.const 5) "five") (data "passive")
  (@custom "mine" "what a run does not need"))"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path))
    return tmp_path


def binary(text: str) -> bytes:
    return assemble(text).syntax.data


@pytest.mark.parametrize("text", ["(module)", EQUAL_TYPES, VALUES, PARTS])
def test_known_module_is_the_decoded_one(text: str) -> None:
    decoded = decode(binary(text))
    keep(decoded)
    known = known_module(decoded.data)
    assert isinstance(known, KnownModule)
    for name in ("func_imports", "func_types", "table_types", "mem_types", "tag_types",
                 "global_types", *vars(decode(decoded.data))):  # fmt: skip
        assert getattr(known, name) == getattr(decoded, name), name


def test_globals_of_a_known_module_begin_with_the_same_bits() -> None:
    decoded = decode(binary(VALUES))
    keep(decoded)
    known = known_module(decoded.data)
    assert known is not None
    first, second = list[int](), list[int]()
    for module, found in ((decoded, first), (known, second)):
        store = Store()
        instance = instantiate(store, module, {})
        found += [read_global(store, g) for g in instance.globals]
    assert first == second


@pytest.mark.parametrize(
    "field",
    [
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
        "(global (ref i31) (ref.i31 (i32.const 1)))",
        "(type $s (struct)) (global (ref $s) (struct.new $s))",
    ],
)
def test_module_with_a_value_that_is_not_plain_is_not_kept(field: str) -> None:
    decoded = decode(binary(f"(module {field})"))
    keep(decoded)
    assert known_module(decoded.data) is None


def test_entry_of_another_module_makes_none_valid(folder: Path) -> None:
    valid = binary("(module (func (result i32) (i32.const 1)))")
    invalid = valid.replace(b"\x41\x01", b"\x42\x01")
    keep(decode(valid))
    (entry,) = folder.glob("*.module")
    keep(decode(invalid))
    (other,) = set(folder.glob("*.module")) - {entry}
    entry.replace(other)
    assert known_module(invalid) is None
    assert known_module(valid) is None
