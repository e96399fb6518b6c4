"""What is looked at may not be in memory at a step: that is said, and ends and changes nothing."""

from collections.abc import Iterator

import pytest

import wasmlab as wl
from tests.debug.work import snapshot_at_every_stop
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State, StopReason
from wasmlab.engine.program import call_export
from wasmlab.errors import BadExpression, DebugError, NotInMemory, UsageError

GROWS = """(module
  (memory (export "memory") 1 4)
  (func (export "run") (result i32)
    (i32.store (i32.const 65532) (i32.const 1))
    (drop (memory.grow (i32.const 1)))
    (i32.store (i32.const 65536) (i32.const 7))
    (memory.size)))"""
FIRST_STORE, GROWTH, SECOND_STORE = 2, 4, 8
"""Ticks before these instructions."""
SAID = "not in memory at this step"


@pytest.fixture(params=["reference", "native"])
def session(request: pytest.FixtureRequest) -> wl.Session:
    return wl.Session(wl.assemble(GROWS), invoke="run", engine=str(request.param))


def said(session: wl.Session, line: str) -> str:
    return "\n".join(execute(session, line).lines)


def stops(session: wl.Session) -> Iterator[str]:
    while session.run().reason is StopReason.WATCHPOINT:
        yield session.stop.message


def test_watch_that_was_set_after_the_growth_stops_at_both_stores_after_a_restart(
    session: wl.Session,
) -> None:
    session.run()
    session.watch("memory[65532:65538]")
    session.restart()
    assert session.run().tick == FIRST_STORE + 1
    assert f"1 00 00 00, 2 more {SAID}" in session.stop.message
    assert session.run().tick == SECOND_STORE + 1
    assert session.stop.message.endswith("01 00 00 00 00 00 -> 01 00 00 00 07 00")
    assert session.run().message == "run returned 2"


def test_watch_of_bytes_that_only_come_later_stops_at_the_store_after_the_growth(
    session: wl.Session,
) -> None:
    assert session.watch("memory[65536:65540]").now == SAID
    assert [session.tick for _ in stops(session)] == [SECOND_STORE + 1]
    assert session.stop.message == "run returned 2"


def test_watch_shows_what_is_there_at_every_step_and_goes_back(session: wl.Session) -> None:
    session.watch("i32[65536]")
    session.run()
    for tick in range(session.recorded[1] + 1):
        session.goto(tick)
        there = tick > GROWTH
        assert (session.watchpoints[0].now != SAID) is there
        assert said(session, "info breakpoints")
        assert session.tick == tick
    assert session.reverse_run().tick == SECOND_STORE
    assert session.reverse_run().reason is StopReason.BEGINNING
    assert session.tick == 0
    session.step(GROWTH)
    session.branch()
    assert session.watchpoints[0].now == SAID
    assert session.run().reason is StopReason.WATCHPOINT


def test_read_watch_does_not_stop_at_the_growth(session: wl.Session) -> None:
    session.watch("memory[65536]", "rw")
    assert [session.tick for _ in stops(session)] == [SECOND_STORE + 1]


def test_what_never_comes_into_memory_is_not_watched(session: wl.Session) -> None:
    with pytest.raises(BadExpression, match="nor will be"):
        session.watch("memory[262140:262148]")
    fixed = wl.Session(wl.assemble('(module (memory 1) (func (export "_start")))'))
    with pytest.raises(BadExpression, match="nor will be"):
        fixed.watch("memory[65536]")


def test_condition_on_what_is_not_in_memory_does_not_hold(session: wl.Session) -> None:
    for where in ("i32[65536] == 0", "not i32[65536]", "i32[65536 - 65537] == 0"):
        point = session.break_at("3", where)
        assert point.number
    session.break_at("6", "i32[65536] == 0")
    assert session.run().reason is StopReason.BREAKPOINT
    assert session.tick > GROWTH
    session.run()
    session.reverse_run()
    assert session.tick > GROWTH


def test_condition_that_has_no_value_still_says_so(session: wl.Session) -> None:
    session.break_at("6", "1 // 0 == 1")
    stop = session.run()
    assert stop.reason is StopReason.PAUSED
    assert "has no value" in stop.message


@pytest.mark.parametrize(
    "line", ["print i32[70000]", "print 1 + f64[65530]", "x 70000", "x/4dw i32[70000]", "who 70000"]
)
def test_command_that_looks_says_that_it_is_not_in_memory(session: wl.Session, line: str) -> None:
    assert SAID in said(session, line)
    assert session.run().message == "run returned 2"


def test_numbers_up_to_the_end_of_memory_are_shown(session: wl.Session) -> None:
    assert said(session, "x/4xw 65530") == f"0000fffa  0x00000000\n0000fffe  {SAID}"


@pytest.mark.parametrize("condition", ["i32[70000] == 0", "not i32[70000]", "i32[70000] or 1"])
def test_expect_of_what_is_not_in_memory_fails(session: wl.Session, condition: str) -> None:
    with pytest.raises(DebugError, match=SAID):
        execute(session, f"expect {condition}")


