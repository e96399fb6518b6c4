"""Values and breakpoints changed in place, in a program that really runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wasmlab import samples
from wasmlab.engine.grants import INTERACTIVE
from wasmlab.errors import UsageError
from wasmlab.records import replace
from wasmlab_tui.app import LabApp
from wasmlab_tui.arguments import cell_change, searched_bytes
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import open_file

if TYPE_CHECKING:
    from pathlib import Path

Enter = Any
"""The fixture ``enter``, see conftest."""

COUNT = """\
(module
  (memory (export "memory") 1)
  (global $sum (mut i32) (i32.const 0))
  (func (export "run") (param $n i32) (result i32)
    (local $i i32)
    loop $again
      local.get $i
      i32.const 1
      i32.add
      local.tee $i
      global.get $sum
      i32.add
      global.set $sum
      local.get $i
      local.get $n
      i32.lt_s
      br_if $again
    end
    global.get $sum
  )
)
"""

CALLS = """(module
  (func (export "run") (param $n i32) (result i32)
    (call $inner (i32.const 5)) (i32.add (local.get $n)))
  (func $inner (param $x i32) (result i32)
    (local.set $x (i32.const 6)) (local.get $x)))"""


@pytest.fixture
def count(tmp_path: Path) -> LabApp:
    path = tmp_path / "count.wat"
    path.write_text(COUNT, "utf-8")
    return LabApp(open_file(path, replace(INTERACTIVE, invoke="run", invoke_args=(3,))))


@pytest.mark.asyncio
async def test_local_is_changed_in_the_past_on_a_branch(enter: Enter, count: LabApp) -> None:
    async with enter(app=count) as lab:
        await lab.press("c", "less_than_sign", *"ssss", "3", "home", "down", "e")
        assert "Change $i (i32) to:" in lab.seen
        await lab.answer("2")
        session = lab.screen.session
        assert session.locals[1].value == 2
        assert "Branch 2 from step 4: the old future is kept (F)." in lab.seen
        assert [branch.number for branch in session.branches] == [1, 2]
        assert "branch 2" in lab.status
        await lab.press("S")
        assert "┳" in lab.pane("timeline")[0]


@pytest.mark.asyncio
async def test_change_at_the_end_of_time_begins_no_branch(enter: Enter, count: LabApp) -> None:
    async with enter(app=count) as lab:
        await lab.press("s", "s", "3", "e")
        await lab.answer("9")
        assert len(lab.screen.session.branches) == 1
        assert lab.screen.session.locals[0].text == "9"


@pytest.mark.asyncio
async def test_stack_slot_and_global_are_changed(enter: Enter, count: LabApp) -> None:
    async with enter(app=count) as lab:
        await lab.press("s", "s", "2", "down", "e")
        assert "Change stack[1] (i32) to:" in lab.seen
        await lab.answer("-5")
        assert [slot.text for slot in lab.screen.session.stack] == ["1", "-5"]
        await lab.press("3", "end", "enter")
        await lab.answer("0x10")
        assert lab.screen.session.globals[0].text == "16"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "address", "data"),
    [
        ("72", 0, b"\x48"),
        ("i32 -2", 0, b"\xfe\xff\xff\xff"),
        ("f64 0.5", 0, b"\0\0\0\0\0\0\xe0\x3f"),
        ('"Hi"', 1, b"Hi"),
        ("0x48 65", 1, b"He"),
    ],
)
async def test_memory_is_changed_at_the_cursor(
    typed: str, address: int, data: bytes, enter: Enter, count: LabApp
) -> None:
    async with enter(app=count) as lab:
        await lab.press("5", *["right"] * address, "e")
        await lab.answer(typed)
        assert lab.screen.session.memory[address : address + len(data)] == data
        assert f"{data[0]:02x}" in lab.seen


@pytest.mark.asyncio
@pytest.mark.parametrize("pane", ["2", "3", "5", "1"])
async def test_wrong_value_is_said_at_the_prompt_and_nothing_changes(
    pane: str, enter: Enter, count: LabApp
) -> None:
    async with enter(app=count) as lab:
        await lab.press("s", pane, "e")
        session = lab.screen.session
        before = [v.value for v in (*session.locals, *session.globals, *session.stack)]
        await lab.answer("one and a half")
        assert isinstance(lab.app.screen, PromptScreen)
        assert str(lab.app.screen.query_one("#wrong").render()).strip()
        await lab.press("escape")
        assert before == [v.value for v in (*session.locals, *session.globals, *session.stack)]
        assert session.memory[0:16] == bytes(16)
        assert len(session.branches) == 1


@pytest.mark.asyncio
async def test_anything_is_changed_from_the_source(enter: Enter, count: LabApp) -> None:
    async with enter(app=count) as lab:
        await lab.press("e")
        assert "$n = " in lab.seen
        await lab.answer("global 0 = 5")
        assert lab.screen.session.globals[0].text == "5"


@pytest.mark.asyncio
async def test_local_of_a_caller_is_changed_and_watched(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "calls.wat"
    path.write_text(CALLS, "utf-8")
    app = LabApp(open_file(path, replace(INTERACTIVE, invoke="run", invoke_args=(1,))))
    async with enter(app=app) as lab:
        session = lab.screen.session
        await lab.press("s", "s", "s", "u", "3", "e")
        assert "Change $n (i32) to:" in lab.seen
        await lab.answer("77")
        assert session.locals_of(1)[0].text == "77"
        assert lab.screen.selection.frame == 1
        await lab.press("3", "w")
        await lab.answer("$n")
        assert [watch.text for watch in session.watchpoints] == ["$n of func[0]"]


@pytest.mark.asyncio
async def test_commands_mean_the_selected_frame_and_leave_it(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("u", "2", "W")
        assert lab.asked[-1] == ("history_of", "stack[0]")
        assert "i32.const 77" in lab.seen
        await lab.press("escape", "colon")
        await lab.answer("print stack[0]")
        assert "77" in lab.said
        assert lab.screen.selection.frame == 1
        await lab.press("2", "e")
        assert "Change stack[0] (i32) to:" in lab.seen
        await lab.answer("78")
        assert lab.session.stack_rows(0, 1, 1)[0].text == "78"
        assert lab.screen.selection.frame == 1
        await lab.press("s")
        assert lab.screen.selection.frame == 0


@pytest.mark.asyncio
async def test_frames_are_selected_by_commands(enter: Enter) -> None:
    async with enter() as lab:
        for command, frame in (("up", 1), ("down", 0), ("frame 1", 1)):
            await lab.press("colon")
            await lab.answer(command)
            assert lab.screen.selection.frame == frame
            assert ("$of_outer" in "".join(lab.pane("variables"))) == (frame == 1)


@pytest.mark.asyncio
async def test_condition_of_a_breakpoint_is_changed_in_the_pane(
    enter: Enter, count: LabApp
) -> None:
    async with enter(app=count) as lab:
        await lab.press("down", "b", "8", "e")
        await lab.answer("$i >")
        assert isinstance(lab.app.screen, PromptScreen)
        assert "is not an expression" in lab.seen
        await lab.answer("$i == 1 hits 1")
        assert [b.condition for b in lab.screen.session.breakpoints] == ["$i == 1"]
        await lab.press("c")
        assert lab.screen.session.locals[1].text == "1"


@pytest.mark.parametrize("text", ["", "x", "i8 300", "i32", "f32 x", "i32 1.5", "0xzz", '""'])
def test_cell_change_refuses_what_is_no_value(text: str) -> None:
    with pytest.raises(UsageError):
        cell_change(text, 0)


def test_examples_in_refusals_of_typed_values_are_values() -> None:
    with pytest.raises(UsageError) as refused:
        cell_change("two words", 0)
    for example in refused.value.hint.split(", "):
        assert cell_change(example, 0)[0]
    with pytest.raises(UsageError) as refused:
        searched_bytes("0x4")
    assert searched_bytes(refused.value.hint.rpartition("as ")[2]) == b"He"


def test_cell_change_names_another_memory() -> None:
    assert cell_change("i16 1", 16, 1) == ("memory1[0x10:0x12]", b"\1\0")


@pytest.mark.asyncio
async def test_edited_text_is_run_with_the_recorded_input(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "echo.wat"
    path.write_text((samples.folder() / "echo.wat").read_text("utf-8"), "utf-8")
    async with enter(app=LabApp(open_file(path))) as lab:
        await lab.press("c")
        await lab.answer("Ada")
        await lab.press("escape", "I", "E")
        area = lab.app.screen.query_one(WatArea)
        area.text = area.text.replace("(i32.const 64))", "(i32.const 128))", 1)
        await lab.press("ctrl+r")
        assert "the recording | the new text differ from step" in lab.seen
        await lab.press("escape", "greater_than_sign")
        assert "│ Ada" in lab.pane("console")
        assert lab.screen.session.memory[128:132] == b"Ada\n"


@pytest.mark.asyncio
async def test_condition_of_the_breakpoint_at_the_cursor_is_changed(
    enter: Enter, count: LabApp
) -> None:
    async with enter(app=count) as lab:
        await lab.press("down", "b", "B")
        await lab.answer("$i == 2")
        assert [b.condition for b in lab.screen.session.breakpoints] == ["$i == 2"]


@pytest.mark.asyncio
async def test_wrong_condition_is_said_at_the_prompt(enter: Enter, count: LabApp) -> None:
    async with enter(app=count) as lab:
        await lab.press("B")
        await lab.answer("$i ==")
        assert isinstance(lab.app.screen, PromptScreen)
        assert "is not an expression" in lab.seen
        assert lab.screen.session.breakpoints == ()


@pytest.mark.asyncio
async def test_branches_are_compared_and_gone_to(enter: Enter, count: LabApp) -> None:
    async with enter(app=count) as lab:
        await lab.press("c", "less_than_sign", *"ssss", "3", "home", "down", "e")
        await lab.answer("2")
        await lab.press("c", "F", "up", "c")
        assert "branch 2 | branch 1 differ from step 4 on:" in lab.seen
        assert "$i: 2 | 1" in lab.seen
        await lab.press("escape", "F", "up", "enter")
        assert "branch 1 of 2" in lab.status


OBJECT = """\
(module
  (type $point (struct (field $x i32) (field $y f64)))
  (func (export "run") (param $n i32)
    (local $p (ref null $point))
    (local.set $p (struct.new $point (i32.const 7) (f64.const 0.5)))
    nop
  )
)
"""


@pytest.mark.asyncio
async def test_object_of_a_reference_is_shown(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "object.wat"
    path.write_text(OBJECT, "utf-8")
    program = open_file(path, replace(INTERACTIVE, invoke="run", invoke_args=(3,)))
    async with enter(app=LabApp(program)) as lab:
        await lab.press("3", "down", "space")
        assert "null" in lab.seen
        await lab.press("s", "s", "s", "s", "space")
        assert "struct $point" in lab.seen
        assert "$x i32 7" in lab.seen
