"""Host calls: one record of each, also of one that fails; what decides who notes their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from wasmlab.debug.views.model import State
from wasmlab.engine.program import ProgramOptions, begin_next, load_program
from wasmlab.engine.slices import run_slices
from wasmlab.errors import HostError, ProcExit, Trap, WouldBlock
from wasmlab.host.wasi.link import HostFunctions
from wasmlab.host.wasi.streams import Input
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.engine.program import Program
    from wasmlab.runtime.host import RawHostCall

CALLS = """(module
  (import "{module}" "ask" (func $ask (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $ask (i32.const {first})))
    (drop (call $ask (i32.const 5)))))"""
READS = """(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00")
  (func (export "_start") (drop (call $read (i32.const 0) (i32.const {iovs}) (i32.const 1)
    (i32.const 8)))))"""
EXITS = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_start") (call $exit (i32.const 3))))"""

OUT_OF_BOUNDS = "out of bounds memory access: 0x10000 + 8 bytes, memory has 0x10000"


class Counter:
    """A Python function with a state that can be taken back."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, n: int) -> int:
        self.calls += 1
        return n + self.calls

    def snapshot(self) -> int:
        return self.calls

    def restore(self, state: int) -> None:
        self.calls = state


def ask_text(module: str, first: int = 4) -> str:
    return CALLS.format(module=module, first=first)


def listened(
    text: str, wasi: Wasi | None = None, ask: Callable[[int], int] | None = None
) -> tuple[Program, list[RawHostCall]]:
    """Return a program that is about to begin, and a list that gets its host calls."""
    options = ProgramOptions(imports={"env": {"ask": ask}} if ask else {})
    program = load_program(wl.assemble(text), wasi or Wasi(), options)
    calls: list[RawHostCall] = []
    program.host_calls.listeners.append(calls.append)
    assert begin_next(program)
    return program, calls


def raises(n: int) -> int:
    if n == 5:
        raise ValueError("no luck")
    return n


def test_listener_is_told_of_a_failed_call_with_its_error() -> None:
    program, calls = listened(ask_text("env"), ask=raises)
    with pytest.raises(HostError) as caught:
        run_slices(program.store)
    assert [(call.args, call.results) for call in calls] == [((4,), (4,)), ((5,), ())]
    assert calls[0].error is None
    assert calls[1].error is caught.value
    assert calls[1].failure == "env.ask raised ValueError: no luck"


def test_listener_is_told_of_a_trap_in_wasi() -> None:
    program, calls = listened(READS.format(iovs=0x10000), Wasi(stdin=b"abcd"))
    with pytest.raises(Trap):
        run_slices(program.store)
    assert [call.failure for call in calls] == [OUT_OF_BOUNDS]


def test_exit_is_told_and_is_no_failure() -> None:
    program, calls = listened(EXITS)
    with pytest.raises(ProcExit):
        run_slices(program.store)
    assert [(call.name, call.failure) for call in calls] == [("proc_exit", "")]
    assert isinstance(calls[0].error, ProcExit)


def test_call_that_would_block_is_told_once_it_is_made() -> None:
    wasi = Wasi(stdin=Input())
    program, calls = listened(READS.format(iovs=0), wasi)
    with pytest.raises(WouldBlock):
        run_slices(program.store)
    assert calls == []
    wasi.stdin.feed(b"abcd")
    run_slices(program.store)
    assert [(call.name, call.results) for call in calls] == [("fd_read", (0,))]


def test_session_log_has_the_failed_call() -> None:
    s = wl.Session(wl.assemble(ask_text("env")), imports={"env": {"ask": raises}})
    s.run()
    assert s.state is State.TRAPPED
    assert [call.text for call in s.host_calls] == [
        "env.ask(4) = 4",
        "env.ask(5) = failed (env.ask raised ValueError: no luck)",
    ]
    assert [call.error for call in s.host_calls] == [False, True]


def test_session_log_has_a_trap_in_wasi_as_failed() -> None:
    s = wl.Session(wl.assemble(READS.format(iovs=0x10000)), stdin=b"abcd")
    s.run()
    (call,) = s.host_calls
    assert call.text.endswith(f" = failed ({OUT_OF_BOUNDS})")
    assert call.error


def test_only_functions_of_wasi_say_that_they_are_snapshotted() -> None:
    assert all(host.snapshotted for host in HostFunctions(Wasi()).values())
    program, _ = listened(ask_text("env"), ask=raises)
    assert [f.host.snapshotted for f in program.store.funcs if f.host is not None] == [False]


def test_state_of_a_python_function_is_noted_under_any_module_name() -> None:
    counter = Counter()
    s = wl.Session(wl.assemble(ask_text("wasi_mine")), imports={"wasi_mine": {"ask": counter}})
    s.run()
    assert counter.calls == 2
    s.goto(4)
    s.set("stack[0]", 7)
    assert counter.calls == 1
    s.run()
    assert [call.text for call in s.host_calls][-1] == "wasi_mine.ask(7) = 9"


def test_replay_does_not_call_a_python_function_under_any_module_name() -> None:
    counter = Counter()
    s = wl.Session(wl.assemble(ask_text("wasi_mine")), imports={"wasi_mine": {"ask": counter}})
    s.run()
    replay = s.replay(ask_text("wasi_mine", first=9))
    assert counter.calls == 2
    replay.session.to_end()
    assert [call.text for call in replay.session.host_calls] == [
        "wasi_mine.ask(9) = 5",
        "wasi_mine.ask(5) = 7",
    ]
