"""Going backwards: the state at a tick is always the same, and equal to a fresh run to it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO, TRAPS, TWO
from tests.debug.states import whole_state
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import TimelineEnd
from wasmlab.samples import folder

if TYPE_CHECKING:
    from collections.abc import Callable


def session(text: str) -> wl.Session:
    return wl.Session(wl.assemble(text))


def test_step_back_from_the_end_is_a_normal_state() -> None:
    s = session(CALLS)
    s.run()
    last = s.tick
    assert s.state is State.EXITED
    stop = s.step_back()
    assert (s.state, s.tick) == (State.PAUSED, last - 1)
    assert stop.location is not None
    assert s.step().reason is StopReason.EXIT


def test_step_back_from_a_trap_is_a_normal_state() -> None:
    s = session(TRAPS)
    s.run()
    assert (s.state, s.tick) == (State.TRAPPED, 2)
    s.step_back()
    assert (s.state, s.tick) == (State.PAUSED, 1)
    assert s.to_end().reason is StopReason.TRAP
    assert s.state is State.TRAPPED


def test_stepping_back_over_fd_write_takes_the_line_away() -> None:
    s = session(HELLO)
    s.run()
    printed = s.output
    assert b"".join(o.data for o in printed) == b"Hello, world!\n"
    while s.output:
        s.step_back()
    assert "fd_write" in (s.instruction.text if s.instruction else "")
    assert not s.host_calls
    s.step()
    assert s.output == printed
    assert len(s.host_calls) == 1


def test_the_host_is_called_once() -> None:
    calls: list[int] = []

    def log(n: int) -> int:
        calls.append(n)
        return n * 2

    text = """(module (import "h" "log" (func $log (param i32) (result i32)))
      (func (export "_start") (drop (call $log (call $log (i32.const 4))))))"""
    s = wl.Session(wl.assemble(text), imports={"h": {"log": log}})
    s.run()
    s.to_start()
    s.run()
    assert calls == [4, 8]
    assert [c.result for c in s.host_calls] == ["8", "16"]


def test_host_that_raises_does_so_again_without_being_called() -> None:
    count = 0

    def fail() -> None:
        nonlocal count
        count += 1
        raise ValueError("no")

    text = '(module (import "h" "f" (func $f)) (func (export "_start") (call $f)))'
    s = wl.Session(wl.assemble(text), imports={"h": {"f": fail}})
    stop = s.run()
    s.to_start()
    assert s.run().message == stop.message
    assert count == 1


def test_reverse_over_takes_back_a_whole_call() -> None:
    s = session(CALLS)
    s.run_to("$leaf")
    s.step_out()
    depth, tick = len(s.frames), s.tick
    s.reverse_over()
    assert len(s.frames) == depth
    assert s.instruction is not None
    assert s.instruction.mnemonic == "call"
    s.step_over()
    assert s.tick == tick


def test_reverse_out_goes_to_the_call() -> None:
    s = session(CALLS)
    for _ in range(3):
        s.run_to("$leaf")
    entered = s.tick
    s.step(3)
    s.reverse_out()
    assert s.tick == entered - 1
    assert s.instruction is not None
    assert s.instruction.mnemonic == "call"


def test_reverse_run_without_a_hit_says_that_it_is_at_the_beginning() -> None:
    s = session(CALLS)
    s.run()
    stop = s.reverse_run()
    assert (stop.reason, s.tick) == (StopReason.BEGINNING, 0)
    assert stop.message == "no stop before; the recording begins at step 0"


def test_reverse_run_visits_the_hits_in_reverse() -> None:
    s = session(CALLS)
    s.break_at("$leaf")
    hits: list[int] = []
    while s.run().reason is StopReason.BREAKPOINT:
        hits.append(s.tick)
    back: list[int] = []
    while s.reverse_run().reason is StopReason.BREAKPOINT:
        back.append(s.tick)
        assert s.breakpoints[0].count == len(hits) - len(back) + 1
    assert back == hits[::-1]
    assert s.tick == 0


def test_breakpoint_set_after_the_run_counts_from_the_start() -> None:
    s = session(CALLS)
    s.run()
    s.break_at("$leaf", hits=3)
    for _ in range(4):
        s.reverse_run()
    third = s.tick
    assert s.breakpoints[0].count == 3
    s.reverse_run()
    assert s.tick == 0
    assert s.run().tick == third


def test_before_the_first_tick_there_is_nothing() -> None:
    s = session(CALLS)
    with pytest.raises(TimelineEnd):
        s.step_back()
    with pytest.raises(TimelineEnd):
        s.goto(-1)


def test_goto_beyond_the_end_runs_on() -> None:
    s = session(CALLS)
    s.goto(30)
    assert (s.tick, s.state) == (30, State.PAUSED)


def test_calls_follow_each_other_on_one_timeline() -> None:
    s = session(TWO)
    s.call("add", 5)
    first = s.run()
    s.call("add", 7)
    second = s.run()
    assert [v.value for v in (*first.results, *second.results)] == [5, 12]
    s.to_start()
    assert s.state is State.PAUSED
    assert s.run() == second
    s.step_back()
    assert s.globals[0].value == 12
    s.goto(2)
    assert s.globals[0].value == 0


def wasi_session(name: str) -> Callable[[], wl.Session]:
    text = (folder() / name).read_text("utf-8")
    return lambda: wl.Session(wl.assemble(text), stdin=b"one\ntwo\n")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "make", [lambda: session(CALLS), lambda: session(TRAPS), wasi_session("echo.wat")]
)
def test_state_at_a_tick_is_that_of_a_fresh_run(make: Callable[[], wl.Session], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a walk that can be repeated
    fresh: list[object] = []
    s = make()
    while s.state is State.PAUSED:
        fresh.append(whole_state(s))
        s.step()
    s = make()
    moves = [
        lambda: s.step(rng.randrange(1, 9)), s.step_over, s.step_out, s.reverse_over,
        s.reverse_out, lambda: s.step_back(rng.randrange(1, 9)), s.to_start, s.to_end,
        lambda: s.goto(rng.randrange(len(fresh))), s.reverse_run, s.run,
    ]  # fmt: skip
    for _ in range(60):
        try:
            rng.choice(moves)()
        except TimelineEnd:
            assert s.tick == 0
        if s.state is State.PAUSED:
            assert whole_state(s) == fresh[s.tick]


MANY = """
(module
  (memory 1)
  (func (export "_start") (local $i i32)
    (loop $l
      (i32.store (i32.const 8) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 4000))))))
