"""Measures how much a start costs beside what it is compared with: ``make bench``.

Usage: python -m tests.bench.start [ROUNDS]. Whole processes, their CPU time with that of their
children; all in turns, and the median of the ratios of each turn counts. Bytecode and the compiled
loop are there; a second start also finds what the first one kept.
"""

from __future__ import annotations

import os
import shlex
import statistics
import sys
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.bench.program import ARGUMENTS, find
from tests.readme import markdown, write_table
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
KERNELS = ("digest", "planets", "sort", "table")
ROUNDS = 7
HEAD = ["what is started", "CPU ms", "beside", "takes", "at most", "memory"]
MEMORY = 1.3
"""How many times wasmtime's peak of memory a run may take."""
WASMLAB = "import sys; from wasmlab.__main__ import main; sys.exit(main())"
WASMTIME = """import sys, wasmtime
config, wasi = wasmtime.Config(), wasmtime.WasiConfig()
if {cache}:
    config.cache = True
wasi.argv = sys.argv[1:]
wasi.inherit_stdout()
engine = wasmtime.Engine(config)
with open(sys.argv[1], "rb") as file:
    data = file.read()
module = wasmtime.Module(engine, data if data.startswith(b"\\0asm") else data.decode())
store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
store.set_wasi(wasi)
linker.define_wasi()
try:
    linker.instantiate(store, module).exports(store)["_start"](store)
except wasmtime.ExitTrap:
    pass"""
WASMTIME_CACHED, WASMTIME_UNCACHED = WASMTIME.format(cache=True), WASMTIME.format(cache=False)
TEXTUAL = """from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("picture")
Bare().run()"""
STEP = "import sys, wasmlab; wasmlab.Session(wasmlab.load(sys.argv[1])).step()"


class Start(NamedTuple):
    """A process to measure."""

    name: str
    program: str
    """Python's."""
    words: tuple[str, ...] = ()
    shown: str = ""
    """Text on the terminal with which it counts as started; empty if it is to end."""
    first: bool = False
    """Nothing was kept before but the loop."""


class Row(NamedTuple):
    """A start, what it is compared with, and how many times as much it may take."""

    start: Start
    beside: Start
    most: float
    memory: bool = False
    """Whether the peaks of memory are compared too."""


class Spent(NamedTuple):
    """What a process took."""

    seconds: float
    kilobytes: int
    """Largest resident set; 0 if it was not measured."""


def rows(folder: Path) -> Iterator[Row]:
    """Yield what is measured, of programs in a folder: as samples, their headers would be read."""
    nothing = Start("`python -c pass`", "pass")
    hello, c_hello = (
        str(copyfile(SAMPLES / name, folder / Path(name).name))
        for name in ("hello.wat", "c/hello.wasm")
    )
    runs = {name: str(HERE / "kernels" / f"{name}.wasm") for name in KERNELS}
    for name, file in {"hello.wat": hello, "hello.wasm": c_hello, **runs}.items():
        run = wasmlab(f"run {name}", "run", file)
        peer = Start("wasmtime", WASMTIME_UNCACHED, (file,))
        yield Row(run, peer, 1.5 if name in runs else 1.0, memory=True)
        if file == c_hello:
            yield Row(run, nothing, 4.0)
        yield Row(run._replace(name=f"{run.name}, first start", first=True), run, 3.5)
    for words, most in {
        ("--version",): 3.0, ("--help",): 3.0, ("validate", c_hello): 3.0,
        ("explain", "nop"): 4.5, ("inspect", c_hello): 4.5,
    }.items():  # fmt: skip
        yield Row(wasmlab(" ".join(Path(word).name for word in words), *words), nothing, most)
    yield Row(Start("`import wasmlab`", "import wasmlab"), nothing, 1.5)
    yield Row(Start("first step of a `Session`", STEP, (hello,)), nothing, 6.0)
    bare = Start("a bare Textual app", TEXTUAL, shown="picture")
    yield Row(picture("hello.wat", hello), bare, 1.8)
    yield Row(picture("hello.wasm", c_hello), bare, 2.0)
    python = find()
    if python is not None:
        yield from _cpython(str(python), bare)


