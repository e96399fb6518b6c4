"""States as plain data, and the views made of them."""

import json

import wasmlab as wl
from tests.widgets.programs import factorial, hello, trap
from wasmlab_widgets.compare import differences
from wasmlab_widgets.state import source_of, state_of
from wasmlab_widgets.static_view import session_html, state_text
from wasmlab_widgets.views import view_text, views_html


def test_state_without_memory_is_json() -> None:
    session = factorial()
    session.step(5)
    state = state_of(session)
    assert state["memory"] is None
    assert json.loads(json.dumps(state))["stack"] == state["stack"]


def test_state_marks_what_the_last_step_pushed_and_the_next_pops() -> None:
    session = factorial()
    session.step()
    session.step()
    stack = state_of(session)["stack"]
    assert [(v["text"], v["popped"], v["changed"]) for v in stack] == [
        ("2", True, True),
        ("3", True, False),
    ]


def test_state_of_an_endless_recursion_has_the_calls_at_both_ends() -> None:
    session = wl.Session(wl.assemble('(module (func $f (export "_start") (call $f)))'))
    session.run()
    frames = state_of(session)["frames"]
    assert len(frames) < 50
    assert [f for f in frames if "between" in f] == [
        {"between": "... 65,496 more calls ...", "count": 65_496}
    ]
    assert "more calls" in session_html(session)


def test_state_of_memory_has_rows_from_the_address_and_marks_writes() -> None:
    session = hello()
    state_of(session)
    session.step(3)
    memory = state_of(session)["memory"]
    assert (memory["at"], memory["changed"]) == (0, [0])
    assert memory["data"][16:29] == b"Hello, world!"
    assert state_of(session, 0x21)["memory"]["at"] == 0x20


def test_state_beyond_the_end_of_memory_shows_its_last_rows() -> None:
    memory = state_of(hello(), 1 << 40)["memory"]
    assert memory["at"] + len(memory["data"]) == memory["size"]


def test_source_of_a_session_has_every_line_of_a_short_text() -> None:
    session = hello()
    lines = source_of(session)["lines"]
    assert [line["number"] for line in lines] == list(range(1, session.source.line_count + 1))


def test_html_shows_position_stack_and_source_and_escapes_them() -> None:
    session = factorial()
    session.step(2)
    html = session_html(session)
    assert "step 2 of 2" in html
    assert "i64.lt_s" in html
    assert "local.get pushes" not in html
    assert "i64.lt_s pops 3 and 2, pushes 0" in html
    assert "<script" not in html
    assert ";; n! = n * (n - 1)!" in html


def test_text_of_a_trapped_session_says_why() -> None:
    session = trap()
    session.run()
    assert "integer divide by zero" in state_text(source_of(session), state_of(session))


def test_view_of_a_stop_is_its_sentence() -> None:
    session = factorial()
    assert view_text(session.run()) == "fac returned 6 (step 28)"
    assert view_text(3) is None


def test_tuple_of_views_is_a_table_and_other_tuples_are_not() -> None:
    session = factorial()
    html = views_html(session.locals)
    assert html is not None
    assert "$n" in html
    assert views_html((1, 2)) is None
    assert views_html(()) is None


def test_differences_of_two_sessions_name_what_differs_only() -> None:
    left, right = factorial(3), factorial(4)
    assert differences(left, left, ("a", "b"))["rows"] == []
    rows = differences(left, right, ("a", "b"))["rows"]
    assert {(row["what"], row["left"], row["right"]) for row in rows} == {("local $n", "3", "4")}


def test_html_says_which_bytes_are_new_and_which_the_host_used() -> None:
    session = hello()
    state_of(session)
    session.step(3)
    assert "new: 0x0" in session_html(session)
    session.goto(session.tick)
    while not session.host_calls:
        session.step()
    assert "used by the host: 0x0 to 0xb" in session_html(session)


def test_state_has_displays_and_what_values_point_at() -> None:
    text = """(module (memory 1) (data (i32.const 2048) "a text")
      (func $look (param $p i32) nop) (func (export "_start") (call $look (i32.const 2048))))"""
    session = wl.Session(wl.assemble(text))
    session.display("$p", "x")
    session.break_at("$look")
    session.run()
    state = state_of(session)
    assert state["locals"][0]["points"] == '"a text"  data 0'
    assert state["frames"][0]["args"] == ['2048 "a text"']
    (shown,) = state["displays"]
    assert (shown["name"], shown["text"], shown["changed"]) == ("1: /x $p", "0x00000800", True)
    assert "1: /x $p = 0x00000800" in state_text(source_of(session), state)
    assert "a text" in session_html(session)
