"""A wrong answer is said below it and stays, to be edited; what takes long is stopped by esc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.tui.conftest import BEGIN
from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.program import OpenProgram

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tui.conftest import Lab

pytestmark = pytest.mark.asyncio

Enter = Any
"""The fixture ``enter``, see conftest."""

ASKS = """(module
  (import "host" "number" (func $number (result i32)))
  (global $g (mut i32) (i32.const 0))
  (func (export "_start") (global.set $g (call $number)) nop))"""


def in_source(line: int) -> Callable[[Lab], bool]:
    return lambda lab: lab.source.cursor == line


CASES: list[tuple[list[str], str, str, str, Callable[[Lab], bool]]] = [
    (["g"], "$mainn", "did you mean $main", "$main", in_source(17)),
    (["g"], "0xffffff", "0xffffff", "16", in_source(17)),
    (["5", "g"], "0x1g", "is not an address", "0x10", lambda lab: lab.memory.address == 16),
    (["5", "g"], "0x10000", "not in memory", "0x1", lambda lab: lab.memory.address == 1),
    (["slash"], "i32.storee", "is not in the source", "i32.store", in_source(22)),
    (["5", "slash"], "0xzz", "is not bytes", "0x6f 2c", lambda lab: lab.memory.address == 12),
    (
        ["backslash"],
        "worlds",
        "not in the memory",
        "world",
        lambda lab: lab.memory.address == 15,
    ),
    (["w"], "$m", "$m", "$n", lambda lab: lab.session.watchpoints[0].text.startswith("$n")),
    (["W"], "$m", "$m", "$n", lambda lab: "Who wrote $n" in lab.seen),
    (["left_curly_bracket"], "$m", "$m", "$n", lambda lab: lab.session.tick < BEGIN),
    (["right_curly_bracket"], "$m", "$m", "i32[0]", lambda lab: lab.session.tick == BEGIN + 1),
    (["v", "slash"], "no such", "is not in the list", "global", lambda _: True),
]


@pytest.mark.parametrize(("keys", "wrong", "fault", "right", "is_done"), CASES)
async def test_wrong_answer_stays_with_its_fault_and_the_next_one_is_taken(
    keys: list[str],
    wrong: str,
    fault: str,
    right: str,
    is_done: Callable[[Lab], bool],
    enter: Enter,
) -> None:
    async with enter() as lab:
        await lab.press("1", *keys)
        await lab.answer(wrong)
        assert isinstance(lab.app.screen, PromptScreen)
        assert lab.typed == wrong
        assert fault in lab.seen
        await lab.answer(right)
        assert not isinstance(lab.app.screen, PromptScreen)
        assert is_done(lab)


async def test_wrong_result_of_a_call_stays_and_the_next_one_is_taken(enter: Enter) -> None:
    session = Session(assemble(ASKS), stub_imports="ask")
    async with enter(app=LabApp(OpenProgram("asks.wat", session))) as lab:
        await lab.press("c")
        await lab.answer("seven")
        assert lab.typed == "seven"
        assert "'seven'" in lab.seen
        await lab.answer("7")
        assert isinstance(lab.app.screen, LabScreen)
        assert session.evaluate("$g") == 7


async def test_wrong_file_is_there_again_when_the_next_one_is_asked_for(
    enter: Enter, tmp_path: Path
) -> None:
    path = tmp_path / "broken.wasm"
    path.write_bytes(b"\0asm\1\0\0\0\1")
    async with enter(app=LabApp()) as lab:
        await lab.press("o")
        await lab.answer(str(path))
        await lab.press("o")
        assert lab.typed == str(path)


async def test_question_that_takes_long_is_stopped_and_asked_again(
    enter: Enter, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, finds = session.control.work, session.history_of

    def endless(_what: str) -> object:
        with work.query():
            while True:
                work.look()

    async with enter() as lab:
        monkeypatch.setattr(session, "history_of", endless)
        await lab.press("1", "W")
        lab.app.simulate_key("enter")
        while "esc stops it" not in lab.seen:
            await lab.pilot.pause()
        assert lab.screen.busy
        await lab.press("escape")
        assert "stopped" in lab.seen
        assert "esc stops it" not in lab.seen
        assert not lab.screen.busy
        assert not work.wanted
        monkeypatch.setattr(session, "history_of", finds)
        await lab.press("enter")
        assert "Who wrote $n" in lab.seen


async def test_key_after_an_answer_that_is_looked_at_reaches_the_lab(enter: Enter) -> None:
    async with enter() as lab:
        await lab.type_at_once("1", "w", "end", "backspace", *"n", "enter", "colon", "s")
        assert (lab.typed, lab.focused) == ("s", "command-line")
        assert [w.text for w in lab.session.watchpoints] == ["$n of $main"]
