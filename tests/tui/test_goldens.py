"""What is on the screen, as text: every pane, small and large, against files in ``goldens``.

After a change that was meant: ``WASMLAB_GOLDENS=write python -m pytest tests/tui/test_goldens.py``,
then read the difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from wasmlab_tui.layout import BY_KEY

pytestmark = pytest.mark.asyncio

Enter = Any
"""The fixture ``enter``, see conftest."""

FOLDER = Path(__file__).parent / "goldens"
SIZES = {"80x24": (80, 24), "160x50": (160, 50)}
KEYS = {row.id: row.keys.split(",")[0] for row in BY_KEY}
BEFORE = ("b", "s", "s", "s", "S")
"""Keys that bring something into every pane."""


def compare(name: str, shown: str) -> None:
    """Compare with a golden file, or write it."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("WASMLAB_GOLDENS") == "write":
        path.write_text(f"{shown}\n", "utf-8")
    assert path.read_text("utf-8") == f"{shown}\n"


def cut(screen: str, region: tuple[int, int, int, int]) -> str:
    """Return a rectangle of the screen: column, line, columns, lines."""
    left, top, width, height = region
    rows = [row.ljust(left + width)[left : left + width] for row in screen.split("\n")]
    return "\n".join(row.rstrip() for row in rows[top : top + height])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pane", KEYS)
async def test_pane_with_the_focus(pane: str, size: str, enter: Enter) -> None:
    async with enter(SIZES[size]) as lab:
        if pane == "displays":  # without one there is no such pane
            await lab.press("D")
            await lab.answer("$n + 1")
        await lab.press(*BEFORE, KEYS[pane])
        compare(f"{pane}-{size}", cut(lab.seen, lab.screen.query_one(f"#{pane}").region))


@pytest.mark.parametrize("size", SIZES)
async def test_screen_as_a_whole(size: str, enter: Enter) -> None:
    async with enter(SIZES[size]) as lab:
        await lab.press(*BEFORE)
        compare(f"screen-{size}", cut(lab.seen, (0, 0, *SIZES[size])))


async def test_memory_of_a_large_screen_has_more_columns(enter: Enter) -> None:
    async with enter((260, 55)) as lab:
        await lab.press(*BEFORE)
        compare("memory-260x55", cut(lab.seen, lab.memory.region))
