"""``wasmlab run --profile``: the same figures in every tier, as tables and as files."""

import json
from pathlib import Path

import pytest

from wasmlab.cli.main import main

Text = pytest.CaptureFixture[str]

CALLS = """(module
  (func $inner (param $n i32)
    (loop $again
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $outer (param $n i32) (call $inner (local.get $n)))
  (func $unused)
  (func (export "_start") (call $outer (i32.const 4000)) (call $inner (i32.const 1000))))"""
INNER = 5 * 5000 + 2
"""Instructions of $inner: five in each round, and two ends."""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "calls.wat"
    path.write_text(CALLS)
    return str(path)


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_hottest_functions_and_lines_are_printed(program: str, engine: str, capsys: Text) -> None:
    assert main(["run", "--profile", "--engine", engine, program]) == 0
    lines = capsys.readouterr().err.splitlines()
    functions = [line.split() for line in lines[1 : lines.index("")]]
    assert functions[0][:2] == ["$inner", f"{INNER:,}"]
    assert {row[0] for row in functions} == {"$inner", "$outer", "func[3]"}
    assert not any("$unused" in line for line in lines)
    hottest = lines[lines.index("") + 2]
    assert "line 4" in hottest
    assert f"{INNER:,}" in hottest


def test_speedscope_file_has_all_instructions(program: str, tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "profile.json"
    assert main(["run", program, f"--profile={path}"]) == 0
    assert capsys.readouterr().err == ""
    content = json.loads(path.read_text())
    (profile,) = content["profiles"]
    names = [frame["name"] for frame in content["shared"]["frames"]]
    stacks = {tuple(names[i] for i in sample) for sample in profile["samples"]}
    assert ("func[3]", "$outer", "$inner") in stacks
    assert sum(profile["weights"]) == profile["endValue"] == INNER + 3 + 5
    assert {frame["file"] for frame in content["shared"]["frames"]} == {"calls.wat"}


def test_folded_file_has_a_stack_on_each_line(program: str, tmp_path: Path) -> None:
    path = tmp_path / "profile.folded"
    assert main(["run", f"--profile={path}", program]) == 0
    stacks = dict(line.rsplit(" ", 1) for line in path.read_text().splitlines())
    assert "func[3];$outer;$inner" in stacks
    assert sum(map(int, stacks.values())) == INNER + 3 + 5


def test_program_that_traps_has_a_profile_too(capsys: Text) -> None:
    assert main(["run", "--profile", "trap"]) == 134
    assert "instructions" in capsys.readouterr().err


def test_profile_needs_a_file_of_a_known_kind(program: str, capsys: Text) -> None:
    assert main(["run", "--profile=profile.txt", program]) == 2
    assert "FILE.folded" in capsys.readouterr().err


def test_profile_that_cannot_be_written_is_said(program: str, tmp_path: Path, capsys: Text) -> None:
    assert main(["run", f"--profile={tmp_path}/nowhere/p.json", program]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_table_says_which_column_is_sampled(program: str, capsys: Text) -> None:
    assert main(["run", "--profile", program]) == 0
    said = capsys.readouterr().err
    assert "total*" in said
    assert "from samples; all else is counted exactly" in said.splitlines()[-1]
