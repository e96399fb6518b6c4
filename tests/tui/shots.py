"""Draws the lab as SVG files: ``make shots``.

Usage: python tests/tui/shots.py FOLDER
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from wasmlab.samples import folder
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file


class Shot(NamedTuple):
    """A picture: what to open (nothing is the start screen), keys to press, columns and lines."""

    name: str
    sample: str | None
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (130, 40)


SHOTS = (
    Shot("start", None),
    Shot("hello-before-fd_write", "hello.wat", ("s",) * 10),
    Shot("hello-after-fd_write", "hello.wat", ("s",) * 11),
    Shot("factorial-frames", "factorial.wat", ("s",) * 30),
    Shot("walk-memory", "walk.wat", ("s",) * 60),
    Shot("trap", "trap.wat", ("c",)),
    Shot("help", "hello.wat", ("question_mark",)),
    Shot("editor", "hello.wat", ("E",)),
    Shot("small", "hello.wat", ("s",) * 11, size=(80, 24)),
)
OPTIONS = {"factorial.wat": {"invoke": "fac", "invoke_args": (5,)}}


async def draw(shot: Shot, target: Path) -> None:
    """Write one picture into the folder target."""
    program = None
    if shot.sample is not None:
        program = open_file(folder() / shot.sample, OPTIONS.get(shot.sample, {}))
    app = LabApp(program)
    async with app.run_test(size=shot.size) as pilot:
        await pilot.pause()
        for key in shot.keys:
            await pilot.press(key)
            while not all(worker.is_finished for worker in app.workers):
                await pilot.pause()
        await pilot.pause()
        app.save_screenshot(f"{shot.name}.svg", str(target))


def main(target: Path) -> None:
    """Write all pictures, with a list of recent files of their own."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for shot in SHOTS:
            asyncio.run(draw(shot, target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
