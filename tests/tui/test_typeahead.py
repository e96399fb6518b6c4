"""Keys that come in one read, as from a paste or a slow line: each reaches what the last opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab_tui.dialogues.prompt import PromptScreen

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.tui.conftest import Lab

pytestmark = pytest.mark.asyncio


async def test_command_in_one_read_is_typed_in_the_line(
    enter: Callable[..., AbstractAsyncContextManager[Lab]],
) -> None:
    async with enter() as lab:
        await lab.type_at_once("colon", *"break 24")
        assert (lab.typed, lab.asked) == ("break 24", [])


async def test_command_and_keys_in_one_read_each_go_where_they_belong(
    enter: Callable[..., AbstractAsyncContextManager[Lab]],
) -> None:
    async with enter() as lab:
        await lab.type_at_once("colon", *"break 19", "enter", "colon", "x")
        assert (lab.typed, len(lab.session.breakpoints)) == ("x", 1)


@pytest.mark.parametrize("key", ["g", "slash", "backslash", "w", "e"])
async def test_answer_in_one_read_with_its_key_is_typed_in_the_box(
    key: str, enter: Callable[..., AbstractAsyncContextManager[Lab]]
) -> None:
    async with enter() as lab:
        await lab.type_at_once(key, *"$main")
        assert isinstance(lab.app.screen, PromptScreen)
        assert lab.typed.endswith("$main")


async def test_key_after_an_answer_in_one_read_reaches_the_lab(
    enter: Callable[..., AbstractAsyncContextManager[Lab]],
) -> None:
    async with enter() as lab:
        await lab.type_at_once("g", *"19", "enter", "colon", "s")
        assert (lab.typed, lab.focused) == ("s", "command-line")
