"""The lab in a window whose size changes, while a program runs."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import OpenProgram

pytestmark = pytest.mark.asyncio

Enter = Any
PROGRAM = """(module
  (import "env" "wait" (func $wait))
  (memory 1)
  (func (export "f") (param $n i32) (result i32)
    call $wait
    (i32.store (i32.const 8) (i32.const 7))
    (i32.add (local.get $n) (i32.load (i32.const 8)))))"""
PATIENCE = 60
SIZES = ((80, 24), (200, 60), (40, 10), (119, 30), (121, 30), (150, 40), (20, 5), (300, 80))
RESIZES = 50


def session_waiting_for(go: threading.Event) -> Session:
    """Return a session whose program waits for an event of the test."""

    def wait() -> None:
        go.wait(PATIENCE)

    return Session(assemble(PROGRAM), imports={"env": {"wait": wait}}, invoke="f", invoke_args=(5,))


async def final_screen(enter: Enter, resizes: int) -> str:
    """Run the program, resize meanwhile, and return what is seen at the end at 160x50."""
    go = threading.Event()
    session = session_waiting_for(go)
    async with enter(app=LabApp(OpenProgram("resized", session))) as lab:
        lab.app.simulate_key("c")
        await lab.pilot.pause()
        for number in range(resizes):
            assert lab.screen.bridge.busy
            await lab.pilot.resize_terminal(*SIZES[number % len(SIZES)])
        await lab.pilot.resize_terminal(160, 50)
        go.set()
        await lab.press()
        await lab.app.workers.wait_for_complete()
        await lab.pilot.pause()
        assert session.stop.results[0].value == 12
        return lab.seen


async def test_resizes_while_a_program_runs_change_nothing(enter: Enter) -> None:
    assert await final_screen(enter, RESIZES) == await final_screen(enter, 0)


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_is_shown_at_every_size(size: tuple[int, int], enter: Enter) -> None:
    async with enter(size) as lab:
        for key in "123456789":
            await lab.press(key, "z", "z")
        assert lab.screen.size == size


LOW = ((60, 16), (60, 12), (60, 18), (60, 19), (40, 10), (80, 15), (119, 13), (120, 13), (150, 14))


@pytest.mark.parametrize("size", LOW)
async def test_low_screen_keeps_lines_of_the_source(size: tuple[int, int], enter: Enter) -> None:
    async with enter(size) as lab:
        for key in "23456789":
            await lab.press(key)
            lines = [
                row for row in lab.seen.splitlines() if re.match(r"\D{0,4}\d+.{0,14}[│┃]", row)
            ]
            assert len(lines) >= 3, (key, lab.seen)
            assert any("▶" in row for row in lines)


async def test_command_that_is_typed_while_a_program_runs_stays_until_it_stops(
    enter: Enter,
) -> None:
    go = threading.Event()
    session = session_waiting_for(go)
    async with enter(app=LabApp(OpenProgram("typed", session))) as lab:
        for key in ("c", "colon", *"quips", "enter"):
            lab.app.simulate_key(key)
            await lab.pilot.pause()
        assert lab.screen.bridge.busy
        assert lab.typed == "quips"
        assert "The program is running" in lab.seen
        go.set()
        await lab.press()
        await lab.app.workers.wait_for_complete()
        await lab.press(*["backspace"] * 5, *"tick", "enter")
        assert session.stop.results[0].value == 12
        assert ": tick" in lab.seen
