"""Lines made of views: what is said without any colour."""

from __future__ import annotations

import pytest

from wasmlab.debug.views.frames import NoContent
from wasmlab.debug.views.model import (
    Breakpoint,
    Frame,
    HeapObject,
    HostCall,
    Label,
    Location,
    MemoryRow,
    Output,
    SourceLine,
    StackSlot,
    State,
    Stop,
    StopReason,
    Value,
    Variable,
)
from wasmlab.errors import AssembleError, Invalid, UsageError
from wasmlab_tui.arguments import address, argument_words, parameter_types
from wasmlab_tui.layout import TABS
from wasmlab_tui.render.breakpoints import breakpoint_lines, breakpoint_mark
from wasmlab_tui.render.console import console_lines, waiting_lines
from wasmlab_tui.render.frames import frame_lines
from wasmlab_tui.render.help import help_lines
from wasmlab_tui.render.labels import label_lines
from wasmlab_tui.render.line import Tone
from wasmlab_tui.render.memory import joined_rows, memory_line
from wasmlab_tui.render.problem import ProblemAt, problem_lines
from wasmlab_tui.render.readings import object_readings, reading, readings, value_readings
from wasmlab_tui.render.source import Gutter, Marks, source_line
from wasmlab_tui.render.stack import stack_lines
from wasmlab_tui.render.status import InHistory, running_line, status_line
from wasmlab_tui.render.syntax import coloured, comment_depths
from wasmlab_tui.render.tabs import tab_at, tab_line
from wasmlab_tui.render.value import Base, value_text
from wasmlab_tui.render.variables import variable_lines

MINUS = Value("i32", 2**32 - 1, -1, "-1")
HALF = Value("f32", 0x3F000000, 0.5, "0.5")
NULL = Value("funcref", 0, 0, "null")
SMALL = 80
PLACE = Location(1, "$main", 0x5A, 12, 5)


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (MINUS, Base.SIGNED, "-1"),
        (MINUS, Base.UNSIGNED, "4294967295"),
        (MINUS, Base.HEX, "0xffffffff"),
        (HALF, Base.HEX, "0x3f000000"),
        (HALF, Base.UNSIGNED, "0.5"),
        (NULL, Base.HEX, "null"),
    ],
)
def test_value_text_in_every_base(value: Value, base: Base, text: str) -> None:
    assert value_text(value, base) == text


def test_base_next_comes_round() -> None:
    assert Base.HEX.next() is Base.SIGNED


def test_stack_lines_draw_labels_between_operands() -> None:
    slots = (
        StackSlot(MINUS, 0, popped=True, changed=True),
        StackSlot(HALF, 1, popped=False, changed=False),
    )
    labels = (
        Label("func", "1", 1, 0, 0, None, None),
        Label("loop", "$again", 0, 0, 1, 3, 3),
    )
    assert [line.text.rstrip() for line in stack_lines(slots, labels)] == [
        "  0 + i32  -1 ◂ taken next",
        " ─── loop $again ───",
        "  1   f32 0.5",
    ]
    assert [line.value for line in stack_lines(slots, labels)] == ["stack[0]", "", "stack[1]"]


def test_stack_lines_of_an_empty_stack_say_so() -> None:
    assert [line.text for line in stack_lines((), ())] == [" empty"]


def test_variable_lines_mark_changes_and_constants() -> None:
    local = Variable("$n", 0, MINUS, "param", changed=True, previous=Value("i32", 3, 3, "3"))
    const = Variable("$limit", 0, HALF, "global", mutable=False)
    assert [
        line.text.rstrip() for line in variable_lines((local,), (const,), Base.SIGNED, "$f")
    ] == [
        " locals of $f",
        " * $n     i32 -1  was 3  param",
        " globals",
        "   $limit f32 0.5  const",
    ]


def test_frame_lines_name_the_module_where_there_are_several() -> None:
    place = Location(0, "$f", 16, 3, None, "libc")
    [shown] = frame_lines([Frame(0, "$f", place, (), NoContent(""))])
    assert shown.text.rstrip() == " ▸ 0 $f()  libc line 3"


