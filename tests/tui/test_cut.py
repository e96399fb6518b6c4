"""What is cut at an edge of a pane ends in a sign that says so."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.tui.conftest import Lab, strips_of
from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.layout import BY_KEY
from wasmlab_tui.panes.line_pane import CUT, LinePane
from wasmlab_tui.program import OpenProgram, open_file

pytestmark = pytest.mark.asyncio

Enter = Callable[..., AbstractAsyncContextManager[Lab]]
LONG = "_".join(f"part{n}" for n in range(40))
"""A name that no screen has room for."""
NAMES = f"""(module
  (global ${LONG}_global (mut i64) (i64.const -1))
  (func (export "_start")
    i32.const 1
    i64.const 2
    call ${LONG})
  (func ${LONG} (param $first i32) (param ${LONG}_param i64)
    block ${LONG}_block
      nop
      global.get ${LONG}_global
      drop
    end
    nop)
)"""


def app() -> LabApp:
    return LabApp(OpenProgram("long.wat", Session(assemble(NAMES, file=f"{LONG}.wat"))))


def rows_of(lab: Lab, pane: LinePane) -> Iterator[tuple[str, str]]:
    """Yield the text of every line in sight, and what can be seen of it."""
    region, top = pane.scrollable_content_region, pane.scroll_offset.y
    for number, strip in enumerate(strips_of(lab.app)[region.y : region.bottom], top):
        if number < pane.count:
            seen = "".join(s.text for s in strip.crop(region.x, region.right))
            yield pane.line_at(number).text.rstrip(), seen.rstrip()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 36), (200, 55)])
@pytest.mark.parametrize("key", [row.key for row in BY_KEY])
async def test_text_of_a_pane_is_whole_or_marked_as_cut(
    key: str, size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size, app()) as lab:
        await lab.press("s", "s", "s", "s", "b", "s", key)
        panes = [pane for pane in lab.screen.query(LinePane) if pane.region]
        rows = [row for pane in panes for row in rows_of(lab, pane)]
        assert any(text != seen for text, seen in rows)
        for text, seen in rows:
            assert text == seen or CUT in seen, (text, seen)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 36)])
async def test_title_that_has_no_room_is_marked_as_cut(size: tuple[int, int], enter: Enter) -> None:
    async with enter(size, app()) as lab:
        await lab.press("s", "s", "s", "s", "u")
        for pane in lab.screen.query(LinePane):
            title = pane.border_title
            if title is not None and pane.region and pane.styles.border_top[0]:
                region = pane.region
                strip = strips_of(lab.app)[region.y].crop(region.x, region.right)
                seen = strip.text
                assert str(title) in seen or CUT in seen, seen


async def test_text_that_is_scrolled_sideways_is_marked_on_both_sides(enter: Enter) -> None:
    wide = f"(i32.const {'0' * 300}1)"
    text = f'(module (func (export "_start") (drop (i32.add {wide} (i32.const 2)))))'
    async with enter((80, 24), LabApp(OpenProgram("wide.wat", Session(assemble(text))))) as lab:
        lab.source.scroll_to(x=100, animate=False, immediate=True)
        await lab.press()
        (_, seen), *_ = rows_of(lab, lab.source)
        gutter = lab.source.fixed
        assert seen[gutter] == CUT
        assert seen.endswith(CUT)
        assert len(seen) == lab.source.scrollable_content_region.width


async def test_marks_of_a_text_are_in_sight_after_a_long_file_name(
    enter: Enter, tmp_path: Path
) -> None:
    path = tmp_path / f"begin{'x' * 200}end.wat"
    path.write_text("(module)")
    async with enter((80, 24), app=LabApp(open_file(path))) as lab:
        await lab.press("E", "x")
        assert re.search(r"Edit beginx+…x+end.wat \(unapplied, unsaved\)", lab.seen)
        await lab.press("escape")
        assert re.search(r"beginx+…x+end.wat \(unapplied, unsaved\)", lab.seen)
