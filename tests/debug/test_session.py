"""The session: moving forward, stopping, and what it shows at a stop."""

import pytest

import wasmlab as wl
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import BadExpression, NoSuchLocation, UsageError

FACTORIAL = """
(module
  (func $fac (export "fac") (param $n i64) (result i64)
    (if (result i64) (i64.eqz (local.get $n))
      (then (i64.const 1))
      (else
        (i64.mul (local.get $n)
          (call $fac (i64.sub (local.get $n) (i64.const 1))))))))
"""

HELLO = """
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hi\\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 3))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
"""

READER = """
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 8))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))
"""

ASKING = """
(module
  (import "env" "number" (func $number (result i32)))
  (func (export "twice") (result i32) (i32.mul (call $number) (i32.const 2))))
"""


def fac_session(n: int) -> wl.Session:
    return wl.Session(wl.assemble(FACTORIAL), invoke="fac", invoke_args=[n])


def test_session_at_start_stands_before_the_first_instruction() -> None:
    session = fac_session(3)
    assert session.tick == 0
    assert session.state is State.PAUSED
    assert session.instruction is not None
    assert session.instruction.text == "local.get $n"
    assert session.locals[0].value == 3


def test_step_three_instructions_shows_the_condition_on_the_stack() -> None:
    session = fac_session(3)
    stop = session.step(2)
    assert stop.reason is StopReason.STEP
    assert stop.tick == 2
    assert [slot.value for slot in session.stack] == [0]
    assert session.stack[0].popped
    assert session.stack[0].changed


def test_step_back_to_back_gives_the_result() -> None:
    session = fac_session(5)
    while session.state is State.PAUSED:
        session.step()
    assert session.stop.reason is StopReason.RETURNED
    assert session.stop.results[0].value == 120


def test_step_over_a_call_ends_after_it_in_the_same_frame() -> None:
    session = fac_session(3)
    while session.instruction is not None and session.instruction.mnemonic != "call":
        session.step()
    depth = len(session.frames)
    session.step_over()
    assert len(session.frames) == depth
    assert session.instruction is not None
    assert session.instruction.mnemonic == "i64.mul"
    assert session.stack[0].value == 2


def test_step_out_ends_in_the_caller_after_the_call() -> None:
    session = fac_session(3)
    session.break_at("fac")
    session.run()
    assert len(session.frames) == 2
    session.remove_breakpoint(1)
    session.step_out()
    assert len(session.frames) == 1
    assert session.stack[0].value == 2


def test_breakpoint_with_condition_stops_only_where_it_holds() -> None:
    session = fac_session(5)
    session.break_at("fac", condition="$n == 2")
    assert session.run().reason is StopReason.BREAKPOINT
    assert session.locals[0].value == 2
    assert len(session.frames) == 4


def test_breakpoint_with_hits_stops_from_that_hit_on() -> None:
    session = fac_session(9)
    session.break_at("fac", hits=3)
    session.run()
    assert session.locals[0].value == 6
    assert session.breakpoints[0].count == 3


def test_breakpoint_on_a_line_binds_to_its_first_instruction() -> None:
    session = wl.Session(wl.assemble(FACTORIAL, file="fac.wat"), invoke="fac", invoke_args=[2])
    point = session.break_at("fac.wat:7")
    assert point.location.line == 7
    session.run()
    assert session.location is not None
    assert session.location.line == 7


def test_breakpoint_on_an_offset_stops_there() -> None:
    session = fac_session(2)
    session.step(5)
    offset = session.location.offset if session.location else 0
    session.restart()
    session.break_at(offset)
    session.run()
    assert session.location is not None
    assert session.location.offset == offset


def test_breakpoint_on_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(NoSuchLocation, match=r"\$fac"):
        fac_session(1).break_at("fax")


@pytest.mark.parametrize("condition", ["$n >", "__import__('os')", "n == 1", "[1]"])
def test_breakpoint_with_a_bad_condition_is_refused(condition: str) -> None:
    with pytest.raises(BadExpression):
        fac_session(1).break_at("fac", condition=condition)


def test_restart_keeps_breakpoints_and_begins_at_tick_zero() -> None:
    session = fac_session(4)
    session.break_at("fac", condition="$n == 1")
    first = session.run().tick
    session.restart()
    assert session.tick == 0
    assert session.run().tick == first


