"""Measures the reference interpreter against pywasm, side by side: ``make bench``.

Both run the same kernels with the same arguments, in turns, in this process; the best of a few
rounds counts. Results are compared, so that a fast wrong answer is no answer.
"""

from __future__ import annotations

import io
import sys
import time
from importlib import import_module
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wasmlab.engine.program import ProgramOptions, call_export, load_program
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.opening.inputs import load
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.module import Module

KERNELS = Path(__file__).with_name("kernels.wat")
ROUNDS = 3
GOAL = 8.0
"""Times as fast as pywasm that the interpreter is meant to be."""


class Kernel(NamedTuple):
    """An exported function, and arguments that take pywasm some tenths of a second."""

    name: str
    args: tuple[int, ...]


RUNS = (
    Kernel("fib", (14,)),
    Kernel("loop", (6_000,)),
    Kernel("sieve", (4_000,)),
    Kernel("mandel", (16, 24)),
    Kernel("crc", (1_500, 2)),
)


def wasmlab_runner(module: Module) -> Callable[[Kernel], tuple[object, int]]:
    """Return what calls a kernel and returns its result and the instructions it took."""
    program = load_program(module, Wasi(), ProgramOptions(engine="reference"))

    def run(kernel: Kernel) -> tuple[object, int]:
        before = program.store.tick
        result = call_export(program, kernel.name, *kernel.args)
        return result, program.store.tick - before

    return run


def pywasm_runner(data: bytes) -> Callable[[Kernel], object]:
    """Return what calls a kernel in pywasm."""
    pywasm: Any = import_module("pywasm")  # it has no types
    runtime = pywasm.Runtime()
    instance = runtime.instance(pywasm.ModuleDesc.from_reader(io.BytesIO(data)))
    return lambda kernel: runtime.invocate(instance, kernel.name, list(kernel.args))[0]


def timed(call: Callable[[Kernel], Any], kernel: Kernel) -> tuple[float, Any]:
    """Return seconds and result of a call."""
    start = time.perf_counter()
    result = call(kernel)
    return time.perf_counter() - start, result


def measure(
    kernel: Kernel, ours: Callable[[Kernel], Any], theirs: Callable[[Kernel], Any]
) -> float:
    """Print a line about a kernel; return how many times as fast as pywasm we are."""
    best_ours = best_theirs = float("inf")
    count = 0
    for _ in range(ROUNDS):
        seconds, (result, count) = timed(ours, kernel)
        best_ours = min(best_ours, seconds)
        seconds, expected = timed(theirs, kernel)
        best_theirs = min(best_theirs, seconds)
        if result != expected:
            sys.exit(f"{kernel.name}: wasmlab says {result}, pywasm {expected}")
    ratio = best_theirs / best_ours
    speeds = (count / seconds / 1e6 for seconds in (best_ours, best_theirs))
    print(f"{kernel.name:<8} {count:>9,}", *(f"{s:>8.2f}" for s in speeds), f"{ratio:>7.1f} x")
    return ratio


def main() -> None:
    """Print a line for each kernel, and the geometric mean of the ratios."""
    module = load(KERNELS)
    ours, theirs = wasmlab_runner(module), pywasm_runner(module.data)
    print("kernel    instrs.  million instructions a second")
    print("                    wasmlab   pywasm   ratio")
    ratios = [measure(kernel, ours, theirs) for kernel in RUNS]
    mean = prod(ratios) ** (1 / len(ratios))
    print(f"geometric mean {mean:.1f} x; the goal is {GOAL:g} x on every kernel")


if __name__ == "__main__":
    main()
