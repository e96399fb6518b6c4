"""The memory pane shows what happens: the module's data at first, then what each step accesses."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.tui.conftest import SMALL, WIDE, Lab
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import OpenProgram

pytestmark = pytest.mark.asyncio

Enter = Callable[..., AbstractAsyncContextManager[Lab]]
TEXT = """(module (memory 4) (memory $other 1) (data (i32.const 0x8000) "data")
  (func (export "_start")
    (i32.store (i32.const 0x20000) (i32.const 1))
    (drop (i64.load8_u (i32.const 0x10010)))
    (memory.fill (i32.const 0x3000) (i32.const 7) (i32.const 64))
    (i32.store $other (i32.const 0x4000) (i32.const 1))
    nop))"""
STORE, LOAD, FILL, OTHER = 3, 5, 10, 13
"""Steps after the accesses."""


def app() -> LabApp:
    return LabApp(OpenProgram("memory.wat", Session(assemble(TEXT, file="memory.wat"))))


def shows(lab: Lab, address: int) -> bool:
    """Return whether the row of an address is in sight."""
    top, height = lab.memory.scroll_offset.y, lab.memory.size.height
    return top <= address // 16 < top + height


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_memory_begins_at_the_data_and_follows_each_step(
    size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size, app()) as lab:
        await lab.press("5", "1")
        assert shows(lab, 0x8000)
        for tick, address in ((STORE, 0x20000), (LOAD, 0x10010), (FILL, 0x3000)):
            await lab.press(*"s" * (tick - lab.session.tick))
            assert shows(lab, address), tick
        await lab.press(*"s" * (OTHER - FILL))
        assert (lab.memory.memory, shows(lab, 0x4000)) == (1, True)


async def test_memory_follows_backwards(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press(*"s" * FILL)
        await lab.press(*"S" * (FILL - LOAD + 1))
        assert shows(lab, 0x10010)
        await lab.press(*"S" * (LOAD - STORE))
        assert shows(lab, 0x20000)


async def test_memory_that_is_held_stays(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "H", "1")
        assert "held" in lab.seen
        await lab.press(*"s" * FILL)
        assert shows(lab, 0x8000)
        await lab.press("5", "H", "1")
        await lab.press(*"S" * (FILL - LOAD + 1))
        assert shows(lab, 0x10010)


async def test_memory_with_the_focus_stays_under_the_cursor(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "home")
        await lab.press(*"s" * FILL)
        assert shows(lab, 0)


RUNS = """(module (memory 4)
  (func (export "_start")
    (call $writes) (call $reads) (call $counts) nop)
  (func $writes (i32.store (i32.const 0x20000) (i32.const 1)))
  (func $reads (drop (i32.load8_u (i32.const 0x10010))))
  (func $counts (local $n i32)
    (loop $again
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 100))))))"""


async def test_memory_follows_what_a_run_accessed_last(enter: Enter) -> None:
    session = Session(assemble(RUNS, file="runs.wat"))
    async with enter(WIDE, LabApp(OpenProgram("runs.wat", session))) as lab:
        await lab.press("n")
        assert shows(lab, 0x20000)
        await lab.press("n")
        assert shows(lab, 0x10010)
        await lab.press("N")
        assert shows(lab, 0x20000)
        await lab.press("c")
        assert lab.session.state is State.EXITED
        assert shows(lab, 0x20000)  # no access among the latest instructions


async def test_cursor_goes_where_memory_goes_from_the_opening_on(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        assert lab.memory.address == 0x8000
        for tick, address in ((STORE, 0x20000), (LOAD, 0x10010), (FILL, 0x3000)):
            await lab.press(*"s" * (tick - lab.session.tick))
            assert lab.memory.address == address, tick
        await lab.press("5")
        assert "0x3000" in str(lab.memory.border_title)
        await lab.press("right")
        assert (lab.memory.address, shows(lab, 0x3001)) == (0x3001, True)


async def test_cursor_of_memory_that_is_held_stays(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press("5", "right", "H", "1", *"s" * FILL)
        assert lab.memory.address == 0x8001


async def test_only_an_address_that_was_chosen_is_remembered(enter: Enter) -> None:
    async with enter(WIDE, app()) as lab:
        await lab.press(*"s" * STORE)
        assert (lab.memory.address, lab.memory.chosen_address) == (0x20000, 0)
        await lab.press("5", "right")
        assert lab.memory.chosen_address == 0x20001
