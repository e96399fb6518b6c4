"""Changed text under the inputs of a recording, and the first difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO, TWO, ran
from tests.debug.states import whole_state
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.views.model import State
from wasmlab.errors import AssembleError, DebugError, Interrupted, UsageError
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.samples import folder

if TYPE_CHECKING:
    from pathlib import Path

ECHO = (folder() / "echo.wat").read_text("utf-8")
ASKS = """
(module
  (import "h" "ask" (func $ask (param i32) (result i32)))
  (import "h" "tell" (func $tell (param i32)))
  (func (export "_start") (call $tell (call $ask (i32.const 4)))))
"""
FORGETS = """
(module
  (import "wasi_snapshot_preview1" "random_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $i i32)
    (loop $l (drop (call $get (i32.const 0) (i32.const 65536))) (br $l))))
"""
RANDOM = """
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $random_get (i32.const 64) (i32.const 8)))
    (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 80)))))
"""


def test_same_text_is_the_same_run() -> None:
    s = ran(HELLO)
    replay = s.replay(HELLO)
    assert replay.comparison.tick is None
    assert replay.session.state is State.EXITED
    assert replay.session.output == s.output
    assert replay.session.tick == s.tick


def test_changed_data_differs_at_the_start_and_is_printed() -> None:
    s = ran(HELLO)
    here = whole_state(s)
    replay = s.replay(HELLO.replace("Hello", "HELLO"))
    found = replay.comparison
    assert (found.tick, replay.session.tick) == (0, 0)
    assert found.differences[0].what == "memory[0x11:0x15]"
    assert found.call is not None
    assert "HELLO" in found.call.text
    replay.session.to_end()
    assert b"".join(o.data for o in replay.session.output) == b"HELLO, world!\n"
    assert whole_state(s) == here


def test_changed_instruction_differs_where_it_is_next() -> None:
    s = ran(CALLS)
    multiply = s.first(op="i32.mul")
    assert multiply is not None
    replay = s.replay(CALLS.replace("i32.const 3", "i32.const 4"))
    assert replay.comparison.tick == multiply.tick - 1
    assert replay.session.tick == multiply.tick - 1
    assert str(replay.comparison).splitlines()[1].startswith("  next: i32.const 3  at $leaf")
    replay.session.to_end()
    assert replay.session.globals[0].value == 60


def test_code_that_is_never_reached_makes_no_difference() -> None:
    text = CALLS.replace("(memory 1)", "(memory 1) (func $unused (drop (i32.const 1)))")
    s = ran(CALLS)
    assert s.replay(text).comparison.tick is None


def test_inserted_instructions_differ_where_they_begin() -> None:
    s = ran(CALLS)
    text = CALLS.replace("(i32.mul", "(drop (i32.const 9)) (i32.mul")
    first = s.first(op="i32.store")
    assert first is not None
    assert s.replay(text).comparison.tick == first.tick + 1


def test_other_host_call_is_named() -> None:
    other = RANDOM.replace("(drop (call $random_get (i32.const 64) (i32.const 8)))", "")
    found = ran(RANDOM).replay(other).comparison
    assert found.call is not None
    assert found.call.text == (
        "the recording calls random_get here, the new text calls clock_time_get"
    )


def test_python_functions_are_not_called_again() -> None:
    asked: list[int] = []
    told: list[int] = []

    def ask(n: int) -> int:
        asked.append(n)
        return n * 10

    s = wl.Session(wl.assemble(ASKS), imports={"h": {"ask": ask, "tell": told.append}})
    s.run()
    replay = s.replay(ASKS.replace("(i32.const 4)", "(i32.const 5)"))
    replay.session.to_end()
    assert [call.result for call in replay.session.host_calls] == ["40", ""]
    assert (asked, told) == ([4], [40])
    replay.session.restart()
    replay.session.run()
    assert asked == [4]


def test_after_the_recording_python_functions_are_called() -> None:
    told: list[int] = []

    def ask(n: int) -> int:
        return n

    s = wl.Session(wl.assemble(ASKS), imports={"h": {"ask": ask, "tell": told.append}})
    s.run()
    text = ASKS.replace("(call $tell (call", "(call $tell (i32.const 7)) (call $tell (call")
    s.replay(text)
    assert told == [4, 4]


def test_recorded_time_and_random_bytes_are_given_where_they_are_wanted() -> None:
    s = wl.Session(wl.assemble(RANDOM), deterministic=False)
    s.run()
    found = s.replay(RANDOM.replace("i32.const 64", "i32.const 32"))
    found.session.to_end()
    assert found.session.memory[32:40] == s.memory[64:72]
    assert found.session.memory[80:88] == s.memory[80:88]


def test_typed_input_is_read_in_the_same_portions() -> None:
    s = wl.Session(wl.assemble(ECHO), stdin=None)
    s.run()
    for line in (b"one\n", b"two\n"):
        s.feed_input(line)
        s.run()
    s.feed_input(b"", end=True)
    s.run()
    again = s.replay(ECHO).session
    assert [call.text for call in again.host_calls] == [call.text for call in s.host_calls]
    assert again.output == s.output


def test_calls_by_hand_are_repeated() -> None:
    s = wl.Session(wl.assemble(TWO))
    s.call("add", 5)
    s.run()
    s.call("add", 7)
    s.run()
    replay = s.replay(TWO.replace("i32.add", "i32.sub"))
    assert replay.session.to_end().results[0].value == -12
    with pytest.raises(UsageError):
        s.replay(TWO.replace('"add"', '"plus"'))


def test_endless_text_is_stopped() -> None:
    s = ran(CALLS)
    endless = CALLS.replace("(i32.const 6)", "(i32.const -1)")
    replay = s.replay(endless, limit=500)
    assert any("stopped after 500 steps" in note for note in replay.notes)


def test_replay_comparison_and_trace_can_be_interrupted() -> None:
    s = ran(CALLS)
    s.to_start()
    s.set("global 0", 7)
    s.run()
    here = s.tick, s.state
    for ask in (lambda: s.replay(CALLS), lambda: s.compare(1, 2), lambda: list(s.trace(0, 9))):
        s.pause()
        with pytest.raises(Interrupted):
            ask()
        assert (s.tick, s.state) == here


def test_real_files_are_not_written_to(tmp_path: Path) -> None:
    text = """(module
      (import "wasi_snapshot_preview1" "path_open" (func $path_open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 16) "made")
      (func (export "_start") (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 16)
        (i32.const 4) (i32.const 1) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 0)))))"""
    s = wl.Session(wl.assemble(text), dirs={"/d": Dir(str(tmp_path), mode="real")})
    s.run()
    assert "real directories are not written to" in str(s.replay(text.replace("made", "more")))
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_text_that_is_no_module_is_refused() -> None:
    with pytest.raises(AssembleError):
        ran(CALLS).replay("(module (func")


def test_recording_from_a_file_cannot_feed_another_text(tmp_path: Path) -> None:
    ran(HELLO).save(tmp_path / "hello.wlab")
    with pytest.raises(DebugError, match="no inputs for another text"):
        open_recording(tmp_path / "hello.wlab").replay(HELLO)


def test_recording_without_its_beginning_cannot_be_replayed() -> None:
    s = wl.Session(wl.assemble(FORGETS), record_limit=1 << 20)
    s.step(2000)
    for _ in range(20):
        s.step(5)
        s.set("$i", 1)
    s.step()
    assert s.recorded[0] > 0
    with pytest.raises(DebugError, match="its first inputs are gone"):
        s.replay(FORGETS)
