"""A restart with other arguments, input, directories and faults: in Python and as a command."""

from pathlib import Path

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, ECHO, TWO
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State
from wasmlab.errors import DebugError, Unlinkable, UsageError
from wasmlab.host.wasi.faults import parse_fault
from wasmlab.host.wasi.wasi import Wasi

COUNTS = """(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $dir (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $errno (export "errno") (mut i32) (i32.const 0))
  (func (export "_start")
    (global.set $errno (call $args (i32.const 0) (i32.const 4)))
    (drop (call $env (i32.const 8) (i32.const 12)))
    (i32.store (i32.const 16) (call $dir (i32.const 3) (i32.const 24)))))"""
"""At 0 the number of arguments with the program's name, at 8 of variables, at 16 whether there is
no directory."""


def counting(**grants: object) -> wl.Session:
    return wl.Session(wl.assemble(COUNTS), **grants)  # pyright: ignore[reportArgumentType] - any


def counted(session: wl.Session, line: str, address: int) -> int | float:
    """Return what the program found after a restart."""
    execute(session, line)
    session.run()
    return session.evaluate(f"i32[{address}]")


def test_restart_with_arguments_gives_them_to_the_program_and_to_later_restarts() -> None:
    session = counting(args=["one"])
    assert counted(session, "restart 1 'a b' --env", 0) == 4
    assert counted(session, "restart", 0) == 4
    assert counted(session, "restart --", 0) == 1
    assert session.beginning.grants.args == ()


def test_restart_in_python_takes_the_keywords_of_a_session() -> None:
    session = counting(args=["one"], env={"A": "1"})
    session.restart(args=["1", "2"])
    session.run()
    assert (session.evaluate("i32[0]"), session.evaluate("i32[8]")) == (3, 1)


def test_restart_in_python_refuses_an_unknown_keyword_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"restart.*colour"):
        counting().restart(colour="red")  # pyright: ignore[reportCallIssue] - it is wrong


@pytest.mark.parametrize(
    ("line", "address", "found"),
    [
        ("restart --env A=1 --env B=2", 8, 2),
        ("restart --env=", 8, 0),
        ("restart 1", 8, 1),
        ("restart --dir .::/here", 16, 0),
        ("restart --dir=", 16, 8),
    ],
)
def test_restart_with_an_option_changes_what_it_gives_and_nothing_else(
    line: str, address: int, found: int
) -> None:
    session = counting(env={"C": "3"})
    assert counted(session, line, address) == found


def test_fault_is_set_and_taken_away_at_restarts() -> None:
    session = counting()
    execute(session, "restart --fault args_sizes_get=EIO")
    session.run()
    assert session.evaluate("global.errno")
    execute(session, "restart --fault=")
    session.run()
    assert session.evaluate("global.errno") == 0
    session.restart(faults=[parse_fault("args_sizes_get=EIO")])
    session.run()
    assert session.evaluate("global.errno")


def test_standard_input_of_a_file_is_that_of_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "in put.txt"
    path.write_text("from a file\n")
    session = wl.Session(wl.assemble(ECHO), stdin=None)
    execute(session, f"restart --stdin '{path}'")
    session.run()
    assert b"from a file" in b"".join(piece.data for piece in session.output)
    execute(session, "restart --stdin=")
    session.run()
    assert session.state is State.WAITING_FOR_INPUT


def test_restart_after_a_call_makes_it_with_other_arguments_and_again() -> None:
    session = wl.Session(wl.assemble(TWO))
    execute(session, "call add 5")
    execute(session, "restart 7")
    assert session.evaluate("$n") == 7
    session.run()
    execute(session, "restart")
    assert session.evaluate("$n") == 7
    execute(session, "restart --invoke=")
    assert session.state is State.WAITING_FOR_CALL


