"""``wasmlab run``: output, exit status, traps, and what a program is given."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wasmlab import cache, samples
from wasmlab.cli.main import main
from wasmlab.host.wasi.fs.commit.disk import DISK

Text = pytest.CaptureFixture[str]
Bytes = pytest.CaptureFixture[bytes]

EXIT = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") i32.const {code} call $exit))"""
WRITE = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\{size:02x}\\00\\00\\00")
  (data (i32.const 16) "{data}")
  (func (export "_start") i32.const 1 i32.const 0 i32.const 1 i32.const 8 call $w drop))"""
ARGS = """(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    i32.const 0 i32.const 4 call $sizes drop
    i32.const 8 i32.const 12 call $env drop
    i32.const 0 i32.load i32.const 16 i32.mul i32.const 8 i32.load i32.add call $exit))"""


def wat(folder: Path, text: str) -> str:
    path = folder / "program.wat"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_exit_status_is_the_programs_own(code: int, tmp_path: Path) -> None:
    assert main(["run", wat(tmp_path, EXIT.format(code=code))]) == code


def test_trap_ends_with_134_and_a_backtrace(capsys: Text) -> None:
    assert main(["run", "trap"]) == 134
    first, *calls = capsys.readouterr().err.splitlines()
    assert first.startswith("wasmlab: trap: integer divide by zero (at offset 0x")
    assert [call.split()[1] for call in calls] == ["$average", "$report", "$main"]
    assert all(" line " in call for call in calls)
    assert "i32.div_u" in calls[0]


def test_backtrace_of_a_runaway_recursion_is_short(tmp_path: Path, capsys: Text) -> None:
    text = '(module (func $deeper (export "_start") call $deeper))'
    assert main(["run", wat(tmp_path, text)]) == 134
    lines = capsys.readouterr().err.splitlines()
    assert "call stack exhausted" in lines[0]
    assert len(lines) < 50


def test_output_is_passed_on_byte_by_byte(tmp_path: Path, capfdbinary: Bytes) -> None:
    text = WRITE.format(data="\\ff\\1b[31m\\0a", size=7)
    assert main(["run", wat(tmp_path, text)]) == 0
    assert capfdbinary.readouterr().out == b"\xff\x1b[31m\n"


FULL = Path("/dev/full")
"""A device that takes nothing."""
ERRNO = """(module
  (import "wasi_snapshot_preview1" "{call}" (func $call (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\\10\\00\\00\\00\\03\\00\\00\\00hi\\0a")
  (func (export "_start")
    (call $exit (call $call (i32.const {fd}) (i32.const 8) (i32.const 1) (i32.const 0)))))"""


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
def test_output_to_a_full_disk_is_enospc_for_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FULL.open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["run", wat(tmp_path, ERRNO.format(call="fd_write", fd=1))]) == 51


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize(("words", "status"), [(["trap"], 134), (["--strace", "hello"], 0)])
def test_messages_to_a_full_disk_leave_the_exit_status(words: list[str], status: int) -> None:
    program = "import sys; from wasmlab.cli.main import main; sys.exit(main())"
    with FULL.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", program, "run", *words],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )
    assert done.returncode == status


def test_input_that_is_open_for_writing_only_is_ebadf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "stdin").open("wb", buffering=0) as raw:
        reader = io.BufferedReader(io.FileIO(raw.fileno(), "r", closefd=False))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(reader))
        assert main(["run", wat(tmp_path, ERRNO.format(call="fd_read", fd=0))]) == 8


POLLS = """(module
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store8 (i32.const 8) (i32.const 1))
    (i64.store (i32.const 48) (i64.const 2))
    (i32.store (i32.const 64) (i32.const 1))
    (i64.store (i32.const 72) (i64.const 1000000))
    (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 2) (i32.const 256)))
    (call $exit (i32.load (i32.const 128)))))"""
"""Polls standard input for a millisecond; exits with 0 if it is ready and 2 if not."""


@pytest.mark.skipif(sys.platform == "win32", reason="select takes only sockets there")
@pytest.mark.parametrize(("sent", "status"), [(None, 2), (b"k", 0), (b"", 0)])
def test_poll_of_a_pipe_is_ready_with_bytes_or_at_its_end(
    sent: bytes | None, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "r") as stdin, os.fdopen(writer, "wb", buffering=0) as out:
        monkeypatch.setattr(sys, "stdin", stdin)
        if sent:
            out.write(sent)
        elif sent is not None:
            out.close()
        assert main(["run", wat(tmp_path, POLLS)]) == status


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
@pytest.mark.parametrize(("typed", "status"), [(b"", 2), (b"k", 2), (b"k\n", 0)])
def test_poll_of_a_terminal_is_ready_once_a_line_is_there(
    typed: bytes, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard, terminal = os.openpty()
    with os.fdopen(terminal, "r") as stdin, os.fdopen(keyboard, "wb", buffering=0) as keys:
        monkeypatch.setattr(sys, "stdin", stdin)
        keys.write(typed)
        assert main(["run", wat(tmp_path, POLLS)]) == status


def test_poll_of_a_file_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "program.wat").open("w+") as stdin:
        program = wat(tmp_path, POLLS)
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["run", program]) == 0


SILENT = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory {export} 1)
  (data (i32.const 8) "\\10\\00\\00\\00\\03\\00\\00\\00hi\\0a")
  (func (export "_start")
    (drop (call $w (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))"""
