from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab.binary.decode import decode, decode_body
from wasmlab.text import printer
from wasmlab.text.assemble import assemble_text
from wasmlab.text.parts import TextPart
from wasmlab.text.printer import PrintedModule, format_instr, print_func, print_module

if TYPE_CHECKING:
    from wasmlab.syntax.module import Module

EVERYTHING = r"""
(module $everything
  (rec
    (type $list (sub (struct (field $head (mut i32)) (field $tail (ref null $list)))))
    (type $other (sub final $list (struct (field (mut i32)) (field (ref null $list)) (field i8)))))
  (type $same_a (struct (field i64)))
  (type $same_b (struct (field i64)))
  (type $bytes (array (mut i8)))
  (type $binary (func (param i32 i32) (result i32)))
  (type $arrays (array (mut (ref null $bytes))))
  (import "env" "f\"\\\u{7f}" (func $imported (param i32)))
  (import "env" "t" (table $ti 1 10 externref))
  (import "env" "m" (memory $mi 1))
  (import "env" "g" (global $gi (mut v128)))
  (import "env" "e" (tag $ei (param i32)))
  (table $t i64 3 (ref null func) (ref.null func))
  (memory $m i64 1 2)
  (memory $shared 1 1 shared)
  (global $g (mut f32) (f32.const nan:0x200000))
  (global i32 (i32.add (i32.const 1) (i32.const -2)))
  (tag $e (param i64 f64))
  (export "t" (table $t)) (export "m" (memory $m)) (export "g" (global $g)) (export "e" (tag $e))
  (export "f" (func $f))
  (start $start)
  (elem $elem (table $t) (offset i64.const 0) func $f $start)
  (elem $passive (ref null $list) (ref.null $list))
  (elem declare func $imported)
  (data $d (memory $m) (i64.const 3) "a\"\00\ff")
  (data $long "0123456789012345678901234567890123456789\n")
  (func $start)
  (func $f (type $binary)
    (local $x i64) (local i32 i32) (local $v v128) (local (ref null $same_b))
    block $a (result i32)
      loop $a
        local.get 0
        br_if $a
        br 1 (;outer, shadowed;)
      end
      i32.const -2147483648
    end
    if (type $none) else nop end
    block (param) i32.const 0 br_table 0 1 0 end
    local.get 0
    local.get 1
    i32.load8_u $m offset=4 align=1
    i64.load offset=0x10 align=2
    local.get 0
    i32.load16_s $shared
    memory.copy $m $mi
    memory.copy
    memory.fill $shared
    memory.init $m $d
    data.drop $d
    memory.size $m
    memory.grow
    table.copy $t $ti
    table.init $t $elem
    table.init $passive
    elem.drop $elem
    table.get $ti
    call_indirect $t (type $binary)
    call_indirect (type $binary)
    return_call_indirect $t (param f64)
    call_ref $binary
    return_call $f
    select
    select (result (ref null $same_b))
    f32.const -0x1.8p-140
    f64.const 1e300
    f64.const -nan:0xfffffffffffff
    v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
    i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31
    v128.load8_lane $m offset=3 15
    i32x4.extract_lane 3
    f32x4.relaxed_madd
    struct.new $list
    struct.get $list $tail
    struct.get_s $other 2
    struct.set $list 0
    array.new_fixed $bytes 3
    array.new_data $bytes $long
    array.init_elem $arrays $passive
    array.copy $bytes $bytes
    ref.null $same_b
    ref.null func
    ref.test (ref $same_b)
    ref.test (ref null $same_a)
    ref.cast (ref null i31)
    br_on_cast 0 anyref (ref $same_b)
    br_on_cast_fail 0 (ref null $list) (ref $other)
    br_on_null 0
    ref.func $imported
    block $around
    try_table $around (result i32) (catch $e 0) (catch_ref $ei $around) (catch_all 0)
      (catch_all_ref 0)
      throw $e
    end
    end
    throw_ref
    i32.atomic.rmw8.add_u $shared
    memory.atomic.wait32 offset=8
    atomic.fence
    try $old
      nop
    catch $e
      rethrow 0
    catch_all
    end
    try
    delegate 0
    unreachable)
  (type $none (func)))
"""


def module_of(text: str) -> Module:
    return decode(assemble_text(text).data)


def code(module: Module) -> bytes:
    return module.data[slice(*dict(module.sections)[10])]


@pytest.fixture(scope="module")
def everything() -> Module:
    return module_of(EVERYTHING)


def test_print_everything_and_assembling_gives_the_same_code(everything: Module) -> None:
    again = module_of(print_module(everything).text)
    assert code(again) == code(everything)


def test_print_everything_twice_gives_the_same_module(everything: Module) -> None:
    text = print_module(everything).text
    again = module_of(text)
    assert again.data == everything.data
    assert print_module(again).text == text


def test_print_keeps_names_fields_and_labels(everything: Module) -> None:
    text = print_module(everything).text
    for shown in (
        "(type $list (;0;) (sub (struct (field $head (mut i32)) (field $tail (ref null $list)))))",
        "(type $other (;1;) (sub final $list (struct",
        "struct.get $list $tail",
        "loop $a",
        "br_if $a",
        "br 1 ;; @1",
        "call_indirect $t (type $binary) (param i32 i32) (result i32)",
        "ref.test (ref $same_b)",
        "select (result (ref null $same_b))",
        '(import "env" "f\\"\\\\\\u{7f}" (func $imported (;0;)',
        "(local $x i64) (local i32 i32) (local $v v128)",
    ):
        assert shown in text