def test_change_of_what_is_not_in_memory_is_refused(session: wl.Session) -> None:
    with pytest.raises(NotInMemory, match=SAID):
        session.set("i32[65536]", 1)
    assert len(session.branches) == 1


@pytest.mark.parametrize("every_stop", [False, True])
def test_bytes_that_no_one_wrote_came_with_the_growth(
    session: wl.Session, monkeypatch: pytest.MonkeyPatch, *, every_stop: bool
) -> None:
    if every_stop:
        snapshot_at_every_stop(monkeypatch)
    while session.step().reason is StopReason.STEP:
        pass
    origin = session.who_wrote(65540)
    assert (origin.kind, origin.tick, origin.text) == ("growth", GROWTH, "memory.grow")
    assert (origin.old, origin.new) == (SAID, "00")
    assert session.who_wrote(65536).tick == SECOND_STORE
    assert session.who_wrote(65531).kind == "instantiation"
    across = session.who_wrote("memory[65534:65536]"), session.who_wrote("memory[65534:65541]")
    assert [found.tick for found in across] == [FIRST_STORE, SECOND_STORE]
    session.goto(GROWTH + 1)
    assert session.who_wrote("memory[65532:65540]").kind == "growth"
    session.goto(GROWTH)
    with pytest.raises(NotInMemory, match=SAID):
        session.who_wrote(65540)


def test_growth_that_failed_or_was_of_nothing_brought_no_bytes() -> None:
    text = """(module (memory 1 2) (func (export "run")
      (drop (memory.grow (i32.const 1)))
      (drop (memory.grow (i32.const 0)))
      (drop (memory.grow (i32.const 1)))))"""
    s = wl.Session(wl.assemble(text), invoke="run")
    s.run()
    assert s.who_wrote(70_000).tick == 1


def test_growth_of_one_memory_brings_no_bytes_to_another() -> None:
    text = """(module (memory $a 1 2) (memory $b 2) (func (export "run")
      (drop (memory.grow $a (i32.const 1)))))"""
    s = wl.Session(wl.assemble(text), invoke="run")
    s.run()
    assert s.who_wrote("memory1[70000]").kind == "instantiation"
    assert s.who_wrote("memory[70000]").kind == "growth"


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_growth_in_a_callback_is_the_hosts_and_no_hit_of_a_watch(engine: str) -> None:
    text = """(module (import "env" "more" (func $more))
      (memory 1 2)
      (func (export "inner") (drop (memory.grow (i32.const 1))))
      (func (export "run") (call $more) (i32.store8 (i32.const 65537) (i32.const 3))))"""

    def more() -> None:
        call_export(s.control.program, "inner")

    imports = {"env": {"more": more}}
    s = wl.Session(wl.assemble(text), imports=imports, invoke="run", engine=engine)
    s.watch("memory[65536:65538]")
    first = [s.tick for _ in stops(s)]
    assert len(first) == 1
    s.to_start()
    assert [s.tick for _ in stops(s)] == first
    assert s.who_wrote(65536).text == "env.more()"
    assert s.who_wrote(65537).text == "i32.store8"


def test_area_outside_memory_leaves_the_program_paused(session: wl.Session) -> None:
    session.watch("memory[65530:65540]")
    session.step(FIRST_STORE + 1)
    assert session.state is State.PAUSED
    assert session.step_over().reason is StopReason.STEP


def test_reference_to_an_object_that_is_not_there_yet_is_no_reference() -> None:
    text = """(module (type $s (struct (field i32)))
      (func (export "run") (local $r (ref null $s))
        (local.set $r (struct.new $s (i32.const 5)))
        (nop)))"""
    s = wl.Session(wl.assemble(text), invoke="run")
    s.step(3)
    ref = s.locals[0].bits
    assert s.object(ref).fields[0].value == 5
    s.to_start()
    with pytest.raises(DebugError, match="no reference to an object"):
        s.object(ref)


def test_rows_before_memory_and_frames_that_are_not_there_are_none(session: wl.Session) -> None:
    session.step()
    assert [row.address for row in session.memory_rows(-16, 1)] == [0]
    assert session.memory_rows(0, 1, -1) == ()
    assert len(session.frame_rows(-1, 5)) == 1
    assert session.stack_rows(-3, 9) == session.stack


def test_wrong_number_is_refused_before_anything_moves(session: wl.Session) -> None:
    session.step(3)
    before = session.tick, session.stop
    for move in (session.goto, session.step_back, session.step, session.switch):
        for wrong in (2.5, "2", None, [1]):
            with pytest.raises(UsageError, match=f"{move.__name__}.*expected"):
                move(wrong)  # pyright: ignore[reportArgumentType] - it is wrong
    for step in (session.step, session.step_back):
        with pytest.raises(UsageError, match="from 0 on"):
            step(-1)
    assert (session.tick, session.stop) == before
