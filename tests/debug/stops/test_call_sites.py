"""Breakpoints on imported functions: they stop where the host is called, however it is."""

from __future__ import annotations

import pytest

from wasmlab.debug.session import Session
from wasmlab.debug.views.model import StopReason
from wasmlab.errors import NoSuchLocation
from wasmlab.module import assemble
from wasmlab.opening.inputs import load

PROGRAM = """(module
  (type $t (func (param i32)))
  (import "env" "note" (func $note (type $t)))
  (import "env" "other" (func $other (type $t)))
  (import "env" "unused" (func $unused (type $t)))
  (table funcref (elem $other $note))
  (func (export "direct") (param $n i32)
    (call $note (i32.const 16)) (call $other (i32.const 2)) (call $note (local.get $n)))
  (func (export "through") (param $n i32)
    (call_indirect (type $t) (i32.const 5) (local.get $n)))
  (func (export "last") (param $n i32)
    (return_call $note (local.get $n))))"""
SILENT = '(module (import "env" "f" (func)) (func (export "g")))'


def session_of(entry: str, argument: int) -> tuple[Session, list[int]]:
    noted: list[int] = []

    def ignore(_number: int) -> None:
        return

    imports = {"env": {"note": noted.append, "other": ignore, "unused": ignore}}
    session = Session(assemble(PROGRAM), imports=imports, invoke=entry, invoke_args=(argument,))
    return session, noted


def stops(session: Session) -> list[int]:
    """Run to the end; return the ticks of the stops at a breakpoint."""
    found: list[int] = []
    while session.run().reason is StopReason.BREAKPOINT:
        found.append(session.tick)
    return found


def test_every_direct_call_is_stopped_at_before_it_is_made() -> None:
    session, noted = session_of("direct", 7)
    point = session.break_at("note")
    assert point.callee == "env.note"
    assert session.run().breakpoint == point.number
    assert noted == []
    session.step()
    assert noted == [16]
    assert stops(session) == [5]
    assert noted == [16, 7]
    assert session.breakpoints[0].count == 2


@pytest.mark.parametrize(("number", "count"), [(0, 0), (1, 1)])
def test_call_through_a_table_is_stopped_at_if_it_is_of_this_function(
    number: int, count: int
) -> None:
    session, _ = session_of("through", number)
    session.break_at("env.note")
    assert len(stops(session)) == count


def test_tail_call_is_stopped_at() -> None:
    session, noted = session_of("last", 3)
    session.break_at("$note")
    session.run()
    assert (session.tick, noted) == (1, [])


def test_running_back_finds_the_call_before() -> None:
    session, noted = session_of("direct", 7)
    session.break_at("note")
    session.run()
    session.run()
    assert session.reverse_run().breakpoint == 1
    assert (session.tick, noted) == (1, [16])


def test_condition_is_about_the_caller() -> None:
    session, _ = session_of("direct", 7)
    session.break_at("note", "stack[0] == 7")
    assert stops(session) == [5]


def test_breakpoint_survives_a_restart_and_can_be_removed() -> None:
    session, _ = session_of("direct", 7)
    point = session.break_at("note")
    session.run()
    session.restart()
    assert len(stops(session)) == 2
    session.restart()
    session.remove_breakpoint(point.number)
    assert stops(session) == []


def test_import_that_nothing_calls_is_refused() -> None:
    session = Session(assemble(SILENT), imports={"env": {"f": lambda: None}}, invoke="g")
    with pytest.raises(NoSuchLocation, match="nothing calls it"):
        session.break_at("f")


def test_defined_function_of_the_same_name_comes_first() -> None:
    text = '(module (import "env" "f" (func $i)) (func (export "f") (call $i)))'
    session = Session(assemble(text), imports={"env": {"f": lambda: None}}, invoke="f")
    assert session.break_at("f").callee == ""
    assert session.break_at("env.f").callee == "env.f"


def test_padded_index_of_a_call_is_found() -> None:
    binary = bytes.fromhex(
        "0061736d01000000 010401600000 02090103656e7601660000 03020100 07050101670001"
        "0a070105001080000b"  # call 0, with its index in two bytes
    )
    session = Session(load(binary), imports={"env": {"f": lambda: None}}, invoke="g")
    assert session.break_at("f").location.offset == binary.index(b"\x10\x80\x00")
