"""What lasts from one visit to the next: breakpoints of a file, chosen keys."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wasmlab import samples
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import open_file
from wasmlab_tui.render.value import Base
from wasmlab_tui.state.remembered import LabLayout, Recalled, keep, recall

if TYPE_CHECKING:
    from wasmlab.debug.session import Session

Enter = Any
"""The fixture ``enter``, see conftest."""

WATCHED = """(module (memory 1) (global $g (mut i32) (i32.const 1))
  (func (export "_start") (local $x i32)
    (i32.store (i32.const 0x10) (i32.const 1)) (global.set $g (i32.const 2))))"""


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return Path(shutil.copy(samples.folder() / "hello.wat", tmp_path / "hello.wat"))


def test_breakpoints_of_a_file_are_there_again(hello: Path) -> None:
    first = open_file(hello).session
    first.break_at("26", "1 == 1", 2)
    first.enable_breakpoint(first.break_at("30").number, on=False)
    keep(hello, first, LabLayout("memory", 16, {"source": 9}))
    second = open_file(hello).session
    assert recall(hello, second).layout == LabLayout("memory", 16, {"source": 9})
    found = [(b.location.line, b.condition, b.hits, b.enabled) for b in second.breakpoints]
    assert found == [(26, "1 == 1", 2, True), (30, "", 0, False)]


def test_terms_of_what_stops_are_there_again(hello: Path) -> None:
    first = open_file(hello).session
    first.log_at("26", "here {1 + 1}")
    first.break_at("m*", pattern=True, temporary=True, commands=("print 1", "continue"))
    first.ignore_breakpoint(first.watch("i32[0]", condition="i32[0] > 1").number, 3)
    first.catch("trap")
    first.catch("fd_write=EBADF", log="failed")
    keep(hello, first, LabLayout())
    second = open_file(hello).session
    said = recall(hello, second).again
    assert said == (
        "2 breakpoints and 1 watchpoint and 2 catchpoints are set again, from the last visit"
    )
    for again, kept in zip(
        (*second.breakpoints, *second.watchpoints, *second.catchpoints),
        (*first.breakpoints, *first.watchpoints, *first.catchpoints),
        strict=True,
    ):
        assert again == kept


def test_breakpoints_that_are_kept_twice_are_one_again(hello: Path, tmp_path: Path) -> None:
    first = open_file(hello).session
    first.break_at("26")
    keep(hello, first, LabLayout())
    (kept,) = (tmp_path / "state").rglob("files/*.json")
    found = json.loads(kept.read_text())
    found["breakpoints"].append({**found["breakpoints"][0], "enabled": False})
    kept.write_text(json.dumps(found))
    second = open_file(hello).session
    recall(hello, second)
    assert [(b.location.line, b.enabled) for b in second.breakpoints] == [(26, True)]


def test_breakpoint_at_functions_of_one_name_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "twins.wat"
    path.write_text('(module (func $a (@name "f")) (func $b (@name "f")) (func (export "run")))')
    first = open_file(path).session
    first.break_at("f")
    keep(path, first, LabLayout())
    second = open_file(path).session
    recall(path, second)
    assert [len(b.locations) for b in second.breakpoints] == [2]


def test_breakpoints_of_a_changed_text_are_on_their_lines(hello: Path) -> None:
    first = open_file(hello).session
    first.break_at("26")
    keep(hello, first, LabLayout())
    hello.write_text(hello.read_text().replace("i32.const 16", "i32.const 1600"))
    second = open_file(hello).session
    recall(hello, second)
    assert [b.location.line for b in second.breakpoints] == [26]


@pytest.mark.parametrize("is_text", [True, False])
def test_breakpoints_of_another_build_stay_in_their_functions(
    tmp_path: Path, *, is_text: bool
) -> None:
    text = """(module
      (func $f (param i32) (result i32)
        local.get 0
        i32.const 3
        i32.mul)
      (func (export "run")))"""
    path = tmp_path / "built"

    def built(text: str) -> Session:
        path.write_bytes(text.encode() if is_text else assemble(text).data)
        return open_file(path).session

    first = built(text)
    for instruction in ("local.get", "i32.mul"):
        start = first.locate("$f").locations[0].offset
        first.break_at(start if instruction == "local.get" else start + 4)
    keep(path, first, LabLayout())
    second = built(
        text.replace("(module", "(module\n(func $new)\n").replace("i32.mul", "nop\n i32.mul")
    )
    recall(path, second)
    shown = [second.source.line_at(b.location.offset) for b in second.breakpoints]
    lines = [second.source.line(line).text.strip() for line in shown if line]
    assert [b.location.func_name for b in second.breakpoints] == ["$f", "$f"]
    assert [line.split()[0].rstrip(")") for line in lines] == ["local.get", "i32.mul"]


def test_broken_memory_of_a_file_is_no_harm(hello: Path, tmp_path: Path) -> None:
    session = open_file(hello).session
    keep(hello, session, LabLayout())
    (kept,) = (tmp_path / "state").rglob("files/*.json")
    kept.write_text('{"breakpoints": [1, {"line": "x"}], "layout": 7}')
    assert recall(hello, session) == Recalled(LabLayout())
    assert session.breakpoints == ()


@pytest.mark.asyncio
async def test_lab_remembers_the_tab_and_breakpoints_of_its_file(enter: Enter, hello: Path) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("b", "6")
    async with enter(app=LabApp(open_file(hello))) as lab:
        assert lab.screen.panes.tab == "console"
        assert [b.location.line for b in lab.screen.session.breakpoints] == [22]


def test_watchpoints_of_a_file_are_there_again(tmp_path: Path) -> None:
    path, text = tmp_path / "watched.wat", WATCHED
    path.write_text(text)
    first = open_file(path).session
    for what, access in (("i32[0x10]", "rw"), ("$g", "w"), ("$x", "w"), ("memory[8]", "w")):
        first.watch(what, access)
    first.enable_breakpoint(4, on=False)
    keep(path, first, LabLayout())
    second = open_file(path).session
    lost = recall(path, second).lost
    assert lost == ("A watchpoint on $x of func[0] is not set again: it belonged to one call.",)
    found = [(w.text, w.access, w.enabled) for w in second.watchpoints]
    assert found == [("i32[0x10]", "rw", True), ("global $g", "w", True), ("memory[8]", "w", False)]


def test_displays_of_a_file_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "watched.wat"
    path.write_text(WATCHED)
    first = open_file(path).session
    first.display("$x", "x")
    first.display("i32[0x10]")
    keep(path, first, LabLayout())
    second = open_file(path).session
    assert recall(path, second).again.startswith("2 displays are set again")
    assert [(d.form, d.expression) for d in second.displays] == [("/x", "$x"), ("", "i32[0x10]")]


def test_watchpoints_of_another_build_are_set_where_there_is_such_a_thing(tmp_path: Path) -> None:
    path = tmp_path / "watched.wat"
    path.write_text(WATCHED)
    first = open_file(path).session
    for what in ("i32[0x10]", "$g", "memory[0xfff0]"):
        first.watch(what)
    keep(path, first, LabLayout())
    path.write_text('(module (global $h (mut i32) (i32.const 1)) (func (export "_start") nop))')
    second = open_file(path).session
    recalled = recall(path, second)
    assert recalled.layout == LabLayout()
    assert [text.partition(" is not set again: ")[0] for text in recalled.lost] == [
        "A watchpoint on i32[0x10]",
        "A watchpoint on $g",
        "A watchpoint on memory[0xfff0]",
    ]
    assert second.watchpoints == ()
    assert second.run().message == "the program ended"


@pytest.mark.asyncio
async def test_lab_remembers_how_values_are_shown(enter: Enter, hello: Path) -> None:
    async with enter(app=LabApp(open_file(hello))) as lab:
        await lab.press("x", "x", "5", "H")
    async with enter(app=LabApp(open_file(hello))) as lab:
        assert lab.screen.selection.base is Base.HEX
        assert "held" in lab.seen
        await lab.press("x", "5", "H")
    async with enter(app=LabApp(open_file(hello))) as lab:
        assert lab.screen.selection.base is Base.SIGNED
        assert "held" not in lab.seen


@pytest.mark.asyncio
async def test_keys_can_be_chosen(enter: Enter, tmp_path: Path) -> None:
    (tmp_path / "config" / "wasmlab").mkdir(parents=True)
    (tmp_path / "config" / "wasmlab" / "keys.toml").write_text('step = "j"\nnothing = "k"\n')
    async with enter() as lab:
        await lab.press("j")
        assert lab.asked == ["step"]
        assert "j Step" in lab.seen
        assert "there is no action 'nothing'" in lab.seen


@pytest.mark.asyncio
async def test_breakpoints_that_come_back_are_announced(hello: Path, enter: Enter) -> None:
    first = open_file(hello)
    first.session.break_at("26")
    keep(hello, first.session, LabLayout())
    async with enter(app=LabApp(open_file(hello))) as lab:
        assert "1 breakpoint is set again, from the last visit" in lab.said
        lab.session.watch("i32[0x10]")
    async with enter(app=LabApp(open_file(hello))) as lab:
        assert "1 breakpoint and 1 watchpoint are set again, from the last visit" in lab.said


@pytest.mark.asyncio
async def test_theme_that_was_chosen_is_there_again() -> None:
    app = LabApp()
    async with app.run_test() as pilot:
        app.theme = "nord"
        await pilot.pause()
    again = LabApp()
    async with again.run_test():
        assert again.theme == "nord"


@pytest.mark.asyncio
@pytest.mark.parametrize("kept", [b"no such theme", b"\xff\xfe", b"", b"x" * 100_000])
async def test_theme_that_is_unknown_is_not_chosen(kept: bytes, tmp_path: Path) -> None:
    place = tmp_path / "state" / "wasmlab" / "theme"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(kept)
    app = LabApp()
    async with app.run_test():
        assert app.theme == "wasmlab-dark"


@pytest.mark.asyncio
async def test_text_that_has_no_lines_is_said_to_have_none(enter: Enter, tmp_path: Path) -> None:
    (tmp_path / "f.wat").write_text('(module\n (func (export "_start") (@name "g") nop))')
    async with enter(app=LabApp(open_file(tmp_path / "f.wat"))) as lab:
        assert "wasm-tools refuses line 2, column 27" in lab.said


@pytest.mark.asyncio
async def test_lab_says_which_watchpoint_is_not_set_again(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "watched.wat"
    path.write_text(WATCHED)
    first = open_file(path).session
    first.watch("$x")
    keep(path, first, LabLayout())
    async with enter(app=LabApp(open_file(path))) as lab:
        assert "is not set again: it belonged to one call" in lab.said


@pytest.mark.asyncio
@pytest.mark.parametrize("is_text", [True, False])
async def test_lab_says_which_breakpoints_are_not_set_again(
    enter: Enter, tmp_path: Path, *, is_text: bool
) -> None:
    path = tmp_path / "built"
    text = """(module
      (func $stays (local $n i32) nop)
      (func (export "_start") (local $n i32) nop)
      (func $goes (nop)))"""

    def write(text: str) -> None:
        path.write_bytes(text.encode() if is_text else assemble(text).data)

    write(text)
    first = open_file(path).session
    first.break_at("$stays")
    first.break_at("_start", "$n == 0")
    first.break_at("$goes")
    keep(path, first, LabLayout())
    write(text.replace("(func $goes (nop))", "").replace("$n", "$m"))
    async with enter(app=LabApp(open_file(path))) as lab:
        assert "1 breakpoint is set again" in lab.said
        assert "breakpoint on $goes at" in lab.said
        assert lab.said.count("is not set again: ") == 2
    async with enter(app=LabApp(open_file(path))) as lab:
        assert "not set again" not in lab.said
