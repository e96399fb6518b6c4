from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab import module as wasmlab_module
from wasmlab.errors import AssembleError, Invalid, Malformed, WasmlabError
from wasmlab.module import Module, assemble, load, typed_stack_report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """(module
  (import "env" "log" (func $log (param i32)))
  (func $twice (export "twice") (param $x i32) (result i32)
    local.get $x
    i32.const 2
    i32.mul)
  (func (export "other")))
"""
WRONG = """(module
  (func $f (result i64)
    i32.const 1
    i32.const 2
    i64.add))
"""


def test_assemble_lists_functions() -> None:
    module = assemble(TEXT)
    assert [(f.index, f.name, f.imported) for f in module.functions] == [
        (0, "log", True),
        (1, "twice", False),
        (2, "other", False),
    ]
    twice = module.functions[1]
    assert module.data[twice.offset or 0 :][: twice.size][-1] == 0x0B
    assert [i.name for i in module.imports] == ["log"]
    assert [e.name for e in module.exports] == ["twice", "other"]
    assert [s.name for s in module.custom_sections] == ["name"]


def test_assemble_printed_again_is_the_same_module() -> None:
    module = assemble(TEXT)
    assert assemble(module.wat()).data == module.data
    assert module.source == TEXT


def test_assemble_type_error_has_line_stack_and_caret() -> None:
    with pytest.raises(Invalid, match=r"type mismatch.*\(dir/wrong\.wat:5:5\)") as caught:
        assemble(WRONG, file="dir/wrong.wat")
    assert (caught.value.line, caught.value.column) == (5, 5)
    assert caught.value.excerpt() == "    i64.add))\n    ^"
    assert caught.value.stack == ("i32", "i32")


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("(memory 1000000)", 1),
        ("(global i32 (i64.const 1))", 1),
        ("(start 7)", 1),
        ('(import "a" "b" (memory 1000000))', 1),
        ("(data (memory 9) (i32.const 0))", 1),
        ("(table 1 (ref func))", 1),
        ('(export "x" (func 7))', 1),
        ("(func (local (ref null 0)) (ref.null 0) (drop) (local.get 0) (br 9))", 63),
    ],
)
def test_assemble_invalid_field_has_its_line(field: str, column: int) -> None:
    text = f"(module (type (func))\n(global i32 (i32.const 1))\n{field})"
    if "import" in field:
        text = f"(module (type (func))\n\n{field})"
    with pytest.raises(Invalid) as caught:
        assemble(text)
    assert (caught.value.line, caught.value.column) == (3, column)


def test_assemble_unchecked_keeps_type_errors() -> None:
    assert assemble(WRONG, check=False).functions[0].name == "f"


def test_typed_stack_report_ends_at_the_error() -> None:
    report = typed_stack_report(assemble(WRONG, check=False))
    assert [(line.line, line.text, line.stack) for line in report.lines] == [
        (3, "i32.const 1", ()),
        (4, "i32.const 2", ("i32",)),
        (5, "i64.add", ("i32", "i32")),
    ]
    assert report.error is not None
    assert report.error.line == 5
    assert "^^^^^^^" in str(report)


def test_typed_stack_report_of_valid_code_shows_everything() -> None:
    report = typed_stack_report(assemble("(module (func (result i32) unreachable i32.add))"))
    assert report.error is None
    assert [line.stack for line in report.lines] == [(), None, None]
    assert "(unreachable)" in str(report)


def test_typed_stack_report_of_one_function() -> None:
    report = typed_stack_report(assemble(TEXT), 1)
    assert [line.text for line in report.lines] == ["local.get $x", "i32.const 2", "i32.mul", "end"]
    assert typed_stack_report(assemble(TEXT), 0).lines == ()


@pytest.fixture
def binary() -> Module:
    return assemble(TEXT)


def test_load_decides_by_content(tmp_path: Path, binary: Module) -> None:
    odd = tmp_path / "binary.txt"
    odd.write_bytes(binary.data)
    assert load(odd).source is None
    text = tmp_path / "text.wasm"
    text.write_text("\ufeff(; c ;) " + TEXT, encoding="utf-8")
    loaded = load(str(text))
    assert loaded.source is not None
    assert (loaded.name, loaded.path) == ("text.wasm", text)
    assert load(binary.data).name == "<bytes>"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x7fELF\x02\x01", "native program"),
        (b"PK\x03\x04", "zip archive"),
        (b"<html>", "web page"),
        (b"hello", "not WebAssembly"),
        (b"\xff\xfe", "not WebAssembly"),
        (b"\0asm\x0d\0\x01\0", "component"),
        (b"\0asm\x01\0\0\0\x01", "unexpected end"),
    ],
)
def test_load_other_content_says_what_it_is(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(Malformed, match=message):
        load(path)


def test_load_text_with_an_error_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.wat"
    path.write_text("(module\n  (func oops))", encoding="utf-8")
    with pytest.raises(AssembleError, match=r"bad\.wat:2:9"):
        load(path)


def test_load_missing_file_and_folder_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WasmlabError, match="no such file"):
        load(tmp_path / "missing.wasm")
    with pytest.raises(WasmlabError, match="is a folder"):
        load(tmp_path)
    with pytest.raises(WasmlabError, match="no such file"):
        load("a\0b")


def test_load_too_big_is_refused(
    tmp_path: Path, binary: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wasmlab_module, "MAX_SIZE", 20)
    path = tmp_path / "x.wasm"
    path.write_bytes(binary.data)
    with pytest.raises(WasmlabError, match="too big"):
        load(path)


def test_load_large_binary_leaves_bodies_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    data = assemble(WRONG, check=False).data
    with pytest.raises(Invalid):
        load(data)
    monkeypatch.setattr(wasmlab_module, "CHECKED_UP_TO", 10)
    assert load(data).functions[0].name == "f"
