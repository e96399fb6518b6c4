"""Recordings as files: what is opened is what was recorded, bit by bit, without the host."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.engine.recordings import (
    BUSY,
    GOLDEN,
    busy,
    of_sample,
    saved,
    state,
    take_snapshot,
    with_snapshots,
)
from wasmlab import samples
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.views.model import State, StopReason
from wasmlab.engine.program import call_export
from wasmlab.errors import BadRecording, TimelineEnd, WasmlabError
from wasmlab.host.wasi.fs.mount import Dir

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.samples import Sample

ENGINES = ("reference", "native")
LONG = {"go/hello", "go/words", "kotlin/shapes"}
"""Samples with more than 100,000 instructions."""


def compare(old: wl.Session, new: wl.Session, count: int = 8) -> None:
    """Compare states at some ticks, in an order that leads back and forth."""
    first, last = old.recorded
    old.to_start()
    assert new.recorded == (first, last)
    rng = random.Random(7)  # noqa: S311 - the same ticks every time
    for tick in [*(rng.randint(first, last) for _ in range(count)), first, last]:
        old.goto(tick)
        new.goto(tick)
        assert state(new) == state(old), tick


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "sample", [s for s in samples.catalogue() if s.name not in LONG], ids=lambda s: s.name
)
def test_saved_sample_is_the_same_at_every_tick(
    sample: Sample, engine: str, tmp_path: Path
) -> None:
    session = of_sample(sample)
    path = saved(session, tmp_path)
    compare(session, open_recording(path, engine), 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_time_input_and_random_bytes_come_back(engine: str, tmp_path: Path) -> None:
    session = busy(engine=engine)
    other = open_recording(saved(session, tmp_path), engine)
    compare(session, other, 30)
    assert len(other.host_calls) == 120
    assert other.output == session.output


def test_snapshots_in_the_file_are_where_a_replay_begins(tmp_path: Path) -> None:
    session = with_snapshots(50)
    compare(session, open_recording(saved(session, tmp_path)), 30)


@pytest.mark.parametrize("engine", ENGINES)
def test_recording_of_another_day_means_the_same(engine: str) -> None:
    """If this fails, SEMANTICS has to be raised; then GOLDEN can be made anew."""
    other = open_recording(GOLDEN, engine)
    assert len(other.control.timeline.snapshots) > 3
    compare(busy(), other, 30)


def test_python_import_is_not_called_again(tmp_path: Path) -> None:
    calls: list[int] = []

    def next_number(caller: object, n: int) -> int:
        calls.append(n)
        caller.memory.write(n, b"abc")  # type: ignore[attr-defined] - a RecordedCaller
        return n + len(calls)

    text = """(module (import "h" "next" (func $next (param i32) (result i32))) (memory 1)
      (func (export "_start") (drop (call $next (call $next (i32.const 4))))))"""
    session = wl.Session(wl.assemble(text), imports={"h": {"next": next_number}})
    session.run()
    other = open_recording(saved(session, tmp_path))
    compare(session, other)
    other.to_start()
    other.run()
    assert calls == [4, 5]
    assert other.memory[4:9] == b"aabc\0"


@pytest.mark.parametrize(
    ("body", "state_"),
    [("i32.const 1 i32.const 0 i32.div_u drop", State.TRAPPED), ("unreachable", State.TRAPPED)],
)
def test_trap_comes_back(body: str, state_: State, tmp_path: Path) -> None:
    session = wl.Session(wl.assemble(f'(module (func (export "_start") {body}))'))
    session.run()
    other = open_recording(saved(session, tmp_path))
    other.to_end()
    assert other.state is state_
    compare(session, other)


def test_exit_code_comes_back(tmp_path: Path) -> None:
    text = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory 1) (func (export "_start") i32.const 7 call $exit))"""
    session = wl.Session(wl.assemble(text))
    session.run()
    other = open_recording(saved(session, tmp_path))
    assert other.run().exit_code == 7
    compare(session, other)


@pytest.mark.parametrize("engine", ENGINES)
def test_host_call_of_what_the_host_called_back_comes_back(engine: str, tmp_path: Path) -> None:
    text = """(module (import "h" "back" (func $back (param i32) (result i32)))
      (import "h" "twice" (func $twice (param i32) (result i32)))
      (func (export "inner") (param i32) (result i32)
        (i32.add (call $twice (local.get 0)) (i32.const 1)))
      (func (export "main") (result i32)
        (i32.add (call $back (i32.const 3)) (call $twice (i32.const 9)))))"""

    def back(k: int) -> object:
        return call_export(session.control.program, "inner", k)

    def twice(n: int) -> int:
        return 2 * n

    hosts = {"h": {"back": back, "twice": twice}}
    session = wl.Session(wl.assemble(text), imports=hosts, invoke="main", engine=engine)
    assert session.run().results[0].value == 25
    session.to_start()
    assert session.run().results[0].value == 25
    other = open_recording(saved(session, tmp_path), engine)
    assert other.run().results[0].value == 25
    assert [call.name for call in other.host_calls] == ["back", "twice"]


