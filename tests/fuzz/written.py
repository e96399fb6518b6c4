"""Modules that execute many different instructions: statements made from the table, in loops.

Random modules of ``wasm-tools smith`` hardly reach most vector instructions. These have the same
exports; each function copies its arguments into locals and applies rows to them, again and again.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from wasmlab.isa.index import ROWS
from wasmlab.syntax.row import Imm, Kind, Row
from wasmlab.syntax.types import ADDR, F32, F64, I32, I64, V128, ValType

if TYPE_CHECKING:
    from collections.abc import Sequence

STATEMENTS = 110
TURNS = 30
_KINDS = {Kind.PURE, Kind.LOAD, Kind.STORE, Kind.RMW, Kind.LANE}
_RELAXED = "relaxed-simd"
_NAMES: dict[ValType, str] = {I32: "i32", I64: "i64", F32: "f32", F64: "f64", V128: "v128"}
_LOCALS = 3
"""Of each type."""
_EXPORTS: dict[str, tuple[tuple[ValType, ...], tuple[ValType, ...]]] = {
    "a": ((I32, I64, F32, F64), (I32,)),
    "b": ((I64, I32), (I64,)),
    "c": ((F32, F64), (F64,)),
    "d": ((I32, I32, I32, F32), (F64,)),
    "e": ((I64, I64), (I32, I64)),
}
_PIECES = {
    "i32.div_s": "(i32.and (i32.or {} (i32.const 1)) (i32.const 0x7fffffff))",
    "i64.div_s": "(i64.and (i64.or {} (i64.const 1)) (i64.const 0x7fffffffffffffff))",
    "i32": "(i32.or {} (i32.const 1))",
    "i64": "(i64.or {} (i64.const 1))",
}
"""Divisors that are never zero, nor -1 where that could overflow."""
_MIXED = """(local.set $i32_0 (i32.xor (local.get $i32_0)
  (i32.rotl (local.get $i32_1) (local.get $n))))
(local.set $i64_0 (i64.add (local.get $i64_0) (i64.extend_i32_s (local.get $i32_2))))
(local.set $f32_0 (f32.convert_i32_s (local.get $i32_0)))
(local.set $f64_0 (f64.reinterpret_i64 (i64.rotl (local.get $i64_1) (i64.const 9))))
(local.set $v128_0 (v128.xor (i64x2.splat (local.get $i64_0)) (v128.bitselect (local.get $v128_1)
  (local.get $v128_2) (i32x4.splat (local.get $i32_0)))))
(global.set $g0 (i64.xor (global.get $g0) (local.get $i64_2)))
(global.set $g1 (i32.add (global.get $g1) (local.get $i32_2)))"""

_SHARED = """(type $t (func (param i32) (result i32)))
(table $t0 8 16 funcref) (table $fixed 4 4 funcref)
(elem (table $fixed) (i32.const 0) func $leaf $direct $by_ref $early)
(elem $e func $leaf $by_table) (elem $gone func $leaf) (elem declare func $by_ref $direct)
(data $d "some bytes to begin with") (data $gone "gone")
(func $leaf (type $t) (i32.add (local.get 0) (i32.const 3)))
(func $direct (type $t) (return_call $leaf (local.get 0)))
(func $by_ref (type $t) (return_call_ref $t (local.get 0) (ref.func $direct)))
(func $by_table (type $t)
  (return_call_indirect $fixed (type $t) (local.get 0) (i32.and (local.get 0) (i32.const 3))))
(func $early (type $t)
  (if (i32.and (local.get 0) (i32.const 1)) (then (return (i32.const 5)))) (local.get 0))
"""
_STATE = """(memory.fill (i32.and {x} (i32.const 0x3fff)) {y} (i32.and {z} (i32.const 0xff)))
(memory.copy (i32.and {x} (i32.const 0x3fff)) (i32.and {y} (i32.const 0x3fff)) (i32.and {z}
  (i32.const 0xff)))
(memory.init $d (i32.and {x} (i32.const 0x3fff)) (i32.const 3) (i32.and {z} (i32.const 15)))
(local.set {to} (memory.grow (i32.const 0)))
(local.set {to} (i32.add {x} (memory.size)))
(table.set $t0 (i32.and {x} (i32.const 7)) (ref.func $direct))
(local.set {to} (ref.is_null (table.get $t0 (i32.and {x} (i32.const 7)))))
(table.fill $t0 (i32.const 2) (ref.null func) (i32.and {x} (i32.const 3)))
(table.copy $t0 $fixed (i32.const 1) (i32.const 0) (i32.and {x} (i32.const 3)))
(table.init $t0 $e (i32.const 0) (i32.const 0) (i32.and {x} (i32.const 1)))
(local.set {to} (i32.add (table.size $t0) (table.grow $t0 (ref.null func) (i32.const 0))))
(elem.drop $gone) (data.drop $gone)
(local.set {to} (call_ref $t {x} (ref.as_non_null (ref.func $by_ref))))
(local.set {to} (call_indirect $fixed (type $t) {x} (i32.and {y} (i32.const 3))))
(local.set {to} (call $by_table {x}))
(local.set {to} (call $early (select (result i32) {x} {y} {z})))
(local.set {to} (select {x} {y} {z})) (nop) (drop {z})
(block (block (br_table 0 1 0 {x})) (local.set {to} {z}))
(block (br_on_null 0 (table.get $t0 (i32.and {y} (i32.const 7)))) (drop) (local.set {to} {x}))
(block (br_if 0 {x}) (br 0))
(drop (block (result (ref func)) (br_on_non_null 0 (table.get $fixed (i32.and {x} (i32.const 3))))
  (ref.func $direct)))
