"""Each rule refuses what it should, in the words of the official suite, and takes what it may."""

import pytest

from tests.valid.modules import verdict
from wasmlab.isa.index import CONSTANT, ROWS
from wasmlab.syntax.row import Imm
from wasmlab.valid.algorithm import RULES, SIGNATURES

PREFIX = """
(type $f (func (param i32) (result i64)))
(type $s (struct (field $x i32) (field $y (mut i8)) (field $r (mut (ref null $s)))))
(type $n (struct (field (ref func))))
(type $a (array (mut i16)))
(type $c (array f32))
(type $r (array (mut (ref null func))))
(type $e (array (mut externref)))
(import "m" "g" (global $g i32))
(global $v (mut i64) (i64.const 0))
(memory $m 1) (memory $wide i64 1)
(table $t 1 funcref) (table $x i64 1 externref)
(data $d "abc")
(elem $el func 0)
(tag $tag (param i32))
"""

INVALID = [
    ("i32.const 1 f32.const 1 i32.add", "type mismatch: i32.add expected i32, found f32"),
    ("i32.eqz", "type mismatch: i32.eqz expected i32, found nothing; operands: nothing"),
    ("i32.const 1", "type mismatch: end expected nothing at the end of the block, found i32"),
    ("block (result i32) end drop", "type mismatch: end expected i32, found nothing"),
    ("i32.const 0 if (result i32) i32.const 1 end drop", "type mismatch: end expected results"),
    ("br 1", "unknown label 1"),
    ("block br 2 end", "unknown label 2"),
    ("block (type $s) end", "non-function type 1"),
    ("block (result i32) br 0 end drop", "type mismatch: br expected i32, found nothing"),
    ("block (result i32) i32.const 0 br_table 0 1 end drop", "type mismatch: br_table expected"),
    ("call 9", "unknown function 9"),
    ("call_indirect $x (type $f)", "type mismatch: call_indirect expected table 1 to hold func"),
    ("call_indirect 7 (type $f)", "unknown table 7"),
    ("ref.null extern call_ref $f drop", "type mismatch: call_ref expected (ref null $f), found"),
    ("i32.const 0 return_call 1", "type mismatch: return_call expected a function that returns"),
    ("drop", "type mismatch: drop expected an operand, found nothing"),
    ("(select (ref.null func) (ref.null func) (i32.const 0)) drop", "type mismatch: select"),
    ("(select (i32.const 1) (i64.const 1) (i32.const 0)) drop", "type mismatch: select"),
    ("select (result i32 i32)", "invalid result arity"),
    ("local.get 5", "unknown local 5"),
    ("(local (ref func)) local.get 0 drop", "uninitialized local 0"),
    ("global.get 4", "unknown global 4"),
    ("(global.set $g (i32.const 1))", "immutable global"),
    ("(i32.load align=8 (i32.const 0)) drop", "alignment must not be larger than natural"),
    ("(i32.atomic.load align=2 (i32.const 0)) drop", "atomic alignment must be natural"),
    ("(i32.load 5 (i32.const 0)) drop", "unknown memory 5"),
    ("(i32.load $wide (i32.const 0)) drop", "type mismatch: i32.load expected i64, found i32"),
    ("(memory.copy $m $wide (i32.const 0) (i64.const 0) (i64.const 0))", "type mismatch"),
    ("data.drop 3", "unknown data segment 3"),
    ("elem.drop 3", "unknown elem segment 3"),
    ("(table.get $x (i32.const 0)) drop", "type mismatch: table.get expected i64, found i32"),
    ("table.copy $t $x", "type mismatch: table.copy expected elements of table 1 to be funcref"),
    ("table.init $x $el", "type mismatch: table.init expected elem segment 0 to hold externref"),
    ("(i8x16.extract_lane_s 16 (v128.const i64x2 0 0)) drop", "invalid lane index"),
    ("(v128.load16_lane 8 (i32.const 0) (v128.const i64x2 0 0)) drop", "invalid lane index 8"),
    ("ref.func 0 drop ref.func 1 drop", "undeclared function reference 1"),
    ("i32.const 0 ref.is_null drop", "type mismatch: ref.is_null expected a reference, found i32"),
    ("(ref.eq (ref.null func) (ref.null any)) drop", "type mismatch: ref.eq expected eqref"),
    ("(ref.cast (ref i31) (ref.null func)) drop", "type mismatch: ref.cast expected anyref"),
    ("ref.null any br_on_cast 0 anyref (ref i31) drop", "type mismatch: br_on_cast expected a lab"),
    ("br_on_cast 0 i31ref anyref", "type mismatch: br_on_cast expected a type below i31ref"),
    ("ref.null any br_on_non_null 0", "type mismatch: br_on_non_null expected a label that takes"),
    ("struct.new $a drop", "non-structure type 3: expected a structure type, found (array"),
    ("array.new $s drop", "non-array type 1"),
    ("struct.new_default $n drop", "type mismatch: struct.new_default expected field 0 to have"),
    ("(struct.get $s $y (ref.null $s)) drop", "type mismatch: struct.get expected an unpacked"),
    ("(struct.get_s $s $x (ref.null $s)) drop", "type mismatch: struct.get_s expected a packed"),
    ("struct.set $s $x", "immutable field"),
    ("struct.get $s 9", "unknown field 9"),
    ("array.set $c", "immutable array"),
    ("array.fill $c", "immutable array"),
    ("array.copy $r $a", "array types do not match"),
    ("array.new_data $r $d", "array type is not numeric or vector"),
    ("array.init_data $r $d", "array type is not numeric or vector"),
    ("array.new_elem $e $el", "type mismatch: array.new_elem expected elem segment 0 to hold"),
    ("array.new_fixed $c 4294967295", "type mismatch: array.new_fixed expected 4,294,967,295"),
    ("ref.null extern extern.convert_any drop", "type mismatch: extern.convert_any expected any"),
    ("throw $tag", "type mismatch: throw expected i32, found nothing"),
    ("throw 4", "unknown tag 4"),
    ("(try_table (catch $tag 0))", "type mismatch: try_table expected label 0 to take i32"),
    ("(try_table (catch_all_ref 0))", "type mismatch: try_table expected label 0 to take (ref exn"),
    ("rethrow 0", "invalid rethrow label 0"),
    ("try rethrow 0 catch_all end", "invalid rethrow label 0"),
    ("try catch $tag end", "type mismatch: end expected nothing at the end of the block, found i3"),
    ("try delegate 1", "unknown label 1"),
    ("unreachable i64.const 0 i32.eqz drop", "type mismatch: i32.eqz expected i32, found i64"),
]

