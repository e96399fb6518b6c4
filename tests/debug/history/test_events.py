"""What cannot be taken back is marked, and named where one steps back over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from wasmlab.host.wasi.fs.mount import Dir

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.host.wasi.fs.mount import Mode

MAKES = """
(module
  (import "wasi_snapshot_preview1" "path_create_directory"
    (func $make (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $ask (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "made")
  (func (export "_start")
    (drop (call $ask (i32.const 3) (i32.const 64)))
    (drop (call $make (i32.const 3) (i32.const 16) (i32.const 4)))
    (drop (call $make (i32.const 3) (i32.const 16) (i32.const 3)))
    (drop (call $make (i32.const 3) (i32.const 16) (i32.const 3)))))
"""


def made(folder: Path, mode: Mode) -> wl.Session:
    s = wl.Session(wl.assemble(MAKES), dirs={"/d": Dir(str(folder), mode=mode)})
    s.run()
    return s


def test_real_changes_are_events_and_are_named_going_back(tmp_path: Path) -> None:
    s = made(tmp_path, "real")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mad", "made"]
    barriers = [event for event in s.timeline.events if event.kind == "barrier"]
    assert [event.tick for event in barriers] == [call.tick for call in s.host_calls[1:3]]
    first, second = (event.tick for event in barriers)
    assert "not taken back" not in s.goto(second).message
    stop = s.step_back()
    assert stop.message.endswith(f"; step {second} wrote to a real file: not taken back")
    assert s.stop == stop
    s.to_end()
    assert f"step {second} (and 1 before it) wrote" in s.to_start().message
    assert "wrote" not in s.goto(first - 1).message


def test_branch_before_a_barrier_is_not_rewound(tmp_path: Path) -> None:
    s = made(tmp_path, "real")
    s.step_back()
    s.branch()
    s.to_start()
    s.branch()
    assert [b.rewound for b in s.branches] == [True, True, False]


@pytest.mark.parametrize("mode", ["overlay", "memory"])
def test_changes_in_memory_are_no_barriers(tmp_path: Path, mode: Mode) -> None:
    s = made(tmp_path, mode)
    assert all(event.kind != "barrier" for event in s.timeline.events)
    s.to_start()
    assert "not taken back" not in s.stop.message
    assert not list(tmp_path.iterdir())
