"""Borders between panes that are dragged with the mouse."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from wasmlab import samples
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio

Enter = Any
SMALL = (80, 24)


async def drag(lab: Any, start: tuple[int, int], end: tuple[int, int]) -> None:  # noqa: ANN401 - see conftest
    """Press the button at one place of the screen, and let it go at another."""
    await lab.pilot.mouse_down(offset=start)
    await lab.pilot.hover(offset=end)
    await lab.pilot.mouse_up(offset=end)
    await lab.pilot.pause()


def height(lab: Any, pane: str) -> int:  # noqa: ANN401 - see conftest
    return lab.screen.query_one(f"#{pane}").region.height


async def test_title_of_a_pane_is_dragged(enter: Enter) -> None:
    async with enter() as lab:
        stack, variables = height(lab, "stack"), height(lab, "variables")
        console = height(lab, "console")
        title = lab.screen.query_one("#variables").region
        await drag(lab, (title.x + 5, title.y), (title.x + 5, title.y + 3))
        assert (height(lab, "stack"), height(lab, "variables")) == (stack + 3, variables - 3)
        assert height(lab, "console") == console


async def test_pane_keeps_some_lines(enter: Enter) -> None:
    async with enter() as lab:
        title = lab.screen.query_one("#memory").region
        await drag(lab, (title.x + 5, title.y), (title.x + 5, 0))
        assert min(height(lab, pane) for pane in ("source", "explanation", "memory")) >= 3


async def test_gap_between_the_columns_is_dragged(enter: Enter) -> None:
    async with enter() as lab:
        code = lab.screen.query_one("#code").region
        await drag(lab, (code.right, 10), (code.right - 20, 10))
        assert lab.screen.query_one("#code").region.width == code.width - 20


async def test_click_in_a_pane_drags_nothing(enter: Enter) -> None:
    async with enter() as lab:
        title = lab.screen.query_one("#variables").region
        await drag(lab, (title.x + 5, title.y + 1), (title.x + 5, title.y + 4))
        assert lab.screen.panes.shares == {}


async def test_small_screen_has_its_own_layout(enter: Enter) -> None:
    async with enter() as lab:
        title = lab.screen.query_one("#variables").region
        await drag(lab, (title.x + 5, title.y), (title.x + 5, title.y + 3))
        await lab.pilot.resize_terminal(*SMALL)
        await lab.pilot.pause()
        shown = [height(lab, pane) for pane in ("source", "explanation", "stack")]
    async with enter(SMALL) as lab:
        assert shown == [height(lab, pane) for pane in ("source", "explanation", "stack")]


async def test_sizes_of_a_file_are_there_again(enter: Enter, tmp_path: Path) -> None:
    hello = tmp_path / "hello.wat"
    shutil.copy(samples.folder() / "hello.wat", hello)
    async with enter(app=LabApp(open_file(hello))) as lab:
        title = lab.screen.query_one("#variables").region
        await drag(lab, (title.x + 5, title.y), (title.x + 5, title.y + 3))
        stack = height(lab, "stack")
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.pilot.pause()
        assert height(lab, "stack") == stack
