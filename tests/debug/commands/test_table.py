"""The debugger's commands: the table, and what each row does to a session."""

from pathlib import Path

import pytest

from wasmlab.debug.commands.command import DebuggerCommand
from wasmlab.debug.commands.help import help_lines
from wasmlab.debug.commands.looking import INFO
from wasmlab.debug.commands.table import COMMANDS, GROUPS, execute, find, split
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import BadExpression, DebugError, NoSuchLocation, UsageError
from wasmlab.module import Module, assemble
from wasmlab.samples import folder

MEMORY = """(module
  (memory (export "memory") 1)
  (data (i32.const 16) "text\\00\\ff\\ff\\ff\\fe")
  (global $g (export "g") (mut i32) (i32.const 7))
  (func $inner (param $n i32) (result i32)
    local.get $n
    i32.const 1
    i32.add)
  (func $main (export "_start")
    i32.const 41
    call $inner
    global.set $g))"""
GDB = {
    "s": "step", "si": "stepi", "n": "next", "ni": "nexti", "fin": "finish", "c": "continue",
    "r": "continue", "u": "until", "b": "break", "d": "delete", "i": "info", "bt": "backtrace",
    "x": "x", "p": "print", "l": "list", "h": "help", "q": "quit",
}  # fmt: skip


@pytest.fixture
def session() -> Session:
    return Session(assemble(MEMORY, file="memory.wat"))


def name_of(command: DebuggerCommand) -> str:
    return command.name


def said(session: Session, line: str) -> str:
    return "\n".join(execute(session, line).lines)


def test_names_and_aliases_are_unique() -> None:
    names = [name for c in COMMANDS for name in (c.name, *c.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_help_of_a_row_is_one_sentence(command: DebuggerCommand) -> None:
    assert command.help[0].isupper()
    assert command.help.endswith(".")
    assert len(command.help) <= 120


@pytest.mark.parametrize(("alias", "name"), GDB.items(), ids=GDB)
def test_verbs_of_gdb_are_known(alias: str, name: str) -> None:
    assert find(alias).name == name


def test_beginning_of_a_name_is_enough_if_nothing_else_begins_so() -> None:
    assert find("cont").name == "continue"
    assert find("exp" + "l").name == "explain"
    with pytest.raises(UsageError, match="did you mean expect or explain"):
        find("exp")


def test_unknown_name_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match="did you mean finish"):
        find("finnish")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", ("", "")),
        ("# comment", ("", "")),
        ("step", ("step", "")),
        ("  break $main if $n > 3 ", ("break", "$main if $n > 3")),
        ("x/4dw 16", ("x", "/4dw 16")),
        ("x /4 16", ("x", "/4 16")),
    ],
)
def test_line_is_split_into_name_and_rest(line: str, parts: tuple[str, str]) -> None:
    assert split(line) == parts


def test_help_names_every_command(session: Session) -> None:
    text = said(session, "help")
    assert all(command.help in text for command in COMMANDS)
    assert "bt" in said(session, "help backtrace")


@pytest.mark.parametrize("part", INFO)
def test_info_answers_in_every_state(part: str, session: Session) -> None:
    assert execute(session, f"info {part}").lines
    session.run()
    assert execute(session, f"info {part}").lines


def test_info_of_something_unknown_lists_what_there_is(session: Session) -> None:
    with pytest.raises(UsageError, match="stack, locals"):
        execute(session, "info")


def test_step_counts(session: Session) -> None:
    stop = execute(session, "step 3").stop
    assert stop is not None
    assert (stop.reason, session.tick) == (StopReason.STEP, 3)
    assert session.instruction is not None
    assert session.instruction.mnemonic == "i32.const"


def test_next_goes_over_a_call(session: Session) -> None:
    execute(session, "next 2")
    assert len(session.frames) == 1
    assert "0  i32 42" in said(session, "info stack")


def test_finish_leaves_the_function(session: Session) -> None:
    execute(session, "step 2")
    assert "$inner(41)" in said(session, "bt")
    execute(session, "finish")
    assert len(session.frames) == 1


