"""The dialogue that calls a function: whatever is typed over its list is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.events import Paste
from textual.widgets import Input, OptionList

from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.call import CallScreen
from wasmlab_tui.program import open_file

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio

Enter = Any

TWO = """(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "neg") (param f64) (result f64) (f64.neg (local.get 0)))
  (func (export "nop")))"""

REFERENCE = """(module (type $s (struct))
  (func (export "other") (param i32 (ref $s)))
  (func (export "null") (param (ref null $s)) (result i32) (ref.is_null (local.get 0))))"""


@pytest.fixture
def app(tmp_path: Any) -> LabApp:  # noqa: ANN401 - a Path, which pytest makes
    file = tmp_path / "two.wat"
    file.write_text(TWO)
    return LabApp(open_file(file))


@pytest.mark.parametrize(
    ("keys", "returned"),
    [
        (("1", "2", "space", "minus", "3", "enter"), "add returned 9"),
        (("minus", "1", "comma", "1", "enter"), "add returned 0"),
        (("enter", "4", "space", "5", "enter"), "add returned 9"),
        (("down", "2", "full_stop", "5", "enter"), "neg returned -2.5"),
        (("down", "7", "shift+tab", "down", "up", "enter", "enter"), "neg returned -7.0"),
        (("down", "down", "enter"), "nop returned"),
        (("f", "8", "space", "1", "enter"), "add returned 9"),
        (("escape", "f", "8", "space", "1", "enter"), "add returned 9"),
        (("down", "minus", "i", "n", "f", "enter"), "neg returned inf"),
        (("1", "shift+tab", "2", "space", "3", "enter"), "add returned 15"),
    ],
)
async def test_typed_arguments_arrive_as_they_were_typed(
    enter: Enter, app: LabApp, keys: tuple[str, ...], returned: str
) -> None:
    async with enter(app=app) as lab:
        await lab.pilot.press(*keys)
        await lab.press("c")
        assert returned in lab.status


async def test_pasted_arguments_arrive_from_the_list(enter: Enter, app: LabApp) -> None:
    async with enter(app=app) as lab:
        assert isinstance(lab.app.screen.focused, OptionList)
        lab.app.post_message(Paste("20\n22"))
        await lab.press("enter", "c")
        assert "add returned 42" in lab.status


async def test_wrong_argument_is_mended_in_place(enter: Enter, app: LabApp) -> None:
    async with enter(app=app) as lab:
        await lab.press("1", "enter")
        assert isinstance(lab.app.screen, CallScreen)
        assert lab.app.screen.query_one(Input).value == "1"
        await lab.pilot.press("space", "2", "enter")
        await lab.press("c")
        assert "add returned 3" in lab.status


async def test_reference_that_is_refused_leaves_the_dialogue_open(
    enter: Enter, tmp_path: Path
) -> None:
    file = tmp_path / "reference.wat"
    file.write_text(REFERENCE)
    async with enter(app=LabApp(open_file(file))) as lab:
        await lab.pilot.press("7", "space", *"null")
        await lab.press("enter")
        assert isinstance(lab.app.screen, CallScreen)
        assert lab.app.screen.query_one(Input).value == "7 null"
        assert "(ref (struct)) expected, found null" in lab.seen
        await lab.press("escape", "f", "down", *"null", "enter")
        await lab.press("c")
        assert "null returned 1" in lab.status


async def test_memory_and_globals_are_changed_before_the_first_call(
    enter: Enter, tmp_path: Path
) -> None:
    file = tmp_path / "sum.wat"
    file.write_text("""(module (memory 1) (global $g (mut i32) (i32.const 1))
      (func (export "sum") (param $n i32) (result i32)
        (i32.add (i32.add (global.get $g) (local.get $n)) (i32.load8_u (i32.const 0)))))""")
    async with enter(app=LabApp(open_file(file))) as lab:
        await lab.press("escape", "5", "e")
        await lab.answer("20")
        await lab.press("3", "e")
        await lab.answer("300")
        await lab.press("f", "7", "enter", "c")
        assert "sum returned 327" in lab.status
        await lab.press("less_than_sign", "c")
        assert "sum returned 327" in lab.status
