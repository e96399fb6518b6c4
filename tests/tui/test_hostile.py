"""A guest that tries to act on the terminal, or to drown it."""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import OptionList

from wasmlab.debug.session import Session
from wasmlab.debug.views.source import source_of
from wasmlab.escape import LONGEST, LONGEST_LINE
from wasmlab.module import assemble
from wasmlab.opening.inputs import load
from wasmlab_tui.app import LabApp
from wasmlab_tui.panes.console import ConsolePane
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.program import OpenProgram
from wasmlab_tui.render.console import BYTES, WIDEST

if TYPE_CHECKING:
    from pathlib import Path

Enter = Any
MEGABYTE = 1_000_000
ATTACKS = {
    "clipboard": b"\x1b]52;c;b3duZWQ=\x07",
    "clear screen": b"\x1b[2J\x1b[H\x1bc",
    "title": b"\x1b]0;owned\x07",
    "8-bit control": b"\x9b2J\xc2\x9b2J",
    "invalid UTF-8": b"\xff\xfe\xc3(\xed\xa0\x80",
    "direction": "\u202eowned\u2066".encode(),
    "markup": b"[red]owned[/red][@click=app.quit]x[/]",
}
ACTING = ("\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\ufffe")


def quoted(data: bytes) -> str:
    """Return data as a string of the text format."""
    return '"' + "".join(f"\\{byte:02x}" for byte in data) + '"'


def printing(data: bytes, name: str = "$print", *, size: int = 0, times: int = 1) -> str:
    """Return a program that prints data, or its first byte ``size`` times in one call, again."""
    vector = (16).to_bytes(4, "little") + (size or len(data)).to_bytes(4, "little")
    return f"""(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 32)
  (data (i32.const 0) {quoted(vector)})
  (data (i32.const 16) {quoted(data)})
  (func {name} (export "_start") (local $n i32)
    (memory.fill (i32.const 16) (i32.const {data[0]}) (i32.const {size}))
    (loop $again
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $again
        (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {times})))))
)"""


def lab_of(text: str) -> LabApp:
    """Return the lab on a program."""
    return LabApp(OpenProgram("hostile", Session(assemble(text), stdin=b"")))


@pytest.mark.asyncio
@pytest.mark.parametrize("data", ATTACKS.values(), ids=ATTACKS)
async def test_printed_attack_is_shown_not_obeyed(data: bytes, enter: Enter) -> None:
    async with enter(app=lab_of(printing(data))) as lab:
        await lab.press("c")
        assert "exited" in lab.status
        assert not [code for code in ACTING if code in lab.seen]
        assert len(lab.pane("console")) >= 2
        assert lab.app.clipboard == ""


@pytest.mark.asyncio
async def test_output_without_an_end_is_cut_where_it_is_shown(enter: Enter) -> None:
    async with enter(app=lab_of(printing(b"x", size=MEGABYTE, times=10))) as lab:
        await lab.press("c")
        assert "exited" in lab.status
        console = lab.screen.query_one(ConsolePane)
        await lab.press("k")
        assert lab.screen.session.output_size == (10, 10 * MEGABYTE)
        assert console.count == 1
        assert console.lines[0].text.endswith(f"{BYTES - WIDEST:,} bytes more in this line")
        assert len(console.lines[0].text) < WIDEST + 100


@pytest.mark.asyncio
async def test_name_that_acts_is_shown_not_obeyed(enter: Enter) -> None:
    name = f"${quoted(b'[red]' + bytes([27]) + b'[2J')}"
    async with enter(app=lab_of(printing(b"x", name))) as lab:
        await lab.press("s", "question_mark", "escape", "v", "escape", "colon")
        await lab.answer("info functions")
        for _ in range(2):
            assert not [code for code in ACTING if code in lab.seen]
            assert "[red]\\x1b[2J" in lab.seen
            await lab.press("escape")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_nothing_that_acts_reaches_the_terminal(tmp_path: Path) -> None:
    from tests.tui.terminal import terminal  # there is no such module elsewhere

    program = tmp_path / "hostile.wat"
    program.write_text(printing(b"".join(ATTACKS.values())))
    with terminal(str(program), state=tmp_path) as shown:
        shown.wait_for("step 0")
        shown.type("c")
        shown.wait_for("exited")
        shown.type("q")
        assert shown.finish() == 0
    for attack in (b"\x1b]52", b"\x1b[2J\x1b[H\x1bc", b"\x1b]0;", b"\xc2\x9b", "\u202e".encode()):
        assert attack not in shown.output


@pytest.mark.asyncio
async def test_name_without_an_end_is_cut_before_it_is_laid_out(enter: Enter) -> None:
    name = "n" * MEGABYTE
    text = f'(module (func ${name} (export "{name}") (param $p{name} i32) (nop)))'
    module = load(assemble(text).data)
    async with enter(app=LabApp(OpenProgram("named", Session(module)))) as lab:
        assert lab.source.longest < 2 * LONGEST_LINE
        await lab.press("f")
        (option,) = lab.app.screen.query_one(OptionList).options
        assert len(str(option.prompt)) < 2 * LONGEST
        await lab.press("escape")
        await lab.press("v")
        assert all(len(row.text) < 4 * LONGEST for row in lab.app.screen.query_one(LinePane).lines)


@pytest.mark.parametrize("readable", [True, False], ids=["name", "control characters"])
def test_long_name_takes_memory_in_proportion(readable: bool) -> None:  # noqa: FBT001 - a case
    name, times = ("n" * MEGABYTE, 8) if readable else ("\\07" * MEGABYTE, 60)
    data = assemble(f'(module (func (export "{name}")))').data
    tracemalloc.start()
    try:
        source = source_of(load(data))
        shown = [source.line(number).text for number in range(1, source.line_count + 1)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(map(len, shown)) <= 2 * LONGEST_LINE
    assert peak < times * MEGABYTE


def test_written_line_is_shown_as_far_as_a_program_may_be_long() -> None:
    source = source_of(assemble(f'(module (func (export "f")) (; {"x" * MEGABYTE} ;))'))
    shown = source.line(1).text
    assert 50_000 < len(shown) < 200_000
    assert "more characters" in shown
