"""One budget: what the store takes and what the host holds for the program count together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.engine.recordings import saved
from tests.host.guest import Guest
from wasmlab.debug.recorded_session import open_recording
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.fs.memory import NODE_BYTES
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.fs.tree import PAGE
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.runtime.memory_budget import MOST_HEAP, USUAL_HEAP, MemoryBudget

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("reference", "native")
MIB = 1 << 20
WRITES = """
(module
  (import "wasi_snapshot_preview1" "path_open" (func $open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\\00\\00\\01\\00\\00\\00\\01\\00")
  (data (i32.const 16) "big")
  (func (export "f") (result i32) (local $errno i32) (local $grown i32)
    (drop (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 3) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 24)))
    (memory.fill (i32.const 65536) (i32.const 7) (i32.const 65536))
    (loop $l
      (local.set $grown (i32.add (local.get $grown)
        (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (local.set $errno
        (call $write (i32.load (i32.const 24)) (i32.const 0) (i32.const 1) (i32.const 28)))
      (br_if $l (i32.eqz (local.get $errno))))
    (i32.add (i32.mul (i32.const 1000) (local.get $errno))
      (i32.add (local.get $grown)
        (i32.mul (i32.const 100) (i32.ne (memory.grow (i32.const 2)) (i32.const -1)))))))
"""
"""Lets a memory and a file grow by 64 KiB in turn; returns 1000 * errno + pages (+ 100: there was
room for more)."""
FULL = f"f returned {1000 * Errno.ENOSPC + 31}"
"""4 MiB: 2 pages to begin with, 31 times two pages or less, and the file's name."""
OBJECTS = """
(module (type $a (array (mut i64)))
  (memory 8)
  (func (export "f") (result i32) (local $last (ref null $a))
    (drop (memory.grow (i32.const {pages})))
    (local.set $last (array.new_default $a (i32.const 100000)))
    (array.len (local.get $last))))
"""


def session(text: str, engine: str, **grants: object) -> wl.Session:
    return wl.Session(wl.assemble(text), invoke="f", engine=engine, **grants)  # pyright: ignore[reportArgumentType] - as each test has them


@pytest.mark.parametrize("engine", ENGINES)
def test_file_in_memory_and_memory_share_the_limit(engine: str, tmp_path: Path) -> None:
    s = session(WRITES, engine, dirs={"/": Dir()}, max_memory=4 * MIB)
    assert s.run().message == FULL
    end = s.tick
    for tick in (end // 2, 5, end - 3):
        s.goto(tick)
        assert s.run().message == FULL
        assert s.tick == end
    replayed = open_recording(saved(s, tmp_path), engine)
    replayed.goto(end - 1)
    replayed.to_end()
    assert replayed.stop.message == FULL


@pytest.mark.parametrize("engine", ENGINES)
def test_heap_counts_as_far_as_it_has_grown(engine: str) -> None:
    fits = session(OBJECTS.format(pages=1), engine, max_memory=2 * MIB)
    assert fits.run().message == "f returned 100000"
    full = session(OBJECTS.format(pages=20), engine, max_memory=2 * MIB)
    message = full.run().message
    assert "memory limit exhausted: 800,016 bytes are asked for" in message
    assert "of 2,097,152 are left; --max-memory allows more" in message


def limited(wasi: Wasi, limit: int) -> tuple[Guest, MemoryBudget]:
    budget = MemoryBudget(limit)
    wasi.share(budget)
    return Guest(wasi), budget


@pytest.mark.parametrize("mode", ["memory", "overlay"])
def test_files_count_until_they_are_gone(mode: str, tmp_path: Path) -> None:
    directory = Dir() if mode == "memory" else Dir(tmp_path)
    with Wasi(dirs={"/": directory}) as wasi:
        guest, budget = limited(wasi, 64 * NODE_BYTES)
        made = 0
        while guest.call("path_create_directory", 3, f"d{made}") == Errno.SUCCESS:
            made += 1
        assert made == 64
        assert guest.call("path_create_directory", 3, "more") == Errno.ENOSPC
        for number in range(made):
            assert guest.call("path_remove_directory", 3, f"d{number}") == Errno.SUCCESS
        assert budget.host == 0


@pytest.mark.parametrize("mode", ["memory", "overlay"])
def test_symbolic_links_count_with_what_they_lead_to(mode: str, tmp_path: Path) -> None:
    directory = Dir() if mode == "memory" else Dir(tmp_path)
    with Wasi(dirs={"/": directory}) as wasi:
        guest, budget = limited(wasi, 16 * (NODE_BYTES + PAGE))
        made = 0
        while guest.call("path_symlink", "x" * 255, 3, f"l{made}") == Errno.SUCCESS:
            made += 1
        assert made == 16
        for number in range(made):
            assert guest.call("path_unlink_file", 3, f"l{number}") == Errno.SUCCESS
        assert budget.host == 0


def test_files_of_the_host_count_when_they_are_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x" * MIB)
    with Wasi(dirs={"/": tmp_path}) as wasi:
        guest, budget = limited(wasi, MIB + MIB // 2)
        before = wasi.snapshot()
        assert guest.content("a") == b"x" * 1000
        assert budget.host == MIB
        with pytest.raises(AssertionError, match=r"ENOMEM|48"):
            guest.content("b")
        wasi.restore(before)
        assert budget.host == 0
        assert guest.content("b") == b"x" * 1000
        assert budget.host == MIB


def test_input_that_is_kept_counts_and_is_not_asked_for_beyond_the_limit() -> None:
    asked: list[int] = []

    def source(size: int) -> bytes:
        asked.append(size)
        return b"x" * size

    stdin = Input(source=source, budget=MemoryBudget(100))
    assert len(stdin.take(70)) == 70
    assert len(stdin.take(70)) == 30
    with pytest.raises(OSError, match="annot allocate memory"):
        stdin.take(70)
    assert asked == [70, 30]


def test_input_that_is_not_kept_takes_no_memory() -> None:
    stdin = Input(source=lambda size: b"x" * size, keeps=False, budget=MemoryBudget(100))
    for count in range(1, 100):
        assert stdin.poll(None)
        assert len(stdin.take(50)) == 50
        assert stdin.position == 50 * count
        assert len(stdin.received) <= 100
    assert stdin.budget.host == 0


ARRAY = """
(module (type $a (array (mut i64)))
  (func (export "f") (drop (array.new_default $a (i32.const {length})))))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_heap_that_is_full_says_what_allows_more_and_up_to_which_size(engine: str) -> None:
    usual = ARRAY.format(length=USUAL_HEAP // 8)
    roomy = session(usual, engine, max_memory=2 * USUAL_HEAP)
    assert "returned nothing" in roomy.run().message
    assert "--max-memory allows more" in session(usual, engine).run().message
    most = session(ARRAY.format(length=MOST_HEAP // 8), engine, max_memory=8 * MOST_HEAP)
    assert "the GC heap of 1,073,741,824 bytes is full, the most there is" in most.run().message
