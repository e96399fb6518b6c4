"""Every command of README.md does what it is there for."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hygiene.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^ {4}wasmlab\b *(.*?) *(?:#.*)?$", README, re.MULTILINE)
INLINE = re.findall(r"`wasmlab (\w+ [^`]+)`", README)
STANDS_FOR = {"FILE": "samples/hello.wat", "COMMAND": "step"}
SCRIPT = ROOT / "tests/wast/gc.wast"
"""What ``wasmlab wast`` is given as FILE."""
STAYS = "serve"
"""Goes on until it is interrupted."""
TASK = '(module (func (export "one") (result i32) (i32.const 1)))'
TESTS = '[[case]]\ncall = "one"\nreturns = [1]\n'
PROGRAM = (sys.executable, "-c", "import sys; from wasmlab.cli.main import main; sys.exit(main())")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the commands name: samples, a task and its tests."""
    made = tmp_path_factory.mktemp("readme")
    (made / "samples").symlink_to(ROOT / "samples")
    (made / "task.wat").write_text(TASK)
    (made / "tests.toml").write_text(TESTS)
    return made


def test_readme_has_commands() -> None:
    assert len(COMMANDS) > 15  # a tour


def ran(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what wasmlab said to words, in a folder and without standard input."""
    return subprocess.run(
        [*PROGRAM, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_commands_of_readme_end_well_in_their_order(folder: Path) -> None:
    for text in COMMANDS:
        words = shlex.split(text)
        if words[:1] == [STAYS]:
            continue
        if words[:1] == ["notebook"]:
            words.append("--no-open")
        made = ran(words, folder)
        assert made.returncode == 0, (text, made.stdout, made.stderr)
        assert made.stdout or made.stderr or words[0] in {"validate", "notebook"}, text


@pytest.mark.parametrize("text", INLINE)
def test_command_in_a_sentence_of_readme_ends_well(folder: Path, text: str) -> None:
    words = [STANDS_FOR.get(word, word) for word in shlex.split(text)]
    if words[0] == "wast":
        words[-1] = str(SCRIPT)
    made = ran(words, folder)
    assert made.returncode == 0, (made.stdout, made.stderr)
    assert made.stdout


def test_readme_has_commands_in_sentences() -> None:
    assert {text.split(maxsplit=1)[0] for text in INLINE} >= {"debug", "wast"}


def test_command_of_readme_that_stays_says_where_it_serves(folder: Path) -> None:
    (text,) = [text for text in COMMANDS if text.startswith(STAYS)]
    with subprocess.Popen(
        [*PROGRAM, *shlex.split(text)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        server.send_signal(signal.SIGINT)
        rest = server.stdout.read()
    assert "http://" in said + rest
    assert "Traceback" not in rest