def test_restart_of_an_invoked_function_gives_it_other_arguments() -> None:
    session = wl.Session(wl.assemble(TWO), invoke="add", invoke_args=(1,))
    execute(session, "restart 0x10")
    assert session.evaluate("$n") == 16


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("restart 1 2", "add takes 1 argument, found 2"),
        ("restart --invoke nosuch", "nosuch"),
        ("restart --stdin /nosuch/file", "cannot read"),
        ("restart --fault nonsense", "nonsense"),
    ],
)
def test_restart_that_is_refused_leaves_the_session_as_it_was(line: str, message: str) -> None:
    session = wl.Session(wl.assemble(TWO))
    execute(session, "call add 5")
    session.step(2)
    before = session.beginning
    with pytest.raises(wl.WasmlabError, match=message):
        execute(session, line)
    assert (session.tick, session.evaluate("$n"), session.beginning) == (2, 5, before)


def test_arguments_without_a_call_that_takes_them_are_refused() -> None:
    session = wl.Session(wl.assemble(TWO))
    with pytest.raises(UsageError, match="no function was called yet") as caught:
        execute(session, "restart 1 2")
    assert caught.value.hint == "call NAME 1 2"


def test_hosts_are_as_they_were_after_a_restart_that_is_refused() -> None:
    class Counter:
        count = 0

        def snapshot(self) -> int:
            return self.count

        def restore(self, state: int) -> None:
            self.count = state

        def up(self) -> None:
            self.count += 1

    text = '(module (import "h" "up" (func $up)) (func (export "_start") (call $up) (call $up)))'
    counter = Counter()
    session = wl.Session(wl.assemble(text), imports={"h": {"up": counter.up}})
    session.run()
    with pytest.raises(Unlinkable):
        session.restart(imports={})
    assert counter.count == 2
    session.restart()
    assert counter.count == 0


def test_breakpoints_stay_at_a_restart_with_other_arguments() -> None:
    session = wl.Session(wl.assemble(CALLS))
    session.break_at("$leaf", "$n == 3")
    session.watch("global $g")
    execute(session, "restart x")
    assert [b.condition for b in session.breakpoints] == ["$n == 3"]
    assert [w.number for w in session.watchpoints] == [2]
    assert session.run().breakpoint == 2


def test_grants_beside_a_wasi_instance_are_refused_and_another_instance_is_taken() -> None:
    session = counting(wasi=Wasi(args=["program"]))
    with pytest.raises(UsageError, match="args has no effect"):
        session.restart(args=["1"])
    session.restart(wasi=Wasi(args=["program", "1", "2"]))
    session.run()
    assert session.evaluate("i32[0]") == 3


def test_recording_is_not_begun_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "run.wlab"
    session = counting()
    session.run()
    session.save(path)
    with pytest.raises(DebugError, match="no other args"):
        wl.open_recording(path).restart(args=["1"])


@pytest.mark.parametrize("line", ["continue 1 2", "run x", "finish 3", "quit now"])
def test_command_without_arguments_refuses_some(line: str) -> None:
    with pytest.raises(UsageError, match="takes no arguments"):
        execute(counting(), line)


def test_restart_refuses_a_misspelt_option_as_run_does() -> None:
    session = counting(args=["one"])
    with pytest.raises(UsageError, match=r"unknown option --stdn; wasmlab debug --help"):
        execute(session, "restart --stdn in.txt")
    with pytest.raises(UsageError, match="unknown option --argument=1"):
        execute(session, "restart --env A=1 --argument=1")
    assert session.beginning.grants.args == ["one"]


def test_restart_gives_the_program_options_of_its_own_after_dashes_or_a_word() -> None:
    session = counting()
    execute(session, "restart -- --stdn in.txt")
    assert session.beginning.grants.args == ("--stdn", "in.txt")
    execute(session, "restart 1 --stdn")
    assert session.beginning.grants.args == ("1", "--stdn")


def test_restart_with_words_says_what_the_program_begins_with(tmp_path: Path) -> None:
    session, path = counting(), tmp_path / "in.txt"
    path.write_bytes(b"three")
    said = execute(session, f"restart --stdin {path} 1 'a b'").lines
    assert said[0] == "Begins with arguments 1 'a b'; standard input 5 bytes."
    assert execute(session, "restart --").lines[0].startswith("Begins with no arguments;")
    assert execute(session, "restart").lines == ()