def test_until_runs_to_a_place(session: Session) -> None:
    execute(session, "until $inner")
    assert "$n = 41" in said(session, "info locals")


@pytest.mark.parametrize("count", ["0", "-1", "x"])
def test_step_refuses_counts_that_make_no_sense(count: str, session: Session) -> None:
    with pytest.raises(UsageError):
        execute(session, f"step {count}")


def test_break_with_condition_and_hits_is_set_and_deleted(session: Session) -> None:
    text = said(session, "break $inner if $n == 41 hits 1")
    assert text.startswith("Breakpoint 1: $inner at 0x")
    assert text.endswith("if $n == 41")
    stop = execute(session, "continue").stop
    assert stop is not None
    assert stop.reason is StopReason.BREAKPOINT
    said(session, "disable 1")
    assert "(off)" in said(session, "info breakpoints")
    said(session, "enable")
    assert "(off)" not in said(session, "info breakpoints")
    assert said(session, "delete") == "1 removed."
    assert said(session, "info breakpoints") == "There are no breakpoints."


def test_break_alone_means_here(session: Session) -> None:
    execute(session, "step")
    said(session, "break")
    assert session.location is not None
    assert session.breakpoints[0].location.offset == session.location.offset


def test_break_if_alone_means_here_too(session: Session) -> None:
    said(session, "break if 1 == 2")
    assert session.breakpoints[0].condition == "1 == 2"


def test_examine_shows_rows_numbers_and_strings(session: Session) -> None:
    assert said(session, "x 16").startswith("00000010  74 65 78 74 00 ff ff ff fe")
    assert said(session, "x/1dw 18") == f"00000012  {0xFF007478 - (1 << 32)}"
    assert said(session, "x/2ub 20") == "00000014  0\n00000015  255"
    assert said(session, "x/1xh 16") == "00000010  0x6574"
    assert said(session, "x/s 16") == '00000010  "text"'
    assert "no memory" in said(session, "x 0xffff0000")


def test_print_computes(session: Session) -> None:
    assert said(session, "print global.g * 2") == "14"
    with pytest.raises(DebugError):
        execute(session, "print $nothing")


def test_expect_fails_unless_true(session: Session) -> None:
    assert execute(session, "expect global.g == 7").lines == ()
    with pytest.raises(DebugError, match=r"expected global\.g == 8"):
        execute(session, "expect global.g == 8")


def test_explain_explains_the_next_instruction_or_a_word(session: Session) -> None:
    assert "pushes 41" in said(session, "explain")
    assert "0x6a" in said(session, "explain i32.add")


def test_list_marks_the_current_line(session: Session) -> None:
    marked = [line for line in said(session, "list").splitlines() if line.startswith(">")]
    assert len(marked) == 1
    assert "i32.const 41" in marked[0]
    assert said(session, "list 1").splitlines()[0].endswith("(module")


def test_program_that_is_over_can_be_restarted(session: Session) -> None:
    execute(session, "continue")
    with pytest.raises(DebugError, match="restart begins again"):
        execute(session, "step")
    execute(session, "restart")
    assert session.state is State.PAUSED
    assert session.tick == 0


def test_quit_wants_to_leave(session: Session) -> None:
    assert execute(session, "quit").leave
    assert not execute(session, "").leave


def test_function_is_called_by_name_with_arguments() -> None:
    session = Session(assemble((folder() / "factorial.wat").read_text("utf-8")))
    with pytest.raises(DebugError, match="call one of fac, fac_loop"):
        execute(session, "step")
    execute(session, "call fac 5")
    execute(session, "c")
    assert [value.value for value in session.stop.results] == [120]


