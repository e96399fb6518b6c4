"""Parts of a large state: the work is that of what is asked for, not of what there is."""

from __future__ import annotations

import pytest

from tests.tall import tall_module
from wasmlab.debug.session import Session
from wasmlab.debug.views import frames
from wasmlab.module import assemble

SLOTS, CALLS, LOCALS = 3_000, 400, 50
SEEN = 40


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session(assemble(tall_module(SLOTS, LOCALS)), invoke="deep", invoke_args=(CALLS - 2,))
    session.break_at("$tall")
    session.run()
    session.step(SLOTS)
    return session


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the bits of every value that was made to be shown."""
    made: list[int] = []
    really = frames.shown_value

    def note(store: object, t: object, bits: int) -> object:
        made.append(bits)
        return really(store, t, bits)  # type: ignore[arg-type] - passed on as it came

    monkeypatch.setattr(frames, "shown_value", note)
    return made


def test_stack_rows_are_those_of_the_whole_stack(session: Session) -> None:
    assert session.stack_size == SLOTS
    assert session.stack_rows(0, SEEN) == session.stack[:SEEN]
    assert session.stack_rows(SLOTS - 2, SEEN) == session.stack[-2:]
    assert session.stack_rows(SLOTS, SEEN) == ()


def test_frame_rows_are_those_of_all_frames(session: Session) -> None:
    assert session.depth == CALLS
    assert session.frame_rows(1, SEEN) == session.frames[1 : 1 + SEEN]
    assert session.frame_rows(CALLS - 1, SEEN) == session.frames[-1:]


def test_rows_cost_what_is_seen_of_them(session: Session, shown: list[int]) -> None:
    session.stack_rows(0, SEEN)
    assert len(shown) == SEEN
    shown.clear()
    session.frame_rows(0, SEEN)
    assert len(shown) == SEEN - 1  # $tall has no parameter


def test_step_makes_no_value_of_an_operand(session: Session, shown: list[int]) -> None:
    session.step()
    assert len(shown) <= LOCALS + 1  # the locals and the global, to mark what changes


def test_changed_operands_are_marked_in_a_window(session: Session) -> None:
    while session.location is not None and not session.stack_rows(0, 1)[0].popped:
        session.step()
    session.step()
    top, below = session.stack_rows(0, 2)
    assert (top.changed, below.changed) == (True, False)


def test_operands_and_labels_of_a_caller_are_those_below_its_call() -> None:
    text = """(module
      (func $f (param i32) (result i32) local.get 0)
      (func (export "run") (result i32)
        i32.const 7
        block $b (result i32)
          i32.const 5
          i32.const 6
          call $f
          i32.add
        end
        i32.add))"""
    s = Session(assemble(text), invoke="run")
    s.step(4)
    assert s.depth == 2
    assert s.stack_size_of(1) == 2
    assert [slot.text for slot in s.stack_rows(0, 9, 1)] == ["5", "7"]
    assert [label.name for label in s.labels_of(1)][1:] == ["$b"]
    assert s.labels_of(0) == s.labels


CHATTY = """(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\02\\00\\00\\00")
  (data (i32.const 16) "x\\0a")
  (func (export "_start") (local $n i32)
    (loop $again
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $again
        (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 200))))))"""
NEAREST = 5


@pytest.fixture(scope="module")
def chatty() -> Session:
    session = Session(assemble(CHATTY))
    session.run()
    session.goto(session.tick // 2)
    return session


def test_nearest_events_are_those_of_the_whole_timeline(chatty: Session) -> None:
    whole, near = chatty.timeline.events, chatty.timeline_near(NEAREST).events
    past = [event for event in whole if event.tick <= chatty.tick]
    ahead = [event for event in whole if event.tick > chatty.tick]
    assert len(whole) > 400 > len(near)
    assert [e for e in near if e.tick <= chatty.tick][-NEAREST:] == past[-NEAREST:]
    assert [e for e in near if e.tick > chatty.tick][:NEAREST] == ahead[:NEAREST]


def test_calls_and_output_are_read_from_a_number_on(chatty: Session) -> None:
    count, (pieces, size) = chatty.host_call_count, chatty.output_size
    assert (count, pieces, size) == (len(chatty.host_calls), len(chatty.output), 2 * pieces)
    assert chatty.host_calls_from(count - 2) == chatty.host_calls[-2:]
    assert chatty.output_from(pieces - 2) == chatty.output[-2:]


def test_next_host_call_is_found_ahead_and_in_the_past(chatty: Session) -> None:
    ticks = [event.tick for event in chatty.timeline.events if event.kind == "host"]
    assert chatty.next_host_call(0) == ticks[0]
    assert chatty.next_host_call(ticks[150]) == ticks[150]
    assert chatty.next_host_call(ticks[150] + 1) == ticks[151]
    assert chatty.next_host_call(ticks[-1] + 1) is None
