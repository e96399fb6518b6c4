"""View-models as text: what a reader of plain text needs in place of the panes."""

from wasmlab.debug.views import plain_text
from wasmlab.debug.views.frames import NoContent
from wasmlab.debug.views.model import (
    Frame,
    Location,
    MemoryRow,
    Output,
    StackSlot,
    Step,
    Value,
    Variable,
)
from wasmlab.records import dataclass

THREE = Value("i32", 3, 3, "3")
SEVEN = Value("i32", 7, 7, "7")
HERE = Location(1, "$main", 0x5A, 12, 3)


def test_step_line_has_tick_place_instruction_operands_and_effect() -> None:
    step = Step(17, HERE, "i32.store", (THREE, SEVEN), (), 2, "memory[0x3:0x7] = 07 00 00 00")
    assert plain_text.step_line(step).split("  ") == [
        "", "", "17", "0x5a line 12", "", "", "", "i32.store", *[""] * 8, " [3 7] -> []",
        "; memory[0x3:0x7] = 07 00 00 00",
    ]  # fmt: skip


def test_step_line_without_operands_ends_with_the_instruction() -> None:
    step = Step(1, HERE, "br 0", (), (), 1)
    assert plain_text.step_line(step).endswith("br 0")


def test_step_line_of_a_deep_recursion_is_short() -> None:
    step = Step(9_000, HERE, "br 0", (), (), 9_000)
    assert len(plain_text.step_line(step)) < 120


def test_place_names_the_module_where_there_are_several() -> None:
    assert plain_text.place_text(Location(0, "$f", 16, None, None, "lib\x1b")) == "lib\\x1b:0x10"


def test_output_is_shown_line_by_line_and_escaped() -> None:
    output = [Output(1, 1, b"one\ntwo\x07\n"), Output(2, 2, b"\xff")]
    assert list(plain_text.output_lines(output)) == ["out| one", "out| two\\x07", "err| \\xff"]


def test_stack_marks_what_is_popped_next_and_what_is_new() -> None:
    slots = [
        StackSlot(SEVEN, 0, popped=True, changed=True),
        StackSlot(THREE, 1, popped=False, changed=False),
    ]
    assert list(plain_text.stack_lines(slots)) == ["  0  i32 7   (popped next, new)", "  1  i32 3"]


@dataclass
class Calls:
    depth: int
    asked: int = 0

    def frame_rows(self, start: int, count: int) -> list[Frame]:
        self.asked += count
        return [
            Frame(number, "$f", HERE, (), NoContent("")) for number in range(start, start + count)
        ]


def test_frame_lines_of_a_deep_recursion_are_those_at_both_ends() -> None:
    calls = Calls(65_536)
    lines = list(plain_text.frame_lines(calls))
    assert [line.split()[0] for line in lines[18:23]] == ["18", "19", "...", "65516", "65517"]
    assert lines[20].strip() == "... 65,496 more calls ..."
    assert calls.asked == len(lines) - 1


def test_frame_lines_of_a_hundred_calls_are_all() -> None:
    lines = list(plain_text.frame_lines(Calls(100)))
    assert [int(line.split()[0]) for line in lines] == list(range(100))


def test_nothing_is_said_in_a_sentence() -> None:
    assert list(plain_text.stack_lines([])) == ["The operand stack is empty."]
    assert list(plain_text.variable_lines([], "None.")) == ["None."]
    assert list(plain_text.frame_lines(Calls(0))) == ["No function is being called."]
    assert list(plain_text.label_lines([])) == ["No label is open."]


def test_variable_shows_what_it_was() -> None:
    variable = Variable("$n", 0, SEVEN, "param", changed=True, previous=THREE)
    assert list(plain_text.variable_lines([variable], "")) == ["$n = 7   param i32   (was 3)"]


def test_memory_row_is_hexadecimal_and_text() -> None:
    row = MemoryRow(16, b"Hi\n\xff", frozenset({16}), frozenset())
    assert list(plain_text.memory_lines([row])) == [f"00000010* {'48 69 0a ff':<47}  Hi.."]


def test_line_that_was_printed_in_pieces_is_one() -> None:
    pieces = [(1, b"Hel"), (1, b"lo"), (2, b"bad"), (1, b", "), (1, b"world\nand "), (1, b"on\n")]
    output = [Output(tick, stream, data) for tick, (stream, data) in enumerate(pieces)]
    assert list(plain_text.output_lines(output)) == [
        "out| Hello", "err| bad", "out| , world", "out| and on",
    ]  # fmt: skip
