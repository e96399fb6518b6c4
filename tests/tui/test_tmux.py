"""The lab in a real terminal: open, break, run, step back, edit, assemble, suspend, quit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32" or shutil.which("tmux") is None or shutil.which("bash") is None:
    pytest.skip("needs tmux and bash", allow_module_level=True)

from tests.tui.terminal import COLUMNS, LINES, START, Terminal, running

if TYPE_CHECKING:
    from collections.abc import Generator
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


class Tmux:
    """A shell in tmux, which knows what is on the screen."""

    def __init__(self, client: Terminal, socket: str) -> None:
        self.client = client
        self.command = ("tmux", "-S", socket)

    def type(self, *keys: str) -> None:
        """Send keys, by tmux's names for them."""
        subprocess.run([*self.command, "send-keys", *keys], check=True)

    def enter(self, line: str) -> None:
        """Type a line for the shell."""
        subprocess.run([*self.command, "send-keys", "-l", line], check=True)
        self.type("Enter")

    def screen(self) -> str:
        """Return what can be seen."""
        capture = [*self.command, "capture-pane", "-p"]
        return subprocess.run(capture, check=True, capture_output=True, text=True).stdout

    def wait_for(self, text: str) -> str:
        """Return what can be seen once text is."""
        while text not in (screen := self.screen()):
            assert self.client.read(), f"tmux ended; the screen was\n{screen}"
        return screen


@contextmanager
def shell(folder: Path) -> Generator[Tmux]:
    """Run a shell in tmux, in a folder where ``./lab`` is wasmlab."""
    lab = folder / "lab"
    lab.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{START}' \"$@\"\n")
    lab.chmod(0o755)
    socket, settings = str(folder / "tmux"), folder / "tmux.conf"
    settings.write_text("set -g status off\n")  # its clock would break every silence
    inner = ("bash", "--norc", "--noprofile", "-i")
    size = ("-x", str(COLUMNS), "-y", str(LINES))
    command = ("tmux", "-f", str(settings), "-S", socket, "new-session", *size, "-c", str(folder))
    env = {"XDG_STATE_HOME": str(folder / "state"), "PS1": "READY ", "TMUX": ""}
    with running([*command, *inner], env) as client:
        tmux = Tmux(client, socket)
        client.wait_for("READY")
        try:
            yield tmux
        finally:
            subprocess.run([*tmux.command, "kill-server"], check=False)
            client.finish()


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