def test_print_equal_types_keep_their_own_index() -> None:
    text = "(module (type (struct)) (type (struct)) (func (local (ref null 1)) ref.null 1 drop))"
    printed = print_module(module_of(text)).text
    assert "(local (ref null 1))" in printed
    assert "ref.null 1" in printed


def test_print_equal_recursive_groups_refer_to_themselves() -> None:
    group = "(rec (type (struct (field (ref null {})))))"
    text = f"(module {group.format(0)} {group.format(1)})"
    printed = print_module(module_of(text)).text
    assert "(type (;1;) (struct (field (ref null 1))))" in printed


def test_print_names_that_are_not_unique_or_plain() -> None:
    text = (
        '(module (func $a) (func $"a b") (func (@name "a") call 0 call 1 call 2) (func (@name "")))'
    )
    printed = print_module(module_of(text)).text
    assert '(func $"a b" (;1;)' in printed
    assert "(func (;2;)" in printed
    assert [line.strip() for line in printed.splitlines() if "call" in line] == [
        "call $a",
        'call $"a b"',
        "call 2",
    ]


def test_print_locals_of_one_name_keep_it_when_read_back() -> None:
    text = """(module (func (param $x i32) (param (@name "x") i32) (param i32)
      (local $y i32) (local (@name "x") i64 ) (local i32 i32) (local (@name "y") i32)
      (local.set 1 (local.get $x))))"""
    module = module_of(text)
    again = module_of(print_module(module).text)
    assert module.names.locals[0] == {0: "x", 1: "x", 3: "y", 4: "x", 7: "y"}
    assert again.names.locals == module.names.locals
    assert again.data == module.data


def test_print_hostile_names_are_escaped() -> None:
    text = '(module (func (export "\\1b[2J\\e2\\80\\ae") (@name "\\1b[31m")))'
    printed = print_module(module_of(text)).text
    assert printed.replace("\n", "").isprintable()


def test_offsets_every_instruction_stands_on_its_line(everything: Module) -> None:
    printed = print_module(everything)
    for index, func in enumerate(everything.funcs, everything.imported_funcs):
        body = decode_body(everything, func)
        lines = [line for line in print_func(everything, index) if line.offset is not None]
        assert [line.offset for line in lines] == [instr.offset for instr in body.instrs]
        for instr, line in zip(body.instrs[:-1], lines, strict=False):
            assert line.text.split()[0] == instr.row.mnemonic
            number = printed.line_at(instr.offset)
            assert number is not None
            assert printed.line(number) == line
            assert printed.line_map.at(instr.offset) is not None
        assert printed.func_lines[index][-1] == printed.line_at(func.body.end - 1)


def test_offsets_data_lines_name_their_bytes(everything: Module) -> None:
    printed = print_module(everything)
    start = everything.datas[1].init.start
    number = next(n for n, at in printed.offsets.items() if at == start)
    assert '"01234567890123456789012345678901"' in printed.line(number).text
    assert printed.line(number).offset is None


def test_format_instr_labels_are_depths(everything: Module) -> None:
    func = everything.funcs[1]
    instrs = decode_body(everything, func).instrs
    shown = [format_instr(everything, 2, instr) for instr in instrs[:5]]
    assert shown == ["block (result i32)", "loop", "local.get 0", "br_if 0", "br 1"]
    assert PrintedModule(everything).format_instr(2, instrs[0]) == shown[0]


def test_print_body_that_cannot_be_decoded_says_so() -> None:
    data = module_of("(module (func nop))").data.replace(b"\x01\x0b", b"\xff\x0b")
    lines = print_func(decode(data), 0)
    assert "illegal opcode" in lines[1].text


def test_large_module_is_folded_until_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "OPEN_UP_TO", 10)
    imported = '(import "m" "f" (func)) (import "m" "g" (func)) (import "m" "h" (func))'
    module = module_of(f"(module {imported} (func $a nop) (func $b nop nop) (func $c nop))")
    printed = PrintedModule(module)
    folded = printed.line_count
    texts = [printed.line(n).text for n in range(1, folded + 1)]
    assert sum("..." in text for text in texts) == 3
    number = printed.line_at(module.funcs[1].body.end - 1)
    assert printed.version == 1
    assert printed.line_count == folded + 3
    assert number is not None
    assert printed.line(number).text == "  )"
    printed.open_line(number + 1)
    assert printed.line(number + 2).text.strip() == "nop"
    assert [part.number for part in printed.printer.parts if part.kind == "func"] == [3, 4, 5]
    with pytest.raises(IndexError):
        printed.line(printed.line_count + 1)


def test_summary_decodes_no_body() -> None:
    data = module_of("(module (func $f (param i32) nop))").data.replace(b"\x01\x0b", b"\xff\x0b")
    printed = PrintedModule(decode(data))
    summary = printed.printer.summary(TextPart("func", 0))
    assert summary.text == "  (func $f (;0;) (type 0) (param i32) ...) ;; 3 bytes"


def test_print_deep_nesting_stays_narrow() -> None:
    text = f"(module (func {'block ' * 1000}{'end ' * 1000}))"
    lines = print_module(module_of(text)).lines
    assert len(lines) > 2000
    assert max(len(line.text) for line in lines) < 130