def test_import_that_asks_is_answered() -> None:
    text = """(module (import "env" "ask" (func $ask (result i32)))
      (func (export "f") (result i32) call $ask i32.const 1 i32.add))"""
    session = Session(assemble(text), stub_imports="ask", invoke="f")
    stop = execute(session, "continue").stop
    assert stop is not None
    assert stop.reason is StopReason.ASK
    with pytest.raises(DebugError, match="answer VALUE"):
        execute(session, "step")
    execute(session, "answer 41")
    assert [value.value for value in session.stop.results] == [42]


def test_input_reaches_a_program_that_waits() -> None:
    session = Session(assemble((folder() / "echo.wat").read_text("utf-8")), stdin=None)
    execute(session, "continue")
    assert session.state is State.WAITING_FOR_INPUT
    execute(session, "input hello there")
    assert session.output[-1].data == b"hello there\n"
    execute(session, "end-of-input")
    assert session.state is State.EXITED


POLLS = """(module
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $timeouts i32)
    (i32.store8 (i32.const 8) (i32.const 1))
    (i64.store (i32.const 48) (i64.const 2))
    (i32.store (i32.const 64) (i32.const 1))
    (i64.store (i32.const 72) (i64.const 50000000))
    (i64.store (i32.const 200) (i64.const 0x1000000100))
    (loop $wait
      (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 2) (i32.const 256)))
      (if (i64.eq (i64.load (i32.const 128)) (i64.const 2))
        (then
          (local.set $timeouts (i32.add (local.get $timeouts) (i32.const 1)))
          (br $wait))))
    (drop (call $read (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 208)))
    (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256)))
    (call $exit (local.get $timeouts))))"""
"""Waits for input in polls of 50 ms, then without a limit; exits with how many timed out."""


def test_poll_for_input_pauses_and_no_input_lets_its_time_pass() -> None:
    session = Session(assemble(POLLS), stdin=None)
    with pytest.raises(DebugError, match="does not wait"):
        execute(session, "no-input")
    execute(session, "continue")
    assert session.state is State.WAITING_FOR_INPUT
    assert session.input_limit == 50_000_000
    for _ in range(3):
        execute(session, "no-input")
        assert session.state is State.WAITING_FOR_INPUT
    slept = session.control.program.wasi.clock.state.slept
    execute(session, "input k")
    assert (slept, session.input_limit) == (150_000_000, None)
    with pytest.raises(DebugError, match="without a time limit"):
        execute(session, "no-input")
    execute(session, "end-of-input")
    assert (session.state, session.stop.exit_code) == (State.EXITED, 3)


def test_polls_that_timed_out_are_replayed(tmp_path: Path) -> None:
    session = Session(assemble(POLLS), stdin=None)
    for line in ("continue", "no-input", "no-input", "input k", "end-of-input"):
        execute(session, line)
    path = tmp_path / "run.wlab"
    session.save(path)
    for replay in (session, open_recording(path)):
        replay.to_start()
        replay.run()
        assert (replay.state, replay.stop.exit_code) == (State.EXITED, 2)
    more = "exit (i32.add (local.get $timeouts) (i32.const 40))"
    changed = session.replay(POLLS.replace("exit (local.get $timeouts)", more)).session
    changed.run()
    assert changed.stop.exit_code == 42


@pytest.mark.parametrize("name", INFO)
def test_what_info_knows_is_a_command_too(session: Session, name: str) -> None:
    assert execute(session, name).lines == INFO[name](session, "").lines


@pytest.mark.parametrize("name", ["fd_write", "$fd_write", "wasi_snapshot_preview1.fd_write"])
def test_break_at_an_import_stops_where_it_is_called(name: str) -> None:
    session = Session(assemble((folder() / "hello.wat").read_text("utf-8")))
    said = execute(session, f"break {name}").lines
    assert said[0].startswith(
        "Breakpoint 1: call of wasi_snapshot_preview1.fd_write, first in $main at 0x74"
    )
    stop = execute(session, "continue").stop
    assert stop is not None
    assert (stop.reason, stop.breakpoint) == (StopReason.BREAKPOINT, 1)
    assert "call of wasi_snapshot_preview1.fd_write" in stop.message
    assert session.instruction is not None
    assert session.instruction.text == "call $fd_write"
    assert session.output == ()


