"""Measures what recording costs, and how fast one goes back: ``make bench``.

Ratios are of processor time in this process, runs with and without taken in turns; times to go back
are as a clock shows them. The medians count.
"""

from __future__ import annotations

import gc
import sys
import time
from functools import partial
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.session import Session
from wasmlab.engine.program import ProgramOptions, add_call, begin_next, load_program
from wasmlab.engine.recording.default_limit import DEFAULT_LIMIT
from wasmlab.engine.slices import run_slices
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.opening.inputs import load
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
INSTRUCTIONS = 1_000_000_000
ROUNDS = 3
JUMPS = 40
BIG = {"scatter", "sweep"}
"""Kernels with a working set of 80 MB."""


class Kernel(NamedTuple):
    """An exported function, called again and again until enough instructions have run."""

    file: str
    name: str
    args: tuple[int, ...]


KERNELS = (
    Kernel("kernels.wat", "fib", (40,)),
    Kernel("kernels.wat", "loop", (2_000_000_000,)),
    Kernel("kernels.wat", "sieve", (5_000_000,)),
    Kernel("kernels.wat", "mandel", (1000, 200)),
    Kernel("kernels.wat", "crc", (65_536, 100_000)),
    Kernel("programs.wat", "sort", (150_000,)),
    Kernel("programs.wat", "dispatch", (100_000_000,)),
    Kernel("programs.wat", "hash", (100_000_000,)),
    Kernel("writes.wat", "scatter", (100_000_000,)),
    Kernel("writes.wat", "sweep", (100,)),
)
CALLS = 50_000
"""Host calls of a loop."""
PYTHON = {"env": {"python": int.bit_length}}
NEAR, FAR = 2048, 1 << 20
"""Where ``once`` goes on writing: in the page of the byte that is asked for, and elsewhere."""


def plain(kernel: Kernel) -> float:
    """Return how many seconds a kernel takes without recording."""
    program = load_program(load(HERE / kernel.file), Wasi(), ProgramOptions(engine="native"))
    start = time.process_time()
    while program.store.tick < INSTRUCTIONS:
        if not program.store.agent.depth:
            add_call(program, kernel.name, kernel.args)
            begin_next(program)
        run_slices(program.store, INSTRUCTIONS)
    return time.process_time() - start


def recorded(kernel: Kernel) -> tuple[float, Session]:
    """Return how many seconds a kernel takes in a session, and the session."""
    session = Session(load(HERE / kernel.file), engine="native")
    return timed(lambda: advance(session, kernel, INSTRUCTIONS)), session


def advance(session: Session, kernel: Kernel, tick: int) -> None:
    """Run to a tick."""
    while session.tick < tick:
        if session.location is None:
            session.call(kernel.name, *kernel.args)
        session.step(tick - session.tick)


