"""Programs made by clang and rustc, run by the engine on every kind of volume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wasmlab.engine.program import ProgramOptions, begin_next, load_program
from wasmlab.engine.slices import run_slices
from wasmlab.errors import ProcExit
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.strace import decode
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.opening.inputs import load

if TYPE_CHECKING:
    from wasmlab.host.wasi.fs.mount import Mode
    from wasmlab.runtime.host import RawHostCall

PROGRAMS = Path(__file__).parent / "programs"


def run(name: str, wasi: Wasi) -> tuple[int, list[str]]:
    """Run a program to its end; return its exit code and its calls as strace shows them."""
    program = load_program(load(PROGRAMS / f"{name}.wasm"), wasi, ProgramOptions())
    calls: list[str] = []

    def take(call: RawHostCall) -> None:
        decoded = decode(call, wasi.fd_name)
        calls.append(decoded.text if decoded else "")

    program.host_calls.listeners.append(take)
    assert begin_next(program)
    with pytest.raises(ProcExit) as caught:
        run_slices(program.store)
    return caught.value.code, calls


@pytest.mark.parametrize("mode", ["memory", "overlay", "real"])
@pytest.mark.parametrize(("name", "code"), [("stdio", 42), ("files", 7)])
def test_program_prints_what_it_should(tmp_path: Path, mode: Mode, name: str, code: int) -> None:
    directory = Dir() if mode == "memory" else Dir(tmp_path, mode=mode)
    with Wasi(
        args=[name, "last"],
        env={"GREETING": "hi"},
        dirs={"/": directory},
        stdin=b"some input\n",
        terminals=(),
    ) as wasi:
        exit_code, calls = run(name, wasi)
        assert wasi.printed(1).decode() == (PROGRAMS / f"{name}.txt").read_text()
        assert wasi.printed(2) == b"to stderr\n"
        assert wasi.diff() in ({"/": []}, {})
    assert exit_code == code
    assert list(tmp_path.iterdir()) == []
    assert calls[-1] == f"proc_exit(rval={code})"
    assert r"""fd_write(fd=2 <stderr>, iovs=[{""" in "".join(calls)


def test_two_runs_make_the_same_calls() -> None:
    def calls() -> list[str]:
        given = {"args": ["files", "last"], "env": {"GREETING": "hi"}}
        with Wasi(**given, dirs={"/": Dir()}, seed=5) as wasi:  # pyright: ignore[reportArgumentType] - by keyword
            return run("files", wasi)[1]

    assert calls() == calls()
