import pytest

from tests.valid.modules import module, verdict
from wasmlab.errors import Invalid
from wasmlab.valid.module import typed_bodies, validate_module

INVALID = [
    ('(func (export "a")) (func (export "a"))', 'duplicate export name "a"'),
    ('(export "a" (func 1))', "unknown function 1"),
    ('(export "a" (tag 0))', "unknown tag 0"),
    ("(start 3)", "unknown function 3"),
    ("(func $f (param i32)) (start $f)", "start function: expected type [] -> [], found [i32]"),
    ("(memory 2 1)", "size minimum must not be greater than maximum: found 2 and 1"),
    ("(memory 65537)", "memory size must be at most 65536 pages (4GiB): found 65537"),
    ("(memory i64 0x1000000000001)", "memory size must be at most 281474976710656 pages"),
    ("(memory 0 (pagesize 2))", "invalid custom page size: expected 1 or 65536, found 2"),
    ("(memory 1 shared)", "shared memory must have maximum"),
    ("(table 2 1 funcref)", "size minimum must not be greater than maximum"),
    ("(table 1 (ref func))", "type mismatch: elements of type (ref func) need an initial value"),
    ("(table 1 funcref (i32.const 0))", "type mismatch: end expected funcref, found i32"),
    ("(tag (result i32))", "non-empty tag result type"),
    ('(import "m" "t" (tag (result i32)))', "non-empty tag result type"),
    ("(global i32 (f32.const 0))", "type mismatch: end expected i32, found f32"),
    ("(global i32 (i32.eqz (i32.const 0)))", "constant expression required: found i32.eqz"),
    ("(global i32 (global.get 0))", "unknown global 0"),
    ("(global i32 (global.get 1)) (global i32 (i32.const 0))", "unknown global 1"),
    (
        "(global (mut i32) (i32.const 0)) (global i32 (global.get 0))",
        "constant expression required: global 0 is mutable",
    ),
    ("(table 1 funcref (global.get 0)) (global funcref (ref.null func))", "unknown global 0"),
    ("(elem (i32.const 0) func)", "unknown table 0"),
    ("(table 1 externref) (elem (i32.const 0) func)", "type mismatch: elem segment expected ext"),
    ("(table 1 funcref) (elem (i64.const 0) func)", "type mismatch: end expected i32, found i64"),
    ("(elem func 4)", "unknown function 4"),
    ('(data (i32.const 0) "")', "unknown memory 0"),
    ('(memory i64 1) (data (i32.const 0) "")', "type mismatch: end expected i64, found i32"),
    (
        "(type $a (func)) (type (sub $a (func)))",
        "sub type 1 does not match its super type [] -> []: that is final",
    ),
    (
        "(type $a (sub (struct (field i32)))) (type (sub $a (struct)))",
        "sub type 1 ((struct)) does not match its super type (struct (field i32))",
    ),
    ("(rec (type (sub 1 (struct))) (type (sub (struct))))", "unknown type"),
]

VALID = [
    '(import "m" "f" (func $f)) (func (export "a") (call $f)) (export "b" (func $f)) (start 0)',
    "(global $a i32 (i32.const 1)) (global i32 (i32.add (global.get $a) (i32.const 2)))",
    "(global i64 (i64.mul (i64.const 2) (i64.sub (i64.const 3) (i64.const 1))))",
    "(type $p (struct (field i32))) (global (ref $p) (struct.new $p (i32.const 1)))",
    "(func $f) (table 1 (ref func) (ref.func $f))",
    "(func $f) (global funcref (ref.func $f)) (func ref.func $f drop)",
    "(memory 0xffffffff (pagesize 1))",
    "(memory i64 0x1000000000000)",
    "(type $a (sub (struct (field i32)))) (type (sub $a (struct (field i32 i64))))",
    "(rec (type $a (sub (struct))) (type (sub $a (struct (field (ref null $a))))))",
    "(table 1 funcref) (table $u i64 1 funcref) (elem (table $u) (i64.const 0) func)",
]


@pytest.mark.parametrize(("fields", "message"), INVALID)
def test_invalid_module_is_refused_with_its_reason(fields: str, message: str) -> None:
    assert verdict(f"(module {fields})").startswith(message)


@pytest.mark.parametrize("fields", VALID)
def test_valid_module_is_accepted(fields: str) -> None:
    assert verdict(f"(module {fields})") == "valid"


def test_bodies_can_be_left_for_later() -> None:
    m = module("(module (func) (func drop))")
    validate_module(m, bodies=False)
    with pytest.raises(Invalid) as caught:
        validate_module(m)
    assert caught.value.func == 1


def test_typed_bodies_come_in_order() -> None:
    m = module("(module (func nop) (func nop nop))")
    assert [len(t.heights) for t in typed_bodies(m)] == [2, 3]


def test_error_outside_bodies_has_an_offset() -> None:
    m = module("(module (memory 2 1))")
    with pytest.raises(Invalid) as caught:
        validate_module(m)
    assert caught.value.offset == m.sections[0][1].start
