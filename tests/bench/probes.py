"""Measures what breakpoints, watchpoints, counting and tracing cost in the loop: ``make bench``.

Each kernel runs in turns plain and with one of these; the least processor time of a few rounds
counts. The condition sits on the instruction that is executed most often and never holds; the
memory watchpoint is on bytes that are never written. Then: how long a running program takes to heed
a request to pause.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from math import prod
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.native import HERE, KERNELS, ROUNDS, Kernel
from wasmlab.debug.stops.breakpoints import Breakpoints, remove
from wasmlab.debug.stops.setting import add, add_watch
from wasmlab.debug.stops.stop_point import StopTerms
from wasmlab.debug.views.target import Target
from wasmlab.engine.program import ProgramOptions, add_call, begin_next, call_export, load_program
from wasmlab.engine.slices import FOREVER, run_slices
from wasmlab.engine.work import Work
from wasmlab.errors import Interrupted
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.observe import observed
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.opening.inputs import load
from wasmlab.records import NamedTuple
from wasmlab.runtime.observer import Observer
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.engine.program import Program

ROOM = 1 << 16
PAUSES = 20
PAUSED_AFTER = 0.03
CONDITION = "local[0] == -123456789"


class Cost(NamedTuple):
    """Something that costs time: what sets it up for a while, and how much slower it may be."""

    name: str
    begin: Callable[[ExitStack, Target], None]
    goal: float | None = None
    """Times as slow as without it."""


def condition(stack: ExitStack, target: Target) -> None:
    """Set a breakpoint that is never reached, and one with a condition that never holds."""
    points = Breakpoints()
    for where, text in ((busiest(target), CONDITION), (unused(target), "")):
        point = add(target, points, where, StopTerms(text))
        stack.callback(remove, target, points, point.number)


def watch(access: str) -> Callable[[ExitStack, Target], None]:
    """Return what watches the last bytes of memory, which no kernel touches."""

    def begin(stack: ExitStack, target: Target) -> None:
        mems, points = target.program.instance.mems, Breakpoints()
        text = f"memory[{mems[0].size - 4}:{mems[0].size}]"
        point, _ = add_watch(target, points, text, access)
        stack.callback(remove, target, points, point.number)

    return begin


def observe(room: int) -> Callable[[ExitStack, Target], None]:
    """Return what counts instructions, or keeps step records that are not read."""

    def begin(stack: ExitStack, target: Target) -> None:
        stack.enter_context(observed(target.store, Observer(room)))

    return begin


COSTS = (
    Cost("condition", condition, 1.1),
    Cost("watch", watch("w"), 1.5),
    Cost("rw watch", watch("rw")),
    Cost("counting", observe(0)),
    Cost("tracing", observe(ROOM)),
)


def busiest(target: Target) -> int:
    """Return the offset of the instruction that has been executed most often."""
    counts = HOT[id(target.program)]
    _, addr, pc = max((n, addr, pc) for addr, times in counts.items() for pc, n in enumerate(times))
    return target.store.funcs[addr].bound_code.instrs[pc].offset


def unused(target: Target) -> int:
    """Return the offset of the first instruction of a function that is not called."""
    called = HOT[id(target.program)]
    other = next(func for func in target.store.funcs if func.addr not in called and func.func)
    return code_of(other).instrs[0].offset


HOT: dict[int, dict[int, list[int]]] = {}


def count(program: Program, kernel: Kernel) -> None:
    """Find out what a kernel executes, with small arguments."""
    with observed(program.store, Observer()) as observer:
        call_export(program, kernel.name, *(min(arg, 50) for arg in kernel.args))
    HOT[id(program)] = {addr: times.tolist() for addr, times in observer.counts().items()}


def timed(program: Program, kernel: Kernel) -> tuple[float, int]:
    """Return processor time and instructions of a call; it must not stop on the way."""
    add_call(program, kernel.name, kernel.args)
    begin_next(program)
    begin, before = time.thread_time(), program.store.tick
    status = run_slices(program.store, FOREVER)
    assert status is Status.DONE
    return time.thread_time() - begin, program.store.tick - before


def compare(kernel: Kernel) -> list[float]:
    """Print a line for a kernel; return how many times as long it takes with each cost."""
    program = load_program(load(HERE / kernel.file), Wasi(), ProgramOptions(engine="native"))
    target = Target(program)
    count(program, kernel)
    plain, slower, instructions = float("inf"), [float("inf")] * len(COSTS), 0
    for _ in range(ROUNDS):
        for number, cost in enumerate(COSTS):
            seconds, instructions = timed(program, kernel)
            plain = min(plain, seconds)
            with ExitStack() as stack:
                cost.begin(stack, target)
                slower[number] = min(slower[number], timed(program, kernel)[0])
    ratios = [seconds / plain for seconds in slower]
    print(
        f"{kernel.name:<10} {instructions / plain / 1e6:>6.0f}",
        *(f"{ratio:>7.2f} x" for ratio in ratios),
        f"{instructions / slower[-1] / 1e6:>8.0f}",
    )
    return ratios


def pauses() -> list[float]:
    """Return how many milliseconds an endless loop ran on after each request to pause."""
    kernel = KERNELS[1]
    program = load_program(load(HERE / kernel.file), Wasi(), ProgramOptions(engine="native"))
    found: list[float] = []
    for _ in range(PAUSES):
        add_call(program, kernel.name, (-1,))
        begin_next(program)
        work, requested = Work(), list[float]()

        def request(work: Work = work, requested: list[float] = requested) -> None:
            requested.append(time.perf_counter())
            work.request()

        timer = threading.Timer(PAUSED_AFTER, request)
        timer.start()
        try:
            run_slices(program.store, work=work)
        except Interrupted:
            found.append((time.perf_counter() - requested[0]) * 1e3)
        timer.join()
        program.store.agent.depth = 0
    return found


def main() -> None:
    """Print a line for each kernel, the geometric means, and the pauses."""
    print("kernel     M/s  ", *(f"{cost.name:>9}" for cost in COSTS), " traced M/s")
    ratios = [compare(kernel) for kernel in KERNELS]
    for cost, times in zip(COSTS, zip(*ratios, strict=True), strict=True):
        goal = "" if cost.goal is None else f"; the goal is at most {cost.goal:g} x"
        print(f"{cost.name}: geometric mean {prod(times) ** (1 / len(times)):.2f} x{goal}")
    found = pauses()
    print(f"pause: {median(found):.1f} ms, at most {max(found):.1f} ms; the goal is 10 ms")


if __name__ == "__main__":
    main()
