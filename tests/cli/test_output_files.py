"""No command replaces a file that it read, or that wasmlab did not write, without being told."""

from collections.abc import Callable
from pathlib import Path

import pytest

import wasmlab as wl
from tests.debug.test_not_in_memory import GROWS
from wasmlab.cli.main import main
from wasmlab.debug.commands.table import execute
from wasmlab.debug.recorded_session import open_recording
from wasmlab.errors import UsageError, WouldReplace

OTHER = b"years of work\n"
WRITERS: dict[str, Callable[[str], list[str]]] = {
    "asm": lambda out: ["asm", "a.wat", "-o", out],
    "dis": lambda out: ["dis", "a.wat", "-o", out],
    "export": lambda out: ["export", "a.wat", "--invoke", "run", "-o", out],
    "profile": lambda out: ["run", f"--profile={out}", "a.wat", "--invoke", "run"],
    "record": lambda out: ["run", "--record", out, "a.wat", "--invoke", "run"],
    "save": lambda out: debug("save", out),
    "gcore": lambda out: debug("gcore", out),
}
TOLD = {"save": "save!", "gcore": "generate-core-file!"}


def debug(command: str, out: str) -> list[str]:
    return [
        "debug",
        "--batch",
        "-e",
        "continue",
        "-e",
        f"{command} {out}",
        "a.wat",
        "--invoke",
        "run",
    ]


def forced(writer: str, out: str) -> list[str]:
    if writer in TOLD:
        return debug(TOLD[writer], out)
    command, *words = WRITERS[writer](out)
    return [command, "--force", *words]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "a.wat").write_text(GROWS)
    return folder


def out_of(writer: str) -> str:
    return "out.json" if writer == "profile" else "out"


@pytest.mark.parametrize("writer", WRITERS)
def test_second_run_replaces_what_the_first_one_wrote(writer: str, here: Path) -> None:
    out = out_of(writer)
    for text in (GROWS, GROWS.replace("i32.const 7", "i32.const 8")):
        (here / "a.wat").write_text(text)
        assert main(WRITERS[writer](out)) == 0
    assert sorted(path.name for path in here.iterdir()) == ["a.wat", out]


