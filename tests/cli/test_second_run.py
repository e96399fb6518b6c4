"""The second run of a program: nothing is decoded, and it does what the first one did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hygiene.tree import ROOT
from wasmlab import cache
from wasmlab.cli.main import main
from wasmlab.debug.recorded_session import open_recording
from wasmlab.module import assemble
from wasmlab.native import loop
from wasmlab.native.loop import load_loop

if TYPE_CHECKING:
    from pathlib import Path

INVALID = '(module (func (export "_start") (result i32)))'


@pytest.fixture(autouse=True, name="folder")
def fixture_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "cache"
    load_loop()  # from where it is
    monkeypatch.setattr(loop, "is_ready", lambda: True)
    monkeypatch.setattr(cache, "folder", lambda: str(found))
    return found


def binary(text: str) -> bytes:
    return assemble(text, check=False).data


def run(path: Path, capfd: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    status = main(["run", *options, str(path)])
    out, err = capfd.readouterr()
    return status, out, err


def test_invalid_module_is_refused_by_every_run(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.wasm"
    path.write_bytes(binary(INVALID))
    first = run(path, capfd)
    assert (first, first[0]) == (run(path, capfd), 1)
    assert "type mismatch" in first[2]
    assert not list(folder.glob("*.module"))


TRAPS = """(module (memory (export "memory") 1) (data (i32.const 70000) "")
  (func $deep (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
      (else (i32.div_s (i32.const 1) (local.get 0)))))
  (func (export "_start") (drop (call $deep (i32.const 3)))))"""


def programs(tmp_path: Path) -> list[Path]:
    trap = tmp_path / "trap.wasm"
    trap.write_bytes(binary(TRAPS.replace("70000", "7")))
    return [trap, *(ROOT / "samples" / name for name in ("hello.wat", "c/hello.wasm", "trap.wat"))]


@pytest.mark.parametrize("options", [(), ("--strace",), ("--engine", "native")], ids=str)
def test_second_run_does_what_the_first_did(
    folder: Path, tmp_path: Path, options: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    for path in programs(tmp_path):
        first = run(path, capfd, *options)
        assert run(path, capfd, *options) == first
        said = [option for option in options if option == "--strace"]
        assert run(path, capfd, *said, "--engine", "reference") == first
    assert list(folder.glob("*.module"))
    assert list(folder.glob("*.bodies"))


def test_recording_of_a_second_run_is_that_of_the_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = ROOT / "samples" / "c" / "hello.wasm"
    ends = list[tuple[int, int]]()
    for number in range(2):
        record = tmp_path / f"{number}.wlab"
        run(path, capfd, "--record", str(record))
        session = open_recording(record)
        session.run()
        ends.append((session.tick, len(session.host_calls)))
    assert ends[0] == ends[1]
    assert ends[0][0] > 0


def test_cache_that_cannot_be_written_hinders_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    expected = run(ROOT / "samples" / "hello.wat", capfd)
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path / "file" / "cache"))
    assert run(ROOT / "samples" / "hello.wat", capfd) == expected
    assert run(ROOT / "samples" / "hello.wat", capfd) == expected
