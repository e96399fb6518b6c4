"""What a recording may take: other branches go first, then the oldest history."""

from __future__ import annotations

import pytest

import wasmlab as wl
from tests.debug.states import whole_state
from wasmlab.debug.commands.table import execute
from wasmlab.engine.recording.budget import keep_within, total_cost
from wasmlab.engine.recording.recorder import Recorder, snapshot_now
from wasmlab.engine.recording.snapshots.pages import PAGE
from wasmlab.engine.recording.timeline import drop_snapshots, thin
from wasmlab.errors import TimelineEnd

WRITES = """
(module
  (memory 64)
  (func (export "_start") (local $i i32)
    (loop $l
      (i32.store (i32.shl (i32.and (local.get $i) (i32.const 127)) (i32.const 12))
        (i32.add (local.get $i) (i32.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 4000))))))
"""
ASKS = """
(module
  (import "wasi_snapshot_preview1" "random_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (loop $l (drop (call $get (i32.const 0) (i32.const 65536))) (br $l))))
"""
TICKS = 15
"""Of one turn of the loop, about."""


def recorder_of(s: wl.Session) -> Recorder:
    return s.control.recorder


def walked(s: wl.Session, turns: int, every: int = 20) -> None:
    """Run that many turns, with a snapshot after each few of them."""
    recorder = recorder_of(s)
    for _ in range(turns // every):
        s.step(every * TICKS)
        snapshot_now(recorder)


def recorded(recorder: Recorder) -> int:
    return total_cost(recorder.timelines.values())


def test_snapshots_are_thinned_before_history_is_dropped() -> None:
    limit = 1 << 20
    s = wl.Session(wl.assemble(WRITES), record_limit=limit)
    walked(s, 2000)
    assert s.recorded == (0, s.tick)
    assert recorded(recorder_of(s)) <= limit


def test_states_that_are_left_are_right() -> None:
    s = wl.Session(wl.assemble(WRITES), record_limit=1 << 20)
    walked(s, 2000)
    tick = sum(s.recorded) // 2
    fresh = wl.Session(wl.assemble(WRITES))
    fresh.goto(tick)
    s.goto(tick)
    assert whole_state(s)[:8] == whole_state(fresh)[:8]


def test_other_branches_are_thinned_before_the_present_one() -> None:
    limit = 3 << 20
    s = wl.Session(wl.assemble(WRITES), record_limit=limit)
    walked(s, 600)
    recorder = recorder_of(s)
    old = recorder.timelines[1]
    s.goto(1000)
    s.branch()
    many = len(old.snapshots)
    walked(s, 600)
    assert s.recorded[0] == 0
    assert len(old.snapshots) < many
    assert recorded(recorder) <= limit
    last = old.last
    s.switch(1)
    assert s.tick == last


def test_what_branches_share_counts_once() -> None:
    s = wl.Session(wl.assemble(WRITES))
    walked(s, 200)
    recorder = recorder_of(s)
    before = recorded(recorder)
    s.step_back()
    s.branch()
    assert recorded(recorder) <= before + (1 << 16)


def test_what_branches_share_counts_once_where_it_was_thinned() -> None:
    s = wl.Session(wl.assemble(WRITES))
    walked(s, 400)
    recorder = recorder_of(s)
    for tick in (5000, 4000):
        s.goto(tick)
        s.branch()
        walked(s, 40)
    before, timelines = recorded(recorder), recorder.timelines.values()
    keep_within(before // 2, timelines, recorder.timeline, recorder.timeline.first)
    assert recorded(recorder) < before
    assert held(recorder) <= recorded(recorder) <= held(recorder) * 1.05
    assert [t.cost for t in timelines] == [sum(s.cost for s in t.snapshots) for t in timelines]
    for number, tick in ((1, 2000), (2, 5200), (3, 4400)):
        s.switch(number)
        s.goto(tick)
        fresh = wl.Session(wl.assemble(WRITES))
        fresh.goto(tick)
        assert whole_state(s)[:8] == whole_state(fresh)[:8]


def test_oldest_history_goes_from_all_branches_that_have_it() -> None:
    s = wl.Session(wl.assemble(WRITES))
    walked(s, 400)
    recorder = recorder_of(s)
    s.goto(4000)
    s.branch()
    walked(s, 400)
    keep_within(1 << 19, recorder.timelines.values(), recorder.timeline, recorder.tick)
    assert recorder.timelines[1].first > 0
    assert recorder.timelines[2].first > 0
    s.switch(1)
    assert s.goto(recorder.timeline.first).tick == recorder.timeline.first


def held(recorder: Recorder) -> int:
    """Return how many bytes of pages all snapshots have together."""
    shots = (shot for timeline in recorder.timelines.values() for shot in timeline.snapshots)
    leaves = (leaf for shot in shots for pages in shot.arenas.pages for leaf in pages)
    return PAGE * len({slot for leaf in leaves for slot in leaf.slots if slot})


def test_answers_that_a_branch_inherited_and_dropped_count_no_more() -> None:
    s = wl.Session(wl.assemble(ASKS), deterministic=False)
    recorder = recorder_of(s)
    for _ in range(10):
        s.step(5)
        snapshot_now(recorder)
    s.branch()
    branch = recorder.timeline
    drop_snapshots(branch, 0, branch.last)
    thin(branch, 0, branch.last)
    assert branch.host_log.answers == []
    assert branch.inherited == 0


def test_answers_that_a_seed_makes_again_are_not_kept_and_replay() -> None:
    s = wl.Session(wl.assemble(ASKS))
    s.step(40)
    after = s.memory[0:65536]
    assert all(answer.cost < 2000 for answer in recorder_of(s).timeline.host_log.answers)
    s.goto(3)
    s.step(37)
    assert s.memory[0:65536] == after


def test_large_answers_are_dropped_within_one_run() -> None:
    limit = 1 << 20
    text = ASKS.replace(
        "(func (export", "(global $n (mut i32) (i32.const 100)) (func (export"
    ).replace(
        "(br $l)",
        "(br_if $l (global.set $n (i32.sub (global.get $n) (i32.const 1))) (global.get $n))",
    )
    s = wl.Session(wl.assemble(text), record_limit=limit, deterministic=False)
    s.run()
    assert s.recorded[0] > 0
    assert sum(answer.cost for answer in recorder_of(s).timeline.host_log.answers) <= limit


def test_full_recording_drops_its_oldest_steps_and_says_so() -> None:
    limit = 2 << 20
    s = wl.Session(wl.assemble(ASKS), record_limit=limit, deterministic=False)
    recorder = recorder_of(s)
    messages: list[str] = []
    for _ in range(60):
        messages.append(s.step(5).message)
        snapshot_now(recorder)
    s.step()
    assert sum("the recording is full" in message for message in messages) == 1
    first, last = s.recorded
    assert first > 0
    assert (s.timeline.first, last) == (first, s.tick)
    assert recorded(recorder) <= limit + (1 << 18)
    with pytest.raises(TimelineEnd, match=f"steps before {first:,} were dropped"):
        s.goto(0)
    s.goto(first)
    with pytest.raises(TimelineEnd, match="a larger --record-limit keeps more"):
        s.step_back()
    assert s.goto(last).tick == last
    assert "older steps were dropped" in execute(s, "timeline").lines[0]
