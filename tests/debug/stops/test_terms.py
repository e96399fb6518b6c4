"""When and how stopping places stop: conditions, counts, once, commands; the same in both tiers."""

from __future__ import annotations

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State, StopReason
from wasmlab.engine.work import Work
from wasmlab.errors import BadExpression, DebugError, NoSuchLocation, UsageError, WasmlabError

TEXT = """(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "hello")
  (tag $e)
  (global $g (mut i32) (i32.const 0))
  (func $twice (param $n i32) (result i32)
    (global.set $g (i32.add (global.get $g) (local.get $n)))
    (i32.store (i32.const 16) (local.get $n))
    (i32.mul (local.get $n) (i32.const 2)))
  (func $throws (throw $e))
  (func $main (export "_start") (local $i i32)
    (loop $l
      (drop (call $twice (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 10))))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 8)))
    (drop (call $fd_write (i32.const 9) (i32.const 0) (i32.const 0) (i32.const 8)))
    (block $b (try_table (catch_all $b) (call $throws)))
    (drop (i32.div_u (i32.const 1) (i32.load (i32.const 500))))))"""


@pytest.fixture(params=["reference", "native"])
def session(request: pytest.FixtureRequest) -> wl.Session:
    return wl.Session(wl.assemble(TEXT), engine=str(request.param))


def forward(session: wl.Session) -> list[int]:
    """Return where a session stops, to the end."""
    found = list[int]()
    while session.run().breakpoint is not None:
        found.append(session.tick)
    return found


def backward(session: wl.Session) -> list[int]:
    """Return where a session stops, back to the beginning."""
    found = list[int]()
    while session.reverse_run().reason is not StopReason.BEGINNING:
        found.append(session.tick)
    return found


# ---- once ----


def test_temporary_breakpoint_is_gone_where_it_has_stopped(session: wl.Session) -> None:
    assert session.break_at("$twice", "$n == 4", temporary=True).temporary
    assert session.run().breakpoint == 1
    assert session.evaluate("$n") == 4
    assert not session.breakpoints
    assert session.run().reason is StopReason.TRAP


def test_temporary_breakpoint_is_gone_where_it_has_stopped_going_back(session: wl.Session) -> None:
    session.run()
    execute(session, "tbreak $twice if $n == 4")
    assert session.reverse_run().breakpoint == 1
    assert session.evaluate("$n") == 4
    assert not session.breakpoints
    assert session.reverse_run().reason is StopReason.BEGINNING


def test_temporary_breakpoint_where_a_run_goes_leaves_no_probe(session: wl.Session) -> None:
    session.break_at("$twice", temporary=True)
    session.run_to("$twice")
    session.remove_breakpoint(1)
    session.run_to("$twice")
    assert session.run().reason is StopReason.TRAP
    assert not any(f.code.probes for f in session.control.store.funcs if f.code is not None)


# ---- conditions of watchpoints ----


@pytest.mark.parametrize(
    ("what", "condition", "values"),
    [
        ("global $g", "$g > 20", [21, 28, 36, 45]),
        ("i32[16]", "i32[16] >= 8", [36, 45]),
        ("i32[16]", "$n == 7 or $n == 9", [28, 45]),
        ("global $g", "$i == 3", []),
    ],
)
def test_condition_of_a_watchpoint_is_asked_after_the_access(
    session: wl.Session, what: str, condition: str, values: list[int]
) -> None:
    session.watch(what, condition=condition)
    seen = list[float]()
    while session.run().breakpoint is not None:
        seen.append(session.evaluate("global.g"))
    if what == "global $g":
        assert seen == values
    else:
        assert len(seen) == len(values)
    assert session.watchpoints[0].count == len(seen)


def test_condition_of_a_watchpoint_stops_at_the_same_writes_going_back(session: wl.Session) -> None:
    session.watch("global $g", condition="$g > 20")
    session.watch("i32[16]", condition="i32[16] == 5 or i32[16] == 8")
    there = forward(session)
    assert len(there) == 6
    assert backward(session) == [tick - 1 for tick in reversed(there)]


def test_local_that_is_watched_has_its_new_value_in_the_condition(session: wl.Session) -> None:
    session.watch("$i", condition="$i % 4 == 0")
    seen = list[float]()
    while session.run().breakpoint is not None:
        seen.append(session.evaluate("$i"))
    assert seen == [4, 8]


def test_hits_of_a_watchpoint_count_accesses(session: wl.Session) -> None:
    session.watch("global $g", hits=9)
    assert len(forward(session)) == 2
    assert len(backward(session)) == 2


