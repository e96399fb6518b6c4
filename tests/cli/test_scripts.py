"""Files of commands, the user's own and those that are given; scripts in Python."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from wasmlab.cli.main import main
from wasmlab.opening.startup_file import STARTUP

if TYPE_CHECKING:
    from pathlib import Path

Text = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one; the user's folders are below it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def startup(folder: Path, text: str) -> Path:
    """Write the user's own file of commands."""
    own = folder.parent / "config" / "wasmlab"
    own.mkdir(parents=True)
    (own / STARTUP).write_text(text)
    return own / STARTUP


def test_source_carries_out_the_commands_of_a_file(folder: Path, capsys: Text) -> None:
    (folder / "a.cmds").write_text("# a comment\n\ncall fac 4\nsource b.cmds\nprint $n + 100\n")
    (folder / "b.cmds").write_text("break $fac if $n == 2\ncontinue\n")
    assert main(["debug", "--batch", "-e", "source a.cmds", "factorial"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "102"


def test_error_in_a_file_names_its_line_and_ends_it(folder: Path, capsys: Text) -> None:
    (folder / "a.cmds").write_text("call fac 4\nsource b.cmds\nprint 7\n")
    (folder / "b.cmds").write_text("print $n\nprint $nosuch\nprint 8\n")
    assert main(["debug", "--batch", "-e", "source a.cmds", "-e", "print 9", "factorial"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "4"
    assert "a.cmds:2: b.cmds:2: there is no local $nosuch in $fac" in said.err


def test_file_that_reads_itself_ends(folder: Path, capsys: Text) -> None:
    (folder / "a.cmds").write_text("source a.cmds\n")
    assert main(["debug", "--batch", "-e", "source a.cmds", "factorial"]) == 1
    assert "scripts read one another more than 10 deep" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "large", "binary"])
def test_what_is_no_file_of_commands_is_refused(kind: str, folder: Path, capsys: Text) -> None:
    path = folder / "a.cmds"
    make = {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "missing": lambda: None,
        "large": lambda: path.write_text("#" * (1 << 20) + "\n"),
        "binary": lambda: path.write_bytes(b"\xff\xfe\x00"),
    }
    make[kind]()
    assert main(["debug", "--batch", "-e", "source a.cmds", "factorial"]) == 1
    assert "script a.cmds" in capsys.readouterr().err


def test_commands_may_come_through_a_pipe_that_is_given(folder: Path, capsys: Text) -> None:
    path = folder / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("print 41 + 1\n"))
    writer.start()
    assert main(["debug", "--batch", "-x", "pipe", "factorial"]) == 0
    writer.join()
    assert capsys.readouterr().out.splitlines()[-1] == "42"


def test_quit_in_a_file_leaves_and_what_follows_is_not_carried_out(
    folder: Path, capsys: Text
) -> None:
    (folder / "a.cmds").write_text("print 1\nquit\nprint 2\n")
    assert main(["debug", "--batch", "-x", "a.cmds", "-e", "print 3", "factorial"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["1", "> quit"]


def test_saved_breakpoints_are_set_again_by_source(folder: Path, capsys: Text) -> None:
    stops = ["break $fac if $n == 2", "break 31 hits 2", "break 0x3e", "watch global.g"]
    given = [word for line in stops[:3] for word in ("-e", line)]
    save = ["-e", "disable 3", "-e", "skip f*", "-e", "save breakpoints stops.cmds"]
    assert main(["debug", "--batch", *given, *save, "factorial"]) == 0
    lines = (folder / "stops.cmds").read_text().splitlines()
    assert lines == ["break $fac if $n == 2", "break 31 hits 2", "# off: break 19", "skip f*"]
    capsys.readouterr()
    read = ["-e", "source stops.cmds", "-e", "info breakpoints", "-e", "skip"]
    assert main(["debug", "--batch", *read, "factorial"]) == 0
    out = capsys.readouterr().out
    assert "1  $fac at 0x2e line 10 if $n == 2" in out
    assert "2  $fac_loop at 0x50 line 31 from hit 2 on" in out
    assert "1: skip f*, 2 functions" in out


def test_save_breakpoints_replaces_no_file_of_the_user(folder: Path, capsys: Text) -> None:
    mine = folder / "mine.cmds"
    mine.write_text("print 1\n")
    save = ["debug", "--batch", "-e", "break $fac", "-e"]
    assert main([*save, "save breakpoints mine.cmds", "factorial"]) == 1
    assert mine.read_text() == "print 1\n"
    assert "save! breakpoints replaces it" in capsys.readouterr().err
    assert main([*save, "save! breakpoints mine.cmds", "factorial"]) == 0
    assert main([*save, "save breakpoints! mine.cmds", "factorial"]) == 0
    assert not (folder / "breakpoints! mine.cmds").exists()
    assert mine.read_text() == "break $fac\n"
    assert main([*save, "save breakpoints mine.cmds", "factorial"]) == 0


def test_startup_file_of_the_user_is_carried_out_unless_told(folder: Path, capsys: Text) -> None:
    startup(folder, "alias seven = print 7\nskip printf*\n")
    assert main(["debug", "--batch", "-e", "seven", "factorial"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "7"
    assert main(["debug", "--batch", "--no-startup-file", "-e", "seven", "factorial"]) == 1
    assert "no command 'seven'" in capsys.readouterr().err


def test_startup_file_with_an_error_does_not_end_the_session(folder: Path, capsys: Text) -> None:
    path = startup(folder, "alias seven = print 7\nnosuch\nprint 8\n")
    assert main(["debug", "--batch", "-e", "seven", "factorial"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "7"
    assert "8" not in said.out
    assert f"{path}:2: no command 'nosuch'" in said.err


def test_startup_file_in_a_strange_folder_is_never_read(
    folder: Path, capsys: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = ["startup.cmds", ".startup.cmds", "wasmlab/startup.cmds", ".wasmlab/startup.cmds",
               ".config/wasmlab/startup.cmds", "config/wasmlab/startup.cmds"]  # fmt: skip
    (folder / "p.wat").write_text('(module (func (export "f")))')
    for place in planted:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text("print 666\n")
    assert main(["debug", "--batch", "-e", "print 1", "p.wat"]) == 0
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")
    assert main(["debug", "--batch", "-e", "print 1", "p.wat"]) == 0
    assert "666" not in capsys.readouterr().out


def test_startup_file_that_others_can_write_is_not_read(folder: Path, capsys: Text) -> None:
    startup(folder, "print 666\n").chmod(0o666)
    assert main(["debug", "--batch", "-e", "print 1", "factorial"]) == 0
    said = capsys.readouterr()
    assert "666" not in said.out
    assert "is not read; others can write to it" in said.err


def test_alias_stands_for_a_command_and_its_arguments(capsys: Text) -> None:
    given = ["alias bm = break $fac", "alias show = print", "call fac 3", "bm if $n == 1", "c",
             "show $n + 1", "alias", "unalias bm", "alias"]  # fmt: skip
    words = [word for line in given for word in ("-e", line)]
    assert main(["debug", "--batch", *words, "factorial"]) == 0
    out = capsys.readouterr().out.splitlines()
    at = out.index("> alias")
    assert out[at - 1 :] == [
        "2", "> alias", "alias bm = break $fac", "alias show = print", "> unalias bm", "> alias",
        "alias show = print",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [("a = a", "a is no command"), ("b = a 1", "b is a command already"),
     ("step = next", "step is a command already"), ("stack = next", "stack is a command already"),
     ("a", "not understood"), ("a =", "not understood"), ("1a = step", "no name for a command"),
     ("a = nosuch 3", "nosuch 3 is no command")],
)  # fmt: skip
def test_alias_that_could_recurse_or_hide_a_command_is_refused(
    line: str, why: str, capsys: Text
) -> None:
    assert main(["debug", "--batch", "-e", f"alias {line}", "factorial"]) == 1
    assert why in capsys.readouterr().err


def test_python_script_has_the_session(folder: Path, capsys: Text) -> None:
    (folder / "s.py").write_text(
        "session.call('fac', 4)\nsession.break_at('$fac', '$n == 2')\n"
        "print(session.run().reason.name, session.evaluate('$n'))\n"
    )
    assert main(["debug", "--batch", "-x", "s.py", "-e", "print $n + 40", "factorial"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [out[-3], out[-1]] == ["BREAKPOINT 2", "42"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f():\n    return 1 / 0\nf()\n", "s.py:2: ZeroDivisionError: division by zero"),
        ("x = 1\nsession.step_line(-1)\n", "s.py:2: step_line: a number from 0 on"),
        ("session.break_at('$nosuch')\n", "s.py:1: no function named '$nosuch'"),
        ("x = (\n", "s.py:1: SyntaxError: '(' was never closed"),
    ],
)
def test_error_in_a_python_script_is_shown_at_its_line(
    text: str, said: str, folder: Path, capsys: Text
) -> None:
    (folder / "s.py").write_text(text)
    assert main(["debug", "--batch", "-x", "s.py", "-e", "print 5", "factorial"]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert "wasmlab/debug" not in shown.err
    assert "> print 5" not in shown.out


def test_python_script_may_leave_with_a_status(folder: Path) -> None:
    (folder / "s.py").write_text("import sys\nsys.exit(3)\n")
    assert main(["debug", "--batch", "-x", "s.py", "factorial"]) == 3