def test_until_an_import_says_what_to_do() -> None:
    session = Session(assemble((folder() / "hello.wat").read_text("utf-8")))
    with pytest.raises(DebugError, match=r"is imported.*break fd_write stops where it is called"):
        session.run_to("fd_write")


def test_break_on_a_line_of_an_unknown_file_names_those_there_are() -> None:
    session = Session(Module(assemble(MEMORY).syntax))
    with pytest.raises(NoSuchLocation, match=r"no text is called main\.c; known: module"):
        execute(session, "break main.c:3")


@pytest.mark.parametrize("line", ["x /99999999d 0", f"x /{'9' * 5000} 0"])
def test_x_of_too_much_is_refused(line: str, session: Session) -> None:
    with pytest.raises(UsageError, match="at most 65,536"):
        execute(session, line)


@pytest.mark.parametrize(
    "line",
    ["break {}", "break $main hits {}", "watch memory[0:{}]", "who stack[{}]", "until {}"],
)
@pytest.mark.parametrize("number", ["9" * 5000, "\N{SUPERSCRIPT TWO}"])
def test_number_that_python_cannot_read_is_refused(
    line: str, number: str, session: Session
) -> None:
    with pytest.raises((DebugError, UsageError)):
        execute(session, line.format(number))


def test_memory_and_globals_are_read_when_the_program_is_over(session: Session) -> None:
    execute(session, "continue")
    assert session.state is State.EXITED
    assert said(session, "print global.g + memory[16]") == str(42 + ord("t"))
    assert said(session, "x /s 16") == '00000010  "text"'
    assert said(session, "expect i32[16] == 0x74786574") == ""


@pytest.mark.parametrize("what", ["$n", "stack[0]"])
def test_frame_of_a_program_that_is_over_is_not_there(what: str, session: Session) -> None:
    execute(session, "continue")
    with pytest.raises(BadExpression, match="no function is being called"):
        execute(session, f"print {what}")


def test_call_of_a_program_with_start_says_how_to_enter_another(session: Session) -> None:
    with pytest.raises(DebugError, match="with _start takes no calls; give --invoke NAME"):
        execute(session, "call inner 1")


def test_second_call_says_what_ends_the_first() -> None:
    session = Session(assemble('(module (func (export "f")))'))
    execute(session, "call f")
    with pytest.raises(DebugError, match="continue until it has returned"):
        execute(session, "call f")


@pytest.mark.parametrize("address", ["1e400", "-1e400"])
def test_x_needs_a_finite_address(session: Session, address: str) -> None:
    with pytest.raises(UsageError, match="x needs an address"):
        execute(session, f"x {address}")


def test_breakpoints_and_watchpoints_are_listed_alike(session: Session) -> None:
    for line in ("break $inner", "watch i32[0x10]", "rwatch global 0", "awatch u8[1]"):
        execute(session, line)
    lines = execute(session, "info breakpoints").lines
    assert lines[0].startswith("  1  $inner ")
    assert lines[1:] == ("  2  watch i32[0x10]", "  3  rwatch global 0", "  4  awatch u8[1]")


