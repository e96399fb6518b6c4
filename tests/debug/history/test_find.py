"""Questions about the recorded history, and its events."""

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO, TRAPS, ran
from tests.debug.work import count_work, snapshot_at_every_stop
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import BadExpression, TimelineEnd, UsageError


def test_stores_to_an_address_are_found_where_they_were() -> None:
    s = ran(CALLS)
    found = list(s.find(op="i32.store", addr=range(2, 3)))
    assert s.state is State.EXITED
    for hit in found:
        s.goto(hit.tick)
        assert s.instruction is not None
        assert s.instruction.mnemonic == "i32.store"
    assert [hit.tick for hit in found] == [hit.tick for hit in s.writes(2)]
    assert len(found) == 3


FILLS = """
(module
  (memory 16)
  (func (export "_start") (local $at i32)
    (loop $l
      (i32.store (local.get $at) (i32.const 7))
      (drop (i32.load (i32.const 8)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $l (i32.lt_u (local.get $at) (i32.const 16384))))
    (i32.store8 (i32.const 9) (i32.const 1))))
"""
"""Writes four pages one after the other, and the first again at its end."""


def test_writes_of_a_page_are_looked_for_only_where_it_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot_at_every_stop(monkeypatch)
    s = wl.Session(wl.assemble(FILLS), engine="reference")
    while s.step(1000).reason is StopReason.STEP:
        pass
    s.goto(0)
    work = count_work(monkeypatch)
    whole = [hit.tick for hit in s.find(addr=range(8, 12)) if "store" in hit.text]
    end = s.timeline.last
    assert work.replayed == end
    assert len(whole) == 2
    for ask in (lambda: s.writes(range(8, 12)), lambda: s.find("i32.store*", range(8, 12))):
        work.clear()
        assert [hit.tick for hit in ask()] == whole
        assert 0 < work.replayed < end / 2
    work.clear()
    assert list(s.writes(0x8000)) == []
    assert work.replayed <= 1000


def test_find_goes_through_history_once_and_comes_back_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot_at_every_stop(monkeypatch)
    s = wl.Session(wl.assemble(FILLS), engine="reference")
    while s.step(1000).reason is StopReason.STEP:
        pass
    s.step_back()
    work = count_work(monkeypatch)
    assert len(list(s.find("i32.store8"))) == 1
    back = s.timeline.last % 1000
    portions = (s.timeline.last // 1000).bit_length()
    assert work.replayed <= s.timeline.last + portions * back
    assert len(work.restored) <= 2 * portions + 1


def test_last_match_is_looked_for_from_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot_at_every_stop(monkeypatch)
    s = wl.Session(wl.assemble(FILLS), engine="reference")
    while s.step(1000).reason is StopReason.STEP:
        pass
    s.step_back()
    work = count_work(monkeypatch)
    found = s.last("i32.load")
    assert found is not None
    assert found.tick == list(s.find("i32.load"))[-1].tick
    work.clear()
    s.last("i32.load")
    assert work.replayed <= 2000
    assert len(work.restored) <= 3


def test_condition_is_evaluated_in_the_past() -> None:
    s = ran(CALLS)
    hit = s.first(where="$n == 4")
    assert hit is not None
    s.goto(hit.tick)
    assert s.evaluate("$n") == 4
    last = s.last(where="$n == 4")
    assert last is not None
    assert last.tick > hit.tick
    assert s.first(where="$n == 99") is None


def test_calls_come_with_arguments_and_results() -> None:
    found = list(ran(CALLS).calls("$leaf"))
    assert [c.args[0].value for c in found] == [0, 1, 2, 3, 4, 5]
    assert [c.results[0].value for c in found] == [0, 3, 6, 9, 12, 15]


def test_host_write_is_found() -> None:
    s = ran(HELLO)
    assert [hit.text.split()[0] for hit in s.writes(8)] == ["call"]


def test_condition_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(BadExpression):
        ran(CALLS).find(where="$n ==")


def test_timeline_has_output_host_call_and_end() -> None:
    s = ran(HELLO)
    view = s.timeline
    assert {event.kind for event in view.events} == {"host", "output", "exit"}
    assert (view.first, view.last, view.tick) == (0, s.tick, s.tick)
    s.to_start()
    assert s.timeline.events == view.events


def test_events_are_visited_both_ways() -> None:
    s = ran(HELLO)
    s.previous_event()
    printed = s.tick
    assert s.output
    s.to_start()
    s.next_event()
    assert s.tick == printed
    with pytest.raises(TimelineEnd):
        s.previous_event()


def test_trap_is_an_event() -> None:
    assert [event.kind for event in ran(TRAPS).timeline.events] == ["trap"]


def test_question_before_a_trap_leaves_the_program_before_it() -> None:
    s = ran(TRAPS)
    s.to_start()
    s.step(2)
    here = (s.tick, s.state, s.stop)
    assert here[:2] == (2, State.PAUSED)
    assert list(s.find(op="i32.*"))
    assert s.who_wrote("stack[0]").text == "i32.const 0"
    assert (s.tick, s.state, s.stop) == here


def test_question_before_the_exit_leaves_the_program_before_it() -> None:
    text = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "_start") (i32.const 3) (call $exit)))"""
    s = ran(text)
    s.to_start()
    s.step()
    assert (s.tick, s.state) == (1, State.PAUSED)
    assert list(s.find(op="i32.*"))
    assert (s.tick, s.state) == (1, State.PAUSED)
    assert len(s.frames) == 1
    assert s.run().exit_code == 3


def test_question_does_not_execute_what_is_next() -> None:
    text = """(module (import "h" "f" (func $f)) (memory 1)
      (func (export "_start") (i32.store (i32.const 0) (i32.const 1)) (call $f)))"""
    called: list[int] = []
    s = wl.Session(wl.assemble(text), imports={"h": {"f": lambda: called.append(1)}})
    s.step(3)
    assert [hit.text for hit in s.find()][-1] == "call $f"
    assert [hit.tick for hit in s.find(op="call")] == [3]
    assert list(s.writes(0))
    assert not called
    assert s.recorded == (0, 3)


@pytest.mark.parametrize(
    ("op", "hint"),
    [
        ("set_local", "it is called local.set now"),
        ("i32.store88", "did you mean i32.store8"),
        ("*.nosuch", r"i32\.store, \*"),
    ],
)
def test_unknown_instruction_is_refused_with_what_was_meant(op: str, hint: str) -> None:
    s = wl.Session(wl.assemble('(module (func (export "_start")))'))
    for asked in (s.find, s.first, s.last):
        with pytest.raises(UsageError, match=f"no instruction is called .*; {hint}"):
            asked(op)
