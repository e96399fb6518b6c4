"""``wasmlab run --debug-on-trap`` without a terminal."""

from __future__ import annotations

import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from wasmlab.cli.main import main
from wasmlab.cli.report import TRAPPED

Text = pytest.CaptureFixture[str]
READS = """(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\08\\00\\00\\00")
  (func (export "_start")
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (i32.div_u (i32.const 1) (i32.sub (i32.load8_u (i32.const 16)) (i32.const 0x78))))))"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's state folder, which is empty; the current folder is another one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "state" / "wasmlab" / "traps"


def recordings(state: Path) -> list[Path]:
    return sorted(state.glob("*")) if state.exists() else []


def test_trap_leaves_a_recording_and_the_command_that_opens_it(state: Path, capsys: Text) -> None:
    assert main(["run", "--debug-on-trap", "trap"]) == TRAPPED
    said = capsys.readouterr().err
    assert "trap: integer divide by zero" in said
    [path] = recordings(state)
    assert path.stat().st_mode & 0o077 == 0
    command = re.search(r"wasmlab: wasmlab (debug .*) opens the recorded run", said)
    assert command is not None
    assert main([*shlex.split(command[1]), "--batch", "-e", "info program"]) == 0
    assert "trapped, 78 instructions completed" in capsys.readouterr().out


def test_recording_carries_what_the_program_read(
    state: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("reads.wat").write_text(READS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"xyz")))
    assert main(["run", "--debug-on-trap", "reads.wat"]) == TRAPPED
    [path] = recordings(state)
    look = ["-e", "x/s 16", "-e", "reverse-step 3", "-e", "who 16"]
    assert main(["debug", "--at-end", "--batch", *look, str(path)]) == 0
    assert '00000010  "xyz"' in capsys.readouterr().out


def test_run_without_a_trap_leaves_nothing(state: Path, capsys: Text) -> None:
    assert main(["run", "hello"]) == 0
    plain = capsys.readouterr()
    assert main(["run", "--debug-on-trap", "hello"]) == 0
    assert capsys.readouterr() == plain
    assert not recordings(state)


def test_recording_that_is_asked_for_is_the_one_that_is_named(state: Path, capsys: Text) -> None:
    assert main(["run", "--debug-on-trap", "--record", "my run.wlab", "trap"]) == TRAPPED
    assert "debug --at-end 'my run.wlab' opens" in capsys.readouterr().err
    assert Path("my run.wlab").exists()
    assert not recordings(state)


def test_few_recordings_of_traps_are_kept(state: Path) -> None:
    for _ in range(12):
        assert main(["run", "--debug-on-trap", "trap"]) == TRAPPED
    assert len(recordings(state)) == 10


def test_at_end_is_for_recordings(capsys: Text) -> None:
    assert main(["debug", "--at-end", "--batch", "-e", "step", "hello"]) == 2
    assert "a recording only" in capsys.readouterr().err
