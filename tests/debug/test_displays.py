"""Expressions that are shown at every stop: what they are, what they were, and what survives."""

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.errors import BadExpression, DebugError, UsageError

TEXT = r"""(module
  (memory (export "memory") 1)
  (data (i32.const 2048) "a text\00")
  (global $count (mut i32) (i32.const 0))
  (func $half (param $value f32) (result f32) (f32.div (local.get $value) (f32.const 2)))
  (func (export "_start") (local $n i32) (local $at i32)
    (local.set $n (i32.const -2))
    (local.set $at (i32.const 2048))
    (i32.store8 (i32.const 2048) (i32.const 65))
    (drop (call $half (f32.const 3)))
    (global.set $count (i32.const 7))
    (drop (memory.grow (i32.const 1)))
    nop))"""


def session_of(text: str = TEXT) -> wl.Session:
    """Return a session at its first step."""
    return wl.Session(wl.assemble(text))


def lines(session: wl.Session, command: str = "info display") -> list[str]:
    """Return what a command says."""
    return list(execute(session, command).lines)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("display $n", "1: $n = -2"),
        ("display/x $n", "1: /x $n = 0xfffffffe"),
        ("display /x $n", "1: /x $n = 0xfffffffe"),
        ("display/u $n", "1: /u $n = 4294967294"),
        ("display/t i16[2048]", "1: /t i16[2048] = 0b10000001100001"),
        ("display/c u8[2048]", "1: /c u8[2048] = 97 'a'"),
        ("display/o 8", "1: /o 8 = 0o10"),
        ("display/f 1065353216", "1: /f 1065353216 = 1.0"),
        ("display/a $at", '1: /a $at = 0x800 -> "a text"  data 0'),
        ("display/s $at", '1: /s $at = "a text"'),
        ("display/2xh $at", "1: /2xh $at = 0x2061 0x6574"),
        ("display $at + 1", "1: $at + 1 = 2049"),
        ("display $at", '1: $at = 2048 -> "a text"  data 0'),
        ("display i32[0x20000]", "1: i32[0x20000] = not in memory at this step"),
        ("display/s 0x20000", "1: /s 0x20000 = not in memory at this step"),
        ("display/2xg 0xfff8", "1: /2xg 0xfff8 = 0x0000000000000000 not in memory at this step"),
        ("display stack[3]", "1: stack[3] = the stack has 0 operands"),
        ("display $value", "1: $value = there is no local $value in func[1]"),
        ("display 1 // ($n + 2)", "1: 1 // ($n + 2) = the expression has no value: "),
    ],
)
def test_display_shows_an_expression_at_once(command: str, shown: str) -> None:
    session = session_of()
    session.step(4)
    (line,) = lines(session, command)
    assert line.replace("   ->", " ->").startswith(shown)
    assert session.displays[0].text in line


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("display 1 +", BadExpression),
        ("display/x", UsageError),
        ("display/q $n", UsageError),
        ("display/xd $n", UsageError),
        ("display/99999999 $n", UsageError),
        ("undisplay 4", DebugError),
        ("undisplay x", UsageError),
    ],
)
def test_display_that_can_never_be_shown_is_refused(command: str, error: type[Exception]) -> None:
    session = session_of()
    with pytest.raises(error):
        execute(session, command)
    assert session.displays == ()


def test_displays_say_what_changed_since_the_stop_before_both_ways() -> None:
    session = session_of()
    for what in ("$n", "global $count"):
        session.display(what)
    session.step(2)
    assert lines(session) == ["1: $n = -2   (was 0)", "2: global $count = 0"]
    session.step()
    assert lines(session) == ["1: $n = -2", "2: global $count = 0"]
    session.run()
    session.step_back(4)
    changed = [(shown.changed, shown.previous) for shown in session.displays]
    assert changed == [(True, None), (False, None)]
    session.goto(0)
    assert lines(session)[1] == "2: global $count = 0   (was 7)"


def test_displays_mean_the_frame_that_is_stopped_in() -> None:
    session = session_of()
    session.display("$value")
    session.break_at("$half")
    session.run()
    (shown,) = session.displays
    assert (shown.text, shown.missing) == ("3", False)
    session.step_out()
    (shown,) = session.displays
    assert shown.missing


def test_display_is_read_where_memory_has_come_and_is_missing_before() -> None:
    session = session_of()
    session.display("u8[0x10000]")
    session.break_at("line 13")
    assert session.displays[0].missing
    session.run()
    session.step(2)
    assert [(s.text, s.missing) for s in session.displays] == [("0", False)]
    session.goto(0)
    assert session.displays[0].missing


def test_displays_survive_what_breakpoints_survive() -> None:
    session = session_of()
    session.display("$n", "x")
    session.restart()
    session.restart(module=wl.assemble(TEXT.replace("-2", "-3")))
    session.step(2)
    assert session.displays[0].text == "0xfffffffd"
    session.step()
    session.goto(2)
    session.set("$n", 5)
    assert session.displays[0].text == "0x00000005"
    session.switch(1)
    assert session.displays[0].text == "0xfffffffd"


def test_undisplay_removes_some_or_all_and_numbers_are_not_given_again() -> None:
    session = session_of()
    for number in range(4):
        session.display(str(number))
    assert lines(session, "undisplay 1 3") == ["2: 1 = 1", "4: 3 = 3"]
    execute(session, "undisplay")
    assert lines(session) == ["Nothing is shown at every stop: display $n shows $n."]
    assert session.display("9").number == 5


def test_display_may_be_given_another_expression() -> None:
    session = session_of()
    session.display("1")
    assert session.redisplay(1, "2", "x").text == "0x00000002"
    with pytest.raises(BadExpression):
        session.redisplay(1, "2 +")
    assert [shown.expression for shown in session.displays] == ["2"]


def test_displays_end_nothing_and_change_nothing() -> None:
    session, plain = session_of(), session_of()
    for what in ("$n", "stack[9]", "i64[0xffff]", "1 // 0", "$x@9", "f64[0]"):
        session.display(what)
    for _ in range(12):
        session.step()
        plain.step()
        assert session.stop == plain.stop
        assert bytes(session.memory[:]) == bytes(plain.memory[:])


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("print $n", "-2"),
        ("print/x $n", "0xfffffffe"),
        ("p/d 4294967295", "-1"),
        ("print $at", '2048   -> "a text"  data 0'),
        ("print/x 1 << 70", "0x400000000000000000"),
        ("print/x -1 << 40", "0xffffff0000000000"),
        ("print/f f32[2051]", "1.0696106974295936e-38"),
        ("print/s 2048", '"a text"'),
        ("x/2dh 2048", "00000800  8289"),
        ("x/o 2048", "00000800  0o14535020141"),
        ("x/a 2048", "00000800  0x65742061"),
    ],
)
def test_print_and_x_take_the_formats_of_displays(command: str, shown: str) -> None:
    session = session_of()
    session.step(4)
    assert lines(session, command)[0] == shown
