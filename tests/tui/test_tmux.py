"""The lab in a real terminal: open, break, run, step back, edit, assemble, suspend, quit."""

from __future__ import annotations

import os
import selectors
from typing import TYPE_CHECKING

import pytest

from tests.tui.terminal import PATIENCE
from tests.tui.tmux import shell

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
(module
  (func (export "_start")
    i32.const 1
    drop
    i32.const 2
    drop))
"""
SAY_OVER, OVER = "echo ov''er", "over\n"
"""The typed command does not look like what it prints."""


def test_lab_in_tmux_from_opening_to_the_end(tmp_path: Path) -> None:
    program = tmp_path / "two.wat"
    program.write_text(TEXT)
    with shell(tmp_path) as tmux:
        tmux.enter(f"stty -a > before; ./lab two.wat; stty -a > after; {SAY_OVER}")
        tmux.wait_for("step 0")
        tmux.type("Down", "Down", "b", "c")
        assert "line 5" in tmux.wait_for("breakpoint 1 at")
        tmux.type("S")
        tmux.wait_for("step 1 of 2")
        tmux.type("E")
        tmux.wait_for("Assemble")
        tmux.type("Home")
        tmux.enter("nop")
        tmux.type("C-s")
        tmux.wait_for("step 0")
        assert program.read_text() == TEXT.replace("    drop\n", "    nop\ndrop\n")
        tmux.type("c")
        assert "line 6" in tmux.wait_for("breakpoint 1 at")
        tmux.type("q")
        tmux.wait_for(OVER)
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()


def test_suspended_lab_comes_back(tmp_path: Path) -> None:
    (tmp_path / "two.wat").write_text(TEXT)
    with shell(tmp_path) as tmux:
        tmux.enter("stty -a > before; ./lab two.wat")
        tmux.wait_for("step 0")
        tmux.type("s")
        tmux.wait_for("step 1")
        tmux.type("C-z")
        tmux.wait_for("Stopped")
        tmux.enter(f"stty -a > during; fg; stty -a > after; {SAY_OVER}")
        tmux.wait_for("step 1")
        tmux.type("s")
        tmux.wait_for("step 2")
        tmux.type("q")
        tmux.wait_for(OVER)
    before = (tmp_path / "before").read_text()
    assert (tmp_path / "during").read_text() == before
    assert (tmp_path / "after").read_text() == before


@pytest.mark.parametrize("suspended", [False, True])
def test_tmux_killed_ends_the_lab(tmp_path: Path, *, suspended: bool) -> None:
    (tmp_path / "two.wat").write_text(TEXT)
    ended = tmp_path / "ended"
    os.mkfifo(ended)
    reader = os.open(ended, os.O_RDONLY | os.O_NONBLOCK)
    with shell(tmp_path) as tmux:
        tmux.enter(f"./lab two.wat 9>{ended}")
        tmux.wait_for("step 0")
        tmux.type("s")
        tmux.wait_for("step 1")
        if suspended:
            tmux.type("C-z")
            tmux.wait_for("Stopped")
    with os.fdopen(reader) as at_end, selectors.DefaultSelector() as selector:
        selector.register(at_end, selectors.EVENT_READ)
        assert selector.select(PATIENCE), "the lab outlives its terminal"
        assert at_end.read() == ""
