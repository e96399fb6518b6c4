"""Sessions to record, and what has to be the same in the recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import wasmlab as wl
from tests.debug.states import whole_state
from wasmlab.engine.recording.file.parts import HEADER_SIZE
from wasmlab.engine.recording.recorder import charge_answers, snapshot_now
from wasmlab.opening.request import sample_grants
from wasmlab.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.samples import Sample

_WASI = 8
"""Where ``whole_state`` has the state of WASI, whose files no recording holds."""
BUSY = """
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\\20\\00\\00\\00\\08\\00\\00\\00")
  (global $seen (mut i64) (i64.const 0))
  (func $once (param $i i32)
    (drop (call $random (i32.const 32) (i32.const 8)))
    (drop (call $time (i32.const 0) (i64.const 1) (i32.const 40)))
    (global.set $seen (i64.add (global.get $seen) (i64.load (i32.const 32))))
    (i64.store (i32.mul (local.get $i) (i32.const 4000)) (global.get $seen))
    (i32.store (i32.const 0) (i32.const 32))
    (i32.store (i32.const 4) (i32.const 8))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
  (func (export "_start") (local $i i32)
    (loop $l
      (call $once (local.get $i))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 30))))))
"""
"""Asks for random bytes, the time and input, and writes to many pages."""


def busy(**options: str) -> wl.Session:
    """Return a session over BUSY that was run to its end."""
    session = wl.Session(wl.assemble(BUSY), stdin=bytes(range(200)), **options)  # type: ignore[arg-type] - of any
    session.run()
    return session


def state(session: wl.Session) -> tuple[object, ...]:
    """Return everything that has to be as it was in the recorded session."""
    whole = whole_state(session)
    wasi = session.control.program.wasi
    rest = (wasi.clock.state, wasi.random.position, wasi.stdin.position, wasi.written)
    labels = [(fd, d.label, d.position) for fd, d in wasi.descriptors.items()]
    return (*whole[:_WASI], *whole[_WASI + 1 :], rest, labels, session.state, session.stop.message)


def of_sample(sample: Sample) -> wl.Session:
    """Return a session over a sample with all that its header says, run to its end."""
    grants = replace(sample_grants(sample), stdin=sample.stdin)
    session = wl.Session.granted(wl.load(sample.path), grants)
    session.run()
    return session


def saved(session: wl.Session, folder: Path) -> Path:
    """Return the file that a session was saved to."""
    path = folder / "saved.wlab"
    session.save(path)
    return path


def boundaries(content: bytes) -> Iterator[int]:
    """Yield where parts begin in the content of a file, and its end."""
    at = HEADER_SIZE
    while at < len(content):
        yield at
        at += 12 + int.from_bytes(content[at + 4 : at + 12], "little") + 16
    yield at


GOLDEN = Path(__file__).with_name("golden.wlab")
"""A recording that was made once, by ``python -m tests.engine.recordings``."""


def with_snapshots(every: int) -> wl.Session:
    """Return a session over BUSY with snapshots at every so many ticks."""
    session = busy()
    for tick in range(0, session.recorded[1], every):
        session.goto(tick)
        take_snapshot(session)
    return session


def take_snapshot(session: wl.Session) -> None:
    """Do what happens after some milliseconds of running."""
    recorder = session.control.recorder
    snapshot_now(recorder)
    charge_answers(recorder)


if __name__ == "__main__":
    with_snapshots(300).save(GOLDEN)
