"""The selected frame: what commands, expressions and views mean, until the program moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab.debug.commands.table import execute
from wasmlab.debug.session import Session
from wasmlab.errors import BadExpression, DebugError, TimelineEnd
from wasmlab.module import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = """\
(module
  (memory 1)
  (func $leaf (param $n i32) (result i32)
    (i32.store (local.get $n) (local.get $n))
    (i32.mul (local.get $n) (i32.const 3)))
  (func $mid (param $n i32) (param $k i32) (result i32)
    (i32.add (i32.const 100) (call $leaf (i32.add (local.get $n) (i32.const 1)))))
  (func $run (export "run") (param $n i32) (result i32)
    (i32.add (i32.const 7) (call $mid (i32.const 40) (i32.const 41)))))
"""


@pytest.fixture
def session() -> Session:
    """Return a session in $leaf, called by $mid, called by $run."""
    session = Session(assemble(TEXT), invoke="run", invoke_args=(5,))
    session.run_to("leaf")
    return session


def said(session: Session, line: str) -> str:
    return "\n".join(execute(session, line).lines)


@pytest.mark.parametrize(
    ("frame", "n", "top", "caller"), [(0, 41, None, 40), (1, 40, 100, 5), (2, 5, 7, None)]
)
def test_expressions_mean_the_selected_frame(
    frame: int, n: int, top: int | None, caller: int | None, session: Session
) -> None:
    execute(session, f"frame {frame}")
    assert said(session, "print $n") == str(n)
    for name, value in (("stack[0]", top), ("$n@1", caller)):
        if value is None:
            with pytest.raises(BadExpression):
                session.evaluate(name)
        else:
            assert session.evaluate(name) == value
            assert session.history_of(name)[0].new == str(value)
    assert session.history_of("$n")[0].new == str(n)


@pytest.mark.parametrize("frame", [0, 1, 2])
def test_views_without_a_number_are_of_the_selected_frame(frame: int, session: Session) -> None:
    session.select_frame(frame)
    assert session.frame == frame
    assert session.locals == session.locals_of(frame)
    assert session.stack == session.stack_rows(0, 9, frame)
    assert session.labels == session.labels_of(frame)
    assert session.frame_location == session.frames[frame].location
    assert said(session, "info locals").startswith(f"$n = {session.evaluate('$n')} ")


def test_values_are_set_in_the_selected_frame(session: Session) -> None:
    execute(session, "frame 1")
    execute(session, "set stack[0] = 200")
    execute(session, "set $k = 9")
    execute(session, "set $n@1 = 6")
    assert [v.value for v in session.locals_of(1)] == [40, 9]
    assert session.locals_of(2)[0].value == 6
    assert session.frame == 1
    assert session.run().results[0].value == 7 + 200 + 123
    assert "stack[0] in frame 1 = 200" in said(session, "branches")


def test_local_of_the_selected_frame_is_watched(session: Session) -> None:
    session.restart()
    session.run_to("mid")
    session.select_frame(1)
    session.watch("$n", "r")
    stop = session.run()
    assert stop.reason.value == "returned"  # $run does not read its own
    assert [watch.text for watch in session.watchpoints] == ["$n of $run"]


def test_breakpoint_without_a_place_is_where_the_selected_frame_stands(session: Session) -> None:
    execute(session, "up")
    assert said(session, "break").startswith("Breakpoint 1: $mid at ")


def test_list_shows_the_text_around_the_selected_frame(session: Session) -> None:
    execute(session, "frame 2")
    assert ">9 " in said(session, "list")


def test_up_and_down_select_and_say_where_that_is(session: Session) -> None:
    assert said(session, "up").splitlines()[0].split()[:2] == ["1", "$mid(40,"]
    assert "(call $leaf" in said(session, "frame")
    assert said(session, "up 9").splitlines()[0].split()[0] == "2"
    with pytest.raises(DebugError, match="outermost"):
        execute(session, "up")
    assert said(session, "down").splitlines()[0].split()[0] == "1"
    execute(session, "down 7")
    with pytest.raises(DebugError, match="innermost"):
        execute(session, "down")


def test_backtrace_marks_the_selected_frame(session: Session) -> None:
    execute(session, "up")
    assert [line[0] for line in execute(session, "bt").lines] == [" ", "*", " "]


@pytest.mark.parametrize("number", [3, -1])
def test_frame_that_there_is_not_is_refused(number: int, session: Session) -> None:
    execute(session, "up")
    with pytest.raises(DebugError, match=f"no frame {number}; bt shows those from 0 to 2"):
        execute(session, f"frame {number}")
    assert session.frame == 1


def test_no_frame_is_selected_where_nothing_is_called(session: Session) -> None:
    session.run()
    for command in ("frame", "up", "down"):
        with pytest.raises(DebugError, match="no function is being called"):
            execute(session, command)


STAYS: dict[str, Callable[[Session], object]] = {
    "print": lambda s: execute(s, "print $n"),
    "set": lambda s: execute(s, "set $n = 3"),
    "break": lambda s: execute(s, "break leaf"),
    "who": lambda s: s.history_of("$n"),
    "find": lambda s: list(s.find(op="i32.*")),
    "coverage": lambda s: s.coverage,
    "calls": lambda s: list(s.calls("leaf")),
    "previous": lambda s: s.previous,
    "info": lambda s: execute(s, "info stack"),
    "trace of the past": lambda s: list(s.trace(0, 3)),
}
MOVES: dict[str, Callable[[Session], object]] = {
    "step": Session.step,
    "next": Session.step_over,
    "back": Session.step_back,
    "goto": lambda s: s.goto(2),
    "there and back": lambda s: (s.step(), s.step_back()),
    "finish": Session.step_out,
    "reverse-finish": Session.reverse_out,
    "continue": Session.run,
    "restart": Session.restart,
}


@pytest.mark.parametrize("question", STAYS)
def test_what_does_not_move_the_program_keeps_the_selection(
    question: str, session: Session
) -> None:
    session.select_frame(1)
    STAYS[question](session)
    assert session.frame == 1


@pytest.mark.parametrize("move", MOVES)
def test_move_selects_the_innermost_frame(move: str, session: Session) -> None:
    session.select_frame(1)
    MOVES[move](session)
    assert session.frame == 0


def test_move_that_is_refused_keeps_the_selection(session: Session) -> None:
    session.goto(0)
    session.run_to("leaf")
    session.select_frame(1)
    with pytest.raises(TimelineEnd):
        session.goto(-1)
    assert session.frame == 1


def test_finish_and_its_reverse_mean_the_selected_frame(session: Session) -> None:
    here = session.tick
    session.select_frame(1)
    execute(session, "finish")
    assert [frame.func_name for frame in session.frames] == ["$run"]
    session.goto(here)
    session.select_frame(1)
    execute(session, "reverse-finish")
    assert session.instruction is not None
    assert session.instruction.text == "call $mid"


@pytest.mark.parametrize(
    ("condition", "stops"),
    [("$n@1 == 40 and $n@2 == 5", 1), ("$n@1 == 41", 0), ("$n == 41 and $k@1 == $n", 1)],
)
def test_condition_names_locals_of_the_callers_of_the_frame_that_hits(
    condition: str, stops: int
) -> None:
    session = Session(assemble(TEXT), invoke="run", invoke_args=(5,))
    execute(session, f"break leaf if {condition}")
    session.step(2)
    session.select_frame(0)
    session.run()
    assert session.breakpoints[0].count == stops
