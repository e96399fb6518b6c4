"""Host calls are decoded when they are asked for, with the names of descriptors at that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import wasmlab as wl
from wasmlab.cli.main import main
from wasmlab.debug.recorded_session import open_recording
from wasmlab.host.wasi.fs.mount import Dir

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FILES = """
(module
  (import "wasi_snapshot_preview1" "path_open" (func $open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write
    (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\40\\00\\00\\00\\02\\00\\00\\00")
  (data (i32.const 64) "hi")
  (data (i32.const 80) "ab")
  (func $make (param $name i32)
    (drop (call $open (i32.const 3) (i32.const 0) (local.get $name) (i32.const 1) (i32.const 1)
      (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 96))))
  (func $put (param $fd i32)
    (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 100))))
  (func (export "_start")
    (call $make (i32.const 80))
    (call $make (i32.const 81))
    (call $put (i32.const 4))
    (call $put (i32.const 5))
    (drop (call $renumber (i32.const 5) (i32.const 4)))
    (call $put (i32.const 4))
    (call $put (i32.const 5))
    (drop (call $close (i32.const 4)))
    (drop (call $close (i32.const 4)))
    (call $put (i32.const 1))
    (drop (call $close (i32.const 1)))))
"""


def test_calls_decoded_later_have_the_names_of_their_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "files.wat").write_text(FILES)
    granted = tmp_path / "granted"
    granted.mkdir()
    assert main(["run", "--strace", "--dir", f"{granted}::/d", str(tmp_path / "files.wat")]) == 0
    texts = capsys.readouterr().err.splitlines()
    s = wl.Session(wl.assemble(FILES), dirs={"/d": Dir(None, mode="memory")})
    s.run()
    assert [call.text for call in s.host_calls] == texts
    assert texts[4].startswith("fd_renumber(fd=5 </d/b>, to=4 </d/b>)")
    assert texts[7].startswith("fd_close(fd=4 </d/b>) = OK")
    assert texts[8].startswith("fd_close(fd=4) = EBADF")
    s.save(tmp_path / "saved.wlab")
    again = open_recording(tmp_path / "saved.wlab")
    again.to_end()
    assert [call.text for call in again.host_calls] == texts


def test_calls_ahead_are_decoded_like_those_made() -> None:
    s = wl.Session(wl.assemble(FILES), dirs={"/d": Dir(None, mode="memory")})
    s.run()
    s.to_start()
    assert s.host_calls == ()
    ahead = [event.text for event in s.timeline.events if event.kind == "host"]
    s.to_end()
    assert ahead == [call.text for call in s.host_calls]
