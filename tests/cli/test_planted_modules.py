"""Files in the folder of a program are never run as modules of ours, whatever they are called."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hygiene.tree import PACKAGES, sources
from wasmlab import samples

SCRIPT = shutil.which("wasmlab", path=str(Path(sys.executable).parent))
PLANTED = "open(r'{mark}', 'a').write(__file__)\n"
TASK = '(module (func (export "one") (result i32) (i32.const 1)))'
COMMANDS = (
    ("run", "hello.wat"),
    ("run", "--engine", "native", "--record", "hello.wlab", "hello.wat"),
    ("trace", "hello.wat"),
    ("asm", "hello.wat", "-o", "hello.wasm"),
    ("dis", "hello.wasm"),
    ("validate", "hello.wasm"),
    ("inspect", "hello.wasm"),
    ("explain", "i32.add"),
    ("export", "hello.wat", "-o", "hello.html"),
    ("check", "task.wat", "tests.toml"),
    ("wast", "task.wast"),
    ("debug", "hello.wat"),
    ("debug", "--plain", "hello.wat"),
    ("debug", "--batch", "-e", "continue", "hello.wlab"),
    ("notebook", "--no-open", "1", "lessons"),
)
REFUSED = (("commit", "."),)
"""Nothing to finish is bad usage."""
pytestmark = pytest.mark.skipif(SCRIPT is None, reason="wasmlab is not installed as a program")


def imported_names() -> set[str]:
    """Return the first names of everything that can be imported, of our dependencies too."""
    installed = Path(pytest.__file__).parents[1]
    found = {path.name.partition(".")[0] for path in installed.iterdir()}
    found |= set(sys.stdlib_module_names) | {Path(package).name for package in PACKAGES}
    found |= {path.stem for path in sources(*PACKAGES)}
    return {name for name in found if name.isidentifier()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with programs and a planted module of every name."""
    made = tmp_path / "stranger"
    made.mkdir()
    planted = PLANTED.format(mark=tmp_path / "mark")
    for name in imported_names():
        (made / f"{name}.py").write_text(planted)
    shutil.copy(samples.folder() / "hello.wat", made)
    (made / "task.wat").write_text(TASK)
    (made / "task.wast").write_text(f'{TASK}\n(assert_return (invoke "one") (i32.const 1))')
    (made / "tests.toml").write_text('[[case]]\ncall = "one"\nreturns = [1]\n')
    return made


def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),  # empty: the loop is compiled beside
        "BROWSER": "true",
    }


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *words],
        cwd=folder,
        env=environment(folder.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_planted_modules_would_leave_a_mark(folder: Path) -> None:
    names = ("wasmlab", "textual", "jupyterlab", "json", "llvmlite")
    assert all((folder / f"{name}.py").is_file() for name in names)
    subprocess.run([sys.executable, "-c", "import wasmlab"], cwd=folder, check=True)
    assert "wasmlab.py" in (folder.parent / "mark").read_text()


def test_commands_run_no_planted_module(folder: Path) -> None:
    for words in COMMANDS:
        done = run(folder, *words)
        assert done.returncode == 0, (words, done.stderr)
    for words in REFUSED:
        assert run(folder, *words).returncode == 1, words
    assert not (folder.parent / "mark").exists()


def test_commands_are_all_tried() -> None:
    from wasmlab.cli.commands import COMMANDS as KNOWN  # the tables have one name

    assert {command.name for command in KNOWN} == {
        words[0] for words in (*COMMANDS, *REFUSED, ("serve",))
    }


def test_served_lab_runs_no_planted_module(folder: Path) -> None:
    aiohttp = pytest.importorskip("aiohttp", reason="needs textual-serve")

    async def open_tab(address: str) -> None:
        url = address.replace("http://", "ws://") + "ws"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            async for message in socket:
                if b"step 0" in bytes(message.data):
                    return

    with subprocess.Popen(
        [str(SCRIPT), "serve", "hello.wat"],
        cwd=folder,
        env=environment(folder.parent),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        asyncio.run(asyncio.wait_for(open_tab(server.stdout.readline().split()[-1]), 60))
        server.send_signal(signal.SIGINT)
        server.communicate()
    assert not (folder.parent / "mark").exists()


def test_notebook_server_runs_no_planted_module(folder: Path) -> None:
    pytest.importorskip("jupyterlab", reason="needs jupyterlab")
    config = folder.parent / "config"
    config.mkdir()
    options = {"allow_root": True, "open_browser": False, "port": 0}
    (config / "jupyter_server_config.json").write_text(json.dumps({"ServerApp": options}))
    with subprocess.Popen(
        [str(SCRIPT), "notebook", "1", "lessons"],
        cwd=folder,
        env={**environment(folder.parent), "JUPYTER_CONFIG_DIR": str(config)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        assert server.stderr is not None
        said = ""
        while "http://" not in said:
            line = server.stderr.readline()
            assert line, said
            said += line
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate()
    assert not (folder.parent / "mark").exists()
