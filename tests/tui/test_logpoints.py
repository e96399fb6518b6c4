"""Logpoints and the commands of breakpoints in the lab."""

from __future__ import annotations

from typing import Any

import pytest

Enter = Any
"""The fixture ``enter``, see conftest."""


@pytest.mark.asyncio
async def test_logpoint_is_told_over_the_past_and_then_as_it_runs(enter: Enter) -> None:
    async with enter((120, 40)) as lab:
        await lab.press("c", "less_than_sign", "down", "P")
        await lab.press(*"at", "enter")
        await lab.press("c")
        assert [line.text for line in lab.session.logged] == ["at"]
        assert lab.session.breakpoints[0].log == "at"


@pytest.mark.asyncio
async def test_commands_of_a_breakpoint_are_carried_out_by_keys(enter: Enter) -> None:
    async with enter((120, 40)) as lab:
        lab.session.break_at("26", commands=("print 40 + 2",))
        await lab.press("c")
        assert lab.session.stop.breakpoint == 1
        assert "42" in lab.seen


@pytest.mark.asyncio
async def test_terms_of_a_watchpoint_are_edited_in_its_pane(enter: Enter) -> None:
    async with enter((120, 40)) as lab:
        lab.session.watch("i32[0]")
        await lab.press("s", "8", "e")
        await lab.answer("hits 2")
        assert lab.session.watchpoints[0].hits == 2
