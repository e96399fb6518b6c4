"""The command line as a whole: which command, which exit status, one line for every error."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from wasmlab import __main__ as program
from wasmlab import samples
from wasmlab.cli import main as main_module
from wasmlab.cli.command import parser_for
from wasmlab.cli.command_row import CommandRow
from wasmlab.cli.commands import BY_NAME, COMMANDS, command_of
from wasmlab.cli.main import main

Text = pytest.CaptureFixture[str]


def name_of(command: CommandRow) -> str:
    return command.name


def joined(value: object) -> str:
    return " ".join(cast("list[str]", value)) if isinstance(value, list) else ""


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_help_of_a_command_exits_with_0_and_names_it(command: CommandRow, capsys: Text) -> None:
    assert main([command.name, "--help"]) == 0
    assert f"wasmlab {command.name}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: Text) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"wasmlab {c.name} " in out and c.help in out for c in COMMANDS)


def test_names_of_commands_are_unique() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_help_of_options_has_no_full_stop(command: CommandRow) -> None:
    assert not [
        option.flags for option in command_of(command).runs_guest if option.help.endswith(".")
    ]


def test_no_words_without_a_terminal_print_help_and_samples(capsys: Text) -> None:
    assert main([]) == 0
    assert "hello " in capsys.readouterr().out


def test_version_is_printed(capsys: Text) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wasmlab 0.")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["vlidate"], "did you mean wasmlab validate?"),
        (["helo"], "did you mean wasmlab hello or"),
        (["frobnicate"], "wasmlab --help lists the commands"),
        (["run", "--no-such-option", "hello"], "wasmlab run --help"),
        (["run"], "required: FILE; wasmlab run --help"),
        (["--no-such-option"], "unknown option --no-such-option"),
        (["trace", "hello", "--format", "xml"], "invalid choice: 'xml'"),
        (["run", "--dir", "a::b::c", "hello"], "write --dir HOST::GUEST"),
        (["run", "--preload", "textlib", "hello"], "write --preload NAME=FILE"),
        (["trace", "hello", "--limit", "-3"], "found -3"),
        (["run", "--fault", "fd_wrote=EIO", "hello"], "fd_write:3=ENOSPC"),
        (["run", "factorial", "--invoke", "fax"], "did you mean fac?"),
        (["run", "factorial", "--invoke", "fac"], "fac takes 1 argument"),
        (
            ["export", "factorial", "--invoke", "fac", "5", "-o", "x.html"],
            "options such as -o go before the arguments",
        ),
        (["run", "factorial", "--invoke", "fac", "x"], "i64 expected, found 'x'"),
    ],
    ids=joined,
)
def test_bad_usage_is_one_line_with_a_hint_and_status_2(
    words: list[str], hint: str, capsys: Text
) -> None:
    assert main(words) == 2
    err = capsys.readouterr().err
    assert hint in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0asm\1\0\0\0\1", "unexpected end"),
        (b"\0asm\1\0\0\0\1\xff\xff\xff\xff\xff\xff\xff", "offset 0x"),
        (b"\0asm\2\0\0\0", "unknown binary version"),
        (b"\0asm\1\0\0\0\1\x86\x80\x80\x80\x00\xff\xff\xff\xff\x0f\0", "at offset 0x"),
        (b"\x7fELF\1\1\1\0", "a native program (ELF)"),
        (b"\xff\xfe\xfd", "is not WebAssembly"),
        (b"", "it is empty"),
        (b"(module", "bad:1:"),
    ],
    ids=["cut", "leb", "version", "2^32 types", "elf", "noise", "empty", "open"],
)
@pytest.mark.parametrize("command", ["run", "debug", "trace", "validate", "dis", "inspect"])
def test_bad_file_is_one_clear_line_and_status_1(
    command: str, content: bytes, message: str, tmp_path: Path, capsys: Text
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    assert main([command, str(path)]) == 1
    err = capsys.readouterr().err
    first, *rest = err.splitlines()
    assert message in first
    assert str(path) in first
    assert "Traceback" not in err
    assert all(line.startswith("  ") for line in rest)


OTHER_ARGUMENTS = {"explain", "wast", "notebook", "check", "commit"}
"""Commands whose first argument is not one program."""


@pytest.mark.parametrize("command", [c.name for c in COMMANDS if c.name not in OTHER_ARGUMENTS])
def test_missing_file_is_said_with_what_it_might_be(
    command: str, tmp_path: Path, capsys: Text
) -> None:
    (tmp_path / "prime.wat").write_text("(module)")
    assert main([command, str(tmp_path / "prima.wat")]) == 1
    assert "did you mean" in capsys.readouterr().err


def test_folder_is_no_file(tmp_path: Path, capsys: Text) -> None:
    assert main(["run", str(tmp_path)]) == 1
    assert "is a folder" in capsys.readouterr().err


def test_file_alone_is_debugged(capsys: Text) -> None:
    assert main(["hello"]) == 0
    assert "fd_write" in capsys.readouterr().out


def raising(error: BaseException) -> Callable[..., int]:
    def dispatch(*_words: list[str]) -> int:
        raise error

    return dispatch


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("two\nlines"), 70, "please report it"),
        (RecursionError(), 70, "WASMLAB_TRACEBACK=1"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
    ],
)
def test_anything_else_is_one_line(
    error: BaseException,
    status: int,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Text,
) -> None:
    monkeypatch.setattr(main_module, "_dispatch", raising(error))
    monkeypatch.delenv("WASMLAB_TRACEBACK", raising=False)
    assert main(["x"]) == status
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


def test_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch, capsys: Text) -> None:
    monkeypatch.setattr(main_module, "_dispatch", raising(ValueError("x")))
    monkeypatch.setenv("WASMLAB_TRACEBACK", "1")
    main(["x"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_closed_stream_changes_no_exit_status(
    closed: str, monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    monkeypatch.setattr(sys, closed, None)  # as Python starts when the caller closed it
    assert main(["run", "hello"]) == 0
    getattr(sys, closed).close()
    assert capsys.readouterr().out == ("" if closed == "stdout" else "Hello, world!\n")


def test_interrupt_while_the_program_loads_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Text
) -> None:
    monkeypatch.setattr(main_module, "main", raising(KeyboardInterrupt()))
    monkeypatch.setattr(program.sys, "argv", ["wasmlab"])
    assert program.main() == 130
    assert capsys.readouterr().err == "wasmlab: interrupted\n"


def test_module_is_a_program_too() -> None:
    words = (sys.executable, "-m", "wasmlab", "run", "hello")
    assert subprocess.run(words, capture_output=True, check=True).stdout == b"Hello, world!\n"


def test_samples_are_listed_in_a_column(capsys: Text) -> None:
    main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    shown = [s.shows for s in samples.catalogue()]
    assert len({line.index(text) for text in shown for line in lines if text in line}) == 1


def test_reader_that_goes_away_is_no_error() -> None:
    program = "import sys; from wasmlab.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = (sys.executable, "-c", program, "trace", "sieve", "--invoke", "primes", "2000")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_parser_of_a_command_refuses_abbreviations() -> None:
    run = BY_NAME["run"]
    assert parser_for(run, command_of(run)).allow_abbrev is False


def test_every_module_with_a_command_is_in_the_table() -> None:
    folder = Path(main_module.__file__).parent
    found = {p.stem for p in folder.glob("*.py") if "\nCOMMAND = " in p.read_text("utf-8")}
    assert found == {row.name for row in COMMANDS}


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from wasmlab.cli.main import main; main(['--help']);"
        "names = {m for m in sys.modules if m.startswith('wasmlab.cli.')};"
        "from wasmlab.cli.commands import COMMANDS;"
        "sys.exit(bool(names & {'wasmlab.cli.' + row.name for row in COMMANDS}))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
