"""The lab in a terminal: however it ends, the terminal is as it was."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from wasmlab import samples

if sys.platform == "win32":
    pytest.skip("needs a Unix terminal", allow_module_level=True)

from tests.tui.terminal import PATIENCE, Terminal, terminal
from wasmlab.defect import DEFECT
from wasmlab_tui.app import BY_SIGNAL, ENDING
from wasmlab_tui.terminal_driver import HUNG_UP

if TYPE_CHECKING:
    from pathlib import Path

HELLO = str(samples.folder() / "hello.wat")
TAKEN_BACK = (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?2004l", b"\x1b[?25h")
"""The other screen, reports of the mouse, bracketed paste, the hidden cursor."""
FAILING = """
import sys
from wasmlab.cli.main import main
from wasmlab_tui.lab.selection import Selection
def fail(self): raise IndexError("not foreseen")
Selection.next_base = fail
sys.exit(main())
"""


def check_given_back(shown: Terminal, before: list[object]) -> None:
    """Check that the terminal is as it was."""
    assert shown.settings() == before
    for code in TAKEN_BACK:
        entered = code[:-1] + (b"l" if code.endswith(b"h") else b"h")
        assert shown.output.rfind(code) > shown.output.rfind(entered), code


def test_quit_gives_the_terminal_back(tmp_path: Path) -> None:
    with terminal(HELLO, state=tmp_path) as shown:
        before = shown.settings()
        shown.wait_for("step 0")
        assert shown.settings() != before
        shown.type("q")
        assert shown.finish() == 0
        check_given_back(shown, before)


@pytest.mark.parametrize("name", ENDING)
def test_signal_gives_the_terminal_back(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]
    with terminal(HELLO, state=tmp_path) as shown:
        before = shown.settings()
        shown.wait_for("step 0")
        shown.process.send_signal(number)
        assert shown.finish() == BY_SIGNAL + number
        check_given_back(shown, before)


def test_termination_ends_a_program_that_runs_for_ever(tmp_path: Path) -> None:
    with terminal(str(endless(tmp_path)), state=tmp_path) as shown:
        shown.wait_for("step 0")
        shown.type("c")
        shown.wait_for("p stops it")
        shown.process.send_signal(signal.SIGTERM)
        assert shown.finish() == BY_SIGNAL + signal.SIGTERM


def endless(folder: Path) -> Path:
    path = folder / "endless.wat"
    path.write_text('(module (func (export "_start")\nnop\n(loop $l (br $l))))')
    return path


GONE = {
    "at rest": (),
    "a run": (("c", "p stops it"),),
    "a dialogue": (("g", "Go to?"),),
    "help": (("?", "Keys and signs"),),
}
"""Keys, and what they show, before the terminal is gone."""


@pytest.mark.parametrize("before", GONE)
def test_terminal_gone_ends_the_lab_with_its_breakpoints_kept(before: str, tmp_path: Path) -> None:
    program = endless(tmp_path)
    with terminal(str(program), state=tmp_path) as shown:
        shown.wait_for("step 0")
        shown.type("b")
        shown.wait_for("●")
        for key, seen in GONE[before]:
            shown.type(key)
            shown.wait_for(seen)
        assert shown.hang_up() == HUNG_UP
    with terminal(str(program), state=tmp_path) as again:
        again.wait_for("●")


def test_terminal_gone_ends_the_editor_with_its_text_kept(tmp_path: Path) -> None:
    program = endless(tmp_path)
    with terminal(str(program), state=tmp_path) as shown:
        shown.wait_for("step 0")
        shown.type("E")
        shown.wait_for("Edit ")
        shown.type("(; kept ;)")
        shown.wait_for("kept")
        assert shown.hang_up() == HUNG_UP
    (kept,) = (tmp_path / "wasmlab" / "drafts").glob("*.json")
    assert "kept" in kept.read_text()


def test_signal_after_the_terminal_is_gone_ends_the_lab(tmp_path: Path) -> None:
    with terminal(HELLO, state=tmp_path) as shown:
        shown.wait_for("step 0")
        shown.process.send_signal(signal.SIGSTOP)
        os.close(shown.master)
        shown.process.send_signal(signal.SIGHUP)
        shown.process.send_signal(signal.SIGCONT)
        shown.master = os.open(os.devnull, os.O_RDONLY)
        assert shown.process.wait(PATIENCE) == HUNG_UP


def test_defect_is_reported_when_the_terminal_is_back(tmp_path: Path) -> None:
    with terminal(HELLO, state=tmp_path, code=FAILING) as shown:
        before = shown.settings()
        shown.wait_for("step 0")
        shown.type("x")
        assert shown.finish() == DEFECT
        check_given_back(shown, before)
    said = shown.output[shown.output.rfind(b"\x1b[?1049l") :].decode()
    assert "a defect of wasmlab: IndexError: not foreseen; please report it" in said
    assert "Traceback" not in said


def test_defect_shows_its_traceback_to_who_wants_it(tmp_path: Path) -> None:
    env = {"WASMLAB_TRACEBACK": "1"}
    with terminal(HELLO, state=tmp_path, code=FAILING, env=env) as shown:
        shown.wait_for("step 0")
        shown.type("x")
        assert shown.finish() == DEFECT
    assert b"in fail" in shown.output
