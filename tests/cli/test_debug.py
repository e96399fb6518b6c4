"""``wasmlab debug`` without a screen: transcript, line debugger, scripts."""

import io
import sys
from pathlib import Path

import pytest

from wasmlab.cli.command import parse
from wasmlab.cli.commands import BY_NAME
from wasmlab.cli.debug import COMMAND
from wasmlab.cli.main import main
from wasmlab.opening.request import lab_request

Text = pytest.CaptureFixture[str]


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))


def test_transcript_shows_every_step_and_the_output(capsys: Text) -> None:
    assert main(["debug", "hello"]) == 0
    lines = capsys.readouterr().out.splitlines()
    steps = [line for line in lines if line[:6].strip().isdigit()]
    assert [int(line[:6]) for line in steps] == list(range(1, 14))
    assert "[1 0 1 8] -> [0]" in steps[10]
    assert 'fd_write(fd=1 <stdout>, iovs=[{0x10, 14 "Hello, world!\\n"}])' in steps[10]
    assert lines[-4].strip() == "out| Hello, world!"
    assert lines[-1] == "the program ended, after 13 instructions."


def test_transcript_of_a_trap_shows_its_operands_and_frames(capsys: Text) -> None:
    assert main(["debug", "trap"]) == 0
    out = capsys.readouterr().out
    assert "trap: integer divide by zero" in out
    assert "0   (popped next)" in out
    assert "$average" in out.splitlines()[-3]


def test_transcript_without_start_lists_what_can_be_called(capsys: Text) -> None:
    assert main(["debug", "factorial"]) == 0
    assert "--invoke: fac [i64] -> [i64]" in capsys.readouterr().out


