"""``run --record FILE.wlab``, and what opens such a file."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import wasmlab as wl
from tests.engine.forged import with_value
from tests.engine.recordings import BUSY, state
from wasmlab.cli.main import main
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.views.model import State
from wasmlab.errors import BadRecording, WasmlabError
from wasmlab.escape import LONGEST_LINE

Text = pytest.CaptureFixture[str]
Bytes = pytest.CaptureFixture[bytes]

ENDLESS = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00")
  (func (export "_start") (local $i i32)
    (loop $l
      (i32.store (i32.const 16) (local.get $i))
      (i32.store (i32.and (i32.mul (local.get $i) (i32.const 13)) (i32.const 0x3fff0))
        (local.get $i))
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (i32.const 4))
      (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l))))"""
WASMLAB = [sys.executable, "-c", "import sys; from wasmlab.cli.main import main; sys.exit(main())"]


def wat(folder: Path, text: str) -> str:
    path = folder / "program.wat"
    path.write_text(text)
    return str(path)


def record(folder: Path, *words: str) -> Path:
    path = folder / "run.wlab"
    main(["run", "--record", str(path), *words])
    return path


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_recorded_run_is_the_run_of_a_session(
    engine: str, tmp_path: Path, capsysbinary: Bytes
) -> None:
    stdin = tmp_path / "stdin"
    stdin.write_bytes(bytes(range(65, 90)))
    options = ["--stdin", str(stdin), "--deterministic", "--seed", "3", "--engine", engine]
    path = record(tmp_path, *options, wat(tmp_path, BUSY))
    assert b"ABCDEFGH" in capsysbinary.readouterr().out
    session = wl.Session(wl.assemble(BUSY), stdin=stdin.read_bytes(), seed=3)
    session.run()
    other = open_recording(path, engine)
    assert other.note == ""
    assert other.recorded == session.recorded
    for tick in (0, 17, 400, session.recorded[1] - 1, session.recorded[1]):
        session.goto(tick)
        other.goto(tick)
        assert state(other)[:9] == state(session)[:9]
    assert other.state is State.EXITED


@pytest.mark.usefixtures("capsysbinary")
def test_real_clock_and_random_numbers_come_back(tmp_path: Path) -> None:
    stdin = ["--stdin", wat(tmp_path, BUSY)]
    path = record(tmp_path, "--no-deterministic", *stdin, wat(tmp_path, BUSY))
    first, second = open_recording(path), open_recording(path)
    for session in (first, second):
        session.to_end()
    assert first.host_calls == second.host_calls
    assert "REALTIME" in first.host_calls[1].text


def test_exit_status_and_trap_are_those_of_run(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "trap.wlab"
    assert main(["run", "--record", str(path), "trap"]) == 134
    assert "integer divide by zero" in capsys.readouterr().err
    session = open_recording(path)
    session.to_end()
    assert session.state is State.TRAPPED
    assert "integer divide by zero" in session.stop.message


def test_results_of_an_invoked_function_are_shown(tmp_path: Path, capsys: Text) -> None:
    path = record(tmp_path, "--invoke", "fac", "factorial", "5")
    assert capsys.readouterr().out == "120\n"
    assert "returned 120" in open_recording(path).run().message


def test_host_calls_are_told_while_recording(tmp_path: Path, capsys: Text) -> None:
    record(tmp_path, "--strace", "hello")
    assert "fd_write(fd=1 <stdout>" in capsys.readouterr().err


def test_recording_never_replaces_a_program(tmp_path: Path, capsys: Text) -> None:
    program = wat(tmp_path, BUSY)
    assert main(["run", "--record", program, program]) == 2
    assert "would replace" in capsys.readouterr().err
    assert Path(program).read_text() == BUSY


def test_recording_that_cannot_be_written_is_said(tmp_path: Path, capsys: Text) -> None:
    assert main(["run", "--record", str(tmp_path / "no" / "x.wlab"), "hello"]) == 1
    assert "cannot write" in capsys.readouterr().err


FULL = Path("/dev/full")
"""A device that takes nothing."""
# What was recorded is written before each fd_read.
RANDOM = """(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $i i32)
    (loop $l
      (drop (call $random (i32.const 0) (i32.const 8192)))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 400))))
    (call $exit (i32.const 7))))"""
LIMITED = """import resource, sys
from wasmlab.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
sys.exit(main())"""


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
def test_recording_on_a_full_disk_leaves_the_program_running(tmp_path: Path, capsys: Text) -> None:
    assert main(["run", "--record", str(FULL), wat(tmp_path, RANDOM)]) == 7
    assert capsys.readouterr().err.splitlines() == [
        "wasmlab: cannot write /dev/full: No space left on device; nothing is recorded"
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of the size of files")
def test_disk_that_fills_up_ends_the_recording_and_not_the_program(tmp_path: Path) -> None:
    path = tmp_path / "run.wlab"
    words = ["run", "--record", str(path), wat(tmp_path, RANDOM)]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], check=False, capture_output=True, text=True
    )
    assert done.returncode == 7
    (said,) = done.stderr.splitlines()
    session = open_recording(path)
    assert "not closed" in session.note
    session.to_end()
    assert session.tick > 0
    assert said == f"wasmlab: cannot write {path}: File too large; it ends at step {session.tick:,}"