(atomic.fence)"""
"""Statements about tables, memories as a whole, references and calls: one for each line that begins
at the margin."""


def rows(*, relaxed: bool) -> list[Row]:
    """Return the rows that statements are made of."""
    return [
        row
        for row in ROWS
        if row.kind in _KINDS
        and row.llvm is not None
        and row.params
        and all(t in _NAMES or t is ADDR for t in (*row.params, *(row.results or ())))
        and (relaxed or row.feature != _RELAXED)
    ]


def written(seed: int) -> str:
    """Return the text of a module; of every four seeds, one uses relaxed vectors."""
    rng = random.Random(seed)  # noqa: S311 - repeatable
    chosen = rows(relaxed=not has_one_meaning(seed))
    functions = "\n".join(_function(rng, name, chosen, seed) for name in _EXPORTS)
    data = rng.randbytes(64).hex()
    text = "".join(f"\\{data[i : i + 2]}" for i in range(0, len(data), 2))
    return f"""(module (memory (export "memory") 1 2)
(data (i32.const 32) "{text}")
(global $g0 (export "g0") (mut i64) (i64.const {seed}))
(global $g1 (export "g1") (mut i32) (i32.const -1))
{_SHARED}{functions})
"""


def has_one_meaning(seed: int) -> bool:
    """Return whether every engine must compute the same: no relaxed vectors."""
    return seed % 4 != 0


def may_trap(seed: int) -> bool:
    """Return whether divisions, truncations and accesses are left unguarded."""
    return seed % 8 < 2


def _function(rng: random.Random, name: str, chosen: Sequence[Row], seed: int) -> str:
    params, results = _EXPORTS[name]
    header = " ".join(f"(param $p{i} {_NAMES[t]})" for i, t in enumerate(params))
    locals_ = " ".join(f"(local ${t}_{i} {t})" for t in _NAMES.values() for i in range(_LOCALS))
    copied = [
        f"(local.set ${_NAMES[t]}_{i % _LOCALS} (local.get $p{i}))" for i, t in enumerate(params)
    ]
    body = "\n".join(_any_statement(rng, chosen, seed) for _ in range(STATEMENTS))
    returned = " ".join(f"(local.get ${_NAMES[t]}_0)" for t in results)
    return f"""(func (export "{name}") {header} (result {" ".join(_NAMES[t] for t in results)})
(local $n i32) {locals_}
{" ".join(copied)}
(loop $again
{body}
{_MIXED}
(br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
  (i32.const {TURNS}))))
{returned})"""


def _any_statement(rng: random.Random, chosen: Sequence[Row], seed: int) -> str:
    if rng.randrange(12):
        return _statement(rng, rng.choice(chosen), seed)
    text = rng.choice(re.split(r"\n(?=\()", _STATE))
    x, y, z = (f"(local.get {_local(rng, I32)})" for _ in "xyz")
    return text.format(x=x, y=y, z=z, to=_local(rng, I32))


def _statement(rng: random.Random, row: Row, seed: int) -> str:
    operands = [_operand(rng, t, row, seed) for t in row.params or ()]
    if not may_trap(seed):
        operands = _tamed(row, operands)
    immediates = [_immediate(rng, imm, row) for imm in row.imms]
    applied = f"({' '.join((row.mnemonic, *immediates, *operands))})"
    results = row.results or ()
    sets = [f"(local.set {_local(rng, t)}" for t in reversed(results)]
    if len(sets) == 1:
        return f"{sets[0]} {applied})"
    return " ".join((applied, *(f"{text})" for text in sets)))


def _local(rng: random.Random, t: ValType) -> str:
    return f"${_NAMES[t]}_{rng.randrange(_LOCALS)}"


def _operand(rng: random.Random, t: ValType, row: Row, seed: int) -> str:
    if t is not ADDR:
        return f"(local.get {_local(rng, t)})"
    mask = 0xFFFF if may_trap(seed) else 0x7FFF
    if row.access is not None and row.access.atomic:
        mask &= ~7
    return f"(i32.and (local.get {_local(rng, I32)}) (i32.const {mask}))"


def _tamed(row: Row, operands: list[str]) -> list[str]:
    """Return operands with which an instruction does not trap."""
    found = re.match(r"(i32|i64)\.(div|rem)", row.mnemonic)
    if found:
        piece = _PIECES.get(row.mnemonic) or _PIECES[found[1]]
        return [operands[0], piece.format(operands[1])]
    if re.match(r"i\d\d\.trunc_f", row.mnemonic) and row.params:
        t = _NAMES[row.params[0]]
        return [f"({t}.convert_i32_u (i32.shr_u (local.get $i32_1) (i32.const 9)))"]
    return operands


def _immediate(rng: random.Random, imm: Imm, row: Row) -> str:
    if imm is Imm.MEMARG:
        nbytes = row.access.nbytes if row.access else 1
        if row.access is not None and row.access.atomic:
            return f"offset={8 * rng.randrange(9)}"
        return f"offset={rng.randrange(70)} align={rng.choice([1, nbytes])}"
    if imm is Imm.LANES:
        return " ".join(str(rng.randrange(32)) for _ in range(16))
    if imm is Imm.LANE:
        return str(rng.randrange(_lanes(row)))
    raise ValueError(imm)


def _lanes(row: Row) -> int:
    if row.access is not None:
        return 16 // row.access.nbytes
    return int(row.mnemonic.partition(".")[0].partition("x")[2])