def test_transcript_of_an_endless_program_ends(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "loop.wat"
    path.write_text('(module (func (export "_start") (loop $again br $again)))')
    assert main(["debug", str(path)]) == 0
    assert "10,000 steps are shown" in capsys.readouterr().out.splitlines()[-1]


def test_finish_and_next_say_what_was_returned(capsys: Text) -> None:
    lines = ["call fac 3", "break $fac if $n == 1", "c", "finish", "finish", "goto start",
             "delete", "until 20", "next"]  # fmt: skip
    words = [word for line in lines for word in ("-e", line)]
    assert main(["debug", "--batch", *words, "factorial"]) == 0
    out = capsys.readouterr().out.splitlines()
    said = [out[n + 1] for n, line in enumerate(out) if line in {"> finish", "> next"}]
    assert said == ["$fac returned 1.", "$fac returned 2.", "$fac returned 2."]


def test_guest_text_never_acts_on_the_terminal(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "hostile.wat"
    path.write_text(
        r"""(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\0b\00\00\00")
  (data (i32.const 16) "\1b[31m\07\e2\80\ae\ff[")
  (func $start (export "_start")
    i32.const 1 i32.const 0 i32.const 1 i32.const 8 call $w drop)
  (func (export "\1b]0;title\07")))"""
    )
    assert main(["debug", str(path)]) == 0
    assert main(["debug", "--plain", "--batch", str(path), "-e", "c", "-e", "info exports"]) == 0
    assert main(["trace", str(path)]) == 0
    assert main(["inspect", str(path)]) == 0
    assert main(["dis", str(path)]) == 0
    printed = capsys.readouterr()
    assert all(c.isprintable() or c == "\n" for c in printed.out + printed.err)


def test_plain_debugger_carries_out_lines(monkeypatch: pytest.MonkeyPatch, capsys: Text) -> None:
    typed(monkeypatch, "break 31", "c", "info stack", "no-such-command", "next", "", "q", "step")
    assert main(["debug", "--plain", "hello"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[2].startswith("Breakpoint 1: $main at 0x")
    assert "  0  i32 1" in printed.out
    assert [line.split("line ")[1] for line in lines[-2:]] == ["32", "33"]
    assert "no command 'no-such-command'" in printed.err


def test_plain_debugger_ends_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch)
    assert main(["debug", "--plain", "hello"]) == 0


def test_plain_debugger_calls_one_function_after_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    typed(monkeypatch, "call fac 5", "c", "call fac_loop 6", "c", "call x", "step")
    assert main(["debug", "--plain", "factorial"]) == 0
    printed = capsys.readouterr()
    assert "fac returned 120." in printed.out
    assert "fac_loop returned 720." in printed.out
    assert "exported functions: fac, fac_loop" in printed.err
    assert "call one of fac, fac_loop" in printed.err


def test_program_that_reads_waits_for_input(monkeypatch: pytest.MonkeyPatch, capsys: Text) -> None:
    typed(monkeypatch, "c", "c", "input hello", "end-of-input")
    assert main(["debug", "--plain", "echo"]) == 0
    printed = capsys.readouterr()
    assert "out| hello" in printed.out
    assert "input TEXT gives it a line" in printed.out
    assert "the program waits for input; input TEXT" in printed.err


def test_script_stops_at_the_first_error(tmp_path: Path, capsys: Text) -> None:
    script = tmp_path / "script"
    script.write_text("# a comment\n\nbreak $main\nfrobnicate\ncontinue\n")
    assert main(["debug", "--batch", "-x", str(script), "hello"]) == 1
    printed = capsys.readouterr()
    assert f"{script}:4: no command 'frobnicate'" in printed.err
    assert "> continue" not in printed.out


def test_script_is_carried_out_in_the_order_given(tmp_path: Path, capsys: Text) -> None:
    script = tmp_path / "script"
    script.write_text("expect $n == 3\n")
    words = ["-e", "break $fac if $n == 3", "-e", "c", "-x", str(script), "-e", "finish"]
    assert main(["debug", "--batch", *words, "factorial", "--invoke", "fac", "5"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("> ")]
    assert said == ["> break $fac if $n == 3", "> c", "> expect $n == 3", "> finish"]


def test_expectation_that_fails_ends_a_script_with_1(capsys: Text) -> None:
    words = ["debug", "--batch", "hello", "-e", "step 2"]
    assert main(["debug", "--batch", "-e", "step 2", "-e", "expect stack[0] == 17", "hello"]) == 1
    assert "expected stack[0] == 17" in capsys.readouterr().err
    assert main([*words[:3], "-e", "step 2", "-e", "expect stack[0] == 16"]) == 0


def test_missing_script_is_said(capsys: Text) -> None:
    assert main(["debug", "--batch", "-x", "no-such-script", "hello"]) == 1
    assert "cannot read the script" in capsys.readouterr().err


def test_interrupt_pauses_a_running_program_and_leaves_the_debugger_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    path = tmp_path / "loop.wat"
    path.write_text(
        """(module (import "env" "interrupt" (func $interrupt))
  (func (export "_start") call $interrupt (loop $again br $again)))"""
    )
    host = tmp_path / "host.py"
    host.write_text("import signal\ndef interrupt(): signal.raise_signal(signal.SIGINT)\n")
    typed(monkeypatch, "continue", "info program", "step", "quit")
    assert main(["debug", "--plain", "--host", str(host), str(path)]) == 0
    out = capsys.readouterr().out
    assert "paused." in out
    assert "instructions completed" in out


def test_limit_of_the_recording_reaches_the_session() -> None:
    request = lab_request(parse(BY_NAME["debug"], COMMAND, ["--record-limit", "3", "hello"]))
    assert request.grants.record_limit == 3 << 20


@pytest.mark.parametrize("limit", ["0", "-1", "much"])
def test_limit_of_the_recording_that_is_no_size_is_refused(limit: str, capsys: Text) -> None:
    assert main(["debug", f"--record-limit={limit}", "hello"]) == 2
    assert "--record-limit takes megabytes" in capsys.readouterr().err


def test_breakpoint_on_an_import_stops_before_the_host_is_called(capsys: Text) -> None:
    commands = ("break fd_write", "continue", "info breakpoints", "continue")
    lines = [word for command in commands for word in ("-e", command)]
    assert main(["debug", "--plain", "--batch", "hello", *lines]) == 0
    said = capsys.readouterr().out
    stop = said.index("breakpoint 1, call of wasi_snapshot_preview1.fd_write, at $main")
    assert stop < said.index("reached 1 time") < said.index("Hello, world!")