VALID = [
    "nop unreachable i32.add drop",
    "unreachable select drop",
    "unreachable array.new_fixed $c 4294967295 drop",
    "br 0 i32.eqz i64.extend_i32_s i64.eqz drop",
    "block (result i32) i32.const 1 i32.const 0 br_if 0 end drop",
    "block (result i32) unreachable br_table 0 0 end drop",
    "i32.const 0 loop (param i32) drop i32.const 1 br 0 end",
    "i32.const 1 if (result i32) i32.const 1 else i32.const 2 end drop",
    "(local (ref func)) ref.func 0 local.set 0 local.get 0 drop",
    "(local (ref func)) ref.func 0 local.tee 0 drop local.get 0 drop",
    "block $l ref.null func br_on_null $l drop end",
    "block (result (ref func)) ref.null func br_on_non_null 0 unreachable end drop",
    "block (result (ref i31)) ref.null any br_on_cast 0 anyref (ref i31) unreachable end drop",
    "block (result anyref) ref.null any br_on_cast_fail 0 anyref i31ref end drop",
    "(memory.copy $m $wide (i32.const 0) (i64.const 0) (i32.const 0))",
    "(memory.grow $wide (i64.const 0)) drop",
    "(table.init $t $el (i32.const 0) (i32.const 0) (i32.const 0))",
    "(table.grow $x (ref.null extern) (i64.const 1)) drop",
    "(struct.get_u $s $y (struct.new_default $s)) drop",
    "(struct.set $s $r (struct.new_default $s) (ref.null $s))",
    "(array.get_s $a (array.new_default $a (i32.const 1)) (i32.const 0)) drop",
    "(array.new_data $a $d (i32.const 0) (i32.const 1)) array.len drop",
    "(array.new_elem $r $el (i32.const 0) (i32.const 1)) drop",
    "ref.null any extern.convert_any any.convert_extern ref.is_null drop",
    "(ref.test (ref $s) (ref.null any)) drop (ref.cast (ref null $s) (ref.null eq)) drop",
    "(i31.get_s (ref.i31 (i32.const 1))) drop",
    "block (result i32 exnref) (try_table (catch_ref $tag 0)) unreachable end drop drop",
    "try i32.const 0 throw $tag catch $tag drop catch_all rethrow 0 end",
    "try (result i32) i32.const 1 delegate 0 drop",
    "(select (result funcref) (ref.func 0) (ref.null func) (i32.const 0)) drop",
    "(i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) drop drop",
    "(i32.atomic.rmw.add (i32.const 0) (i32.const 0)) drop atomic.fence",
    "(memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const 0)) drop",
]


def wrapped(instrs: str) -> str:
    return f"(module {PREFIX} (func {instrs}) (func (result i32) i32.const 0))"


@pytest.mark.parametrize(("instrs", "message"), INVALID)
def test_invalid_body_is_refused_with_its_reason(instrs: str, message: str) -> None:
    assert verdict(wrapped(instrs)).startswith(message)


@pytest.mark.parametrize("name", [row.mnemonic for row in ROWS if Imm.LANE in row.imms])
def test_lane_index_of_all_eight_bits_is_invalid_not_malformed(name: str) -> None:
    assert verdict(wrapped(f"unreachable {name} 255 unreachable")).startswith(
        "invalid lane index 255"
    )


@pytest.mark.parametrize("instrs", VALID)
def test_valid_body_is_accepted(instrs: str) -> None:
    assert verdict(wrapped(instrs)) == "valid"


def test_every_rule_of_the_table_has_one_function() -> None:
    wanted = {row.rule for row in ROWS if row.params is None}
    assert {*RULES, *SIGNATURES} == wanted
    assert not RULES.keys() & SIGNATURES.keys()


def test_constant_instructions_are_in_the_table() -> None:
    assert {row.mnemonic for row in ROWS} >= CONSTANT
