"""Whether ``wasm-tools`` judges modules as wasmlab does: ``make agreement``.

Both judge all modules of the official test suite, where it is, and mutants of these and of larger
ones. Each difference is printed with what wasmlab says.

    python -m tests.valid.agreement [MUTANTS [SEED]]
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.attack import modules as attack
from tests.spec.suite import MISSING, script, script_names
from wasmlab.binary.decode import decode
from wasmlab.errors import AssembleError, Crash, WasmlabError
from wasmlab.records import NamedTuple
from wasmlab.script.convert import convert
from wasmlab.valid.judge import tool_status
from wasmlab.valid.module import validate_module

MUTANTS = 2000
_PREAMBLE = 8
PORTION = 50
"""Modules that a process of the pool judges at a time."""


class Verdicts(NamedTuple):
    """What both said of a module."""

    ours: str
    """The error; empty for a valid module."""
    status: int
    """That of the tool."""
    seed: int
    """Seed of the mutant, or the number of the module."""

    @property
    def agree(self) -> bool:
        """Whether both take it, or neither does."""
        return self.status == bool(self.ours)


def judged(data: bytes, seed: int) -> Verdicts:
    """Return what both say of a module."""
    return Verdicts(ours(data), tool_status(data), seed)


def ours(data: bytes) -> str:
    """Return the error for which wasmlab refuses a module; empty for a valid one."""
    try:
        validate_module(decode(data))
    except Crash:
        raise
    except WasmlabError as error:
        return f"{type(error).__name__}: {error}"
    return ""


@cache
def suite_modules() -> tuple[bytes, ...]:
    """Return the different binaries in the official test suite; none if that is not here."""
    found: dict[bytes, None] = {}
    for name in script_names():
        with TemporaryDirectory() as place:
            folder = Path(place)
            try:
                convert(script(name, folder), folder)
            except AssembleError:
                continue
            found.update(dict.fromkeys(path.read_bytes() for path in sorted(folder.glob("*.wasm"))))
    return tuple(found)


def mutant(seed: int, sources: tuple[bytes, ...]) -> bytes:
    """Return the mutant of a seed: of a source, where there are some, or of a larger module."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    if not sources or chance.random() < 0.2:
        return attack.mutant(seed)
    data = bytearray(chance.choice(sources))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if len(data) > _PREAMBLE:
            attack.change(data, chance)
    return bytes(data)


def _judged_mutants(seeds: range, sources: tuple[bytes, ...]) -> list[Verdicts]:
    return [judged(mutant(seed, sources), seed) for seed in seeds]


def _judged_sources(numbers: range, sources: tuple[bytes, ...]) -> list[Verdicts]:
    return [judged(sources[number], number) for number in numbers]


def main() -> int:
    """Print how often both agree; return 1 if they ever differ."""
    words = [int(word) for word in sys.argv[1:]]
    count, seed = [*words, *(MUTANTS, 0)[len(words) :]]
    sources, fine = suite_modules(), True
    if not sources:
        print(f"skipped the suite: {MISSING}")
    for what, judge, numbers in (
        ("modules of the suite", _judged_sources, range(len(sources))),
        ("mutants", _judged_mutants, range(seed, seed + count)),
    ):
        portions = [numbers[at : at + PORTION] for at in range(0, len(numbers), PORTION)]
        tally = Counter[tuple[bool, int]]()
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for found in pool.map(judge, portions, [sources] * len(portions)):
                for verdicts in found:
                    tally[not verdicts.ours, verdicts.status] += 1
                    if not verdicts.agree:
                        fine = False
                        print(f"{what[:-1]}, {verdicts}", flush=True)
        print(f"{sum(tally.values()):,} {what}: {_told(tally)}")
    return 0 if fine else 1


def _told(tally: Counter[tuple[bool, int]]) -> str:
    same = sum(times for (valid, status), times in tally.items() if valid == (status == 0))
    return f"{tally[True, 0]:,} valid to both, {same - tally[True, 0]:,} to neither; {dict(tally)}"


if __name__ == "__main__":
    sys.exit(main())
