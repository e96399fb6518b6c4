"""Text that is typed is not lost: marked, asked about, kept on disk, offered again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import OptionList

from wasmlab import samples
from wasmlab.opening.request import LabRequest
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.dialogues.question import KeptScreen, UnsavedScreen
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.main import first_program
from wasmlab_tui.opening import OpenRequested, open_path
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.panes.wat_area import WatArea
from wasmlab_tui.program import open_file, open_sample
from wasmlab_tui.start import StartScreen
from wasmlab_tui.state import drafts
from wasmlab_tui.state.drafts import KeptText, forget_text, keep_text, kept_text, kept_texts
from wasmlab_tui.state.recent import recent_files

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.tui.conftest import Lab

Enter = Any
"""The fixture ``enter``, see conftest."""

TEXT = '(module (func (export "_start")\n  nop\n  nop))\n'
TYPED = "x"
"""What is typed at the beginning of the text: it is no module then."""
NONSENSE = "(module (nonsense))"


@pytest.fixture
def nops(tmp_path: Path) -> Path:
    path = tmp_path / "nops.wat"
    path.write_text(TEXT, "utf-8")
    return path


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def written(path: Path) -> str:
    return path.read_text("utf-8")


def texts_kept() -> list[str]:
    return [kept.text for kept in kept_texts()]


async def type_into(lab: Lab, *keys: str) -> None:
    """Open the editor and type at the beginning of the text."""
    await lab.press("E")
    lab.app.screen.query_one(WatArea).move_cursor((0, 0))
    await lab.press(*(keys or ("x",)))


def title(lab: Lab) -> str:
    return str(lab.screen.query_one(SourcePane).border_title)


def left(lab: Lab) -> bool:
    """Return whether the app has been left."""
    return lab.app.return_value == 0


# --- marks --------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_typed_text_is_marked_in_the_editor_and_in_the_lab(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        assert "(un" not in title(lab)
        await type_into(lab)
        assert "Edit nops.wat (unapplied, unsaved)" in lab.seen
        await lab.press("escape")
        assert "nops.wat (unapplied, unsaved)" in title(lab)
        await lab.press("E")
        assert lab.app.screen.query_one(WatArea).text == TYPED + TEXT
        await lab.press("delete", "ctrl+z", "ctrl+z")
        assert "(unapplied, unsaved)" in lab.seen


@pytest.mark.asyncio
async def test_marks_go_when_the_text_is_saved_and_stepped(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab, "enter", "x", "ctrl+s")
        assert "Edit nops.wat (unapplied)" in lab.seen
        assert written(nops) == f"\nx{TEXT}"
        await lab.press("escape")
        assert "nops.wat (unapplied)" in title(lab)
        await type_into(lab, "down", "delete", "ctrl+s")
        assert isinstance(lab.app.screen, LabScreen)
        assert "(un" not in title(lab)
        assert not texts_kept()


@pytest.mark.asyncio
async def test_text_typed_back_is_not_marked(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab, "x", "backspace", "escape")
        assert "(un" not in title(lab)
        assert not texts_kept()
        await lab.press("q")
        assert left(lab)


@pytest.mark.asyncio
async def test_keys_typed_at_once_are_saved_in_their_order(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab)
        for key in ("y", "z", "ctrl+s"):
            lab.app.simulate_key(key)
        await lab.press()
        assert written(nops) == f"{TYPED}yz{TEXT}"


# --- one question before text is lost -----------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("leaves_editor", [True, False])
@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+n"])
async def test_leaving_asks_once_and_saves_what_is_no_module(
    enter: Enter, nops: Path, key: str, *, leaves_editor: bool
) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab)
        if leaves_editor:
            await lab.press("escape")
        await lab.press(key)
        assert isinstance(lab.app.screen, UnsavedScreen)
        assert "The text of nops.wat is not saved." in lab.seen
        await lab.press("s")
        assert written(nops) == TYPED + TEXT
        assert left(lab) if key == "ctrl+q" else isinstance(lab.app.screen, StartScreen)
    assert not texts_kept()


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+n"])
async def test_leaving_discards_when_told(enter: Enter, nops: Path, key: str) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab)
        await lab.press(key, "d")
        assert left(lab) if key == "ctrl+q" else isinstance(lab.app.screen, StartScreen)
    assert written(nops) == TEXT
    assert not texts_kept()


@pytest.mark.asyncio
async def test_staying_leaves_the_text_and_asks_again(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab)
        await lab.press("ctrl+q", "escape")
        assert isinstance(lab.app.screen, EditorScreen)
        assert lab.app.screen.query_one(WatArea).text == TYPED + TEXT
        await lab.press("escape", "q")
        assert isinstance(lab.app.screen, UnsavedScreen)
        await lab.press("escape")
        assert isinstance(lab.app.screen, LabScreen)
        assert written(nops) == TEXT
        assert texts_kept() == [TYPED + TEXT]


@pytest.mark.asyncio
async def test_command_that_quits_asks_too(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab)
        await lab.press("escape", "colon")
        await lab.answer("quit")
        assert isinstance(lab.app.screen, UnsavedScreen)
        await lab.press("down", "enter")
        assert left(lab)
    assert written(nops) == TEXT


@pytest.mark.asyncio
async def test_another_program_is_not_opened_over_text(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab)
        await lab.press("escape")
        hello = samples.catalogue()[0]
        lab.app.post_message(OpenRequested(open_path(hello.path)))
        await lab.press()
        assert isinstance(lab.app.screen, UnsavedScreen)
        await lab.press("d")
        assert lab.screen.program.title == "hello.wat"


@pytest.mark.asyncio
async def test_text_that_never_was_a_module_is_asked_about(enter: Enter, nops: Path) -> None:
    write(nops, NONSENSE.encode())
    async with enter(app=LabApp(opening=open_path(nops))) as lab:
        await lab.press()
        assert isinstance(lab.app.screen, EditorScreen)
        await lab.press("x", "escape")
        assert isinstance(lab.app.screen, UnsavedScreen)
        await lab.press("escape")
        assert lab.app.screen.query_one(WatArea).text == NONSENSE.replace("nons", "xnons")
        await lab.press("escape", "s")
        assert isinstance(lab.app.screen, StartScreen)
        assert written(nops) == NONSENSE.replace("nons", "xnons")


# --- names --------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_sample_asks_for_a_name_and_keeps_it(
    enter: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine, hello = tmp_path / "mine.wat", samples.catalogue()[0]
    before = written(hello.path)
    async with enter(app=LabApp(open_sample(hello))) as lab:
        await type_into(lab, "enter", "enter", "ctrl+s")
        assert lab.typed == "hello.wat"
        await lab.answer("mine.wat")
        assert isinstance(lab.app.screen, LabScreen)
        assert written(mine) == f"\n\n{before}"
        assert lab.screen.program.title == "mine.wat"
        assert "(un" not in title(lab)
        await type_into(lab, "enter", "escape", "q", "s")
        assert left(lab)
    assert written(mine) == f"\n\n\n{before}"
    assert written(hello.path) == before
    assert recent_files() == [mine]
    assert not texts_kept()


@pytest.mark.asyncio
async def test_sample_is_stepped_without_a_name_and_asked_for_one_at_the_end(
    enter: Enter, tmp_path: Path
) -> None:
    async with enter(app=LabApp(open_sample(samples.catalogue()[0]))) as lab:
        await type_into(lab, "enter", "ctrl+s")
        await lab.answer("")
        assert isinstance(lab.app.screen, LabScreen)
        assert "(unsaved)" in title(lab)
        await type_into(lab, "enter", "ctrl+s")
        assert isinstance(lab.app.screen, LabScreen)
        await lab.press("q", "s")
        await lab.answer("")
        assert "type a name" in lab.seen
        await lab.press("escape")
        assert isinstance(lab.app.screen, LabScreen)
        await lab.press("q", "s")
        await lab.answer(str(tmp_path / "missing" / "mine.wat"))
        assert "the text is not saved: cannot write" in lab.seen
        assert lab.typed.endswith("mine.wat")
        await lab.answer(str(tmp_path / "mine.wat"))
        assert left(lab)
    assert written(tmp_path / "mine.wat").startswith("\n\n;;")


@pytest.mark.asyncio
async def test_template_is_named_when_it_is_saved(enter: Enter, tmp_path: Path) -> None:
    async with enter(app=LabApp()) as lab:
        choices = lab.app.screen.query_one(OptionList)
        choices.highlighted = choices.option_count - 1
        await lab.press("enter")
        await type_into(lab)
        await lab.press("ctrl+n", "s")
        assert lab.typed.startswith("new-")
        await lab.answer(str(tmp_path / "mine.wat"))
        assert isinstance(lab.app.screen, StartScreen)
        assert written(tmp_path / "mine.wat").startswith(TYPED)


@pytest.mark.asyncio
async def test_saving_over_another_file_asks_before_the_lab_is_left(
    enter: Enter, tmp_path: Path
) -> None:
    other = tmp_path / "other.wat"
    write(other, b"another text")
    async with enter(app=LabApp(open_sample(samples.catalogue()[0]))) as lab:
        await type_into(lab, "enter", "escape", "q", "s")
        await lab.answer(str(other))
        assert isinstance(lab.app.screen, PromptScreen)
        await lab.press("escape")
        assert isinstance(lab.app.screen, LabScreen)
        assert written(other) == "another text"
        await lab.press("q", "s")
        await lab.answer(str(other))
        await lab.answer("y")
        assert left(lab)
    assert written(other).startswith("\n;;")


@pytest.mark.asyncio
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("device", ["/dev/full", "/dev/null"])
async def test_text_that_nothing_keeps_stays_unsaved(enter: Enter, nops: Path, device: str) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab, "x", "ctrl+o")
        await lab.answer(device)
        assert "the text is not saved" in lab.seen
        await lab.press("escape")
        assert "(unapplied, unsaved)" in lab.seen
        await lab.press("ctrl+q", "s")
    assert written(nops) == TYPED + TEXT


# --- after a kill -------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_text_is_offered_again_and_edited(enter: Enter, nops: Path) -> None:
    keep_text(KeptText(str(nops), "nops.wat", TYPED + TEXT, drafts.digest(TEXT)))
    async with enter(app=LabApp(open_file(nops))) as lab:
        assert isinstance(lab.app.screen, KeptScreen)
        assert "The text of nops.wat was edited and not saved." in lab.seen
        assert "changed since" not in lab.seen
        await lab.press("e")
        assert lab.app.screen.query_one(WatArea).text == TYPED + TEXT
        await lab.press("ctrl+s")
        assert written(nops) == TYPED + TEXT
        assert not texts_kept()


@pytest.mark.asyncio
async def test_offered_text_waits_or_is_discarded(enter: Enter, nops: Path) -> None:
    keep_text(KeptText(str(nops), "nops.wat", TYPED + TEXT, drafts.digest("another")))
    async with enter(app=LabApp(open_file(nops))) as lab:
        assert "The file was changed since." in lab.seen
        await lab.press("escape")
        assert "nops.wat (unapplied, unsaved)" in title(lab)
        await lab.press("q", "escape")
        assert texts_kept() == [TYPED + TEXT]
    async with enter(app=LabApp(open_file(nops))) as lab:
        await lab.press("d")
        assert "(un" not in title(lab)
        assert not texts_kept()
        await lab.press("E")
        assert lab.app.screen.query_one(WatArea).text == TEXT
    assert written(nops) == TEXT


@pytest.mark.asyncio
async def test_text_of_a_sample_is_offered_before_its_functions(enter: Enter) -> None:
    factorial = next(s for s in samples.catalogue() if s.name == "factorial")
    keep_text(KeptText("samples/factorial.wat", "factorial.wat", "(module)", ""))
    async with enter(app=LabApp(open_file(factorial.path))) as lab:
        assert isinstance(lab.app.screen, KeptScreen)
        await lab.press("d")
        assert not texts_kept()
        assert "Call which function?" in lab.seen


@pytest.mark.asyncio
async def test_text_that_is_no_module_is_offered_over_a_file_that_is_none(
    enter: Enter, nops: Path
) -> None:
    write(nops, NONSENSE.encode())
    keep_text(KeptText(str(nops), "nops.wat", "(module (typed))", ""))
    async with enter(app=LabApp(opening=open_path(nops))) as lab:
        await lab.press()
        await lab.press("e")
        assert lab.app.screen.query_one(WatArea).text == "(module (typed))"
        await lab.press("ctrl+q", "d")
        assert left(lab)
    assert not texts_kept()


@pytest.mark.asyncio
async def test_start_screen_lists_texts_that_are_not_saved(enter: Enter, tmp_path: Path) -> None:
    gone = tmp_path / "gone.wat"
    keep_text(KeptText(str(gone), "gone.wat", TEXT, ""))
    async with enter(app=LabApp()) as lab:
        assert "Text that is not saved" in lab.seen
        assert "nop" in lab.seen
        await lab.press("enter", "escape")
        assert "gone.wat (unsaved)" in title(lab)
        await lab.press("q", "s")
        assert left(lab)
    assert written(gone) == TEXT
    assert not texts_kept()


@pytest.mark.asyncio
async def test_text_that_is_typed_is_on_disk_when_the_app_ends(enter: Enter, nops: Path) -> None:
    async with enter(app=LabApp(open_file(nops))) as lab:
        await type_into(lab, "x", "y")
        lab.app.exit(1)
    assert texts_kept() == [f"xy{TEXT}"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_text_is_offered_after_a_kill(nops: Path, tmp_path: Path) -> None:
    from tests.tui.terminal import terminal  # there is no such module elsewhere

    state = tmp_path / "state"
    with terminal(str(nops), state=state) as shown:
        shown.wait_for("step 0")
        shown.type("E")
        shown.wait_for("Assemble")
        shown.type("x")
        shown.wait_for("unsaved")
        shown.process.send_signal(signal.SIGKILL)
        shown.finish()
    with terminal(str(nops), state=state) as shown:
        shown.wait_for("was edited and not saved")
        shown.type("e")
        shown.wait_for("Assemble")
        shown.type("\x13")
        shown.wait_for("Not a program yet")
        shown.type("\x11")
        assert shown.finish() == 0
    assert TYPED in written(nops)


# --- two labs on one text -----------------------------------------------------------------------

KEEPS = """
import sys
from wasmlab_tui.state.drafts import KeptText, keep_text, kept_text, kept_texts
for line in sys.stdin:
    word, origin, text = line.split()
    if word == "keep":
        keep_text(KeptText(origin, "nops.wat", text, ""))
    found = kept_text(origin) if word == "take" else None
    print(*([found.text] if found else []), *(kept.text for kept in kept_texts()), flush=True)
