"""The next instruction is in sight: sideways, and with the head of its function."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.tui.conftest import Lab, strips_of
from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.program import OpenProgram

pytestmark = pytest.mark.asyncio

Enter = Callable[..., AbstractAsyncContextManager[Lab]]
FAR = " " * 200
WIDE_LINES = f"""(module
  (func $far (export "_start")
    (drop (i32.add{FAR}(i32.const 11){FAR}(i32.const 22)))
    nop)
)"""
LONG_HEADS = "\n".join(
    f"  (func $f{n}\n    (local i32)\n    (local i64)\n    (local f32)\n    nop nop)"
    for n in range(9)
)
CALLS = f"""(module
{LONG_HEADS}
  (func (export "_start") {" ".join(f"(call $f{n})" for n in (8, 0, 7, 1))})
)"""


def app(text: str) -> LabApp:
    return LabApp(OpenProgram("wide.wat", Session(assemble(text, file="wide.wat"))))


def source_rows(lab: Lab) -> list[str]:
    """Return what can be seen of the source pane."""
    region = lab.source.content_region
    rows = strips_of(lab.app)[region.y : region.bottom]
    return ["".join(s.text for s in strip.crop(region.x, region.right)) for strip in rows]


def here(lab: Lab) -> str:
    return next(row for row in source_rows(lab) if "▶" in row)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 55)])
async def test_instruction_far_to_the_right_is_scrolled_to(
    size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size, app(WIDE_LINES)) as lab:
        for text in ("i32.const 11", "i32.const 22"):
            assert text in here(lab)
            assert here(lab).split()[1].startswith("3")
            await lab.press("s")
        assert "i32.add" in here(lab)
        await lab.press("s", "s")
        assert "    nop" in here(lab)
        assert lab.source.scroll_offset.x == 0
        await lab.press("S", "S", "S")
        assert "i32.const 22" in here(lab)


async def test_function_that_is_entered_is_shown_with_its_head(enter: Enter) -> None:
    async with enter((80, 24), app(CALLS)) as lab:
        for name in ("$f8", "$f0", "$f7", "$f1"):
            await lab.press("s")
            assert "nop" in here(lab)
            assert any(f"(func {name}" in row for row in source_rows(lab)), name
            await lab.press("o")


async def test_long_comment_after_an_instruction_is_not_scrolled_to(enter: Enter) -> None:
    text = f"""(module (func (export "_start")
      nop   ;; {"a long comment " * 20}
      nop {" " * 50} ;; {"another one " * 20}
      i32.const 1 (; {"block " * 50} ;)
      drop))"""
    async with enter((80, 24), app(text)) as lab:
        for _ in range(4):
            assert lab.source.scroll_offset.x == 0
            await lab.press("s")