def test_trap_stops_at_the_instruction_with_its_operands() -> None:
    module = wl.assemble(
        '(module (func (export "f") (i32.const 7) (i32.const 0) (i32.div_s) (drop)))'
    )
    session = wl.Session(module, invoke="f")
    stop = session.run()
    assert stop.reason is StopReason.TRAP
    assert stop.tick == 2
    assert session.state is State.TRAPPED
    assert "integer divide by zero" in stop.message
    assert [slot.value for slot in session.stack] == [0, 7]
    assert session.step() is stop


def test_hello_output_and_host_call_are_shown_with_their_tick() -> None:
    session = wl.Session(wl.assemble(HELLO))
    stop = session.run()
    assert stop.reason is StopReason.EXIT
    assert stop.exit_code == 0
    call = session.host_calls[0]
    assert call.name == "fd_write"
    assert call.text.endswith('iovs=[{0x10, 3 "hi\\n"}]) = OK, 3 bytes')
    assert (16, 3) in call.reads
    assert [(o.stream, o.data) for o in session.output] == [(1, b"hi\n")]
    assert session.output[0].tick == call.tick == 11


def test_memory_rows_mark_what_the_step_wrote_and_what_the_host_touched() -> None:
    session = wl.Session(wl.assemble(HELLO))
    session.memory_rows(0, 2)
    session.step(2)
    session.memory_rows(0, 2)
    session.step()
    assert session.memory_rows(0, 1)[0].changed == {0}
    session.step(8)
    assert {16, 17, 18} <= session.memory_rows(0, 2)[1].touched


def test_read_without_input_waits_and_goes_on_with_it() -> None:
    session = wl.Session(wl.assemble(READER), stdin=None)
    assert session.run().reason is StopReason.INPUT
    assert session.state is State.WAITING_FOR_INPUT
    tick = session.tick
    session.feed_input(b"abc")
    assert session.tick == tick
    assert session.run().reason is StopReason.EXIT
    assert session.memory[16:19] == b"abc"


def test_several_calls_follow_each_other_on_one_timeline() -> None:
    session = wl.Session(wl.assemble(FACTORIAL))
    assert session.state is State.WAITING_FOR_CALL
    assert session.entries == (("fac", "[i64] -> [i64]"),)
    session.call("fac", 3)
    session.run()
    first = session.tick
    session.call("fac", 4)
    stop = session.run()
    assert stop.results[0].value == 24
    assert session.tick > first > 0


def test_unknown_import_with_ask_waits_for_the_answer() -> None:
    session = wl.Session(wl.assemble(ASKING), invoke="twice", stub_imports="ask")
    stop = session.run()
    assert stop.reason is StopReason.ASK
    assert "env.number" in stop.message
    session.answer(21)
    assert session.run().results[0].value == 42


def test_unknown_import_with_zero_returns_zero() -> None:
    session = wl.Session(wl.assemble(ASKING), invoke="twice", stub_imports="zero")
    assert session.run().results[0].value == 0


def test_unknown_import_without_stub_is_unlinkable_and_says_what_helps() -> None:
    with pytest.raises(wl.Unlinkable, match="--stub-imports"):
        wl.Session(wl.assemble(ASKING), invoke="twice")


def test_python_import_that_raises_stops_with_a_host_error() -> None:
    def number() -> int:
        raise RuntimeError("no number today")

    session = wl.Session(wl.assemble(ASKING), invoke="twice", imports={"env": {"number": number}})
    stop = session.run()
    assert stop.reason is StopReason.HOST_ERROR
    assert "no number today" in stop.message


def test_pause_from_outside_stops_an_endless_loop() -> None:
    module = wl.assemble('(module (func (export "f") (loop $l (br $l))))')
    session = wl.Session(module, invoke="f")
    session.pause()
    assert session.run().reason is StopReason.PAUSED
    assert session.state is State.PAUSED


def test_preloaded_module_serves_imports_and_shows_in_frames() -> None:
    library = wl.assemble(
        '(module (func $add (export "add") (param i32 i32) (result i32)'
        " (i32.add (local.get 0) (local.get 1))))"
    )
    user = wl.assemble(
        '(module (import "lib" "add" (func $add (param i32 i32) (result i32)))'
        ' (func $main (export "main") (result i32) (call $add (i32.const 2) (i32.const 3))))'
    )
    session = wl.Session(user, preload={"lib": library}, invoke="main")
    session.step(3)
    assert [frame.func_name for frame in session.frames] == ["$add", "$main"]
    assert session.run().results[0].value == 5


