"""``wasmlab wast``: summary lines, JSON, several processes, exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wasmlab.cli import wast
from wasmlab.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """(module (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke "f") (i32.const 1))
"""
BAD = GOOD + '(assert_return (invoke "f") (i32.const 2))\n(assert_trap (invoke "f") "x")\n'


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "good.wast").write_text(GOOD)
    (tmp_path / "deep" / "bad.wast").write_text(BAD)
    return tmp_path


def test_script_that_passes_is_one_line_and_status_0(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(folder / "good.wast")
    assert main(["wast", path]) == 0
    assert capsys.readouterr().out == f"{path}: 2 passed\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_folder_is_searched_and_failures_name_their_lines(
    folder: Path, jobs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["wast", "-j", jobs, str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"{folder}/deep/bad.wast: 2 passed, 2 failed",
        "  line 3: assert_return: expected i32 0x2, found 0x1",
        "  line 4: assert_trap: expected 'x', found no error",
        f"{folder}/good.wast: 2 passed",
    ]
    assert said.err == "2 files: 4 passed, 2 failed\n"


def test_json_is_one_array_of_all_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wast", "--json", str(folder)]) == 1
    bad, good = json.loads(capsys.readouterr().out)
    assert good == {
        "file": f"{folder}/good.wast",
        "passed": 2,
        "failed": [],
        "counts": {"assert_return": 1, "module": 1},
    }
    assert [failure["line"] for failure in bad["failed"]] == [3, 4]


@pytest.mark.parametrize(
    "words",
    [[], ["nothing.wast"], ["-j", "0", "good.wast"], ["-j", "x", "good.wast"], ["empty"], ["a\0b"]],
    ids=["nothing", "no file", "no jobs", "bad jobs", "no scripts", "no name"],
)
def test_bad_usage_is_status_2_and_one_line(
    words: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "empty").mkdir()
    monkeypatch.chdir(folder)
    assert main(["wast", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


def test_many_failures_are_counted_beyond_what_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "many.wast"
    path.write_text(GOOD + '(assert_return (invoke "f") (i32.const 2))\n' * 30)
    assert main(["wast", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: 2 passed, 30 failed"
    assert lines[-1] == "  and 10 more; --json has all of them"


def test_scripts_of_a_folder_are_in_order(folder: Path) -> None:
    names = [path.name for path in wast.scripts_in(str(folder))]
    assert names == ["bad.wast", "good.wast"]