def test_frame_lines_mark_the_selected_one() -> None:
    frames = (
        Frame(0, "wasi.fd_write", None, (MINUS,), NoContent(""), host=True),
        Frame(1, "$main", PLACE, (), NoContent("")),
    )
    assert [line.text.rstrip() for line in frame_lines(frames, 1)] == [
        "   0 wasi.fd_write(-1)  host",
        " ▸ 1 $main()  line 12",
    ]


def test_label_lines_count_from_the_innermost() -> None:
    labels = (
        Label("func", "1", 1, 1, 0, None, None),
        Label("loop", "$again", 0, 0, 1, 3, 3),
    )
    assert [line.text.rstrip() for line in label_lines(labels)] == [
        " br 0  loop  $again → line 3",
        " br 1  func         returns 1",
    ]


def test_memory_line_marks_changed_and_touched_bytes() -> None:
    row = MemoryRow(0x10, b"Hi\x00\xff", frozenset({0x10}), frozenset({0x11}))
    text = memory_line(row).text
    assert text.startswith(" 00000010 *48'69 00 ff")
    assert text.endswith("  Hi··")


def test_memory_line_puts_the_cursor_on_one_byte() -> None:
    row = MemoryRow(0, bytes(range(16)), frozenset(), frozenset())
    marked = [span.text for span in memory_line(row, 5).spans if span.tone is Tone.CURSOR]
    assert marked == ["05", "·"]


def test_reading_is_little_endian() -> None:
    text = reading(0x20, b"\xff\xff\xff\xff\x00\x00\x00\x00")
    assert text == "0x20  i8 -1  i16 -1  i32 -1  i64 4294967295  f32 nan  f64 2.122e-314"


def test_source_line_shows_marks_and_the_instruction() -> None:
    shown_breakpoint = Breakpoint(1, PLACE, "$n > 3", 0, 2)
    shown = source_line(
        SourceLine(12, "    (i32.add (local.get 0))", 0x5A),
        Marks(breakpoint=shown_breakpoint, here=True, column=5, cursor=True),
        Gutter(digits=3, offset_digits=4, count_digits=2),
    )
    assert shown.text == "◆2x ▶  12   5a┃     (i32.add (local.get 0))"
    assert [s.text for s in shown.spans if s.tone is Tone.HERE] == ["▶", "  12", "i32.add"]


def test_source_line_that_was_crossed_says_so() -> None:
    shown = source_line(SourceLine(9, "  end", None), Marks(crossed="left $inner"), Gutter(2))
    assert shown.text == " ┊  9│   end   ┊ left $inner"


@pytest.mark.parametrize("column", [0, 99, None])
def test_source_line_column_outside_the_text_marks_nothing(column: int | None) -> None:
    shown = source_line(SourceLine(1, "nop", 0), Marks(here=True, column=column), Gutter(2))
    assert "nop" not in [s.text for s in shown.spans if s.tone is Tone.HERE]


def test_breakpoint_marks_differ_by_kind() -> None:
    plain = Breakpoint(1, PLACE, "", 0, 0)
    counted = Breakpoint(2, PLACE, "", 3, 0)
    off = Breakpoint(3, PLACE, "", 0, 0, enabled=False)
    assert [breakpoint_mark(b) for b in (plain, counted, off)] == ["●", "◆", "○"]
    assert [line.text.strip() for line in breakpoint_lines((counted, off))] == [
        "◆ 2 $main @0x5a line 12  from hit 3",
        "○ 3 $main @0x5a line 12  disabled",
    ]


def call(tick: int, text: str, *, error: bool = False) -> HostCall:
    return HostCall(tick, "m", "f", text, (), "", error=error)


def test_console_lines_put_a_call_above_what_it_printed() -> None:
    lines = console_lines(
        (Output(7, 1, b"one\ntwo\n"), Output(8, 2, b"bad")), (call(7, "w() -> 4"),), 80
    )
    assert [line.text for line in lines] == ["     7 w() -> 4", " │ one", " │ two", " ! bad"]


def test_console_lines_wrap_long_calls() -> None:
    lines = console_lines((), (call(7, "fd_write(fd=1, iovs=[...]) = OK"),), 30)
    assert [line.text for line in lines] == ["     7 fd_write(fd=1,", "         iovs=[...]) = OK"]


