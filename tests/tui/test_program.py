"""Real programs in the lab: opened, stepped, edited."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList

from wasmlab import samples
from wasmlab.debug.views.model import State
from wasmlab.errors import UsageError
from wasmlab.module import assemble
from wasmlab.opening.request import LabRequest
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.call import CallScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.main import run_lab
from wasmlab_tui.opening import Opening, OpenRequested, open_path
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import (
    Draft,
    OpenProgram,
    keep_breakpoints,
    open_draft,
    open_file,
    open_sample,
)
from wasmlab_tui.start import StartScreen
from wasmlab_tui.state.recent import recent_files, remember, told_apart
from wasmlab_tui.tour import HINTS

Enter = Any
"""The fixture ``enter``, see conftest."""


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return Path(shutil.copy(samples.folder() / "hello.wat", tmp_path / "hello.wat"))


def text_of(path: Path) -> str:
    return path.read_text()


def write(path: Path, text: str) -> None:
    path.write_text(text)


@pytest.mark.asyncio
async def test_hello_is_stepped_through_fd_write(enter: Enter, hello: Path) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        while not lab.screen.session.output:
            await lab.press("s")
        assert "fd_write(" in lab.pane("console")[0]
        assert lab.pane("console")[-1] == "│ Hello, world!"
        assert "'48'65'6c'6c'6f" in lab.seen
        assert "step 11" in lab.status
        await lab.press("c")
        assert "exited" in lab.status


@pytest.mark.asyncio
async def test_edit_shows_the_error_then_steps_the_new_program(enter: Enter, hello: Path) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("down", "b", "E")
        area = lab.app.screen.query_one(WatArea)
        good = area.text
        area.text = good.replace("i32.const 16\n", "i32.cost 16\n")
        await lab.press("ctrl+s")
        assert isinstance(lab.app.screen, EditorScreen)
        assert "line 23, column 5" in lab.seen
        assert "^" in lab.seen
        area.text = good.replace("Hello", "HELLO")
        await lab.press("ctrl+s")
        assert isinstance(lab.app.screen, LabScreen)
        assert [b.location.line for b in lab.screen.session.breakpoints] == [23]
        await lab.press("c", "c")
        assert lab.pane("console")[-1] == "│ HELLO, world!"
        assert "HELLO" in hello.read_text()  # noqa: ASYNC240 - a small file in a test


@pytest.mark.asyncio
async def test_editor_keeps_a_text_that_was_left(enter: Enter, hello: Path) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("E")
        lab.app.screen.query_one(WatArea).text = "(module ;; later"
        await lab.press("escape", "E")
        assert lab.app.screen.query_one(WatArea).text == "(module ;; later"


@pytest.mark.asyncio
async def test_editor_shows_type_errors_with_the_operands(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "f.wat"
    path.write_text('(module (func (export "f") (result i32)\n  i32.const 1))')
    async with enter(app=LabApp(open_file(path))) as lab:
        await lab.press("escape", "E")
        area = lab.app.screen.query_one(WatArea)
        area.text = '(module (func (export "f") (result i32)\n  f64.const 1))'
        await lab.press("ctrl+s")
        assert "type mismatch" in lab.seen
        assert "f64" in lab.seen


@pytest.mark.asyncio
async def test_editor_never_shows_control_characters(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "f.wat"
    path.write_text("(module) ;; \x1b[2J [red]x[/red] \u202e")
    async with enter(app=LabApp(open_file(path))) as lab:
        await lab.press("E")
        assert "[red]x[/red]" in lab.seen
        assert not {"\x1b", "\u202e"} & set(lab.seen)


@pytest.mark.asyncio
async def test_save_as_makes_the_file_the_users_own(enter: Enter, tmp_path: Path) -> None:
    mine = tmp_path / "mine.wat"
    async with enter(app=LabApp(open_file(samples.folder() / "hello.wat"))) as lab:
        await lab.press("E", "ctrl+o")
        await lab.answer(str(mine))
        assert mine.read_text() == (samples.folder() / "hello.wat").read_text()
        lab.app.screen.query_one(WatArea).text = "(module)"
        await lab.press("ctrl+s")
        assert mine.read_text() == "(module)"


def test_samples_are_not_written_back() -> None:
    assert open_file(samples.folder() / "hello.wat").path is None


def test_breakpoints_move_with_their_lines() -> None:
    text = '(module (func (export "_start")\n  nop\n  nop\n  nop))'
    old = open_draft(Draft("a.wat", text))
    new = open_draft(Draft("a.wat", text.replace("(module", ";; new\n\n(module")))
    offset = old.session.source.line(3).offset
    assert offset is not None
    old.session.break_at(offset, "1 == 1")
    keep_breakpoints(old, new)
    assert [(b.location.line, b.condition) for b in new.session.breakpoints] == [(5, "1 == 1")]


@pytest.mark.parametrize("sample", samples.catalogue(), ids=lambda s: s.name)
def test_sample_opens_at_its_first_instruction(sample: samples.Sample) -> None:
    session = open_sample(sample).session
    waits = "--invoke" not in sample.args and all(name != "_start" for name, _ in session.entries)
    assert session.state is (State.WAITING_FOR_CALL if waits else State.PAUSED)


@pytest.mark.asyncio
async def test_start_screen_opens_the_tour(enter: Enter) -> None:
    async with enter(app=LabApp()) as lab:
        assert isinstance(lab.app.screen, StartScreen)
        await lab.press("enter")
        assert "Tour 1/8" in lab.seen
        await lab.press("s")
        assert "Tour 2/8" in lab.seen


TOUR = (("s",), ("s",), ("s",), ("S",), ("c",), ("r",), ("1", "down", "down", "b", "c"))
"""What each hint of the tour says to press, again until the next hint is there."""


@pytest.mark.asyncio
async def test_keys_that_the_tour_names_lead_through_it(enter: Enter) -> None:
    async with enter(app=LabApp()) as lab:
        await lab.press("enter")
        for number, keys in enumerate(TOUR, 1):
            named = HINTS[number - 1].text
            assert all(key in named or key == "down" for key in keys)
            for _ in range(99):
                assert f"Tour {number}/8" in lab.seen
                await lab.press(*keys)
                if f"Tour {number}/8" not in lab.seen:
                    break
            assert f"Tour {number + 1}/8" in lab.seen, named


@pytest.mark.asyncio
async def test_start_screen_begins_a_new_program_from_a_template(enter: Enter) -> None:
    async with enter(app=LabApp()) as lab:
        choices = lab.app.screen.query_one(OptionList)
        choices.highlighted = choices.option_count - 1
        await lab.press("enter")
        assert lab.screen.program.title.startswith("new ")
        assert lab.screen.program.path is None


@pytest.mark.asyncio
async def test_start_screen_opens_a_bad_text_in_the_editor(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "bad.wat"
    path.write_text("(module\n  (func i32.cost 1))")
    async with enter(app=LabApp()) as lab:
        await lab.press("o")
        await lab.answer(str(tmp_path / "missing.wat"))
        assert "There is no file" in lab.seen
        await lab.answer(str(path))
        assert isinstance(lab.app.screen, EditorScreen)
        assert "line 2, column 9" in lab.seen


@pytest.mark.asyncio
async def test_start_screen_says_why_a_binary_is_refused(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "bad.wasm"
    path.write_bytes(b"\0asm\1\0\0\0\xff")
    async with enter(app=LabApp()) as lab:
        await lab.press("o")
        await lab.answer(str(path))
        assert isinstance(lab.app.screen, StartScreen)
        assert "malformed section id" in lab.seen


@pytest.mark.asyncio
async def test_program_without_start_offers_its_functions(enter: Enter) -> None:
    async with enter(app=LabApp(open_file(samples.folder() / "factorial.wat"))) as lab:
        assert isinstance(lab.app.screen, CallScreen)
        await lab.press("enter")
        lab.app.screen.query_one(Input).value = "3"
        await lab.press("enter", "c")
        assert "6" in lab.status


@pytest.mark.asyncio
async def test_command_line_takes_debugger_commands(enter: Enter, hello: Path) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("colon")
        await lab.answer("step 3")
        assert "step 3" in lab.status
        await lab.press("colon")
        await lab.answer("help")
        assert "continue" in lab.seen
        await lab.press("escape", "colon")
        await lab.answer("nonsense")
        assert "no command 'nonsense'" in lab.seen


@pytest.mark.parametrize(
    ("paths", "titles"),
    [
        (["/a/x.wat", "/a/y.wat"], ["x.wat", "y.wat"]),
        (["/a/x.wat", "/b/x.wat", "/b/y.wat"], ["a/x.wat", "b/x.wat", "y.wat"]),
        (["/a/c/x.wat", "/b/c/x.wat"], ["a/c/x.wat", "b/c/x.wat"]),
        (["/x.wat", "/a/x.wat", "/b/a/x.wat"], ["/x.wat", "/a/x.wat", "b/a/x.wat"]),
    ],
)
def test_recent_files_of_one_name_have_the_folders_that_tell_them_apart(
    paths: list[str], titles: list[str]
) -> None:
    assert told_apart([Path(path) for path in paths]) == titles


def test_recent_files_are_newest_first_and_exist(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.wat", "b.wat", "gone.wat")]
    for path in files:
        path.write_text("(module)")
        remember(path)
    remember(files[0])
    files[2].unlink()
    assert recent_files() == [files[0], files[1]]


def test_lab_without_a_terminal_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="--plain"):
        run_lab(LabRequest())


@pytest.mark.asyncio
async def test_disassembly_marks_the_next_instruction(enter: Enter) -> None:
    async with enter(app=LabApp(open_file(samples.folder() / "c" / "hello.wasm"))) as lab:
        assert "hello.wasm (disassembly)" in lab.seen
        await lab.press("b", "s", "s")
        assert lab.seen.count("▶") == 1
        assert "●" in lab.seen


@pytest.mark.asyncio
async def test_input_of_a_program_is_typed_in_the_lab(enter: Enter) -> None:
    async with enter(app=LabApp(open_file(samples.folder() / "echo.wat"))) as lab:
        await lab.press("c")
        await lab.answer("good morning")
        assert "│ good morning" in lab.pane("console")
        await lab.press("escape", "I")
        assert "exited" in lab.status


@pytest.mark.asyncio
async def test_text_with_an_error_opens_in_the_editor(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "bad.wat"
    path.write_text("(module\n  (func (result i32) i64.const 1))", "utf-8")
    async with enter(app=LabApp(opening=open_path(path))) as lab:
        await lab.app.workers.wait_for_complete()
        await lab.pilot.pause()
        screen = lab.app.screen
        assert isinstance(screen, EditorScreen)
        assert "type mismatch" in lab.seen


@pytest.mark.asyncio
async def test_file_that_was_changed_meanwhile_is_asked_about(enter: Enter, hello: Path) -> None:
    good = text_of(hello)
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("E")
        write(hello, "by another program")
        await lab.press("ctrl+s")
        assert "was changed since it was read here" in lab.seen
        await lab.press("escape")
        assert text_of(hello) == "by another program"
        assert isinstance(lab.app.screen, EditorScreen)
        await lab.press("ctrl+s")
        await lab.answer("no")
        assert isinstance(lab.app.screen, PromptScreen)
        await lab.answer("y")
        assert text_of(hello) == good
        assert isinstance(lab.app.screen, LabScreen)


@pytest.mark.asyncio
async def test_save_as_asks_before_another_file_is_replaced(enter: Enter, hello: Path) -> None:
    other, new = hello.with_name("other.wat"), hello.with_name("new.wat")
    write(other, "another text")
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("E", "ctrl+o")
        await lab.answer(str(other))
        assert "is there already. Replace it?" in lab.seen
        await lab.press("escape")
        assert text_of(other) == "another text"
        await lab.press("ctrl+o")
        await lab.answer(str(new))
        lab.app.screen.query_one(WatArea).text = "(module)"
        await lab.press("ctrl+s")
        assert text_of(new) == "(module)"
        assert text_of(hello) != "(module)"


@pytest.mark.asyncio
async def test_text_of_a_binary_is_not_offered_its_name(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "f.wasm"
    await asyncio.to_thread(path.write_bytes, assemble("(module)").data)
    async with enter(app=LabApp(open_file(path))) as lab:
        await lab.press("escape", "E", "ctrl+o")
        assert lab.typed == "f.wat"


@pytest.mark.asyncio
async def test_text_that_cannot_be_written_is_said_and_stays(
    enter: Enter, hello: Path, tmp_path: Path
) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("E", "ctrl+o")
        await lab.answer(str(tmp_path / "missing" / "x.wat"))
        assert "the text is not saved: cannot write" in lab.seen
        assert lab.typed == str(tmp_path / "missing" / "x.wat")
        await lab.press("escape")
        assert isinstance(lab.app.screen, EditorScreen)


@pytest.mark.asyncio
@pytest.mark.parametrize("is_wrong", [True, False])
async def test_opening_that_takes_long_is_said_and_stopped(
    enter: Enter, hello: Path, *, is_wrong: bool
) -> None:
    ends = threading.Event()

    def slowly() -> OpenProgram:
        ends.wait()
        if is_wrong:
            raise UsageError("it is wrong")
        return open_file(hello)

    async with enter(app=LabApp()) as lab:

        async def wait_for_the_box() -> None:
            lab.app.post_message(OpenRequested(Opening(slowly, title="big.wasm")))
            while "Opening big.wasm, 0 s. Esc stops it." not in lab.seen:
                await lab.pilot.pause()

        await wait_for_the_box()
        await lab.press("escape")
        assert isinstance(lab.app.screen, StartScreen)
        await wait_for_the_box()
        ends.set()
        await lab.press()
        assert isinstance(lab.app.screen, StartScreen if is_wrong else LabScreen)
        assert ("it is wrong" in lab.said) == is_wrong
