"""A program with a large state: a step costs what is seen of it, counted in work, not in time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.tall import tall_module
from wasmlab.debug.session import Session
from wasmlab.debug.views import frames
from wasmlab.module import assemble
from wasmlab.opening.inputs import load
from wasmlab_tui.app import LabApp
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.frames import FramesPane
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.stack import StackPane
from wasmlab_tui.program import PRINTABLE, OpenProgram
from wasmlab_tui.render.window import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.strip import Strip

pytestmark = pytest.mark.asyncio

Enter = Any
SLOTS, CALLS, LOCALS = 2_000, 300, 100
STEPS = 9
"""Once around the loop."""


@pytest.fixture
def tall() -> Session:
    session = Session(assemble(tall_module(SLOTS, LOCALS)), invoke="deep", invoke_args=(CALLS - 2,))
    session.break_at("$tall")
    session.run()
    session.step(SLOTS)
    return session


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return a count of values and frames that are made, and of lines and layouts painted."""
    done: Counter[str] = Counter()

    def count(owner: object, name: str, what: str) -> None:
        really: Callable[..., object] = getattr(owner, name)

        def counted(*args: object, **kwargs: object) -> object:
            done[what] += 1
            return really(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)

    def render_line(pane: LinePane, y: int) -> Strip:
        done["lines"] += 1
        return painted(pane, y)

    painted = LinePane.render_line
    monkeypatch.setattr(LinePane, "render_line", render_line)
    count(frames, "shown_value", "values")
    count(frames, "_frame", "frames")
    count(LabScreen, "_refresh_layout", "layouts")
    return done


async def test_step_costs_what_is_seen(tall: Session, work: Counter[str], enter: Enter) -> None:
    async with enter(app=LabApp(OpenProgram("tall", tall))) as lab:
        await lab.press("s")
        work.clear()
        await lab.press(*"s" * STEPS)
        assert tall.tick == tall.stop.tick
        per_step = {what: count / STEPS for what, count in work.items()}
    assert per_step["values"] <= 2 * (LOCALS + 1) + 2 * BLOCK + 20
    assert per_step["frames"] <= BLOCK + 5
    assert per_step["lines"] <= 50, "a whole screen has about 90"
    assert not work["layouts"]


async def test_ends_of_long_lists_are_reached(tall: Session, enter: Enter) -> None:
    async with enter(app=LabApp(OpenProgram("tall", tall))) as lab:
        stack, frames = lab.screen.query_one(StackPane), lab.screen.query_one(FramesPane)
        assert (stack.count, frames.count) == (SLOTS + 1, CALLS)  # one line is the loop
        assert stack.lines[-1].text.split()[-2:] == ["i32", "0"]
        assert "$deep(298)" in frames.lines[-1].text
        await lab.press("2", "end")
        assert stack.selected() == f"stack[{SLOTS - 1}]"
        assert stack.scroll_offset.y > SLOTS - 50


async def test_labels_stand_between_the_operands_of_a_long_stack(enter: Enter) -> None:
    pushes = "i32.const 1 " * SLOTS
    text = f'(module (func (export "f") {pushes} block $b {pushes} unreachable end unreachable))'
    session = Session(assemble(text), invoke="f")
    session.step(2 * SLOTS)
    async with enter(app=LabApp(OpenProgram("tall", session))) as lab:
        lines = lab.screen.query_one(StackPane).lines
        assert len(lines) == 2 * SLOTS + 1
        assert "block $b" in lines[SLOTS].text
        for place, number in ((0, 0), (SLOTS - 1, SLOTS - 1), (SLOTS + 1, SLOTS)):
            assert lines[place].text.split()[0] == str(number)
            assert lines[place].value == f"stack[{number}]"


async def test_working_session_is_not_read(tall: Session, enter: Enter) -> None:
    async with enter(app=LabApp(OpenProgram("tall", tall))) as lab:
        lab.screen.leave_alone()
        assert lab.screen.query_one(StackPane).lines[SLOTS // 2].text == ""


async def test_text_of_a_large_binary_is_not_even_made(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'(module (func (export "_start")) (data "{"x" * (PRINTABLE + 1)}"))'
    module = load(assemble(text).data)
    monkeypatch.setattr(type(module), "wat", None)
    async with enter(app=LabApp(OpenProgram("large.wasm", Session(module)))) as lab:
        await lab.press("E")
        assert isinstance(lab.app.screen, LabScreen)
        assert "too long to be edited" in lab.seen