@pytest.mark.parametrize("tick", [7, 123_456, 248_000_000_000])
def test_calls_stay_inside_the_pane_at_any_step(tick: int) -> None:
    lines = console_lines((), (call(tick, "fd_write(fd=1, iovs=[one two three]) = OK"),), 36)
    assert max(len(line.text) for line in lines) < 36
    assert "".join(line.text.split(maxsplit=1)[-1] for line in lines[:1]).startswith("fd_write")


def test_hint_about_input_is_whole_in_a_narrow_pane() -> None:
    said = " ".join(line.text.strip() for line in waiting_lines(30))
    assert said.endswith("I ends the input")
    assert max(len(line.text) for line in waiting_lines(30)) < 30


def test_console_lines_join_pieces_when_calls_are_hidden() -> None:
    pieces = (Output(0, 1, b"Hel"), Output(1, 1, b"lo\n"))
    calls = (call(1, "a"), call(2, "b"))
    assert [line.text for line in console_lines(pieces, calls, 80, show_calls=False)] == [
        " │ Hello"
    ]


def test_console_lines_name_failed_calls() -> None:
    assert console_lines((), (call(1, "f()", error=True),), 80)[0].text.endswith("f()  failed")


HOSTILE = b"\x1b[2J\x1b]0;owned\x07\x9b31m [red]x[/red] \xff\xe2\x80\xae\ttab\r\n"


def test_console_lines_of_hostile_output_are_harmless() -> None:
    (shown,) = console_lines((Output(1, 1, HOSTILE),), (), 80)
    assert shown.text.isprintable()
    assert "[red]x[/red]" in shown.text


@pytest.mark.parametrize(
    ("state", "says"),
    [(state, state.value) for state in State],
    ids=[state.name for state in State],
)
def test_status_line_says_the_state_in_words(state: State, says: str) -> None:
    stop = Stop(StopReason.STEP, 1234, PLACE, "stepped")
    text = status_line(state, 1234, PLACE, stop).text
    assert says in text
    assert "step 1,234" in text
    assert "$main @0x5a line 12" in text


def test_status_line_names_branch_and_trail() -> None:
    stop = Stop(StopReason.STEP, 3, PLACE, "stepped")
    history = InHistory(9, "branch 2 of 3", "left $inner, line 14")
    text = status_line(State.PAUSED, 3, PLACE, stop, history).text
    assert "step 3 of 9  branch 2 of 3" in text
    assert text.endswith("left $inner, line 14")


@pytest.mark.parametrize("width", [66, 80, 120])
def test_status_line_with_a_long_name_has_room_for_the_reason(width: int) -> None:
    place = Location(0, "$" + "name" * 40, 0x5A, 12)
    stop = Stop(StopReason.TRAP, 3, place, "integer divide by zero")
    text = status_line(State.TRAPPED, 3, place, stop, width=width).text
    assert len(text) <= width
    assert "@0x5a line 12  " in text or width < 80
    assert "$name" in text
    assert text.endswith("integer divide by zero")
    assert str(place) in status_line(State.TRAPPED, 3, place, stop).text


def test_status_line_gives_the_reason_of_a_trap() -> None:
    stop = Stop(StopReason.TRAP, 3, PLACE, "integer divide by zero")
    assert "integer divide by zero" in status_line(State.TRAPPED, 3, PLACE, stop).text


def test_running_line_shows_progress_and_the_key_that_stops() -> None:
    text = running_line("1,200 of 4,800 steps, 25%").text
    assert "1,200 of 4,800 steps, 25%" in text
    assert "p stops it" in text


def test_tabs_name_the_key_and_mark_the_active_one() -> None:
    tabs = [row for row in TABS if row.id in {"stack", "memory"}]
    assert tab_line(tabs, "memory").text == " 2 Stack [5 Memory]"
    assert [tab_at(tabs, column, "memory") for column in (0, 8, 9, 18, 19)] == [
        "stack",
        "stack",
        "memory",
        "memory",
        "",
    ]