"""


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_last_hit_is_found_where_there_are_thousands_of_places_to_look(engine: str) -> None:
    s = wl.Session(wl.assemble(MANY), engine=engine)
    s.run()
    store = next(line for line, text in enumerate(MANY.splitlines(), 1) if "i32.store" in text)
    s.break_at(str(store), "$i % 1500 == 700")
    found: list[str] = []
    while s.reverse_run().reason is StopReason.BREAKPOINT:
        found.append(s.locals[0].text)
    assert found == ["3700", "2200", "700"]


def test_last_write_is_found_among_thousands() -> None:
    s = session(MANY)
    s.run()
    last = s.who_wrote(8)
    assert (last.old, last.new) == ("9e", "9f")
    s.goto(last.tick)
    assert s.who_wrote(8).new == "9e"


def test_reverse_run_stops_where_a_later_call_begins() -> None:
    s = wl.Session(wl.assemble('(module (func (export "f") nop nop) (func (export "g") nop nop))'))
    for name in ("f", "g", "f"):
        s.call(name)
        s.run()
    s.break_at("f")
    assert s.reverse_run().reason is StopReason.BREAKPOINT
    assert s.tick == 6
    assert s.reverse_run().reason is StopReason.BREAKPOINT
    assert s.tick == 0
    assert s.run().tick == 6


@pytest.mark.parametrize(
    ("text", "invoke", "state"),
    [
        ('(module (func (export "_start") nop))', None, State.EXITED),
        ('(module (func (export "_start") unreachable))', None, State.TRAPPED),
        ('(module (func (export "f") nop))', "f", State.WAITING_FOR_CALL),
    ],
)
def test_goto_beyond_the_end_says_where_that_is(
    text: str, invoke: str | None, state: State
) -> None:
    s = wl.Session(wl.assemble(text), invoke=invoke)
    for _ in range(2):  # run on, and recorded
        stop = s.goto(500)
        assert s.state is state
        assert f"there is no step 500: it ends at step {s.tick}" in stop.message
        s.goto(0)
    assert "no step" not in s.to_end().message