"""
"""Another lab, as far as it keeps texts and takes them; it says which it could take."""


@contextmanager
def other_lab(origin: Path) -> Generator[Callable[..., list[str]]]:
    """Yield what tells another process to keep a text, or to take one; it is killed in the end."""
    with subprocess.Popen(
        [sys.executable, "-c", KEEPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def tell(word: str, text: str = "-") -> list[str]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{word} {origin} {text}\n")
            process.stdin.flush()
            return process.stdout.readline().split()

        try:
            yield tell
        finally:
            process.kill()


@pytest.mark.asyncio
async def test_text_of_a_lab_that_runs_is_not_offered_and_not_overwritten(
    enter: Enter, nops: Path
) -> None:
    with other_lab(nops) as tell:
        assert tell("keep", "theirs") == ["theirs"]
        async with enter(app=LabApp(open_file(nops))) as lab:
            assert isinstance(lab.app.screen, LabScreen)
            await type_into(lab)
            assert texts_kept() == [TYPED + TEXT]
            assert tell("look") == ["theirs"]
            await lab.press("ctrl+q", "d")
            assert left(lab)
        assert tell("look") == ["theirs"]
        async with enter(app=LabApp()) as lab:
            assert "Text that is not saved" not in lab.seen
    async with enter(app=LabApp(open_file(nops))) as lab:
        assert isinstance(lab.app.screen, KeptScreen)
        await lab.press("e")
        assert lab.app.screen.query_one(WatArea).text == "theirs"


def test_texts_of_labs_that_ended_are_taken_one_after_the_other(nops: Path) -> None:
    with other_lab(nops) as first, other_lab(nops) as second:
        first("keep", "one")
        second("keep", "two")
    kept = [found.text for found in (kept_text(str(nops)),) if found is not None]
    with other_lab(nops) as third:
        (taken,) = third("look")
        assert third("take") == [taken, taken]
        assert texts_kept() == kept
        assert sorted([taken, *kept]) == ["one", "two"]
        forget_text(str(nops))
        assert kept_text(str(nops)) is None
    assert texts_kept() == [taken]


def test_files_of_labs_that_ended_go(nops: Path) -> None:
    for text in ("one", "two", "three"):
        with other_lab(nops) as tell:
            tell("keep", text)
            folder = Path(os.environ["XDG_STATE_HOME"]) / "wasmlab" / "drafts"
            assert len([*folder.glob("*.lock")]) == 1


# --- state on disk ------------------------------------------------------------------------------


def stored(origin: str) -> Path:
    """Return the file in which a text is kept."""
    keep_text(KeptText(origin, "x", "text", ""))
    (path,) = (Path(os.environ["XDG_STATE_HOME"]) / "wasmlab" / "drafts").glob("*.json")
    return path


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"origin": "o", "text": 1}']
)
def test_damaged_text_is_no_harm(content: bytes) -> None:
    path = stored("o")
    path.write_bytes(content)
    assert kept_text("o") is None
    assert kept_texts() == []
    keep_text(KeptText("o", "x", "again", ""))
    assert texts_kept() == ["again"]


def test_huge_text_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stored("o")
    monkeypatch.setattr(drafts, "LARGEST", 10)
    assert kept_text("o") is None
    assert kept_texts() == []


def test_kept_text_of_another_origin_is_not_taken() -> None:
    path = stored("o")
    path.write_text(json.dumps({"origin": "p", "title": "x", "text": "t", "began": ""}), "ascii")
    assert kept_text("o") is None


def test_text_that_cannot_be_kept_is_no_harm() -> None:
    state = Path(os.environ["XDG_STATE_HOME"])
    state.write_text("a file in place of the folder", "utf-8")
    keep_text(KeptText("o", "x", "text", ""))
    assert kept_text("o") is None
    assert kept_texts() == []
    forget_text("o")


def test_failed_write_leaves_the_earlier_text(monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored("o")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    keep_text(KeptText("o", "x", "longer", ""))
    assert texts_kept() == ["text"]
    assert [found for found in path.parent.iterdir() if found.suffix != ".lock"] == [path]


def test_kept_text_comes_back_as_it_was() -> None:
    text = "\u2028 \ud800 \r\n \x00 ü"
    keep_text(KeptText("o", "x", text, ""))
    assert texts_kept() == [text]


# --- encodings ----------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"(module) ;; \xfcber, \xc3\xbcber", "(module) ;; \u00fcber, \u00fcber"),
        (b"\xff\xfe(\0m\0o\0d\0u\0l\0e\0)\0;", "(module)\N{REPLACEMENT CHARACTER}"),
        (b"\xef\xbb\xbf(module) ;; \xff", "(module) ;; \u00ff"),
        (b"", ""),
        (b"module", "module"),
    ],
)
async def test_text_that_cannot_be_decoded_is_edited(
    enter: Enter, nops: Path, content: bytes, shown: str
) -> None:
    write(nops, content)
    program, opening = first_program(LabRequest(nops))
    async with enter(app=LabApp(program, opening)) as lab:
        await lab.press()
        assert isinstance(lab.app.screen, EditorScreen)
        assert "Not a program yet" in lab.seen
        area = lab.app.screen.query_one(WatArea)
        assert area.text == shown
        area.text = f"{TEXT};; {shown}"
        await lab.press("ctrl+s")
        assert isinstance(lab.app.screen, LabScreen)
    assert written(nops) == f"{TEXT};; {shown}"