@pytest.mark.parametrize("writer", WRITERS)
def test_file_of_another_program_is_kept_unless_told(
    writer: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / out_of(writer)
    path.write_bytes(OTHER)
    assert main(WRITERS[writer](path.name)) == (1 if writer in TOLD else 2)
    assert path.read_bytes() == OTHER
    refused = [line for line in capsys.readouterr().err.splitlines() if "stays as it is" in line]
    assert len(refused) == 1
    assert refused[0].endswith(f"; {TOLD.get(writer, '--force')} replaces it")
    assert main(forced(writer, path.name)) == 0
    assert path.read_bytes() != OTHER


@pytest.mark.parametrize("writer", WRITERS)
def test_file_that_wasmlab_wrote_and_another_program_changed_is_kept(
    writer: str, here: Path
) -> None:
    path = here / out_of(writer)
    assert main(WRITERS[writer](path.name)) == 0
    path.write_bytes(OTHER)
    assert main(WRITERS[writer](path.name)) != 0
    assert path.read_bytes() == OTHER


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("link", [Path.hardlink_to, Path.symlink_to])
def test_program_is_not_replaced_by_what_is_made_of_it(
    writer: str, link: Callable[[Path, Path], None], here: Path
) -> None:
    other = here / out_of(writer)
    link(other, here / "a.wat")
    for name in (other.name, f"../here/{other.name}"):
        assert main(WRITERS[writer](name)) != 0
    assert (here / "a.wat").read_text() == GROWS


def test_module_that_wasmlab_made_is_not_replaced_by_what_is_made_of_it(here: Path) -> None:
    assert main(["asm", "a.wat", "-o", "b.wasm"]) == 0
    made = (here / "b.wasm").read_bytes()
    for words in (
        ["dis", "b.wasm", "-o", "b.wasm"],
        ["export", "b.wasm", "--invoke", "run", "-o", "b.wasm"],
        ["export", "a.wat", "--preload", "x=b.wasm", "--invoke", "run", "-o", "b.wasm"],
        ["export", "a.wat", "--stdin", "b.wasm", "--invoke", "run", "-o", "b.wasm"],
        ["debug", "--batch", "-e", "gcore b.wasm", "b.wasm", "--invoke", "run"],
        [
            "debug",
            "--batch",
            "-e",
            "gcore b.wasm",
            "--preload",
            "x=b.wasm",
            "a.wat",
            "--invoke",
            "run",
        ],
    ):
        assert main(words) != 0
        assert (here / "b.wasm").read_bytes() == made


def test_asm_without_a_name_keeps_what_another_compiler_made(here: Path) -> None:
    (here / "a.wasm").write_bytes(OTHER)
    assert main(["asm", "a.wat"]) == 2
    assert (here / "a.wasm").read_bytes() == OTHER


def test_refused_profile_is_refused_before_the_program_runs(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "p.json").write_bytes(OTHER)
    (here / "r.wlab").write_bytes(OTHER)
    assert main(["run", "--profile=p.json", "--record", "n.wlab", "a.wat", "--invoke", "run"]) == 2
    assert capsys.readouterr().out == ""
    assert not (here / "n.wlab").exists()
    assert main(["run", "--record", "r.wlab", "a.wat", "--invoke", "run"]) == 2
    assert capsys.readouterr().out == ""


def test_recording_is_replaced_unless_it_is_the_one_that_is_open(here: Path) -> None:
    path = here / "run.wlab"
    for _ in range(2):
        assert main(["run", "--record", str(path), "a.wat", "--invoke", "run"]) == 0
    recorded = path.read_bytes()
    s = open_recording(path)
    with pytest.raises(WouldReplace, match=r"read here; save! replaces it"):
        execute(s, f"save {path}")
    assert path.read_bytes() == recorded
    execute(s, f"save! {path}")
    assert open_recording(path).recorded == s.recorded


def test_session_saves_over_recordings_only_unless_forced(here: Path) -> None:
    s = wl.Session(wl.load(here / "a.wat"), invoke="run")
    s.run()
    mine = here / "mine.txt"
    mine.write_bytes(OTHER)
    with pytest.raises(WouldReplace, match="force=True"):
        s.save(mine)
    s.save(mine, force=True)
    s.save(mine)
    assert open_recording(mine).recorded == s.recorded


def test_commands_that_write_no_file_take_no_mark(here: Path) -> None:
    s = wl.Session(wl.load(here / "a.wat"), invoke="run")
    for line in ("step!", "stack!", "!", "!!", "no-such!"):
        with pytest.raises(UsageError):
            execute(s, line)
    assert s.tick == 0
    assert any(line.lstrip().startswith("save[!] FILE") for line in execute(s, "help").lines)
    assert execute(s, "help save!").lines == execute(s, "help save").lines


@pytest.mark.parametrize("writer", ["asm", "dis", "export"])
def test_hyphen_is_standard_output_of_what_makes_one_file(
    writer: str, here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(WRITERS[writer]("out")) == 0
    capfdbinary.readouterr()
    assert main(WRITERS[writer]("-")) == 0
    assert capfdbinary.readouterr().out == (here / "out").read_bytes()
    assert not (here / "-").exists()


@pytest.mark.parametrize("writer", ["record", "save", "gcore"])
def test_hyphen_is_no_file_where_output_would_be_mixed(writer: str, here: Path) -> None:
    assert main(WRITERS[writer]("-")) != 0
    assert main(forced(writer, "-")) != 0
    assert not (here / "-").exists()


@pytest.mark.parametrize("writer", WRITERS)
def test_folder_is_no_file_to_write(
    writer: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = out_of(writer)
    for word in (f"{out}/", f"{out}/."):
        assert main(forced(writer, word)) != 0
        assert not (here / out).exists()
    (here / out).mkdir()
    for word in (out, f"{out}/"):
        capsys.readouterr()
        assert main(forced(writer, word)) != 0
        assert "folder" in capsys.readouterr().err
    assert not list((here / out).iterdir())
