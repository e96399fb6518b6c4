"""A file is built anew while the lab shows it: marked, asked about once, reloaded, never lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from wasmlab.engine.grants import Grants
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.question import RebuiltScreen, UnsavedScreen
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import draft_of, open_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Lab

Enter = Any
"""The fixture ``enter``, see conftest."""

TEXT = """(module
  (func $f (param $n i32) (result i32)
    local.get $n
    i32.const 3
    i32.mul)
  (func (export "_start") (drop (call $f (i32.const 5)))))
"""
NEW = TEXT.replace("(module", ";; new\n\n(module").replace("i32.const 3", "i32.const 4")
TYPED = "x"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "built.wat"
    path.write_text(TEXT)
    return path


def build(path: Path, content: str) -> None:
    path.write_text(content)


def remove(path: Path) -> None:
    path.unlink()


def content_of(path: Path) -> str:
    return path.read_text()


def shown(lab: Lab) -> str | None:
    return lab.session.module.source


def at_line(lab: Lab) -> int | None:
    location = lab.session.location
    return None if location is None else location.line


async def edited(lab: Lab) -> None:
    """Type something in the editor, and leave it."""
    await lab.press("E")
    lab.app.screen.query_one(WatArea).insert(TYPED, (0, 0))
    await lab.press("escape")


@pytest.mark.asyncio
async def test_restart_asks_once_and_reload_keeps_breakpoints(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        lab.session.break_at("5", "$n == 5")
        build(path, NEW)
        await lab.press("s", "r")
        assert isinstance(lab.app.screen, RebuiltScreen)
        assert f"{path} changed on disk." in lab.app.screen.question
        await lab.press("r")
        assert shown(lab) == NEW
        assert lab.session.tick == 0
        assert lab.screen.dispatcher.ran_last is None
        await lab.press("c")
        assert at_line(lab) == 7
        assert ";; new" in lab.seen
        await lab.press("r")
        assert not isinstance(lab.app.screen, RebuiltScreen)


@pytest.mark.asyncio
async def test_title_is_marked_at_the_next_stop_and_when_the_terminal_has_the_focus(
    enter: Enter, path: Path
) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        build(path, NEW)
        await lab.press("s")
        assert "built.wat (changed on disk)" in lab.seen
        build(path, TEXT)
        lab.app.post_message(events.AppFocus())
        await lab.press()
        assert "(changed on disk)" not in lab.seen
        remove(path)
        lab.app.post_message(events.AppFocus())
        await lab.press()
        assert "built.wat (gone from disk)" in lab.seen


@pytest.mark.asyncio
async def test_old_one_is_run_without_asking_again_until_the_file_changes(
    enter: Enter, path: Path
) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        build(path, NEW)
        await lab.press("s", "r", "o")
        assert (lab.session.tick, shown(lab)) == (0, TEXT)
        await lab.press("s", "r")
        assert lab.session.tick == 0
        assert not isinstance(lab.app.screen, RebuiltScreen)
        assert "(changed on disk)" in lab.seen
        build(path, f"{NEW}\n")
        await lab.press("r")
        assert isinstance(lab.app.screen, RebuiltScreen)


@pytest.mark.asyncio
async def test_esc_leaves_the_program_where_it_stands(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        build(path, NEW)
        await lab.press("s", "r", "escape")
        assert (lab.session.tick, shown(lab)) == (1, TEXT)


@pytest.mark.asyncio
async def test_replay_goes_to_what_differs_first(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        await lab.press("c")
        build(path, NEW)
        await lab.press("r", "p")
        assert shown(lab) == NEW
        assert at_line(lab) == 6
        assert lab.screen.dispatcher.ran_last is not None
        assert lab.screen.dispatcher.ran_last.line == 5
        assert "differ from step" in lab.seen + lab.said


@pytest.mark.asyncio
async def test_touched_file_is_not_asked_about(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        os.utime(path, ns=(1, 1))
        await lab.press("s", "r")
        assert lab.session.tick == 0
        assert "on disk" not in lab.seen


@pytest.mark.asyncio
@pytest.mark.parametrize("content", ["", None])
async def test_file_that_is_gone_or_half_written_is_not_asked_about(
    enter: Enter, path: Path, content: str | None
) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        if content is None:
            remove(path)
        else:
            build(path, content)
        await lab.press("s", "r")
        assert (lab.session.tick, shown(lab)) == (0, TEXT)
        assert (" (empty on disk" if content == "" else " (gone from disk)") in lab.seen


@pytest.mark.asyncio
async def test_fault_is_shown_with_its_line_and_the_session_stays(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        build(path, "(module\n  (func nonsense))")
        await lab.press("s", "r", "r")
        assert (lab.session.tick, shown(lab)) == (1, TEXT)
        assert "built.wat:2:9" in lab.seen + lab.said
        await lab.press("s")
        assert lab.session.tick == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ["s", "d", "escape"])
async def test_typed_text_is_asked_about_before_a_reload(
    enter: Enter, path: Path, answer: str
) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        await edited(lab)
        build(path, NEW)
        await lab.press("r", "r")
        assert isinstance(lab.app.screen, UnsavedScreen)
        await lab.press(answer)
        if answer == "s":
            await lab.answer("y")
            assert content_of(path) == TYPED + TEXT
        assert shown(lab) == (NEW if answer == "d" else TEXT)
        await lab.press("E")
        assert isinstance(lab.app.screen, EditorScreen)
        expected = NEW if answer == "d" else TYPED + TEXT
        assert lab.app.screen.query_one(WatArea).text == expected


@pytest.mark.asyncio
async def test_text_that_was_applied_is_watched_on_disk_too(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        lab.session.break_at("5")
        await lab.press("E")
        lab.app.screen.query_one(WatArea).text = TEXT.replace("i32.const 3", "i32.const 9")
        await lab.press("ctrl+s", "s")
        session = lab.screen.session
        assert "on disk" not in lab.seen
        assert [b.location.line for b in session.breakpoints] == [5]
        build(path, NEW)
        await lab.press("r", "r")
        assert session.module.source == NEW
        assert [b.location.line for b in session.breakpoints] == [7]


def test_text_of_a_program_has_the_grants_of_its_last_restart(path: Path) -> None:
    program = open_file(path, Grants(args=["a"]))
    program.session.restart(args=["b"])
    assert draft_of(program).grants.args == ["b"]


@pytest.mark.asyncio
async def test_binary_that_was_built_anew_is_reloaded(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "built.wasm"
    path.write_bytes(assemble(TEXT).data)
    async with enter(app=LabApp(open_file(path))) as lab:
        lab.session.break_at("$f")
        path.write_bytes(assemble(NEW.replace("$n", "$m")).data)
        await lab.press("r", "r")
        assert "$m" in lab.seen
        await lab.press("c")
        assert lab.session.stop.breakpoint == 1


@pytest.mark.asyncio
async def test_typed_text_is_asked_about_before_the_command_reloads(
    enter: Enter, path: Path
) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        await edited(lab)
        build(path, NEW)
        for answer, text in (("escape", TEXT), ("d", NEW)):
            await lab.press("colon")
            await lab.answer("reload")
            assert isinstance(lab.app.screen, UnsavedScreen)
            await lab.press(answer)
            assert shown(lab) == text
        await lab.press("colon")
        await lab.answer("nosuch")
        assert "no command 'nosuch'" in lab.seen + lab.said


@pytest.mark.asyncio
async def test_typed_text_is_kept_when_the_module_is_replaced(enter: Enter, path: Path) -> None:
    async with enter(app=LabApp(open_file(path))) as lab:
        await edited(lab)
        lab.session.restart(module=assemble(NEW))
        await lab.press("s")
        assert "(unapplied, unsaved)" in lab.seen
        await lab.press("E")
        assert lab.app.screen.query_one(WatArea).text == TYPED + TEXT
