"""Frames have the lines that operands and variables leave; nothing moves without a need."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.tui.conftest import Lab
from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.layout import PANES, Place
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.program import OpenProgram

pytestmark = pytest.mark.asyncio

Enter = Callable[..., AbstractAsyncContextManager[Lab]]
DEEP = """(module
  (func $down (export "down") (param $n i32)
    (if (local.get $n) (then (call $down (i32.sub (local.get $n) (i32.const 1)))))
    i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6
    i32.add i32.add i32.add i32.add i32.add drop)
)"""
DEPTH = 9
FULL = "i32.const 1 " * 30


def app(depth: int = DEPTH, text: str = DEEP) -> LabApp:
    session = Session(assemble(text, file="deep.wat"), invoke="down", invoke_args=(depth,))
    session.break_at("3")
    return LabApp(OpenProgram("deep.wat", session))


def heights(lab: Lab) -> dict[str, int]:
    names = [row.id for row in PANES if row.place in {Place.RIGHT, Place.CALLS, Place.SHARED}]
    panes = [lab.screen.query_one(f"#{name}", LinePane) for name in names]
    return {pane.id or "": pane.region.height for pane in panes if pane.region}


@pytest.mark.parametrize("size", [(120, 40), (160, 40)])
async def test_frames_are_all_seen_where_other_panes_leave_room(
    size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size, app()) as lab:
        before = heights(lab)
        await lab.press(*"c" * DEPTH, "s", "s")
        assert lab.session.depth == DEPTH + 1
        for number in range(DEPTH + 1):
            assert f" {number} $down(" in lab.seen
        now = heights(lab)
        left = sum(before[name] - now[name] for name in ("stack", "variables"))
        assert now["frames"] - before["frames"] == left > 0
        assert now["console"] == before["console"]
        assert now["labels"] >= before["labels"]


async def test_panes_stay_where_they_are_while_the_depth_is_the_same(enter: Enter) -> None:
    async with enter((120, 40), app()) as lab:
        await lab.press(*"c" * DEPTH)
        seen: list[dict[str, int]] = []
        while lab.session.depth == DEPTH + 1:
            seen.append(heights(lab))
            await lab.press("s")
        grown = [shown["stack"] for shown in seen]
        assert grown == sorted(grown)
        assert "stack" in seen[0]


async def test_layout_of_the_style_sheet_holds_without_a_need(enter: Enter) -> None:
    async with enter((120, 40), app()) as lab:
        before = heights(lab)
        await lab.press(*"c" * DEPTH)
        assert heights(lab) != before
        await lab.press("less_than_sign", "s")
        assert heights(lab) == before


async def test_operands_that_need_their_room_keep_it(enter: Enter) -> None:
    text = DEEP.replace("drop)", f"drop {FULL} {'drop ' * 30})").replace(
        "(if (local", f"{FULL} {'drop ' * 30} (if (local", 1
    )
    async with enter((120, 40), app(text=text)) as lab:
        before = heights(lab)["stack"]
        await lab.press(*"c" * DEPTH)
        await lab.press(*"s" * 30)
        assert lab.session.stack_size_of(0) >= before
        assert heights(lab)["stack"] == before


async def test_sizes_that_were_chosen_are_kept(enter: Enter) -> None:
    async with enter((120, 40), app()) as lab:
        lab.screen.panes.take_shares({"stack": 9, "variables": 9, "calls": 9, "console": 9})
        lab.screen.panes.apply_sizes()
        await lab.press("s")
        before = heights(lab)
        await lab.press(*"c" * DEPTH)
        assert heights(lab) == before