def test_labels_name_open_blocks_with_arity_and_height() -> None:
    module = wl.assemble(
        '(module (func (export "f") (result i32) (i32.const 9)'
        " (block $out (result i32) (loop $again (nop)) (i32.const 1)) (i32.add)))"
    )
    session = wl.Session(module, invoke="f")
    session.step()
    labels = session.labels
    assert [(label.kind, label.name) for label in labels][1:] == [
        ("block", "$out"),
        ("loop", "$again"),
    ]
    assert [(label.arity, label.height, label.depth) for label in labels] == [
        (1, 0, 2),
        (1, 1, 1),
        (0, 1, 0),
    ]


def test_hostile_names_and_output_are_escaped_in_views() -> None:
    module = wl.assemble('(module (func (export "\\1b[2J") (nop)))')
    session = wl.Session(module, invoke="\x1b[2J")
    assert "\x1b" not in session.stop.message
    assert all("\x1b" not in frame.func_name for frame in session.frames)


def test_instruction_that_counts_as_more_than_the_step_limit_is_stepped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wl.Session, "step_limit", 500)
    text = """(module (memory 1)
      (func (export "f") (memory.fill (i32.const 0) (i32.const 1) (i32.const 6000))))"""
    session = wl.Session(wl.assemble(text), invoke="f")
    assert session.run().reason is StopReason.LIMIT
    assert session.tick == 3
    assert "counts as more than 500 steps; step it" in session.run().message
    session.step()
    assert session.run().reason is StopReason.RETURNED


def test_watched_run_comes_back_at_the_step_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wl.Session, "step_limit", 500)
    text = """(module (memory 1) (func (export "f")
      (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 3600)) (br $l))))"""
    session = wl.Session(wl.assemble(text), invoke="f")
    session.watch("memory[9000:9004]")
    assert session.run().reason is StopReason.LIMIT


def test_endless_run_with_a_step_limit_comes_back_and_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wl.Session, "step_limit", 500)
    module = wl.assemble('(module (func (export "_start") loop br 0 end))')
    s = wl.Session(module)
    stop = s.run()
    assert (stop.reason, stop.tick, s.state) == (StopReason.LIMIT, 500, State.PAUSED)
    assert "500 steps" in stop.message
    assert s.run().tick == 1000


def test_host_call_of_numbers_reads_by_the_types_of_the_import() -> None:
    text = """(module (import "env" "f" (func $f (param i32 f64 f32) (result f64)))
      (func (export "_start")
        (drop (call $f (i32.const -1) (f64.const 1.5) (f32.const 0.1)))))"""

    def f(a: int, b: float, _c: float) -> float:
        return a + b

    session = wl.Session(wl.assemble(text), imports={"env": {"f": f}})
    session.run()
    assert session.host_calls[0].text == "env.f(-1, 1.5, 0.1) = 0.5"


@pytest.mark.parametrize("given", ["(module)", b"", None, 7])
def test_session_over_what_is_no_module_says_how_to_make_one(given: object) -> None:
    with pytest.raises(UsageError, match=r"wasmlab\.load"):
        wl.Session(given)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - what users do


RETURNS = """(module
  (func $two (param $n i32) (result i32 i64) (local.get $n) (i64.const -7))
  (func $tail (param $n i32) (result i32 i64) (return_call $two (local.get $n)))
  (func $none nop)
  (func (export "_start") (local $i i32)
    (call $two (i32.const 1)) drop drop
    (call $tail (i32.const 2)) drop drop
    (call $none)))"""


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_step_over_and_out_say_what_was_returned(engine: str) -> None:
    s = wl.Session(wl.assemble(RETURNS), engine=engine)
    s.run_to("$two")
    stop = s.step_out()
    assert [value.text for value in stop.results] == ["1", "-7"]
    assert stop.message.startswith("$two returned 1, -7; back at ")
    s.step(3)
    assert [value.text for value in s.step_over().results] == ["2", "-7"]
    s.step(2)
    stop = s.step_over()
    assert (stop.results, stop.message.partition(" ")[0]) == ((), "back")