UNEXPORTED = 'WASI needs the memory exported as "memory"'


def test_wasi_without_an_exported_memory_traps_and_says_so(tmp_path: Path, capsys: Text) -> None:
    for export in ("", '(export "mem")'):
        assert main(["run", wat(tmp_path, SILENT.format(export=export))]) == 134
        out, err = capsys.readouterr()
        assert out == ""
        assert f"missing required memory export: {UNEXPORTED}" in err


def test_wasi_calls_that_need_no_memory_need_no_export(tmp_path: Path) -> None:
    text = EXIT.format(code=5).replace('(memory (export "memory") 1)', "")
    assert main(["run", wat(tmp_path, text)]) == 5


def test_python_functions_need_no_exported_memory(tmp_path: Path, capsys: Text) -> None:
    host = tmp_path / "host.py"
    host.write_text("def env_peek(caller):\n    return caller.memory.read(8, 1)[0]\n")
    text = """(module (import "env" "peek" (func $peek (result i32))) (memory 1)
      (data (i32.const 8) "*") (func (export "ask") (result i32) (call $peek)))"""
    assert main(["run", "--host", str(host), wat(tmp_path, text), "--invoke", "ask"]) == 0
    assert capsys.readouterr().out == "42\n"


def test_validate_and_inspect_warn_of_wasi_without_an_exported_memory(
    tmp_path: Path, capsys: Text
) -> None:
    for command in ("validate", "inspect"):
        assert main([command, wat(tmp_path, SILENT.format(export=""))]) == 0
        assert f"{UNEXPORTED}: fd_write will trap" in "".join(capsys.readouterr())
        for fine in (SILENT.format(export='(export "memory")'), "(module (memory 1))"):
            assert main([command, wat(tmp_path, fine)]) == 0
            assert UNEXPORTED not in "".join(capsys.readouterr())


def test_arguments_after_file_are_the_programs(tmp_path: Path) -> None:
    file = wat(tmp_path, ARGS)
    assert main(["run", file]) == 1 * 16
    assert main(["run", file, "a", "--strace", "-h"]) == 4 * 16
    assert main(["run", file, "--", "--strace"]) == 2 * 16


def test_environment_is_granted_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = wat(tmp_path, ARGS)
    monkeypatch.setattr(os, "environ", {"A": "1", "B": "2", "C": "3"})
    assert main(["run", "--env", "X=1", "--env", "A", file]) == 16 + 2
    assert main(["run", "--inherit-env", file]) == 16 + 3
    assert main(["run", "--env", "NOT_SET", file]) == 2


def test_options_directly_after_file_are_ours(capsys: Text) -> None:
    assert main(["run", "factorial", "--invoke", "fac", "5"]) == 0
    assert main(["run", "--invoke=fac", "factorial", "6"]) == 0
    assert capsys.readouterr().out == "120\n720\n"


