"""Processes that are killed in the middle of a commit, and what ``wasmlab commit`` makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

import pytest

from tests.attack.commit import case, check, known
from tests.attack.killed import NotingDisk
from tests.attack.trees import picture
from wasmlab.host.wasi.fs.commit.journal import RESERVED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.attack.commit import Known

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")

Moment = Literal["first", "middle", "last"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("commits")


@pytest.fixture(scope="module")
def found(folder: Path) -> Known:
    return known(folder)


@pytest.fixture(scope="module")
def entered(folder: Path) -> dict[str, int]:
    disk = NotingDisk()
    case(folder / "noted").guest.wasi.commit(disk)
    return disk.entered


def python(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a process of its own, with its own notes."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def killed_at(base: Path, call: int) -> str:
    """Kill a process at a call of a commit; return the state that it leaves."""
    ended = python(base.parent / "state", "tests.attack.killed", str(base), str(call))
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    (left,) = (base / "root").glob(f"{RESERVED}.*")
    return left.suffix.removeprefix(".")


@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("moment", ["first", "middle", "last"])
@pytest.mark.parametrize(("state", "until"), [("writing", "removing"), ("removing", "end")])
def test_commit_of_a_killed_process_goes_on(
    found: Known, entered: dict[str, int], tmp_path: Path, state: str, until: str, moment: Moment,
    *, undo: bool,
) -> None:  # fmt: skip
    first, last = entered[state] + 1, entered[until]
    call = {"first": first, "middle": (first + last) // 2, "last": last}[moment]
    base = tmp_path / "killed"
    assert killed_at(base, call) == state
    root = base / "root"
    check(found, base)
    words = ["wasmlab", "commit", str(root)]
    done = python(tmp_path / "state", *words, *(["--undo"] if undo else []))
    if undo and state == "removing":
        assert "too late" in done.stderr
        check(found, base)
        done = python(tmp_path / "state", *words)
        undo = False
    assert done.returncode == 0, done.stderr
    assert picture(root) == (found.old if undo else found.new)
    assert picture(base / "outside") == found.outside
