"""Draws pictures of the lab: ``make shots``.

Usage: python tests/tui/shots.py FOLDER. With Chromium they become PNG files, else SVG.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from wasmlab.engine.grants import INTERACTIVE
from wasmlab.records import NamedTuple, replace
from wasmlab.samples import folder
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file


class Shot(NamedTuple):
    """A picture: what to open (nothing is the start screen), keys to press, columns and lines."""

    name: str
    sample: str | None
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (160, 50)


SHOTS = (
    Shot("start", None, size=(130, 40)),
    Shot("hello", "hello.wat", ("down",) * 4 + ("b", "h") + ("s",) * 11),
    Shot("trap-back", "trap.wat", ("c", "S", "S")),
    Shot("factorial", "factorial.wat", ("s",) * 30, (130, 40)),
    Shot("small", "hello.wat", ("s",) * 11, (80, 24)),
    Shot("small-memory", "hello.wat", ("s",) * 11 + ("5",), (80, 24)),
)
GRANTS = {"factorial.wat": replace(INTERACTIVE, invoke="fac", invoke_args=(5,))}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


async def draw(shot: Shot, target: Path) -> Path:
    """Write one picture as SVG into the folder target."""
    program = None
    if shot.sample is not None:
        program = open_file(folder() / shot.sample, GRANTS.get(shot.sample, INTERACTIVE))
    app = LabApp(program)
    async with app.run_test(size=shot.size) as pilot:
        await pilot.pause()
        for key in shot.keys:
            await pilot.press(key)
            while not all(worker.is_finished for worker in app.workers):
                await pilot.pause()
        await pilot.pause()
        app.save_screenshot(f"{shot.name}.svg", str(target))
    return target / f"{shot.name}.svg"


def to_png(browser: str, svg: Path, profile: str) -> None:
    """Let a browser paint an SVG file, beside it as PNG, and remove the SVG."""
    text = svg.read_text("utf-8")
    # The fonts that an SVG of Textual names are on the web; nothing is fetched for a picture.
    svg.write_text(re.sub(r"@font-face \{.*?\}", "", text, flags=re.DOTALL), "utf-8")
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    width, height = (round(float(n)) for n in found.groups()) if found else (1500, 1000)
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    place = (f"--user-data-dir={profile}", f"--window-size={width},{height}")
    output = f"--screenshot={svg.with_suffix('.png')}"
    command = [browser, *options, *place, output, svg.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    svg.unlink()


def main(target: Path) -> None:
    """Write all pictures, with a list of recent files of their own."""
    target.mkdir(parents=True, exist_ok=True)
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    wanted = [shot for shot in SHOTS if not sys.argv[2:] or shot.name in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for shot in wanted:
            svg = asyncio.run(draw(shot, target)).resolve()
            if browser is not None:
                to_png(browser, svg, state)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
