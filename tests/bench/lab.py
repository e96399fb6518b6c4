"""Measures the lab: its start, and from the key for a step to the painted screen: ``make bench``.

Usage: python -m tests.bench.lab. The paint includes making the terminal's codes; the terminal that
shows them is not measured.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual._compositor import CompositorUpdate

import wasmlab_tui.app
from tests.tall import FRAMES, SLOTS, tall_module
from tests.tui.terminal import terminal
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.module import assemble
from wasmlab.opening.inputs import load
from wasmlab.samples import folder
from wasmlab_tui.app import LabApp
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.program import OpenProgram

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen

LAB = Path(wasmlab_tui.app.__file__)
SIZE = (160, 50)
STEPS = 500
PAUSE = 0.01
"""Seconds between two steps."""
LOOK = 0.001
"""Seconds between two looks whether all is painted."""
MEDIAN, P95 = 16.0, 33.0
"""Milliseconds that are allowed."""
STARTS, START = 5, 1.0
"""How often it is started; seconds that the median may take."""


class MeasuredApp(LabApp):
    """The lab, which tells when the screen shows the step that the session has come to."""

    CSS_PATH = LAB.with_name("lab.tcss")

    def __init__(self, program: OpenProgram) -> None:
        super().__init__(program)
        self.painted = 0.0
        self.shown = -1
        """The step that was painted last."""

    @property
    def is_clean(self) -> bool:
        """Nothing that changed waits to be painted."""
        return not self.screen._dirty_widgets  # pyright: ignore[reportPrivateUsage] - no public way

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable.render_segments(self.console)
            if isinstance(self.screen, LabScreen) and not self.screen.bridge.busy:
                self.shown = self.screen.session.tick
            self.painted = time.perf_counter()
        super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType] - likewise


async def measure(session: Session) -> list[float]:
    """Return how many milliseconds each step took: to the end of the program and back again."""
    app = MeasuredApp(OpenProgram("bench", session))
    took: list[float] = []
    key, delta = "s", 1
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for _ in range(STEPS):
            await asyncio.sleep(PAUSE)
            if session.tick == 0 or session.state is State.EXITED:
                key, delta = ("s", 1) if session.tick == 0 else ("S", -1)
            wanted = session.tick + delta
            began = time.perf_counter()
            app.simulate_key(key)
            while not (app.shown == wanted and app.is_clean):  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(LOOK)
            took.append((app.painted - began) * 1000)
    return took


def hello() -> Session:
    """Return a session of a short program, with every line that it prints."""
    return Session(load(folder() / "hello.wat"))


def tall() -> Session:
    """Return a session with 5,000 frames and 10,000 operands."""
    session = Session(assemble(tall_module()), invoke="deep", invoke_args=(FRAMES - 2,))
    session.break_at("$tall")
    session.run()
    session.step(SLOTS)
    return session


def first_paint(state: Path) -> float:
    """Return how many seconds it takes from the command to the lab on the screen."""
    began = time.perf_counter()
    with terminal(str(folder() / "hello.wat"), state=state) as shown:
        shown.wait_for("step 0")
        took = time.perf_counter() - began
        shown.type("q")
        shown.finish()
    return took


def main() -> int:
    """Print a line for each program; return 1 if one is too slow."""
    state = tempfile.mkdtemp()
    os.environ["XDG_STATE_HOME"] = state
    start = statistics.median(first_paint(Path(state)) for _ in range(STARTS))
    print(f"wasmlab hello.wat to its first paint: {start:.2f} s; the goal is {START:g}")
    print(f"step to repaint, {SIZE[0]}x{SIZE[1]}, {STEPS} steps, milliseconds")
    fine = start <= START
    for name, session in (("hello", hello()), ("tall", tall())):
        took = asyncio.run(measure(session))
        median, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        fine = fine and median <= MEDIAN and p95 <= P95
        print(f"{name:<10} median {median:5.1f}  p95 {p95:5.1f}  most {max(took):5.1f}")
    print(f"the goal is a median of {MEDIAN:g} and a p95 of {P95:g}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
