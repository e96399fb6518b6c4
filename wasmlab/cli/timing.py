"""How long the stages of a run take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wasmlab.binary.decode import decode
from wasmlab.cli.terminal import complain
from wasmlab.counted import counted
from wasmlab.module import CHECKED_UP_TO
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from wasmlab.module import Module


class Timing:
    """A stopwatch, begun when it is made."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._stages: list[tuple[str, float]] = []
        self._module: Module | None = None
        self._started: float | None = None
        self._first_output: float | None = None

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Time the statements inside."""
        begin = time.perf_counter()
        yield
        self._stages.append((name, time.perf_counter() - begin))

    def loaded(self, module: Module) -> None:
        """Note that the module has been read, decoded and checked."""
        self._stages.append(("read", time.perf_counter() - self._begin))
        self._module = module

    def starts(self) -> None:
        """Note that the first instruction is next."""
        self._started = time.perf_counter()

    def on_output(self) -> None:
        """Note the first output."""
        if self._first_output is None:
            self._first_output = time.perf_counter()

    def report(self, ticks: int) -> None:
        """Print the stages and how fast the program ran, on standard error."""
        end = time.perf_counter()
        for name, seconds in self._parts():
            complain(f"{name:<18} {_milliseconds(seconds)}")
        if self._started is None:
            return
        complain(f"{'first instruction':<18} {_milliseconds(self._started - self._begin)}")
        if self._first_output is not None:
            complain(f"{'first output':<18} {_milliseconds(self._first_output - self._begin)}")
        seconds = end - self._started
        rate = f", {ticks / seconds / 1e6:.1f} million a second" if seconds > 0 else ""
        complain(f"{'run':<18} {_milliseconds(seconds)}   {counted(ticks, 'instruction')}{rate}")

    def _parts(self) -> Iterator[tuple[str, float]]:
        """Yield the stages; decoding and validation are done once more to time them apart."""
        stages = dict(self._stages)
        if self._module is not None:
            syntax = self._module.syntax
            decoding = _seconds(lambda: decode(syntax.data))
            eager = len(syntax.data) <= CHECKED_UP_TO
            validation = _seconds(lambda: validate_module(syntax, bodies=eager))
            yield "read", max(stages.pop("read") - decoding - validation, 0.0)
            yield "decode", decoding
            yield "validate", validation
        yield from stages.items()


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:9.2f} ms"
