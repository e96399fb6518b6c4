"""The memory pane where what it shows is not in memory at a step."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.debug.test_not_in_memory import GROWS, GROWTH, SAID, SECOND_STORE
from tests.tui.conftest import WIDE, Lab
from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import OpenProgram

pytestmark = pytest.mark.asyncio

Enter = Callable[..., AbstractAsyncContextManager[Lab]]


def app() -> LabApp:
    session = Session(assemble(GROWS, file="grow.wat"), invoke="run")
    session.step(SECOND_STORE + 1)
    return LabApp(OpenProgram("grow.wat", session))


async def test_cursor_on_what_has_not_grown_yet_says_so_for_every_key(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "end")
        assert lab.memory.address == 0x1FFFF
        await lab.press("less_than_sign")
        assert lab.session.tick == 0
        assert SAID in lab.seen
        for key in ("W", "e", "space", "enter", "M", "v", "g"):
            await lab.press("5", "greater_than_sign", "end", "less_than_sign", key, "escape")
            assert lab.session.tick == 0
            assert "defect" not in lab.seen
        assert len(lab.session.branches) == 1


async def test_address_that_is_asked_for_before_the_growth_is_said_not_to_be_there(
    enter: Enter,
) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "less_than_sign", "g")
        await lab.answer("70000")
        assert lab.memory.address == 0xFFFF
        assert f"0x11170 is {SAID}" in lab.seen


async def test_origin_of_grown_bytes_is_their_growth(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "end", "W")
        assert "came with this growth" in lab.seen
        await lab.press("enter")
        assert lab.session.tick == GROWTH


async def test_watch_of_grown_bytes_is_shown_at_every_step(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "end", "w")
        await lab.answer("memory[65530:65540]")
        for _ in range(12):
            await lab.press("S")
            assert "defect" not in lab.seen
        assert lab.session.tick == 0
        assert SAID in lab.breakpoints.lines[0].text
        await lab.press("greater_than_sign", "C")
        assert "defect" not in lab.seen
