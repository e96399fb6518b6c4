"""Python functions that call back into the program: what they change there is the host's doing."""

from collections.abc import Callable

import pytest

import wasmlab as wl
from wasmlab.debug.views.model import StopReason
from wasmlab.engine.program import call_export
from wasmlab.errors import DebugError
from wasmlab.runtime.values import PyValue

ENGINES = ("reference", "native")
CALLS_BACK = """
(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  (func $inner (export "inner") (param $k i32) (result i32)
    (i32.store (i32.const 32) (local.get $k))
    (global.set $g (local.get $k))
    (i32.store (i32.const 64) (local.get $k))
    (i32.add (local.get $k) (i32.const 1)))
  (func (export "main") (result i32)
    (i32.add (call $f (i32.const 7)) (i32.load (i32.const 64)))))
"""


def session(engine: str) -> wl.Session:
    def call_back(k: PyValue) -> PyValue:
        program = s.control.program
        return call_export(program, "inner", k)

    s = wl.Session(
        wl.assemble(CALLS_BACK), invoke="main", engine=engine, imports={"host": {"f": call_back}}
    )
    return s


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("probe", ["break 8", "break inner", "watch"])
def test_probes_in_what_is_called_back_do_not_cut_it_short(engine: str, probe: str) -> None:
    s = session(engine)
    if probe == "watch":
        s.watch("memory[64:68]", "r")
    else:
        s.break_at(probe.removeprefix("break "))
    while s.run().reason is not StopReason.RETURNED:
        pass
    assert s.stop.results[0].value == 15


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_callback_writes_hits_watchpoints_on_both_ways(engine: str) -> None:
    s = session(engine)
    s.watch("memory[32:36]")
    stop = s.run()
    assert stop.message == "watchpoint 1, memory[32:36]: 00 00 00 00 -> 07 00 00 00"
    s.run()
    assert s.reverse_run().message == stop.message
    assert s.tick == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", ["memory[32:36]", "global $g"])
def test_what_a_callback_writes_was_written_by_the_host(engine: str, what: str) -> None:
    s = session(engine)
    s.run()
    s.step_back()
    origin = s.who_wrote(what)
    assert (origin.tick, origin.kind, origin.text) == (1, "host", "host.f(7) = 8")
    assert origin.old != origin.new
    assert [hit.tick for hit in s.writes(32)] == [1]
    assert not list(s.writes(96))


ASKS = """(module (import "e" "f" (func $f (param i32) (result i32)))
  (func (export "r") (param i32) (result i32) (call $f (local.get 0))))"""


MOVES: list[Callable[[wl.Session], object]] = [
    lambda session: session.run(),
    lambda session: session.step(),
    lambda session: session.goto(0),
    lambda session: session.step_back(),
    lambda session: session.restart(invoke_args=[9]),
    lambda session: session.switch(1),
    lambda session: session.reverse_line(),
]


@pytest.mark.parametrize("move", MOVES)
def test_host_function_that_moves_its_session_is_refused(
    move: Callable[[wl.Session], object],
) -> None:
    refused: list[str] = []

    def f(value: int) -> int:
        try:
            move(session)
        except DebugError as error:
            refused.append(error.message)
        return value + 1

    imports = {"e": {"f": f}}
    session = wl.Session(wl.assemble(ASKS), invoke="r", invoke_args=[4], imports=imports)
    stop = session.run()
    assert refused == ["the program is running"]
    assert (stop.reason, stop.tick) == (StopReason.RETURNED, 3)
    assert [value.value for value in stop.results] == [5]