def test_native_filter_of_a_watchpoint_leaves_the_loop_for_hits_only() -> None:
    s = wl.Session(wl.assemble(TEXT), engine="native")
    s.watch("global $g", condition="$g == 45")
    found = next(f for f in s.control.store.funcs if f.index == 1)
    s.run_to("$twice")
    assert found.code is not None
    assert any("Compare" in repr(asked) for asked in found.code.predicates.values())
    assert s.run().breakpoint == 1


# ---- ignore ----


def test_ignored_hits_are_passed_over_and_counted(session: wl.Session) -> None:
    session.break_at("$twice")
    session.run()
    session.ignore_breakpoint(1, 3)
    assert session.breakpoints[0].ignores == 3
    session.run()
    assert session.evaluate("$n") == 4
    assert (session.breakpoints[0].ignores, session.breakpoints[0].count) == (0, 5)


def test_hits_before_the_ignored_ones_stop_going_back(session: wl.Session) -> None:
    session.break_at("$twice")
    session.run()
    session.run()
    execute(session, "ignore 1 2")
    there = forward(session)
    assert len(there) == 6
    assert len(backward(session)) == 8


def test_ignoring_more_hits_than_there_are_never_stops(session: wl.Session) -> None:
    session.break_at("$twice")
    session.ignore_breakpoint(1, 1000)
    assert session.run().reason is StopReason.TRAP
    assert session.breakpoints[0].ignores == 990
    session.restart()
    assert session.breakpoints[0].ignores == 990


def test_ignoring_what_there_is_not_is_refused(session: wl.Session) -> None:
    with pytest.raises(DebugError):
        session.ignore_breakpoint(1, 3)
    session.break_at("$twice")
    with pytest.raises(UsageError):
        session.ignore_breakpoint(1, -1)


# ---- patterns ----


def test_pattern_stops_in_all_functions_whose_names_match(session: wl.Session) -> None:
    said = execute(session, "rbreak t*").lines
    assert said[0] == "Breakpoint 1: 2 functions like t*"
    assert [line.split()[0] for line in said[1:]] == ["$twice", "$throws"]
    assert len(forward(session)) == 11


def test_pattern_that_nothing_matches_is_refused(session: wl.Session) -> None:
    with pytest.raises(NoSuchLocation):
        session.break_at("z*", pattern=True)


def test_pattern_that_matches_ten_thousand_functions_is_refused() -> None:
    many = "".join(f"(func $f{n})" for n in range(10_000))
    s = wl.Session(wl.assemble(f'(module {many} (func (export "_start")))'))
    with pytest.raises(UsageError, match="10,001 functions"):
        s.break_at("f*", pattern=True)
    assert len(s.break_at("f12?", pattern=True).locations) == 10


# ---- catch ----


def test_every_exception_is_caught_before_it_is_thrown(session: wl.Session) -> None:
    session.catch("throw")
    stop = session.run()
    assert (stop.reason, stop.breakpoint) == (StopReason.CATCHPOINT, 1)
    assert session.instruction is not None
    assert session.instruction.mnemonic == "throw"
    assert session.run().reason is StopReason.TRAP
    assert session.reverse_run().tick == stop.tick


def test_trap_is_caught_in_its_frame_and_can_be_prevented(session: wl.Session) -> None:
    session.catch("trap")
    stop = session.run()
    assert (stop.reason, session.state) == (StopReason.CATCHPOINT, State.PAUSED)
    assert [slot.bits for slot in session.stack] == [0, 1]
    session.set("stack[0]", 5)
    assert session.run().reason is StopReason.EXIT


def test_trap_that_has_happened_is_stood_before_going_back(session: wl.Session) -> None:
    assert session.run().reason is StopReason.TRAP
    session.catch("trap")
    stop = session.reverse_run()
    assert (stop.reason, session.state) == (StopReason.CATCHPOINT, State.PAUSED)
    assert session.run().reason is StopReason.TRAP


@pytest.mark.parametrize("what", ["fd_write=EBADF", "fd_write=badf", "fd_write=fails"])
def test_call_that_fails_is_caught_after_it_and_before_it_going_back(
    session: wl.Session, what: str
) -> None:
    session.catch(what)
    there = forward(session)
    assert len(there) == 1
    assert backward(session) == [there[0] - 1]


def test_call_that_fails_otherwise_is_not_caught(session: wl.Session) -> None:
    session.catch("fd_write=EIO")
    assert forward(session) == []


