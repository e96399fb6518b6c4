"""The debugger's commands that go back and ask about the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, ECHO, HELLO, ran
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import TimelineEnd, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_reverse_commands_go_back_and_forth() -> None:
    s = ran(CALLS)
    last = s.tick
    execute(s, "reverse-step 3")
    assert s.tick == last - 3
    execute(s, "goto start")
    assert s.tick == 0
    with pytest.raises(TimelineEnd):
        execute(s, "rs")
    execute(s, "goto end")
    assert s.tick == last


def test_reverse_continue_comes_to_the_watchpoint() -> None:
    s = ran(CALLS)
    assert "global 0 is 45" in execute(s, "watch global 0").lines[0]
    stop = execute(s, "rc").stop
    assert stop is not None
    assert stop.reason is StopReason.WATCHPOINT


def test_who_says_where_a_byte_came_from() -> None:
    s = ran(HELLO)
    execute(s, "rs")
    assert "i32.const 14" in execute(s, "who 4").lines[-1]


def test_find_lists_steps() -> None:
    s = ran(CALLS)
    assert len(execute(s, "find i32.store").lines) == 6
    assert len(execute(s, "find i32.store if $n == 4").lines) == 1
    with pytest.raises(UsageError):
        execute(s, "find")


def test_find_of_no_instruction_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no instruction is called 'i32\.nosuch'"):
        execute(wl.Session(wl.assemble("(module)")), "find i32.nosuch")


def test_find_says_that_it_shows_the_first_only() -> None:
    body = "nop " * 200
    s = wl.Session(wl.assemble(f'(module (func (export "_start") {body}))'))
    s.run()
    lines = execute(s, "find nop").lines
    assert len(lines) == 101
    assert lines[-1].startswith("These are the first 100")


def test_timeline_lists_what_happened() -> None:
    assert any("output" in line for line in execute(ran(HELLO), "timeline").lines)


def test_watchpoints_are_listed_and_deleted_with_breakpoints() -> None:
    s = ran(CALLS)
    execute(s, "watch global 0")
    assert execute(s, "info breakpoints").lines == ("  1  watch global 0",)
    execute(s, "delete")
    assert not s.watchpoints


def test_set_in_the_past_makes_a_branch_to_switch_from() -> None:
    s = ran(CALLS)
    last = s.tick
    execute(s, "goto 3")
    lines = execute(s, "set $n = 3").lines
    assert lines[1].startswith("* 2  steps 3 to 3")
    execute(s, "switch 1")
    assert s.tick == last


def test_compare_shows_the_first_difference_of_two_branches() -> None:
    s = ran(CALLS)
    execute(s, "goto 3")
    execute(s, "set $n = 3")
    execute(s, "continue")
    lines = execute(s, "compare 1 2").lines
    assert lines[0] == "branch 1 | branch 2 differ from step 3 on:"
    assert lines[1] == "  $n: 0 | 3"
    with pytest.raises(UsageError):
        execute(s, "compare 1")


def test_set_stdin_takes_a_string_in_quotes() -> None:
    s = wl.Session(wl.assemble(ECHO), stdin=b"one\n")
    s.run()
    execute(s, "goto start")
    execute(s, r'set stdin "uno\ndos\n"')
    execute(s, "continue")
    assert b"".join(o.data for o in s.output) == b"uno\ndos\n"
    with pytest.raises(UsageError):
        execute(s, "set stdin uno")


def test_who_output_names_the_call_and_the_stores_of_it() -> None:
    s = ran(HELLO)
    for what in ("output 7", "output line 1", 'output "world"'):
        lines = execute(s, f"who {what}").lines
        assert "printed: fd_write" in lines[0]
        assert "instantiation" in lines[-1]
    with pytest.raises(UsageError):
        execute(s, "who output world")


def test_replay_shows_the_first_difference_of_a_changed_text(tmp_path: Path) -> None:
    changed = tmp_path / "changed.wat"
    changed.write_text(CALLS.replace("i32.const 3", "i32.const 4"), "utf-8")
    s = ran(CALLS)
    last = s.tick
    lines = execute(s, f"replay {changed}").lines
    assert lines[0].startswith("the recording | the new text differ from step")
    assert "i32.const 3  at $leaf" in lines[1]
    assert s.tick == last


@pytest.mark.parametrize("word", ["next", "previous"])
def test_goto_an_event_as_help_says_it(word: str) -> None:
    ticks: list[int] = []
    for typed in (word, f"{word} event"):
        s = ran(HELLO)
        begin = 0 if word == "next" else s.timeline.last
        s.goto(begin)
        execute(s, f"goto {typed}")
        assert s.tick != begin
        ticks.append(s.tick)
    assert ticks[0] == ticks[1]


@pytest.mark.parametrize("form", ["{}", "line {}", "line   {}", "hello.wat:{}"])
def test_until_takes_a_line_in_each_form(form: str) -> None:
    s = wl.Session(wl.assemble(HELLO, file="hello.wat"))
    s.step()
    assert s.location is not None
    line = s.location.line
    s.goto(0)
    execute(s, f"until {form.format(line)}")
    assert s.location is not None
    assert s.location.line == line
