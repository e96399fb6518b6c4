"""How time grows with the size of a module, for each thing that it can have many of.

Each row is log10 of the ratio of CPU times for sizes N and 10 N: 1 is linear, 2 a square.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import wasmlab as wl
from tests.growth import DIMENSIONS, text_of
from wasmlab.binary.body import decode_body
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.module import Module

N = 2_000
HIGHEST = 1.2
"""The exponent above which a row is marked."""


def _run(module: Module, engine: str) -> None:
    session = wl.Session(module, engine=engine, invoke="run", stub_imports="zero")
    session.run()


def _step(module: Module) -> None:
    session = wl.Session(module, engine="reference", invoke="run", stub_imports="zero")
    session.step()
    assert session.source.line(1).text
    assert session.frames
    assert session.trail is not None


def _break(module: Module) -> None:
    session = wl.Session(module, engine="reference", invoke="run", stub_imports="zero")
    for func in module.syntax.funcs:
        for instr in decode_body(module.syntax, func).instrs:
            session.break_at(instr.offset)


ACTS: dict[str, Callable[[Module], object]] = {
    "load": lambda module: wl.load(module.data),
    "validate": lambda module: validate_module(module.syntax),
    "dis": lambda module: module.wat(),
    "reference": partial(_run, engine="reference"),
    "native": partial(_run, engine="native"),
    "step": _step,
    "break": _break,
}


def seconds(dimension: str, n: int, act: Callable[[Module], object]) -> float:
    """Return the CPU time of an act on a fresh module."""
    module = wl.assemble(text_of(dimension, n))
    start = time.process_time()
    act(module)
    return time.process_time() - start


def main() -> None:
    """Print a table of exponents."""
    print(f"{'many':10} " + " ".join(f"{name:>11}" for name in ACTS))
    for dimension in DIMENSIONS:
        cells: list[str] = []
        for act in ACTS.values():
            small, large = (seconds(dimension, n, act) for n in (N, 10 * N))
            exponent = math.log10(max(large, 1e-3) / max(small, 1e-3))
            cells.append(f"{exponent:10.2f}{'!' if exponent > HIGHEST else ' '}")
        print(f"{dimension:10} " + " ".join(cells), flush=True)


if __name__ == "__main__":
    main()
