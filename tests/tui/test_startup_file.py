"""The user's own file of commands, in the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wasmlab.opening.startup_file import STARTUP

if TYPE_CHECKING:
    from pathlib import Path

Enter = Any
"""The fixture ``enter``, see conftest."""
pytestmark = pytest.mark.asyncio


async def test_lab_begins_with_the_commands_of_the_user(enter: Enter, tmp_path: Path) -> None:
    own = tmp_path / "config" / "wasmlab"
    own.mkdir(parents=True)
    (own / STARTUP).write_text("alias seven = print 7\nbreak 25\nprint 30 + 3\n")
    async with enter() as lab:
        await lab.press()
        assert "33" in lab.seen
        assert [b.location.line for b in lab.session.breakpoints] == [25]
        await lab.press("colon", *"seven", "enter")
        assert "7" in lab.seen


async def test_error_in_the_commands_of_the_user_is_said(enter: Enter, tmp_path: Path) -> None:
    own = tmp_path / "config" / "wasmlab"
    own.mkdir(parents=True)
    (own / STARTUP).write_text("nosuch\n")
    async with enter() as lab:
        await lab.press("s")
        assert "no command 'nosuch'" in lab.seen
        assert lab.session.tick == 6