def test_call_of_the_host_is_caught_before_it(session: wl.Session) -> None:
    execute(session, "catch fd_write")
    assert len(forward(session)) == 2


@pytest.mark.parametrize(
    ("what", "hint"),
    [("fd_wrte", "fd_write"), ("fd_write=EBADX", "EBADF"), ("path_open=fails", "fd_write")],
)
def test_unknown_call_or_error_is_refused_with_those_like_it(
    session: wl.Session, what: str, hint: str
) -> None:
    with pytest.raises(WasmlabError) as refused:
        session.catch(what)
    assert hint in refused.value.hint
    assert not session.catchpoints


# ---- until ----


def test_until_a_condition_stops_where_it_becomes_true(session: wl.Session) -> None:
    assert session.run_until("global.g == 6").reason is StopReason.ARRIVED
    assert session.evaluate("global.g") == 6
    assert session.run_until("i32[16] == 8").reason is StopReason.ARRIVED
    assert session.evaluate("i32[16]") == 8
    session.run_until("$main") if session.depth == 0 else session.step_out()
    assert session.run_until("$i == 10").reason is StopReason.ARRIVED
    assert session.evaluate("$i") == 10
    tick = session.tick
    assert "true already" in session.run_until("$i == 10").message
    assert session.tick == tick
    assert session.reverse_until("$i == 4").reason is StopReason.ARRIVED
    assert session.evaluate("$i") == 4
    assert not session.breakpoints


def test_until_takes_a_place_before_a_condition(session: wl.Session) -> None:
    execute(session, "until $twice")
    assert session.location is not None
    assert session.location.func_name == "$twice"
    execute(session, "until $n")
    assert session.evaluate("$n") == 1
    with pytest.raises(NoSuchLocation):
        execute(session, "until $nosuch")
    with pytest.raises(NoSuchLocation):
        execute(session, "until 999")
    with pytest.raises(BadExpression):
        execute(session, "until $n > ")


# ---- commands ----


def test_commands_of_a_breakpoint_are_carried_out_and_go_on(session: wl.Session) -> None:
    execute(session, "break $twice if $n > 7")
    execute(session, "commands 1 silent; print $n; continue")
    said = execute(session, "continue")
    assert said.lines == ("8", "9")
    assert said.stop is not None
    assert said.stop.reason is StopReason.TRAP


def test_commands_of_a_temporary_breakpoint_are_carried_out_once(session: wl.Session) -> None:
    execute(session, "tbreak $twice do print $n + 100")
    assert execute(session, "continue").lines[-1:] == ("100",)
    assert not session.breakpoints
    assert "100" not in execute(session, "continue").lines


def test_commands_may_delete_their_breakpoint(session: wl.Session) -> None:
    execute(session, "break $twice do delete 1; print $n")
    assert execute(session, "continue").lines[-2:] == ("1 removed.", "0")
    assert not session.breakpoints


def test_commands_that_go_on_for_ever_can_be_stopped(session: wl.Session) -> None:
    class AtLook(Work):
        """Is asked to stop at its hundredth look."""

        looks = 0

        def look(self) -> None:
            """Ask for the stop."""
            self.looks += 1
            if self.looks == 100:
                self.request()
            super().look()

    session.control.target.work = AtLook()
    execute(session, "break $twice if $n == 1 do print $n; goto start; continue")
    execute(session, "break $twice if $n == 0 do print $n; continue")
    execute(session, "break $twice if $n == 2 do goto 0")
    execute(session, "commands 1 print $n; reverse-continue")
    said = execute(session, "continue")
    assert said.stop is not None
    assert said.stop.reason is StopReason.PAUSED
    assert {"0", "1"} <= set(said.lines)


def test_command_that_there_is_not_is_refused(session: wl.Session) -> None:
    session.break_at("$twice")
    with pytest.raises(UsageError):
        execute(session, "commands 1 nosuch")
    with pytest.raises(UsageError):
        execute(session, "break $main do nosuch")


# ---- what is kept ----


def test_terms_survive_a_restart_as_another(session: wl.Session) -> None:
    session.break_at("t*", pattern=True, commands=("print 1",))
    session.watch("global $g", condition="$g > 20")
    session.catch("throw")
    session.catch("fd_write=EBADF")
    session.log_at("$twice", "{$n}")
    before = forward(session)
    changed = TEXT.replace('"hello"', '"hullo"')
    session.restart(module=wl.assemble(changed))
    assert session.views.lost == ()
    assert forward(session) == before
    assert session.breakpoints[0].commands == ("print 1",)
