"""Quotas, seeds and faults from the command line; changed files in a session."""

from pathlib import Path

import pytest

import wasmlab as wl
from wasmlab.cli.main import main
from wasmlab.engine.grants import Grants
from wasmlab.opening.arguments import Option
from wasmlab.opening.options import PROGRAM_OPTIONS
from wasmlab.records import fields

Text = pytest.CaptureFixture[str]

ENDLESS = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
  (data (i32.const 16) "x")
  (func (export "_start")
    (loop $l (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l))))"""
RANDOM = """(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $random (i32.const 0) (i32.const 1)))
    (call $exit (i32.load8_u (i32.const 0)))))"""
MAKER = """(module
  (import "wasi_snapshot_preview1" "path_create_directory"
    (func $mkdir (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "made")
  (func (export "_start") (drop (call $mkdir (i32.const 3) (i32.const 0) (i32.const 4)))))"""


def wat(folder: Path, text: str) -> str:
    path = folder / "program.wat"
    path.write_text(text)
    return str(path)


def test_quota_of_output_stops_a_guest_that_prints_without_end(
    tmp_path: Path, capsys: Text
) -> None:
    words = ["debug", "--batch", "--quota", "output=100", "-e", "continue"]
    main([*words, wat(tmp_path, ENDLESS)])
    assert "quota output" in "".join(capsys.readouterr())


def test_quota_of_an_unknown_name_says_which_there_are(tmp_path: Path, capsys: Text) -> None:
    assert main(["run", "--quota", "speed=3", wat(tmp_path, RANDOM)]) == 2
    assert "descriptors" in capsys.readouterr().err


def test_seed_decides_the_random_numbers(tmp_path: Path) -> None:
    program = wat(tmp_path, RANDOM)

    def exit_code(seed: int) -> int:
        return main(["run", "--deterministic", "--seed", str(seed), program])

    assert exit_code(1) == exit_code(1)
    assert len({exit_code(seed) for seed in range(5)}) > 1


def test_session_files_shows_what_the_program_made_and_writes_it_when_asked(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "granted"
    folder.mkdir()
    session = wl.Session(wl.assemble(MAKER), dirs={"/": folder})
    session.run()
    assert [(c.what, c.path) for c in session.files.diff()["/"]] == [("added", "made")]
    assert not (folder / "made").exists()
    session.files.commit()
    assert (folder / "made").is_dir()


COMPOSED = {"inherit_env": "env", "host": "imports", "no_deterministic": "deterministic"}
"""Options that fill a field of another name, together with the option of that name."""


@pytest.mark.parametrize("option", PROGRAM_OPTIONS, ids=lambda option: option.name)
def test_option_of_a_program_fills_a_field_of_grants(option: Option) -> None:
    assert COMPOSED.get(option.name, option.name) in {field.name for field in fields(Grants)}
