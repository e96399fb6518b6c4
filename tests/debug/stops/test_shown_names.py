"""Every name that a pane shows means the same where one is typed."""

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import BadExpression

NAMED = """(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (global $a-b (mut i32) (i32.const 5))
  (global $hidden (mut i32) (i32.const 8))
  (global $"two words" (mut i32) (i32.const 9))
  (global (export "out of it") (mut i32) (i32.const 10))
  (func $leaf (param $<this> i32) (local $hidden i32)
    (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (i32.const 16)))
    (global.set $a-b (local.get $<this>)))
  (func (export "go") (call $leaf (i32.const 7)) (call $leaf (i32.const 9))))"""


@pytest.fixture
def s() -> wl.Session:
    s = wl.Session(wl.assemble(NAMED), invoke="go")
    s.run_to("$leaf")
    return s


def test_every_name_of_the_panes_can_be_printed_watched_and_asked_about(s: wl.Session) -> None:
    shown = [v for v in (*s.locals, *s.globals) if (v.kind, v.name) != ("global", "$hidden")]
    assert len(shown) > 5
    for variable in shown:
        assert s.evaluate(variable.name) == variable.value
        assert s.evaluate(f"{variable.name} + 1 > {variable.name}") == 1
        s.watch(variable.name)
        assert list(s.history_of(variable.name))
    owners = ["" if v.kind == "global" else " of $leaf" for v in shown]
    texts = [f"{v.name}{owner}" for v, owner in zip(shown, owners, strict=True)]
    assert [w.text for w in s.watchpoints] == texts


def test_local_hides_the_global_of_its_name(s: wl.Session) -> None:
    assert s.evaluate("$hidden") == 0
    assert s.evaluate("global.$hidden") == s.evaluate("global $hidden") == 8
    s.watch("$hidden")
    s.set("$hidden", 3)
    assert s.evaluate("$hidden") == 3
    assert s.evaluate("global.hidden") == 8


def test_global_is_set_by_its_name(s: wl.Session) -> None:
    execute(s, "set $__stack_pointer = 4096")
    execute(s, "set $two words = 1")
    assert s.evaluate("global[0]") == 4096
    assert s.evaluate("global[3]") == s.evaluate("global.two words") == 1


@pytest.mark.parametrize("condition", ["$__stack_pointer == 1008", "$a-b == 7", "$<this> == 9",
                                       "$a-b@1 == 7", "global.a-b != 5"])  # fmt: skip
def test_condition_takes_the_names_of_the_panes(condition: str) -> None:
    s = wl.Session(wl.assemble(NAMED), invoke="go")
    s.break_at("$leaf", condition)
    assert s.run().reason is StopReason.BREAKPOINT
    assert s.evaluate("$<this>") == 9


def test_watchpoint_on_a_shown_global_stops_where_it_is_written(s: wl.Session) -> None:
    s.watch("$__stack_pointer")
    stop = s.run()
    assert stop.reason is StopReason.WATCHPOINT
    assert "1024 -> 1008" in stop.message


def test_global_is_known_without_a_frame() -> None:
    s = wl.Session(wl.assemble(NAMED))
    assert s.evaluate("$a-b") == 5
    assert s.evaluate("$out of it") == 10
    with pytest.raises(BadExpression):
        s.evaluate("$<this>")


def test_change_of_a_global_names_no_frame(s: wl.Session) -> None:
    s.select_frame(1)
    s.set("$__stack_pointer", 4)
    assert [b.changes for b in s.branches][-1] == ("$__stack_pointer = 4",)
