"""Timelines: what snapshots know of the writes between them, also when some are dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.engine.program import ProgramOptions, add_call, begin_next, load_program
from wasmlab.engine.recording.recorder import (
    Recorder,
    note_progress,
    restore_before,
    run_until,
    snapshot_if_due,
    snapshot_now,
)
from wasmlab.engine.recording.timeline import add_snapshot, thin, written_ranges
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import assemble
from wasmlab.records import replace

if TYPE_CHECKING:
    from wasmlab.engine.program import Program

PROGRAM = """(module (memory (export "memory") 1)
  (func (export "poke")
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store8 (i32.const 4096) (i32.const 1))
    (i32.store8 (i32.const 4096) (i32.const 1))
    (i32.store8 (i32.const 0) (i32.const 0))))"""
"""Before the ticks 2, 5, 8 and 11 a store is next, in page 0, 1, 1 and 0."""


def recorder(*ticks: int) -> Recorder:
    """Return a recorder at the end of the program, with snapshots at ticks."""
    made = Recorder(poked())
    snapshot_now(made)
    for tick in ticks:
        run_until(made, tick)
        snapshot_now(made)
    run_until(made, 100)
    note_progress(made, ended=False, trapped=False)
    return made


def poked() -> Program:
    program = load_program(assemble(PROGRAM), Wasi(), ProgramOptions(engine="reference"))
    add_call(program, "poke", ())
    begin_next(program)
    return program


def found(made: Recorder, page: int, end: int) -> list[tuple[int, int]]:
    return written_ranges(made.timeline, (0,), range(page, page + 1), end)


def test_stretches_leave_out_intervals_without_a_write() -> None:
    made = recorder(4, 7, 10, 12)
    assert found(made, 0, 12) == [(10, 12), (0, 4)]
    assert found(made, 1, 12) == [(4, 10)]


def test_write_of_an_equal_value_is_in_a_stretch() -> None:
    assert found(recorder(7, 10, 12), 1, 12) == [(0, 10)]


def test_interval_without_a_snapshot_after_it_is_a_stretch() -> None:
    assert found(recorder(4), 1, 8) == [(4, 8)]


def test_snapshot_knows_what_one_that_was_dropped_knew() -> None:
    made = recorder(4, 7, 10, 12)
    thin(made.timeline, 0, 0)
    assert [snapshot.tick for snapshot in made.timeline.snapshots] == [0, 12]
    assert found(made, 0, 12) == found(made, 1, 12) == [(0, 12)]
    assert found(made, 2, 12) == []


def test_snapshot_that_replaces_another_knows_its_writes() -> None:
    made = recorder(4, 7)
    restore_before(made, 4)
    snapshot_now(made)
    assert found(made, 0, 4) == [(0, 4)]
    assert found(made, 1, 4) == []


def test_snapshot_from_elsewhere_may_have_any_write_before_it() -> None:
    made = recorder(4, 7)
    add_snapshot(made.timeline, replace(made.timeline.snapshots[2], since=0, touched=()))
    assert found(made, 0, 7) == [(0, 7)]


def test_replay_takes_a_snapshot_only_where_the_way_has_become_longer() -> None:
    made = recorder()
    made.interval = 1.0
    restore_before(made, 0)
    run_until(made, 5)
    snapshot_if_due(made, 1.5)
    assert len(made.timeline.snapshots) == 1
    snapshot_if_due(made, 1.0)
    assert [snapshot.tick for snapshot in made.timeline.snapshots] == [0, 5]


def test_room_is_made_before_a_snapshot_would_exceed_the_limit() -> None:
    made = recorder(4, 7, 10)
    made.interval, made.limit = 1.0, made.timeline.cost + 100
    snapshot_if_due(made, 1.0)
    assert made.timeline.cost <= made.limit
