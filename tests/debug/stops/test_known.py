"""Conditions whose names nothing has are refused when they are set, not when they are asked."""

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import BadExpression

NAMESAKES = """(module
  (global $g (mut i32) (i32.const 0))
  (func $caller (export "go") (local $mine i32)
    (local.set $mine (i32.const 4))
    (call $f (i32.const 1)) (call $h (i32.const 2)))
  (func $f (param $n i32) (global.set $g (local.get $n)))
  (func $h (param $m i32) (global.set $g (local.get $m))))"""


@pytest.fixture
def s() -> wl.Session:
    return wl.Session(wl.assemble(NAMESAKES), invoke="go")


REFUSED = ["$nosuch == 1", "$mine == 1", "$7 == 1", "global.nosuch == 1", "global[9] == 1",
           "$n == 1 and $m == 1"]  # fmt: skip


@pytest.mark.parametrize("condition", REFUSED)
def test_condition_with_an_unknown_name_is_refused_when_set(s: wl.Session, condition: str) -> None:
    with pytest.raises(BadExpression):
        s.break_at("$f", condition)
    s.break_at("$f")
    with pytest.raises(BadExpression):
        s.amend_breakpoint(1, condition, 0)
    assert [b.condition for b in s.breakpoints] == [""]
    with pytest.raises(BadExpression):
        s.find(func="$f", where=condition)


@pytest.mark.parametrize("condition", ["$nosuch == 1", "$n == 1 and $m == 1", "global.x"])
def test_find_of_a_name_that_no_function_has_is_refused(s: wl.Session, condition: str) -> None:
    with pytest.raises(BadExpression):
        s.find(where=condition)


KNOWN = ["$n == 1", "$0 == 1", "$mine@1 == 4", "global.g == 0", "global[0] == 0", "global $g == 0",
         "global.$g == 0", "global 0 == 0", "+$n == 1"]  # fmt: skip


@pytest.mark.parametrize("condition", KNOWN)
def test_condition_whose_names_are_known_stops(s: wl.Session, condition: str) -> None:
    s.break_at("$f", condition)
    assert s.run().reason is StopReason.BREAKPOINT


@pytest.mark.parametrize(
    "condition", ["$n == 'one'", "stack > 1", "$n in 3", "$n.g == 0", "$n[0]", "i32['a']"]
)
def test_condition_that_can_have_no_value_is_refused(s: wl.Session, condition: str) -> None:
    with pytest.raises(BadExpression):
        s.break_at("$f", condition)


def test_condition_of_several_functions_is_false_where_its_name_is_unknown() -> None:
    text = """(module (func $f (import "" "f") (param i32))
      (func $a (param $x i32) (call $f (local.get $x)))
      (func (export "go") (local $y i32) (call $f (i32.const 1)) (call $a (i32.const 3))))"""
    s = wl.Session(wl.assemble(text), invoke="go", stub_imports="zero")
    s.break_at("f", "$x == 3")
    assert s.run().reason is StopReason.BREAKPOINT
    assert s.evaluate("$x") == 3
    with pytest.raises(BadExpression, match="any of these functions"):
        s.break_at("f", "$z == 3")


def test_refusal_names_the_locals_there_are(s: wl.Session) -> None:
    with pytest.raises(BadExpression) as refused:
        execute(s, "break $f if $k > 3")
    assert "$k in $f" in str(refused.value)
    assert refused.value.hint == "its locals are $n"
