"""Finding functions and commands: the picker, the palette, the help."""

from __future__ import annotations

from typing import Any

import pytest
from textual.command import CommandPalette

from wasmlab.debug.commands.table import COMMANDS
from wasmlab_tui.actions import Scope, actions_of
from wasmlab_tui.render.help import help_lines

Enter = Any
"""The fixture ``enter``, see conftest."""


@pytest.mark.asyncio
async def test_function_is_found_by_letters_of_its_name(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("end", "G")
        assert isinstance(lab.app.screen, CommandPalette)
        await lab.press("o", "t", "r")
        await lab.app.workers.wait_for_complete()
        await lab.pilot.pause()
        await lab.press("enter")
        await lab.app.workers.wait_for_complete()
        await lab.press()
        assert not isinstance(lab.app.screen, CommandPalette)
        assert lab.source.cursor == 9


@pytest.mark.asyncio
async def test_palette_holds_every_command(enter: Enter) -> None:
    async with enter() as lab:
        offered = lab.app.get_system_commands(lab.screen)
        shown = {found.title.replace(r"\[", "["): found for found in offered}
        for command in COMMANDS:
            assert shown[next(t for t in shown if t.split()[0].rstrip("[!]") == f":{command.name}")]
        shown[":timeline"].callback()
        await lab.press()
        assert "recorded are 0 to" in lab.seen
        shown[":list [WHERE]"].callback()
        await lab.press("2", "0", "enter")
        assert "i32.const 0" in lab.seen


@pytest.mark.asyncio
async def test_palette_shows_and_finds_commands_whose_arguments_are_in_brackets(
    enter: Enter,
) -> None:
    async with enter() as lab:
        await lab.press("ctrl+p")
        assert isinstance(lab.app.screen, CommandPalette)
        await lab.press(*"display")
        await lab.app.workers.wait_for_complete()
        await lab.press()
        assert ":display [/FMT] [EXPRESSION]" in lab.seen


def test_help_is_grouped_and_has_two_columns_where_there_is_room() -> None:
    narrow, broad = help_lines(width=100), help_lines(width=180)
    headings = ["Lab: moving", "Lab: going back, and who wrote", "Lab: stops", "Lab: looking",
                "Lab: changing", "Lab: panes"]  # fmt: skip
    texts = [line.text.strip() for line in narrow]
    assert all(heading in texts for heading in headings)
    assert len(broad) < len(narrow) * 2 / 3
    assert max(len(line.text) for line in broad) <= 180
    for action in actions_of(Scope.LAB):
        assert any(action.doc in line.text or action.doc[:40] in line.text for line in broad)