def timed(act: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return how many seconds something takes."""
    start = clock()
    act()
    return clock() - start


def row(name: str, figures: Sequence[str]) -> None:
    """Print a line."""
    print(f"{name:<14}", *(f"{figure:>9}" for figure in figures), flush=True)


def measure(kernel: Kernel) -> None:
    """Print a line about a kernel."""
    plains, ratios, session = list[float](), list[float](), None
    for _ in range(ROUNDS):
        session = None  # its pages are given back before the next round
        plains.append(plain(kernel))
        seconds, session = recorded(kernel)
        ratios.append(seconds / plains[-1])
    assert session is not None
    timeline = session.control.timeline
    held = f"{timeline.cost / 1e6:.0f}", f"{len(timeline.snapshots)}"
    clock = time.perf_counter
    backs = [timed(session.step_back, clock) * 1e3 for _ in range(JUMPS)]
    jumps = [timed(partial(session.goto, tick), clock) * 1e3 for tick in scattered(JUMPS)]
    session.goto(INSTRUCTIONS)
    session.break_at(next(name for name, _ in session.entries if name != kernel.name))
    reverse = timed(session.reverse_run) / median(plains)
    row(kernel.name, (
        f"{median(plains):.2f}", f"{median(ratios):.2f}", *held, f"{median(backs):.1f}",
        f"{quantiles(backs, n=100)[-1]:.1f}", f"{median(jumps):.1f}", f"{reverse:.2f}",
    ))  # fmt: skip


def scattered(count: int) -> list[int]:
    """Return ticks all over the history, in no order, the same every time."""
    golden = (5**0.5 - 1) / 2
    return [int(INSTRUCTIONS * (i * golden % 1)) for i in range(1, count + 1)]


def measure_provenance(name: str, hot: int) -> None:
    """Print how long it takes to find who wrote a byte half the history ago."""
    kernel = Kernel("writes.wat", "once", (INSTRUCTIONS // 16, hot))
    session = Session(load(HERE / kernel.file), engine="native")
    advance(session, kernel, INSTRUCTIONS // 2)
    forward = timed(lambda: advance(session, kernel, INSTRUCTIONS))
    seconds = timed(partial(session.who_wrote, 1000))
    row(name, (f"{forward:.2f}", f"{seconds:.2f}", f"{seconds / forward:.2f}"))


def measure_calls(name: str) -> None:
    """Print what recording adds to a loop of host calls, and how long such a file takes to open."""
    module, stdin = load(HERE / "calls.wat"), bytes(CALLS)
    plains, recordings, session = list[float](), list[float](), None
    for _ in range(ROUNDS):
        options = ProgramOptions(engine="native", imports=PYTHON)
        program = load_program(module, Wasi(stdin=stdin), options)
        add_call(program, name, (CALLS,))
        begin_next(program)
        plains.append(timed(partial(run_slices, program.store)))
        session = Session(module, engine="native", stdin=stdin, imports=PYTHON)
        session.call(name, CALLS)
        gc.collect()  # what is left of the round before
        recordings.append(timed(session.run))
    assert session is not None
    with TemporaryDirectory() as folder:
        path = Path(folder) / "calls.wlab"
        session.save(path)
        opening = timed(partial(open_recording, path))
    cost = session.control.timeline.cost
    plain, with_recording = median(plains), median(recordings)
    row(name, (
        f"{plain / CALLS * 1e6:.1f}", f"{with_recording / CALLS * 1e6:.1f}",
        f"{with_recording / plain:.2f}", f"{cost / CALLS:.0f}", f"{opening / CALLS * 1e6:.1f}",
    ))  # fmt: skip


def main() -> None:
    """Print a line for each kernel, or for those that were named."""
    wanted = sys.argv[1:]
    print(f"to {INSTRUCTIONS:,} instructions, at most {DEFAULT_LIMIT >> 20} MiB; goals: recording")
    print("<= 1.2 (80 MB: 1.5), back <= 20 ms (p99 60), goto <= 60 ms, reverse-run <= 2")
    row("kernel", ("seconds", "recording", "MB", "snapshots", "back ms", "p99", "goto ms",
                   "reverse"))  # fmt: skip
    for kernel in KERNELS:
        if not wanted or kernel.name in wanted:
            measure(kernel)
    print("who wrote a byte half the history ago; the goal is 1.5 times the run since then")
    row("writes", ("run", "who_wrote", "ratio"))
    for name, hot in (("elsewhere", FAR), ("same page", NEAR)):
        if not wanted or name.split()[0] in wanted:
            measure_provenance(name, hot)
    print("a loop of host calls, microseconds and bytes for each; the goals are 1.2 and 20")
    row("calls", ("plain", "recorded", "ratio", "bytes", "opening"))
    for name in ("fd_write", "fd_read", "clock_time_get", "python"):
        if not wanted or name in wanted:
            measure_calls(name)
    print(f"the process took {getrusage(RUSAGE_SELF).ru_maxrss >> 10} MiB at most")


if __name__ == "__main__":
    main()
