"""Moments: events, lines of the console, branches, and the way there by key and by mouse."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from wasmlab import samples
from wasmlab.debug.views.model import HostCall, Output
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.chooser import ChooserScreen
from wasmlab_tui.program import open_file
from wasmlab_tui.render.console import console_lines

Enter = Any
"""The fixture ``enter``, see conftest."""
PRINTED = 11
"""The step of hello.wat after its fd_write."""
STORED = 3
"""The step after its first i32.store, at address 0."""


@pytest.fixture
def hello(tmp_path: Path) -> LabApp:
    path = Path(shutil.copy(samples.folder() / "hello.wat", tmp_path / "hello.wat"))
    return LabApp(open_file(path))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("back", "on"),
    [("comma", "full_stop"), ("left_square_bracket", "right_square_bracket")],
)
async def test_event_keys_go_from_event_to_event(
    back: str, on: str, enter: Enter, hello: LabApp
) -> None:
    async with enter(app=hello) as lab:
        await lab.press("c", back)
        assert lab.screen.session.tick == PRINTED
        assert lab.pane("console")[-1] == "│ Hello, world!"
        await lab.press(on)
        assert "exited" in lab.status
        await lab.press("less_than_sign", back)
        assert "nothing is recorded before this step" in lab.seen


@pytest.mark.asyncio
async def test_events_are_listed_and_gone_to(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await lab.press("c", "9")
        kinds = [line.strip("▶ ").split()[1] for line in lab.pane("events")]
        assert kinds == ["host", "output", "exit"]
        await lab.press("home", "enter")
        assert lab.screen.session.tick == PRINTED
        assert lab.pane("events")[0].startswith("▶ 11 host   fd_write(")
        assert lab.pane("events")[-1].startswith("┆")


@pytest.mark.asyncio
async def test_click_on_an_output_line_goes_to_its_moment(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await lab.press("c")
        assert "exited" in lab.status
        row = lab.pane("console").index("│ Hello, world!")
        await lab.pilot.click("#console", offset=(5, row + 1))
        await lab.press()
        assert lab.screen.session.tick == PRINTED
        assert "'48'65'6c'6c'6f" in lab.seen


@pytest.mark.asyncio
async def test_click_on_a_host_call_goes_to_its_moment(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await lab.press("c", "6", "home", "enter")
        assert lab.screen.session.tick == PRINTED


@pytest.mark.asyncio
async def test_program_that_reads_is_answered_from_the_console(enter: Enter) -> None:
    async with enter(app=LabApp(open_file(samples.folder() / "echo.wat"))) as lab:
        await lab.press("c", "escape")
        assert lab.pane("console")[-1].startswith("?  the program reads")
        await lab.press("6", "enter")
        await lab.answer("Ada")
        assert ("feed_input", b"Ada\n") in lab.asked


def test_console_lines_know_the_step_they_begin_in() -> None:
    pieces = (Output(3, 1, b"a\nb"), Output(5, 1, b"c\n"), Output(6, 2, b"bad"))
    lines = console_lines(pieces, (), 80, show_calls=False)
    assert [(line.text.strip(), line.tick) for line in lines] == [
        ("│ a", 3),
        ("│ bc", 3),
        ("! bad", 6),
    ]


def test_console_lines_of_calls_know_their_step() -> None:
    call = HostCall(7, "m", "f", "f()", (), "")
    assert [line.tick for line in console_lines((), (call,), 80)] == [7]


@pytest.mark.asyncio
async def test_branches_are_listed_and_gone_to(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("S", "3", "e")
        await lab.answer("7")
        await lab.press("F")
        assert isinstance(lab.app.screen, ChooserScreen)
        assert "branch 2 from step 4 to step 4  $n = 7" in lab.seen
        await lab.press("down", "enter")
        assert lab.asked == [("switch", 2)]


@pytest.mark.asyncio
async def test_next_write_is_run_to(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await lab.press("5", "home", "right_curly_bracket")
        assert lab.screen.session.tick == STORED
        assert lab.screen.session.watchpoints == ()


@pytest.mark.asyncio
async def test_trace_of_the_last_steps_is_copied(enter: Enter, hello: LabApp) -> None:
    async with enter(app=hello) as lab:
        await lab.press("s", "s", "s", "Y")
        lines = hello.clipboard.splitlines()
        assert [int(line.split()[0]) for line in lines] == [1, 2, 3]
        assert lab.screen.session.tick == len(lines)


@pytest.mark.asyncio
async def test_step_leaves_a_trail_on_the_lines_it_crosses(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press(*["s"] * 4)
        assert "left $again, line 23; left $out, line 24" in lab.status
        assert "┊ left $again" in lab.seen


@pytest.mark.asyncio
async def test_instruction_that_ran_last_is_marked_after_going_back(
    enter: Enter, hello: LabApp
) -> None:
    async with enter(app=hello) as lab:
        await lab.press("s", "s", "s", "S")
        session = lab.screen.session
        lines = [lab.source.line_at(n).text for n in range(session.source.line_count)]
        assert [line[1] for line in lines if line[1] in "·▶"] == ["·", "▶"]