def test_negative_arguments_and_floats_are_read(capsys: Text) -> None:
    assert main(["run", "factorial", "--invoke", "fac", "-5"]) == 0
    assert main(["run", "newton", "--invoke", "root", "2.25"]) == 0
    assert capsys.readouterr().out == "1\n1.5\n"


def test_strace_prints_host_calls_on_standard_error(capsys: Text) -> None:
    assert main(["run", "--strace", "hello"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "Hello, world!\n"
    assert 'fd_write(fd=1 <stdout>, iovs=[{0x10, 14 "Hello, world!\\n"}])' in printed.err


def test_fault_makes_a_call_fail(capsys: Text) -> None:
    assert main(["run", "--strace", "--fault", "fd_write:1=ENOSPC", "hello"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "ENOSPC" in printed.err


STAGES = ("imports", "read", "assemble", "decode", "validate", "instantiate")


def timed(err: str) -> dict[str, float]:
    """Return the milliseconds that ``--timing`` says, by name."""
    return {line[:18].strip(): float(line[18:].split()[0]) for line in err.splitlines()}


def test_timing_stages_add_up_to_the_first_instruction(
    capsys: Text, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path))  # nothing is known
    preload = ("--preload", "textlib=textlib")
    assert main(["run", "--timing", *preload, "hello"]) == 0
    found = timed(capsys.readouterr().err)
    assert tuple(found) == (*STAGES, "first instruction", "first output", "run")
    assert sum(found[stage] for stage in STAGES) == pytest.approx(
        found["first instruction"], abs=0.01 * len(STAGES)
    )


def test_timing_counts_from_the_start_of_the_process() -> None:
    command = "from wasmlab.__main__ import main; main()"
    spent = (
        "import time; begun = time.process_time()\nwhile time.process_time() < begun + 0.2: pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{spent}\n{command}", "run", "--timing", "c/hello"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = timed(done.stderr)
    assert "assemble" not in found
    assert found["first instruction"] > found["imports"] > 200


def test_stdin_comes_from_a_file(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"from a file\n")
    assert main(["run", "--stdin", str(path), "echo"]) == 0
    assert capsys.readouterr().out == "from a file\n"


def test_preloaded_module_serves_imports(tmp_path: Path, capsys: Text) -> None:
    greeter = (samples.folder() / "greeter.wat").read_text("utf-8")
    file = wat(tmp_path, greeter)
    assert main(["run", file]) == 1
    assert 'import "textlib" "memory"' in capsys.readouterr().err
    assert main(["run", "--preload", "textlib=textlib", file]) == 0
    assert capsys.readouterr().out == "HELLO FROM TWO MODULES\n"


UNKNOWN = """(module (import "env" "number" (func $n (param i32) (result i32)))
  (func (export "twice") (param i32) (result i32)
    local.get 0 call $n local.get 0 call $n i32.add))"""


def test_unknown_import_is_refused_or_stubbed(tmp_path: Path, capsys: Text) -> None:
    file = wat(tmp_path, UNKNOWN)
    words = [file, "--invoke", "twice", "3"]
    assert main(["run", *words]) == 1
    assert 'import "env" "number"' in capsys.readouterr().err
    assert main(["run", "--stub-imports", "zero", *words]) == 0
    assert capsys.readouterr().out == "0\n"
    assert main(["run", "--stub-imports", "trap", *words]) == 134


@pytest.mark.parametrize(
    "code",
    [
        "def number(n): return n * 10",
        "def env_number(n): return n * 10\ndef number(n): return 0",
        "IMPORTS = {'env': {'number': lambda n: n * 10}}",
    ],
    ids=["name", "module and name", "table"],
)
def test_host_file_serves_imports(code: str, tmp_path: Path, capsys: Text) -> None:
    host = tmp_path / "host.py"
    host.write_text(code)
    words = ["run", "--host", str(host), wat(tmp_path, UNKNOWN), "--invoke", "twice", "3"]
    assert main(words) == 0
    assert capsys.readouterr().out == "60\n"


def test_host_function_that_raises_ends_with_134(tmp_path: Path, capsys: Text) -> None:
    host = tmp_path / "host.py"
    host.write_text("def number(n): return 1 // 0")
    words = ["run", "--host", str(host), wat(tmp_path, UNKNOWN), "--invoke", "twice", "3"]
    assert main(words) == 134
    assert "env.number raised ZeroDivisionError" in capsys.readouterr().err


def test_strace_of_a_host_function_that_raises_says_so_as_the_plain_run(
    tmp_path: Path, capsys: Text
) -> None:
    host = tmp_path / "host.py"
    host.write_text("def number(n): return 1 // 0")
    words = ["--host", str(host), wat(tmp_path, UNKNOWN), "--invoke", "twice", "3"]
    assert main(["run", *words]) == 134
    plain = capsys.readouterr().err
    assert main(["run", "--strace", *words]) == 134
    call, *rest = capsys.readouterr().err.splitlines(keepends=True)
    assert "".join(rest) == plain
    assert call.startswith("env.number(3) = failed (env.number raised ZeroDivisionError: ")
    assert main(["run", "--record", str(tmp_path / "raises.wlab"), "--strace", *words]) == 134
    assert capsys.readouterr().err == call + plain


def test_host_file_that_fails_is_one_line(tmp_path: Path, capsys: Text) -> None:
    host = tmp_path / "host.py"
    host.write_text("import no_such_module_anywhere")
    assert main(["run", "--host", str(host), wat(tmp_path, UNKNOWN)]) == 1
    err = capsys.readouterr().err
    assert "ModuleNotFoundError" in err
    assert err.count("\n") == 1


def test_directory_is_granted_under_its_guest_name(tmp_path: Path, capsys: Text) -> None:
    assert main(["run", "--dir", f"{tmp_path}/none::/data", "hello"]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main(["run", "--dir", f"{tmp_path}::/data::ro", "hello"]) == 0


def test_contradicting_options_are_refused(capsys: Text) -> None:
    assert main(["run", "--deterministic", "--no-deterministic", "hello"]) == 2
    assert "contradict" in capsys.readouterr().err


MAKES_A_FILE = """(module
  (import "wasi_snapshot_preview1" "path_create_directory"
    (func $mkdir (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "made")
  (func (export "_start") i32.const 3 i32.const 0 i32.const 4 call $mkdir {end}))"""


@pytest.mark.parametrize(
    ("options", "end", "status", "made"),
    [
        ([], "drop", 0, ["made"]),
        (["--overlay"], "drop", 0, []),
        (["--commit"], "drop", 0, ["made"]),
        (["--commit"], "unreachable", 134, []),
    ],
)
def test_writes_are_real_unless_an_overlay_keeps_them(
    options: list[str], end: str, status: int, made: list[str], tmp_path: Path, capsys: Text
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    file = wat(tmp_path, MAKES_A_FILE.format(end=end))
    assert main(["run", *options, "--dir", f"{root}::/data", file]) == status
    assert [path.name for path in root.iterdir()] == made
    assert ("added /data/made" in capsys.readouterr().err) is bool(options)


ESCAPES = r"""(module
  (import "wasi_snapshot_preview1" "path_rename"
    (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink"
    (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "data")
  (data (i32.const 16) "old")
  (data (i32.const 32) "../home/victim")
  (data (i32.const 64) "x")
  (func (export "_start")
    ;; rename data to old, link data to ../home/victim, make /data/x
    i32.const 3 i32.const 0 i32.const 4 i32.const 3 i32.const 16 i32.const 3 call $rename drop
    i32.const 32 i32.const 14 i32.const 3 i32.const 0 i32.const 4 call $symlink drop
    i32.const 4 i32.const 0 i32.const 64 i32.const 1 i32.const 1 i64.const 0x40 i64.const 0
    i32.const 0 i32.const 128 call $open drop))"""


def test_commit_writes_nothing_outside_the_directories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    for folder in ("home/victim", "project/data"):
        (tmp_path / folder).mkdir(parents=True)
    file = wat(tmp_path, ESCAPES)
    monkeypatch.chdir(tmp_path / "project")
    words = ["run", "--commit", "--dir", ".", "--dir", "data::/data", file]
    assert main(words) == 0
    assert not list((tmp_path / "home" / "victim").iterdir())
    assert (tmp_path / "project" / "old" / "x").exists()
    assert main(words) == 2
    assert "is a link out of ., where the program may write" in capsys.readouterr().err
    assert not list((tmp_path / "home" / "victim").iterdir())


@pytest.mark.parametrize(("options", "made"), [([], True), (["--undo"], False)])
def test_interrupted_commit_is_said_before_the_run_and_gone_on_with(
    options: list[str],
    *,
    made: bool,
    tmp_path: Path,
    capsys: Text,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = tmp_path / "root"
    root.mkdir()
    token, steps = "0" * 16, '[[[], "old", true, false]]'
    journal = f'{{"wasmlab": 1, "token": "{token}", "steps": {steps}}}'
    (root / ".wasmlab-commit.writing").write_text(journal)
    (root / "old").write_text("goes")
    file = wat(tmp_path, MAKES_A_FILE.format(end="drop"))
    run = ["run", "--commit", "--dir", f"{root}::/data", file]
    for words in (run, ["commit", *options, str(root)]):
        assert main(words) == 1
        assert f"wasmlab commit {root} --trust-journal" in capsys.readouterr().err
    assert (root / "old").read_text() == "goes"
    DISK.note(hashlib.sha256(journal.encode()).hexdigest())
    assert main(run) == 1
    assert f"wasmlab commit {root} finishes it, with --undo" in capsys.readouterr().err
    assert main(["commit", *options, str(root)]) == 0
    assert (root / "old").exists() is not made
    assert main(["commit", str(root)]) == 1
    assert "no commit" in capsys.readouterr().err
    assert main(run) == 0
    assert (root / "made").is_dir()


def test_commit_of_no_directory_is_one_line(tmp_path: Path, capsys: Text) -> None:
    assert main(["commit", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_change_in_a_root_directory_has_one_slash(tmp_path: Path, capsys: Text) -> None:
    file = wat(tmp_path, MAKES_A_FILE.format(end="drop"))
    assert main(["run", "--overlay", "--dir", f"{tmp_path}::/", file]) == 0
    assert "added /made" in capsys.readouterr().err


def test_unknown_import_asks_on_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("20\nnot a number\n"))
    words = ["run", "--stub-imports", "ask", wat(tmp_path, UNKNOWN), "--invoke", "twice", "3"]
    assert main(words) == 2
    assert "env.number [i32] -> [i32] returns: " in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("20\n22\n"))
    assert main(words) == 0
    assert capsys.readouterr().out == "42\n"


def test_library_alone_names_what_can_be_called(tmp_path: Path, capsys: Text) -> None:
    text = '(module (func (export "_initialize")) (func (export "one") (result i32) i32.const 1))'
    file = wat(tmp_path, text)
    assert main(["run", file]) == 0
    assert "only _initialize was called; --invoke calls one [] -> [i32]" in capsys.readouterr().err
    assert main(["run", file, "--invoke", "one"]) == 0
    assert capsys.readouterr().err == ""


def test_module_without_start_names_what_can_be_entered(tmp_path: Path, capsys: Text) -> None:
    file = wat(tmp_path, '(module (func (export "fac") (param i64) (result i64) local.get 0))')
    assert main(["run", file]) == 2
    assert "choose a function with --invoke: fac [i64] -> [i64]" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a file without end")
@pytest.mark.parametrize("command", ["run", "inspect", "validate", "asm", "dis"])
def test_file_without_end_is_refused(command: str, capsys: Text) -> None:
    assert main([command, "/dev/zero"]) == 1
    assert "/dev/zero is not WebAssembly" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["1M", "1024K", "1"])
def test_limit_of_memory_is_named_where_it_is_reached(
    size: str, tmp_path: Path, capsys: Text
) -> None:
    path = tmp_path / "fills.wat"
    path.write_text("""(module (memory 1000) (func (export "_start")
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 2000000))))""")
    assert main(["run", str(path)]) == 0
    assert main(["run", "--max-memory", size, str(path)]) == 134
    error = capsys.readouterr().err
    assert "memory limit exhausted" in error
    assert "of 1,048,576 are left; --max-memory allows more" in error


def test_limit_of_memory_that_is_no_size_is_bad_usage(capsys: Text) -> None:
    assert main(["run", "--max-memory", "much", "hello.wat"]) == 2
    assert "write a number and K, M, G or T" in capsys.readouterr().err
