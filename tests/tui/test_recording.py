"""The lab over a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from wasmlab import samples
from wasmlab.debug.views.model import State
from wasmlab_tui.app import LabApp
from wasmlab_tui.opening import open_path
from wasmlab_tui.program import draft_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio


async def test_recording_is_stepped_without_its_host(tmp_path: Path) -> None:
    session = wl.Session(wl.load(samples.folder() / "hello.wat"))
    session.run()
    path = tmp_path / "hello.wlab"
    session.save(path)
    program = open_path(path).make()
    assert program.title == "hello.wlab"
    assert "fd_write" in draft_of(program).text
    app = LabApp(program)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c")
        await app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType] - textual's
        await pilot.pause()
        assert program.session.state is State.EXITED
        assert program.session.output == session.output
