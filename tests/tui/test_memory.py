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


@pytest.mark.parametrize(
    ("columns", "row_bytes"), [(60, 16), (80, 16), (160, 16), (200, 24), (260, 32), (700, 64)]
)
async def test_memory_has_as_many_bytes_in_a_row_as_fit(
    columns: int, row_bytes: int, enter: Enter
) -> None:
    async with enter((columns, 55)) as lab:
        assert lab.memory.row_bytes == row_bytes
        await lab.press("5", "home", "down", "down", "up", "right")
        assert lab.memory.address == row_bytes + 1
        shown = b"\x08".ljust(8, b"\0") + b"Hello, world!\n"
        as_text = "".join(
            chr(byte) if byte >= 0x20 else "\u00b7" for byte in shown.ljust(row_bytes, b"\0")
        )
        assert lab.memory.line_at(0).text.endswith(f"  {as_text[:row_bytes]}")


async def test_click_on_a_byte_of_a_wide_row_goes_to_it(enter: Enter) -> None:
    async with enter((260, 55)) as lab:
        text = lab.memory.line_at(0).text
        for number, byte in ((8, "48"), (17, "72"), (20, "21")):
            await lab.pilot.click("#memory", offset=(text.index(f" {byte}") + 1, 1))
            assert lab.memory.address == number


async def test_memory_that_gets_wider_shows_the_same_place(enter: Enter) -> None:
    async with enter((160, 50)) as lab:
        await lab.press("5")
        lab.memory.seek(0x8000)
        await lab.pilot.resize_terminal(260, 55)
        await lab.press()
        top = lab.memory.scroll_offset.y * lab.memory.row_bytes
        assert lab.memory.row_bytes == 32
        assert top <= 0x8000 < top + lab.memory.size.height * 32


async def test_click_in_memory_selects_the_byte(enter: Enter) -> None:
    async with enter() as lab:
        await lab.pilot.click("#memory", offset=(11 + 3 * 9 + 1, 2))
        assert lab.memory.address == 16 + 9


async def test_goto_in_memory_takes_an_address(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("5", "g")
        await lab.answer("0x100")
        assert lab.memory.address == 0x100
        assert "0x100" in lab.seen