def test_host_and_directories_are_not_needed_again(tmp_path: Path, capsys: Text) -> None:
    text = """(module
      (import "wasi_snapshot_preview1" "path_create_directory"
        (func $mkdir (param i32 i32 i32) (result i32)))
      (import "env" "name" (func $name (param i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")
        (drop (call $mkdir (i32.const 3) (i32.const 0) (call $name (i32.const 0))))))"""
    host, home = tmp_path / "host.py", tmp_path / "home"
    home.mkdir()
    host.write_text("def name(caller, at):\n    caller.memory.write(at, b'made')\n    return 4\n")
    path = record(tmp_path, "--host", str(host), "--dir", f"{home}::/", wat(tmp_path, text))
    assert (home / "made").is_dir()
    (home / "made").rmdir()
    home.rmdir()
    host.unlink()
    session = open_recording(path)
    session.to_end()
    assert session.state is State.EXITED
    assert session.memory[0:4] == b"made"
    assert [call.result for call in session.host_calls] == ["4", "OK"]
    assert not home.exists()
    assert any(event.kind == "barrier" for event in session.timeline.events)
    assert capsys.readouterr().err == ""


# --- opening -------------------------------------------------------------------------------------


def test_file_opens_the_debugger(tmp_path: Path, capsys: Text) -> None:
    path = str(record(tmp_path, "hello"))
    script = ["--batch", "-e", "goto end", "-e", "info output", "-e", "reverse-step 3"]
    assert main(["debug", *script, path]) == 0
    out = capsys.readouterr().out
    assert "out| Hello, world!" in out
    assert "call $fd_write" in out


def test_trace_of_a_recording_is_that_of_the_program(tmp_path: Path, capsys: Text) -> None:
    path = str(record(tmp_path, "hello"))
    capsys.readouterr()
    assert main(["trace", "hello"]) == 0
    expected = capsys.readouterr()
    assert main(["trace", path]) == 0
    assert capsys.readouterr() == expected


def test_options_of_a_program_make_no_sense_with_a_recording(tmp_path: Path, capsys: Text) -> None:
    path = str(record(tmp_path, "hello"))
    assert main(["debug", "--env", "A=1", path]) == 2
    assert main(["trace", path, "argument"]) == 2
    assert "no sense with a recording" in capsys.readouterr().err


def test_run_and_inspect_say_what_the_file_is(tmp_path: Path, capsys: Text) -> None:
    path = str(record(tmp_path, "hello"))
    assert main(["run", path]) == 1
    assert main(["inspect", path]) == 1
    assert capsys.readouterr().err.count("it is a recording") == 2


def test_damaged_file_is_one_line(tmp_path: Path, capsys: Text) -> None:
    path = record(tmp_path, "hello")
    path.write_bytes(path.read_bytes()[:100])
    assert main(["debug", "--batch", "-e", "step", str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_saved_and_dumped_from_the_debugger(tmp_path: Path, capsys: Text) -> None:
    again, core = tmp_path / "again.wlab", tmp_path / "core.wasm"
    script = ["-e", "step 11", "-e", f"save {again}", "-e", f"gcore {core}"]
    assert main(["debug", "--batch", *script, "hello"]) == 0
    assert "holds steps 0 to 11" in capsys.readouterr().out
    assert open_recording(again).recorded == (0, 11)
    assert main(["inspect", str(core)]) == 0
    assert "core dump" in capsys.readouterr().out
    assert main(["debug", "--batch", "-e", f"gcore {tmp_path}/no/c", "hello"]) == 1


# --- killed in the middle ------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no such signal")
@pytest.mark.parametrize("kilobytes", [1, 20, 60])
def test_killed_run_is_known_up_to_the_last_whole_part(kilobytes: int, tmp_path: Path) -> None:
    path = tmp_path / "killed.wlab"
    program = wat(tmp_path, ENDLESS)
    command = [*WASMLAB, "run", "--record", str(path), program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while not path.exists() or path.stat().st_size < kilobytes << 10:
            assert process.stdout.read(4)
        process.send_signal(signal.SIGKILL)
    try:
        other = open_recording(path)
    except BadRecording:
        assert kilobytes == 1
        return
    assert "not closed" in other.note or "cut or damaged" in other.note
    last = other.recorded[1]
    fresh = wl.Session(wl.load(Path(program)), stdin=None)
    for tick in (last // 2, last):
        fresh.goto(tick)
        other.goto(tick)
        assert state(other)[:9] == state(fresh)[:9]
    other.run()
    assert "the recording ends" in other.run().message


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no such signal")
def test_what_came_before_waiting_for_input_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "waits.wlab"
    command = [*WASMLAB, "run", "--record", str(path), wat(tmp_path, BUSY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"12345678")
        process.stdin.flush()
        assert process.stdout.read(8) == b"12345678"
        tries = (calls_in(path) for _ in range(5000))
        written = next((calls for calls in tries if len(calls) >= len(FIRST_CALLS)), None)
        process.kill()
    assert written is not None
    assert written[: len(FIRST_CALLS)] == FIRST_CALLS


FIRST_CALLS = ["random_get", "clock_time_get", "fd_read", "fd_write"]


def calls_in(path: Path) -> list[str]:
    """Return the host calls that are in a file now, while it is being written."""
    try:
        session = open_recording(path)
    except WasmlabError:
        return []
    session.to_end()
    return [call.name for call in session.host_calls]


def test_name_in_a_recording_fills_no_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "$" + "f" * 100_000
    text = f'(module (func {name} nop) (func (export "_start") call {name}))'
    session = wl.Session(wl.assemble(text))
    session.run()
    session.save(tmp_path / "a.wlab")
    content = (tmp_path / "a.wlab").read_bytes()
    (tmp_path / "b.wlab").write_bytes(with_value(content, b"MODU", 0, (0,), "n" * 1_000_000))
    for words in (["debug", "--batch", "-e", "step", "-e", "backtrace"], ["trace"]):
        main([*words, str(tmp_path / "b.wlab")])
        captured = capsys.readouterr()
        lines = (captured.out + captured.err).splitlines()
        assert "more characters" in captured.out
        assert max(map(len, lines)) < LONGEST_LINE + 100