def test_tabs_that_have_no_room_stand_closer_to_each_other() -> None:
    shown = tab_line(TABS, "frames").text
    assert len(shown) == 80
    ends = [tab_at(TABS, column, "frames") for column in (7, 8, 16, 17, 79)]
    assert ends == ["stack", "variables", "variables", "frames", "displays"]


def test_coloured_keeps_the_text() -> None:
    text = '  (i32.const 8) ;; "x" [red]'
    assert "".join(span.text for span in coloured(text)) == text


def test_comment_depths_follow_comments_over_lines() -> None:
    assert comment_depths(["a (; x", "(; y", ";) z", ";) b"]) == {1: 1, 2: 2, 3: 1}


def test_problem_lines_show_the_place_with_a_caret() -> None:
    error = AssembleError("unknown operator", line=3, column=3, source_line="  i32.ad", hint="try")
    assert [line.text for line in problem_lines(error, ProblemAt(3, 3))] == [
        " line 3, column 3: unknown operator",
        "     i32.ad",
        "     ^",
        " try",
    ]


def test_problem_lines_show_the_operand_types() -> None:
    error = Invalid("type mismatch", 0x30, stack=["i32", "f64"])
    assert "[i32 f64]" in problem_lines(error, ProblemAt(None, 0))[1].text


def test_argument_words_takes_all_number_types() -> None:
    types = parameter_types("[i32 i64 f64 externref] -> []")
    assert argument_words("-1, 0x10  2.5 null", types) == ["-1", "0x10", "2.5", "null"]


@pytest.mark.parametrize("text", ["", "1 2", "x", "1.5"])
def test_argument_words_refuses_what_is_no_i32(text: str) -> None:
    with pytest.raises(UsageError):
        argument_words(text, ["i32"])


def test_address_is_decimal_or_hexadecimal() -> None:
    assert (address("16"), address("0x10")) == (16, 16)
    with pytest.raises(UsageError):
        address("here")


def test_readings_name_msgpack_where_it_is_one() -> None:
    lines = readings(0x10, bytes.fromhex("82 a1 61 01 a1 62 c3 00"))
    assert lines[-1] == 'msgpack {"a": 1, "b": true} (7 bytes)'
    assert not any("msgpack" in line for line in readings(0, bytes(16)))


def test_help_lines_fit_a_small_screen() -> None:
    assert max(len(line.text) for line in help_lines(width=79)) <= SMALL
    assert any("]" in line.text and "next event" in line.text for line in help_lines(width=79))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (MINUS, ["i32 -1", "bits 0xffffffff", "unsigned 4294967295", "as f32 nan"]),
        (HALF, ["f32 0.5", "bits 0x3f000000", "as i32 1056964608"]),
        (NULL, ["funcref null"]),
    ],
)
def test_value_readings_say_the_same_bits_in_other_ways(value: Value, says: list[str]) -> None:
    assert value_readings(value) == says


def test_value_readings_of_a_vector_are_its_lanes() -> None:
    vector = Value("v128", 1 | 2 << 32 | 3 << 64, 0, "")
    assert "i32x4 1 2 3 0" in value_readings(vector)


def test_object_readings_list_fields() -> None:
    field = Variable("$x", 0, HALF, "field")
    found = HeapObject(8, "array", "$points", (field,) * 99, (), 1_000)
    lines = object_readings(found)
    assert lines[:2] == ["array $points of 1,000", "$x f32 0.5"]
    assert lines[-1] == "..."


@pytest.mark.parametrize("width", [16, 24, 32, 48, 64])
def test_rows_of_any_width_hold_every_byte_and_its_marks(width: int) -> None:
    data = bytes(range(192))
    rows = [
        MemoryRow(at, data[at : at + 16], frozenset({at + 3}), frozenset({at + 15}))
        for at in range(0, len(data), 16)
    ]
    joined = joined_rows(rows, width)
    assert [row.address for row in joined] == list(range(0, len(data), width))
    assert b"".join(row.data for row in joined) == data
    for row in joined:
        within = range(row.address, row.address + width)
        assert {at for at in within if at % 16 == 3} <= row.changed
        assert {at for at in within if at % 16 == 15} <= row.touched
