"""Breaking and running where one looks: in a folded module, on lines without an instruction."""

from __future__ import annotations

from typing import Any

import pytest

from wasmlab.debug.session import Session
from wasmlab.module import Module, assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import OpenProgram

pytestmark = pytest.mark.asyncio

Enter = Any
FOLDED = f"""(module
  (memory 20)
  (data (i32.const 0) "{"x" * 1_000_001}")
  (func $before (local i32) nop nop nop)
  (func $helper (@name "helper") (param $n i32) (local i32)
    (local.set 1 (local.get $n)))
  (func $again (@name "helper") (param $n i32) nop)
  (func $run (export "_start")
    (call $before) (call $helper (i32.const 3)) (call $again (i32.const 4))))"""


def folded() -> LabApp:
    """Return the lab over a module that is so long that its functions are folded."""
    return LabApp(OpenProgram("long.wasm", Session(Module(assemble(FOLDED).syntax))))


async def test_goto_a_folded_function_unfolds_it_and_a_breakpoint_there_stops(enter: Enter) -> None:
    async with enter(app=folded()) as lab:
        assert "local.set 1" not in lab.seen
        await lab.press("g")
        await lab.answer("$helper#1")
        assert "local.set 1" in lab.seen
        assert lab.source.copied().strip() == "local.get $n"
        await lab.press("b", "c")
        assert [frame.func_name for frame in lab.session.frames] == ["$helper#1", "$run"]
        assert lab.source.copied().strip() == "local.get $n"


async def test_goto_a_name_of_several_functions_says_so(enter: Enter) -> None:
    async with enter(app=folded()) as lab:
        await lab.press("g")
        await lab.answer("helper")
        assert lab.source.copied().strip() == "local.get $n"
        assert "2 functions are called helper: $helper#1 @" in lab.said


async def test_breakpoint_on_a_folded_line_is_at_the_beginning_of_its_function(
    enter: Enter,
) -> None:
    async with enter(app=folded()) as lab:
        lab.source.go_to(lab.source.cursor - 3)  # above are its own head and $again
        await lab.press("b")
        assert [b.location.func_name for b in lab.session.breakpoints] == ["$helper#1"]


@pytest.mark.parametrize(("line", "found"), [(15, 17), (12, 12), (24, 25)])
async def test_breakpoint_on_a_line_without_instruction_goes_to_the_next_and_back(
    line: int, found: int, enter: Enter
) -> None:
    async with enter() as lab:
        lab.source.go_to(line)
        await lab.press("b")
        assert [b.location.line for b in lab.session.breakpoints] == [found]
        assert (f"line {line} has none: set at line {found}" in lab.said) == (line != found)
        await lab.press("b")
        assert lab.session.breakpoints == ()


async def test_keys_between_functions_say_where_the_nearest_code_is(enter: Enter) -> None:
    async with enter() as lab:
        lab.source.go_to(6)
        for key in ("b", "B", "t", "T"):
            await lab.press(key)
            assert "no instruction on line 6; the nearest is line 9" in lab.said
        assert lab.session.breakpoints == ()


async def test_run_to_a_line_without_instruction_says_where_it_goes(enter: Enter) -> None:
    async with enter() as lab:
        lab.source.go_to(24)
        await lab.press("t")
        assert "line 24 has none: going to line" in lab.said


async def test_run_back_to_a_line_without_instruction_says_where_it_goes(enter: Enter) -> None:
    async with enter() as lab:
        lab.source.go_to(15)
        await lab.press("T")
        assert "line 15 has none: going to line 17" in lab.said
        assert lab.session.breakpoints == ()


async def test_breakpoint_in_another_module_is_not_marked_in_the_text_that_is_shown(
    enter: Enter,
) -> None:
    library = assemble('(module\n(func $f (export "f")\nnop)\n)', file="lib.wat")
    text = '(module\n(import "lib" "f" (func $f))\n(func (export "_start")\n(call $f)))'
    session = Session(assemble(text, file="main.wat"), preload={"lib": library})
    async with enter(app=LabApp(OpenProgram("main.wat", session))) as lab:
        for command in ("break lib.wat:3", "break main.wat:4"):
            await lab.press("colon")
            await lab.answer(command)
        lab.source.go_to(3)
        assert lab.source.breakpoint_at_cursor() is None
        await lab.press("c")
        lab.source.go_to(4)
        assert lab.source.breakpoint_at_cursor() is None
        await lab.press("u")
        assert lab.source.copied() == "(call $f)))"
        assert lab.source.breakpoint_at_cursor() is not None


async def test_breakpoint_of_several_functions_is_marked_in_each(enter: Enter) -> None:
    text = (
        '(module (func $a (@name "f")\nnop)\n(func $b (@name "f")\nnop)\n(func (export "_start")))'
    )
    async with enter(app=LabApp(OpenProgram("t.wat", Session(assemble(text))))) as lab:
        await lab.press("colon")
        await lab.answer("break f")
        marked = [line for line in lab.seen.splitlines() if "●" in line and "nop" in line]
        assert len(marked) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("on", [True, False])
async def test_running_back_to_a_line_leaves_the_breakpoint_there_as_it_was(
    enter: Enter, *, on: bool
) -> None:
    async with enter() as lab:
        await lab.press("s", "s", "s", "up", "up", "b")
        (first,) = lab.session.breakpoints
        lab.session.enable_breakpoint(first.number, on=on)
        await lab.press("T")
        assert lab.session.tick == 6
        assert [(b.number, b.enabled) for b in lab.session.breakpoints] == [(first.number, on)]
