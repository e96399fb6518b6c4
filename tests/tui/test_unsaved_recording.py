"""A recording that took more than a minute is not lost without a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.debug.work import snapshot_at_every_stop
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.session import Session
from wasmlab.engine import slices
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.question import RecordingScreen
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.program import open_file
from wasmlab_tui.start import StartScreen

if TYPE_CHECKING:
    from pathlib import Path

Enter = Any
"""The fixture ``enter``, see conftest."""

LOOP = """(module (func (export "_start") (local $i i32) (loop $again
  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                          (i32.const 20000))))))"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabApp:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop.wat").write_text(LOOP)
    return LabApp(open_file(tmp_path / "loop.wat"))


def run_for(app: LabApp, seconds: float) -> None:
    """Let the program have run for so long."""
    assert app.program is not None
    app.program.session.control.recorder.unsaved = seconds


@pytest.mark.asyncio
async def test_recording_of_less_than_a_minute_is_given_up_at_once(
    enter: Enter, app: LabApp
) -> None:
    async with enter(app=app) as lab:
        run_for(app, 59.0)
        await lab.press("q")
        assert app.return_value == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["q", "ctrl+n"])
async def test_recording_of_a_minute_is_asked_about_once(
    key: str, enter: Enter, app: LabApp
) -> None:
    async with enter(app=app) as lab:
        run_for(app, 75.0)
        await lab.press("s", key)
        assert "The recording of loop.wat took 75 s to make and is not saved." in lab.seen
        await lab.press("escape")
        assert isinstance(lab.app.screen, LabScreen)
        await lab.press(key, "d")
        assert app.return_value == 0 if key == "q" else isinstance(app.screen, StartScreen)


@pytest.mark.asyncio
async def test_recording_is_saved_before_the_lab_is_left(
    enter: Enter, app: LabApp, tmp_path: Path
) -> None:
    async with enter(app=app) as lab:
        run_for(app, 75.0)
        await lab.press("s", "s", "q", "s")
        assert lab.typed == "loop.wlab"
        await lab.answer("loop.wat")
        assert "loop.wat stays as it is: it was read here; type another name" in lab.seen
        await lab.answer("kept.wlab")
        assert app.return_value == 0
    assert open_recording(tmp_path / "kept.wlab").recorded == (0, 2)
    assert (tmp_path / "loop.wat").read_text() == LOOP


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "keys",
    [
        ["r"],
        ["colon", *"restart 1", "enter"],
        ["colon", *"reload", "enter"],
        ["E", "ctrl+s"],
        ["E", "ctrl+r"],
    ],
    ids=["r", "restart", "reload", "edit", "replay"],
)
async def test_recording_of_a_minute_is_asked_about_before_another_takes_its_place(
    keys: list[str], enter: Enter, app: LabApp
) -> None:
    async with enter(app=app) as lab:
        await lab.press("s", "s")
        run_for(app, 75.0)
        first = lab.screen.session.control
        await lab.press(*keys)
        assert isinstance(app.screen, RecordingScreen)
        await lab.press("escape")
        await lab.press(*(["escape"] if keys[0] == "E" else []))
        assert lab.screen.session.control is first
        await lab.press(*keys, "d")
        assert isinstance(app.screen, LabScreen)
        assert lab.screen.session.control is not first


@pytest.mark.asyncio
async def test_recording_that_was_saved_is_not_asked_about(enter: Enter, app: LabApp) -> None:
    async with enter(app=app) as lab:
        run_for(app, 75.0)
        await lab.press("q")
        assert isinstance(app.screen, RecordingScreen)
        await lab.press("escape")
        lab.session.save("loop.wlab")
        await lab.press("q")
        assert app.return_value == 0


def test_recording_costs_what_ran_for_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 0

        @classmethod
        def perf_counter(cls) -> float:
            cls.now += 1
            return cls.now

    snapshot_at_every_stop(monkeypatch)
    monkeypatch.setattr(slices, "time", Clock)
    session = Session(assemble(LOOP, file="loop.wat"))
    recorder = session.control.recorder
    session.step(50_000)
    took = recorder.unsaved
    assert took > 1
    session.step_back(40_000)
    session.step(20_000)
    session.goto(5)
    assert recorder.unsaved == took
    session.goto(60_000)
    assert recorder.unsaved > took
