"""What the lab loads before its first picture: the guard of start-up, in numbers, not in time."""

from __future__ import annotations

import subprocess
import sys

from tests.hygiene.tree import ROOT

FIRST_PICTURE = """
import asyncio, pathlib, sys
import wasmlab.cli.debug
from wasmlab.opening.request import LabRequest
from wasmlab_tui.app import LabApp
from wasmlab_tui.main import first_program

async def show():
    app = LabApp(*first_program(LabRequest(pathlib.Path(sys.argv[1]))))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        print(app.screen.status.lines[0].text, file=sys.stderr)
        print(*sys.modules)

asyncio.run(show())
"""
MOST_MODULES = 340
"""Of ours."""
LATER = {
    "importlib.metadata", "llvmlite", "argparse",
    "wasmlab.cli.repl", "wasmlab.cli.transcript",
    "wasmlab.debug.commands", "wasmlab.explain",
    "wasmlab.debug.history.provenance", "wasmlab.debug.history.search",
    "wasmlab.debug.whatif.replay", "wasmlab.debug.whatif.carried",
    "wasmlab.debug.stops.watchpoints", "wasmlab.debug.recorded_session",
    "wasmlab.engine.recording.file.reader", "wasmlab.engine.recording.file.writer",
    "wasmlab.text.printer",
    "wasmlab_tui.start", "wasmlab_tui.editor", "wasmlab_tui.opening", "wasmlab_tui.unsaved",
    "wasmlab_tui.dialogues.call", "wasmlab_tui.dialogues.chooser", "wasmlab_tui.dialogues.prompt",
    "wasmlab_tui.dialogues.question", "wasmlab_tui.dialogues.reader",
    "wasmlab_tui.dialogues.stdin", "wasmlab_tui.dialogues.waiting",
    "wasmlab_tui.lab.completion", "wasmlab_tui.lab.prompting", "wasmlab_tui.render.help",
}  # fmt: skip
"""What a key, a command or another file needs first."""


def test_first_picture_loads_what_it_shows() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", FIRST_PICTURE, "samples/hello.wat"],
        capture_output=True, text=True, check=True, cwd=ROOT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    modules = set(done.stdout.split())
    ours = {name for name in modules if name.startswith("wasmlab")}
    assert "step 0" in done.stderr
    assert not modules & LATER
    assert len(ours) <= MOST_MODULES