def _cpython(file: str, bare: Start) -> Iterator[Row]:
    words = (file, *ARGUMENTS)
    run = wasmlab("CPython's print(1)", "run", file, "--", *ARGUMENTS)
    cached = Start("wasmtime, cached", WASMTIME_CACHED, words)
    yield Row(run, cached, 2.5, memory=True)
    cold = run._replace(name="the same, first start", first=True)
    yield Row(cold, Start("wasmtime, uncached", WASMTIME_UNCACHED, words), 1.0)
    yield Row(picture("CPython, 26 MB", file), bare, 3.0)


def wasmlab(name: str, *words: str) -> Start:
    """Return a start of the command line."""
    return Start(f"`{name}`" if "'" not in name else name, WASMLAB, words)


def picture(name: str, file: str) -> Start:
    """Return a start of the lab, up to its first picture."""
    return Start(f"first picture of {name}", WASMLAB, (file,), shown="step 0")


class Measuring:
    """Starts processes with a cache of their own, or one that holds the compiled loop alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fresh = 0
        lisp = str(HERE / "lisp.wasm")
        self._spend(wasmlab("", "run", "--engine", "native", "--invoke", "lisp", lisp, "1"), "loop")
        self._spend(Start("", STEP, (str(SAMPLES / "echo.wat"),)), "loop")
        copytree(folder / "loop", folder / "kept")

    def spend(self, start: Start) -> Spent:
        """Carry out a start and return what it took."""
        if not start.first:
            return self._spend(start, "kept")
        self._fresh += 1
        name = f"fresh{self._fresh}"
        copytree(self._folder / "loop", self._folder / name)
        return self._spend(start, name)

    def _spend(self, start: Start, cache: str) -> Spent:
        places = {f"XDG_{name}_HOME": str(self._folder / name) for name in ("STATE", "CONFIG")}
        environment = {**os.environ, **places, "XDG_CACHE_HOME": str(self._folder / cache)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", start.program, *start.words]
        return _shown(start, command, environment) if start.shown else _ended(command, environment)


def _ended(command: list[str], environment: dict[str, str]) -> Spent:
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
    child = os.posix_spawn(command[0], command, environment, file_actions=nowhere)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{shlex.join(command)} failed: {os.waitstatus_to_exitcode(status)}")
    return Spent(used.ru_utime + used.ru_stime, used.ru_maxrss)


def _shown(start: Start, command: list[str], environment: dict[str, str]) -> Spent:
    """Return what a process took until its terminal shows a text; then it is killed."""
    from tests.bench.first_picture import spent_until  # only where there are terminals

    return Spent(spent_until(start.shown.encode(), command, environment), 0)


def measured(found: list[Row], rounds: int, spend: Callable[[Start], Spent]) -> list[list[Spent]]:
    """Return for each round what the start of each row and then its peer took."""
    starts = list(dict.fromkeys(start for row in found for start in (row.start, row.beside)))
    taken: list[dict[Start, Spent]] = []
    for number in range(rounds + 1):
        turn = {start: spend(start) for start in starts if number or not start.first}
        if number:  # the first round makes what is kept
            taken.append(turn)
    return [[turn[start] for row in found for start in (row.start, row.beside)] for turn in taken]


def line(row: Row, ours: list[Spent], theirs: list[Spent]) -> tuple[list[str], bool]:
    """Return a row of the table, and whether it is as it should be."""
    pairs = list(zip(ours, theirs, strict=True))
    ratio = statistics.median(a.seconds / b.seconds for a, b in pairs)
    peak = statistics.median(a.kilobytes / b.kilobytes for a, b in pairs) if row.memory else 0.0
    taken = statistics.median(a.seconds for a in ours) * 1000
    memory = f"{peak:.2f} x" if row.memory else ""
    cells = [row.start.name, f"{taken:,.0f}", row.beside.name, f"{ratio:.2f} x", f"{row.most:g} x"]
    return [*cells, memory], ratio <= row.most and peak <= MEMORY


def main() -> int:
    """Write the table; return 1 if a start takes more than it should."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else ROUNDS
    with TemporaryDirectory() as folder:
        found = list(rows(Path(folder)))
        taken = measured(found, rounds, Measuring(Path(folder)).spend)
    lines = [
        line(row, [turn[2 * n] for turn in taken], [turn[2 * n + 1] for turn in taken])
        for n, row in enumerate(found)
    ]
    table = markdown([HEAD, *(shown for shown, _ in lines)])
    print("\n".join(table))
    if rounds >= ROUNDS:
        write_table("start", "make bench", table)
    return 0 if all(fine for _, fine in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
