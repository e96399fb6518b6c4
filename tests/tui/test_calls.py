"""A breakpoint on an imported function, in the lab: before the call, the bytes, and back again."""

from __future__ import annotations

from typing import Any

import pytest

from wasmlab import samples
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file

pytestmark = pytest.mark.asyncio

Enter = Any


async def stop_at_call(lab: Any) -> None:  # noqa: ANN401 - see conftest
    await lab.press("colon")
    await lab.answer("break fd_write")
    await lab.press("c")


@pytest.fixture
def hello() -> LabApp:
    return LabApp(open_file(samples.folder() / "hello.wat"))


async def test_lab_stops_before_the_host_is_called(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await stop_at_call(lab)
        assert "breakpoint 1, call of wasi_snapshot_preview1.fd_write, at $main" in lab.status
        assert lab.screen.session.output == ()
        await lab.press("8")
        assert "● 1 call of wasi_snapshot_preview1.fd_write" in lab.pane("breakpoints")[0]


async def test_call_marks_what_the_host_read_and_is_taken_back(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await stop_at_call(lab)
        await lab.press("s")
        assert any(line.startswith("│") for line in lab.pane("console"))
        iovec = lab.memory.line_at(0).text
        assert iovec.count("'") >= 8
        await lab.press("S")
        assert not any(line.startswith("│") for line in lab.pane("console"))
        assert "'" not in lab.memory.line_at(0).text


async def test_title_is_no_line(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        cursor, address = lab.source.cursor, lab.memory.address
        for pane in ("source", "memory", "frames"):
            await lab.pilot.click(f"#{pane}", offset=(9, 0))
        assert (lab.source.cursor, lab.memory.address, lab.screen.selection.frame) == (
            cursor,
            address,
            0,
        )
