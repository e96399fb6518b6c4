"""The lab with one pane more: a row of the table and a class, which nothing else knows of.

Usage: python -m tests.tui.new_pane. In a process of its own, for the table is read at import.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import tempfile
from types import ModuleType
from typing import TYPE_CHECKING

from wasmlab.debug.session import Session
from wasmlab.samples import folder

if TYPE_CHECKING:
    from wasmlab_tui.panes.lab_view import LabView

SMALL, WIDE = (90, 24), (160, 50)
ROW = """
    PaneRow("ticks", "a", "Clock", "Ticks", "Go to the clock.", Place.SHARED, "ticks:TicksPane"),
)
# fmt: on
"""


def add_row() -> None:
    """Import the table of panes with a row more, before anything else imports it."""
    import wasmlab_tui.layout as table  # it is replaced here

    text = inspect.getsource(table)
    changed = text.replace("\n)\n# fmt: on\n", ROW)
    assert changed != text
    exec(compile(changed, "layout.py", "exec"), table.__dict__)  # noqa: S102 - our own file


def add_pane() -> None:
    """Put the pane's class where the row looks for it."""
    from wasmlab_tui.panes.line_pane import LinePane  # after the row
    from wasmlab_tui.render.line import line  # after the row

    class TicksPane(LinePane):
        def update_view(self, view: LabView) -> None:
            self.set_lines([line(f"tick {view.session.tick}")])

    module = ModuleType("wasmlab_tui.panes.ticks")
    setattr(module, TicksPane.__name__, TicksPane)
    sys.modules[module.__name__] = module


async def look(size: tuple[int, int]) -> None:
    """Step once, go to the pane, and look at it and at the help."""
    from wasmlab.opening.inputs import load  # after the row
    from wasmlab_tui.app import LabApp  # after the row
    from wasmlab_tui.program import OpenProgram  # after the row
    from wasmlab_tui.render.help import help_lines  # after the row

    app = LabApp(OpenProgram("hello", Session(load(folder() / "hello.wat"))))
    async with app.run_test(size=size) as pilot:
        await pilot.press("s", "a")
        await app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType] - Worker of any result
        await pilot.pause()
        pane = app.screen.focused
        assert pane is not None
        assert pane.id == "ticks"
        assert pane.border_title == "a Clock"
        assert pane.region.height >= 2
        strip = "".join(segment.text for segment in pane.render_line(0))
        assert strip.strip() == "tick 1"
    assert any("Go to the clock." in line.text for line in help_lines())


def main() -> None:
    """Add the pane and look at it on a small screen and on a large one."""
    os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
    add_row()
    add_pane()
    for size in (SMALL, WIDE):
        asyncio.run(look(size))


if __name__ == "__main__":
    main()