@pytest.mark.parametrize("name", ["whatis", "ptype"])
def test_command_of_other_debuggers_is_told_what_there_is(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        find(name)
    assert "did you mean" not in refused.value.hint
    first = refused.value.hint.split()[0]
    assert find(first).name == first


@pytest.mark.parametrize(
    ("text", "said_of_it"),
    [
        ("global.g, 1", "one is asked for at a time"),
        ("f(1)", "functions cannot be called"),
        ("i32[0:4]", "not a range"),
        ("1 if 2 else 3", "there is no if"),
        ("[1]", "only names, numbers and operators"),
        ("{1: 2}", "only names, numbers and operators"),
        ("...", r"\.\.\. is not a number"),
        ("1.5 & 1", "integers only"),
    ],
)
def test_expression_with_more_of_python_is_refused_in_words(
    session: Session, text: str, said_of_it: str
) -> None:
    with pytest.raises(BadExpression, match=said_of_it):
        execute(session, f"print {text}")


@pytest.mark.parametrize("line", ["set $k = 1", "watch $k", "print $k", "who $k"])
def test_local_of_another_function_is_answered_with_those_here(session: Session, line: str) -> None:
    execute(session, "step 2")
    with pytest.raises(BadExpression, match=r"no local \$k in \$inner") as refused:
        execute(session, line)
    assert refused.value.hint == "its locals are $n"


def test_steps_are_grouped_where_they_are_listed_and_read_so() -> None:
    text = """(module (global $i (mut i32) (i32.const 0)) (func (export "_start")
      (loop $l
        (global.set $i (i32.add (global.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (global.get $i) (i32.const 300))))))"""
    session = Session(assemble(text))
    execute(session, "continue")
    found = said(session, "find global.set if stack[0] == 299")
    tick = found.split()[0]
    assert tick.startswith("2,")
    execute(session, f"goto {tick}")
    assert f"{session.tick:,}" == tick


def test_unit_lets_step_and_next_go_by_lines() -> None:
    s = Session(assemble(FOLDED))
    execute(s, "stepi")
    assert s.tick == 1
    execute(s, "unit line")
    execute(s, "step")
    assert (s.location and s.location.line, s.tick) == (4, 4)
    execute(s, "reverse-stepi")
    assert s.tick == 3
    execute(s, "next")
    execute(s, "reverse-next")
    assert s.tick == 0
    execute(s, "nexti")
    assert s.tick == 1
    assert execute(s, "unit instruction").lines == ("A step is an instruction.",)
    execute(s, "step")
    assert s.tick == 2
    with pytest.raises(UsageError, match="unit lines-of-c: unknown"):
        execute(s, "unit lines-of-c")


FOLDED = """(module (func (export "_start") (local $x i32)
    (local.set $x (i32.add (i32.const 1)
      (i32.const 2)))
    (nop)))"""


def test_help_is_grouped_and_has_two_columns_where_there_is_room() -> None:
    narrow, broad = list(help_lines(GROUPS, 80)), list(help_lines(GROUPS, 200))
    assert [heading for heading, _ in GROUPS] == [line for line in narrow if line[0] != " "]
    assert len(broad) < len(narrow)
    assert max(map(len, broad)) <= 200
    assert all(any(command.name in line for line in broad) for command in COMMANDS)


def test_functions_are_listed_by_name_with_place_and_exports() -> None:
    s = Session(assemble(NAMED), stub_imports="trap")
    assert execute(s, "info functions").lines == (
        "$alpha        func[2]  0x3b  5 bytes",
        '$beta         func[1]  0x35  5 bytes  export "_start"',
        "env.print_it  of the host",
    )  # fmt: skip
    assert execute(s, "info functions LPHA").lines == ("$alpha  func[2]  0x3b  5 bytes",)
    assert len(execute(s, "info functions $*a").lines) == 2
    assert execute(s, "info functions nosuch").lines == ("No function matches nosuch.",)


def test_functions_are_listed_up_to_a_number() -> None:
    many = "".join(f"(func $f{n})" for n in range(300))
    lines = execute(Session(assemble(f"(module {many})")), "info functions").lines
    assert (len(lines), lines[-1]) == (
        201, "These are 200 of 300 functions; a pattern says which.",
    )  # fmt: skip


@pytest.mark.parametrize("where", ["$beta", "7", "0x38", "line 7"])
def test_list_shows_the_text_around_a_place(where: str) -> None:
    lines = execute(Session(assemble(NAMED), stub_imports="trap"), f"list {where}").lines
    assert any("i32.const 7" in line for line in lines)


NAMED = """(module
  (import "env" "print_it" (func $print))




  (func $beta (export "_start") i32.const 7 drop)




  (func $alpha i32.const 8 drop))"""
