from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest

from wasmlab import instantiate, load
from wasmlab.errors import Invalid
from wasmlab.module import Module, assemble, typed_stack_report

if TYPE_CHECKING:
    from collections.abc import Callable

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


RECURSIVE = """(module
  (type $node (struct (field (ref null $node)) (field i64)))
  (func (export "f") (param i32) (result (ref null $node)) ref.null $node))
"""


def pickled(module: Module) -> Module:
    return pickle.loads(pickle.dumps(module))  # noqa: S301 - made here


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_copy_of_a_module_is_the_same_module(again: Callable[[Module], Module]) -> None:
    for module in (assemble(RECURSIVE, file="r.wat"), load(assemble(RECURSIVE).data)):
        copied = again(module)
        assert copied == module
        assert (copied.name, copied.source) == (module.name, module.source)
        assert copied.wat() == module.wat()
        assert instantiate(copied).exports.f(1) is None
