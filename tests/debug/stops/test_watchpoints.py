"""Watchpoints: after the access going forward, before it going back."""

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import BadExpression, UsageError


def test_write_to_memory_stops_after_the_store() -> None:
    s = wl.Session(wl.assemble(HELLO))
    s.watch("memory[4:8]")
    stop = s.run()
    assert stop.reason is StopReason.WATCHPOINT
    assert "00 00 00 00 -> 0e 00 00 00" in stop.message
    assert s.memory[4:8] == b"\x0e\0\0\0"
    assert s.run().reason is StopReason.EXIT


def test_write_by_the_host_stops_first_time_and_again() -> None:
    s = wl.Session(wl.assemble(HELLO))
    s.watch("i32[8]")
    first = s.run()
    assert first.reason is StopReason.WATCHPOINT
    s.to_start()
    assert s.run() == first


def test_read_by_the_host_stops() -> None:
    s = wl.Session(wl.assemble(HELLO))
    s.watch("memory[20]", "r")
    assert s.run().reason is StopReason.WATCHPOINT
    assert s.output


def test_reverse_run_stops_before_the_store() -> None:
    s = wl.Session(wl.assemble(HELLO))
    s.run()
    s.watch("memory[4:8]")
    stop = s.reverse_run()
    assert stop.reason is StopReason.WATCHPOINT
    assert "00 00 00 00 -> 0e 00 00 00" in stop.message
    assert s.memory[4:8] == bytes(4)
    assert s.instruction is not None
    assert s.instruction.mnemonic == "i32.store"


@pytest.mark.parametrize("what", ["global 0", "global $g"])
def test_global_is_watched_forward_and_back(what: str) -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.watch(what)
    ticks: list[int] = []
    while s.run().reason is StopReason.WATCHPOINT:
        ticks.append(s.tick)
    assert len(ticks) == 6
    back: list[int] = []
    while s.reverse_run().reason is StopReason.WATCHPOINT:
        back.append(s.tick + 1)
    assert back == ticks[::-1]


def test_local_is_watched_in_its_function() -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.watch("$i")
    assert s.run().message.endswith("0 -> 1")
    assert s.run().message.endswith("1 -> 2")


def test_breakpoint_after_a_watched_instruction_is_not_missed() -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.run_to("$leaf")
    s.watch("memory[100]")
    s.step(2)
    here = s.location
    assert here is not None
    s.step()
    assert s.location is not None
    s.break_at(s.location.offset)
    s.to_start()
    assert s.run().reason is StopReason.BREAKPOINT


def test_removed_watchpoint_does_not_stop() -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.remove_breakpoint(s.watch("global 0").number)
    s.run()
    assert s.state is State.EXITED
    assert not s.watchpoints


def test_what_cannot_be_watched_is_said() -> None:
    s = wl.Session(wl.assemble(CALLS))
    for text in ("memory[0x20000]", "global 7", "$missing", "memory[4:4]"):
        with pytest.raises(BadExpression):
            s.watch(text)
    with pytest.raises(UsageError):
        s.watch("global 0", "x")


def test_watchpoints_survive_a_restart() -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.watch("memory[4]")
    first = s.run()
    s.restart()
    assert s.run() == first


COUNTS = """(module
  (func $leaf (export "leaf") (param $n i32)
    (if (local.get $n) (then (call $leaf (i32.sub (local.get $n) (i32.const 1)))))
    (local.set $n (i32.const 9)))
  (func (export "run") (local $n i32)
    (call $leaf (i32.const 2))
    (local.set $n (i32.const 1))))"""


def test_watchpoint_on_a_local_names_the_function_in_lists_and_stops() -> None:
    s = wl.Session(wl.assemble(COUNTS), invoke="run")
    s.run_to("$leaf")
    s.watch("$n@1")
    assert execute(s, "info breakpoints").lines == ("  1  watch $n of func[1]",)
    assert s.run().message == "watchpoint 1, $n of func[1]: 0 -> 1"


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_watchpoints_on_a_local_in_each_call_of_a_recursive_function_stop_in_turn(
    engine: str,
) -> None:
    s = wl.Session(wl.assemble(COUNTS), invoke="run", engine=engine)
    s.break_at("$leaf", "$n == 0")
    s.run()
    s.watch("$n")
    s.select_frame(1)
    s.watch("$n")
    s.watch("$n@1")
    texts = [f"$n of $leaf, call {call} of 3" for call in (3, 2, 1)]
    assert [w.text for w in s.watchpoints] == texts
    for number, text in enumerate(texts):
        assert s.run().message == f"watchpoint {number + 2}, {text}: {number} -> 9"
    for number, text in reversed(list(enumerate(texts))):
        assert s.reverse_run().message == f"watchpoint {number + 2}, {text}: {number} -> 9"