def test_error_of_a_python_import_comes_back(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("no")

    text = '(module (import "h" "f" (func $f)) (func (export "_start") nop (call $f)))'
    session = wl.Session(wl.assemble(text), imports={"h": {"f": fail}})
    message = session.run().message
    other = open_recording(saved(session, tmp_path))
    assert other.run().message == message
    compare(session, other)


def test_text_and_lines_are_in_the_file(tmp_path: Path) -> None:
    session = busy()
    other = open_recording(saved(session, tmp_path))
    assert other.module.source == BUSY
    other.goto(5)
    assert other.location is not None
    assert other.location.line is not None
    assert other.break_at("$once").location.func_name == "$once"


def test_preloaded_module_is_in_the_file(tmp_path: Path) -> None:
    library = """(module (import "h" "f" (func $f)) (memory (export "m") 1) (global $g (mut i32)
      (i32.const 0)) (start $s) (func $s (call $f) (global.set $g (i32.const 5))
      (i32.store (i32.const 8) (i32.const 6)))
      (func (export "get") (result i32) (global.get $g)))"""
    text = """(module (import "lib" "get" (func $get (result i32))) (import "lib" "m" (memory 1))
      (func (export "_start") (i32.store (i32.const 0) (call $get))))"""
    session = wl.Session(
        wl.assemble(text), preload={"lib": wl.assemble(library)}, imports={"h": {"f": int}}
    )
    session.run()
    other = open_recording(saved(session, tmp_path))
    compare(session, other)
    assert other.memory[0:1] == b"\5"
    assert other.memory[8:9] == b"\6"


def test_references_to_the_host_are_stand_ins(tmp_path: Path) -> None:
    text = """(module (import "h" "give" (func $give (result externref)))
      (table $t 1 externref) (global $g (mut externref) (ref.null extern))
      (func (export "_start") (local $l externref)
        (local.set $l (call $give)) (global.set $g (local.get $l))
        (table.set $t (i32.const 0) (local.get $l)) nop))"""
    session = wl.Session(wl.assemble(text), imports={"h": {"give": object}})
    session.run()
    session.step_back()
    other = open_recording(saved(session, tmp_path))
    other.goto(session.tick)
    assert other.locals[0].text
    assert state(other)[:6] == state(session)[:6]


def test_calls_and_changes_by_hand_are_in_the_file(tmp_path: Path) -> None:
    text = """(module (global $g (mut i32) (i32.const 0))
      (func (export "add") (param $n i32) (result i32)
        (global.set $g (i32.add (global.get $g) (local.get $n))) (global.get $g)))"""
    session = wl.Session(wl.assemble(text))
    session.call("add", 4)
    session.run()
    session.call("add", 5)
    session.set("global 0", 100)
    session.run()
    other = open_recording(saved(session, tmp_path))
    compare(session, other)
    assert [value.text for value in other.to_end().results] == ["105"]
    assert other.branches[0].changes == ("global 0 = 100",)


def test_only_the_present_branch_is_saved(tmp_path: Path) -> None:
    session = busy()
    session.goto(40)
    session.set("global 0", 1)
    session.run()
    other = open_recording(saved(session, tmp_path))
    assert len(other.branches) == 1
    compare(session, other)


def test_forgotten_beginning_stays_forgotten(tmp_path: Path) -> None:
    session = wl.Session(wl.assemble(BUSY), stdin=bytes(200), record_limit=60_000)
    while session.state is State.PAUSED:
        session.step(20)
        take_snapshot(session)
    assert session.recorded[0] > 0
    other = open_recording(saved(session, tmp_path))
    compare(session, other)
    with pytest.raises(TimelineEnd):
        other.goto(0)


# --- where the recording ends --------------------------------------------------------------------


def test_run_stops_where_the_recording_ends_and_then_where_the_host_is_needed(
    tmp_path: Path,
) -> None:
    session = wl.Session(wl.assemble(BUSY), stdin=bytes(200))
    session.step(100)
    last, calls = session.tick, len(session.host_calls)
    other = open_recording(saved(session, tmp_path))
    stop = other.run()
    assert (stop.reason, other.tick) == (StopReason.LIMIT, last)
    assert "the recording ends here" in stop.message
    stop = other.run()
    assert "the recording ends before this call" in stop.message
    assert other.state is State.PAUSED
    assert len(other.host_calls) == calls
    session.goto(other.tick)
    assert state(other)[:8] == state(session)[:8]


def test_session_that_waits_for_input_is_saved_and_goes_no_further(tmp_path: Path) -> None:
    session = wl.Session(wl.assemble(BUSY), stdin=None)
    session.run()
    assert session.state is State.WAITING_FOR_INPUT
    other = open_recording(saved(session, tmp_path))
    other.run()
    assert "fd_read" in other.run().message
    assert other.tick == session.tick


def test_result_by_hand_goes_on_where_the_host_is_missing(tmp_path: Path) -> None:
    text = """(module (import "h" "f" (func $f (result i32))) (global $g (mut i32) (i32.const 0))
      (func (export "_start") (global.set $g (call $f)) (global.set $g (call $f))))"""
    session = wl.Session(wl.assemble(text), imports={"h": {"f": lambda: 3}})
    session.step(2)
    other = open_recording(saved(session, tmp_path))
    other.to_end()
    other.set("result", 77)
    assert other.run().reason is StopReason.EXIT
    assert other.globals[0].value == 77


def test_restart_begins_the_recording_again(tmp_path: Path) -> None:
    other = open_recording(saved(busy(), tmp_path))
    other.break_at("$once")
    other.run()
    other.restart()
    assert (other.tick, len(other.breakpoints)) == (0, 1)
    assert other.run().reason is StopReason.BREAKPOINT


def test_recording_of_a_recording_is_the_same(tmp_path: Path) -> None:
    session = busy()
    path = saved(session, tmp_path)
    other = open_recording(path)
    other.save(path)
    compare(session, open_recording(path))


def test_program_that_writes_files_touches_none_in_a_replay(tmp_path: Path) -> None:
    text = """(module
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "new.txt")
      (data (i32.const 16) "\\00\\00\\00\\00\\07\\00\\00\\00")
      (func (export "_start")
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 1)
          (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 32)))
        (drop (call $write (i32.load (i32.const 32)) (i32.const 16) (i32.const 1)
          (i32.const 40)))))"""
    home = tmp_path / "home"
    home.mkdir()
    dirs = {"/": Dir(home, mode="real")}
    session = wl.Session(wl.assemble(text), dirs=dirs)
    session.run()
    written = home / "new.txt"
    assert written.read_bytes() == b"new.txt"
    path = saved(session, tmp_path)
    written.unlink()
    home.rmdir()
    other = open_recording(path)
    compare(session, other)
    assert not home.exists()
    assert "</new.txt>" in other.host_calls[-1].text


# --- what cannot be saved ------------------------------------------------------------------------


def test_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(WasmlabError, match="cannot write"):
        busy().save(tmp_path / "nowhere" / "x.wlab")


def test_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(WasmlabError, match="cannot read"):
        open_recording(tmp_path / "nothing.wlab")


def test_other_files_are_no_recordings(tmp_path: Path) -> None:
    path = tmp_path / "x.wlab"
    for content in (b"", b"\0asm\1\0\0\0", b"\x89wlab"):
        path.write_bytes(content)
        with pytest.raises(BadRecording, match="no recording"):
            open_recording(path)


# --- what images hold beside memory --------------------------------------------------------------

OBJECTS = """
(module
  (type $pair (struct (field $a (mut i32)) (field $b (mut (ref null $pair)))))
  (type $bytes (array (mut i8)))
  (tag $t (param i32))
  (table $refs 2 anyref)
  (data $d "abcdef") (elem $e func $main)
  (global $g (mut (ref null $pair)) (ref.null $pair))
  (func $throw (param $n i32) (throw $t (local.get $n)))
  (func $main (export "_start") (local $i i32)
    (loop $l
      (table.set $refs (i32.const 1) (array.new_data $bytes $d (i32.const 1) (i32.const 3)))
      (global.set $g (struct.new $pair (local.get $i) (global.get $g)))
      (drop (block $caught (result i32)
        (try_table (catch $t $caught) (call $throw (local.get $i)))
        (i32.const 0)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (data.drop $d) (elem.drop $e) (nop)))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_objects_of_the_heap_come_back(engine: str, tmp_path: Path) -> None:
    session = wl.Session(wl.assemble(OBJECTS))
    session.run()
    for tick in range(5, session.recorded[1], 30):
        session.goto(tick)
        take_snapshot(session)
    other = open_recording(saved(session, tmp_path), engine)
    assert not other.note
    compare(session, other, 20)
    session.goto(100)
    other.goto(100)
    assert other.globals == session.globals


def test_memories_that_grow_and_tables_that_grow_come_back(tmp_path: Path) -> None:
    text = """(module (memory $a 1 9) (memory $b 0 4) (table $t 1 40 funcref)
      (func $f (export "_start") (local $i i32)
        (loop $l
          (drop (memory.grow $a (i32.const 1)))
          (drop (table.grow $t (ref.func $f) (i32.const 3)))
          (i32.store $a (i32.sub (i32.mul (memory.size $a) (i32.const 65536)) (i32.const 8))
            (local.get $i))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
            (i32.const 12))))
        (drop (memory.grow $b (i32.const 2))) (i32.store8 $b (i32.const 70000) (i32.const 5)))
      (elem declare func $f))"""
    session = wl.Session(wl.assemble(text))
    session.run()
    for tick in range(5, session.recorded[1], 40):
        session.goto(tick)
        take_snapshot(session)
    other = open_recording(saved(session, tmp_path))
    other.to_end()
    compare(session, other, 20)


def test_wait_on_a_shared_memory_comes_back(tmp_path: Path) -> None:
    text = """(module (memory 1 1 shared)
      (func (export "_start") (i32.store (i32.const 0) (i32.const 5))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 5) (i64.const -1)))))"""
    session = wl.Session(wl.assemble(text))
    session.run()
    take_snapshot(session)
    other = open_recording(saved(session, tmp_path))
    compare(session, other)
    agent = other.control.store.agent
    assert agent.waiter is not None
