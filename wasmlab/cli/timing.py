"""How long the stages of a run take, from the start of the process on."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager

from wasmlab.cli.terminal import complain
from wasmlab.counted import counted
from wasmlab.hints import TYPE_CHECKING
from wasmlab.laps import lap, laps_noted

if TYPE_CHECKING:
    from collections.abc import Generator


class Timing:
    """The stages up to the first instruction, one after the other, and what came after."""

    def __init__(self) -> None:
        self._laps: list[tuple[str, float]] = []
        self._began = time.perf_counter() - _age()
        self._first_output: float | None = None

    @contextmanager
    def noting(self) -> Generator[None]:
        """Note the stages that end inside; all before this is the first."""
        with laps_noted(self._laps):
            lap("imports")
            yield

    def on_output(self) -> None:
        """Note the first output."""
        if self._first_output is None:
            self._first_output = time.perf_counter()

    def report(self, ticks: int) -> None:
        """Print the stages and how fast the program ran, on standard error."""
        end, started = time.perf_counter(), self._laps[-1][1]
        for name, seconds in self._stages().items():
            _tell(name, seconds)
        _tell("first instruction", started - self._began)
        if self._first_output is not None:
            _tell("first output", self._first_output - self._began)
        seconds = end - started
        rate = f", {ticks / seconds / 1e6:.1f} million a second" if seconds > 0 else ""
        _tell("run", seconds, f"   {counted(ticks, 'instruction')}{rate}")

    def _stages(self) -> dict[str, float]:
        """Return what each stage took; one that came several times, such as reading, in all."""
        stages: dict[str, float] = {}
        before = self._began
        for name, ended in self._laps:
            stages[name] = stages.get(name, 0.0) + ended - before
            before = ended
        return stages


def _tell(name: str, seconds: float, more: str = "") -> None:
    complain(f"{name:<18} {seconds * 1000:9.2f} ms{more}")


def _age() -> float:
    """Return how long ago the process began: as Linux says, else the CPU time that it has taken.

    Linux counts in steps of 10 ms; it is not less than the CPU time either.
    """
    took = time.process_time()
    try:
        with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 - pathlib takes longer
            began = int(file.read().rpartition(b")")[2].split()[_START_TIME])
        ticks = os.sysconf("SC_CLK_TCK")
        return max(time.clock_gettime(time.CLOCK_BOOTTIME) - (began + 1) / ticks, took)
    except (OSError, AttributeError, ValueError, IndexError):
        return took


_START_TIME = 19
"""Place in ``/proc/self/stat`` after the name, in ticks since the system began."""
