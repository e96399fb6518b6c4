"""Mutated modules in both tiers: ``make attack``.

Bytes of good modules are changed, inserted, moved and removed, and instructions become others that
pop and push the same. What is no module any more is refused with an error of wasmlab's own; what
still is one runs to the same end, in the same state, in the reference and in the native loop.
"""

from __future__ import annotations

import random
import resource
import signal
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attack.tally import Tally
from tests.fuzz.run import arguments, call
from tests.fuzz.written import written
from tests.native.stores import live
from wasmlab.binary.decode import decode, decode_body
from wasmlab.engine.program import ProgramOptions, load_program
from wasmlab.errors import Crash, Trap, WasmlabError
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.isa.index import ROWS
from wasmlab.module import Module, assemble, decode_module
from wasmlab.opening.inputs import load
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.store import FuncInst
from wasmlab.syntax.types import F32, F64, I32, I64, func_type
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.engine.program import Program
    from wasmlab.syntax.row import Row
    from wasmlab.syntax.types import ValType

ROOT = Path(__file__).parents[2]
FILES = (
    "tests/host/programs/files.wasm", "tests/host/programs/stdio.wasm", "samples/c/hello.wasm",
    "samples/cpp/exceptions.wasm", "samples/cpp/exceptions-legacy.wasm",
    "samples/kotlin/shapes.wasm", "samples/echo.wat", "samples/dispatch.wat", "samples/newton.wat",
)  # fmt: skip
WRITTEN = 8
"""Modules of ``tests.fuzz.written`` beside those of files."""
LIMITS = Limits(frames=400, slots=1 << 14, memory=1 << 25, heap=1 << 20)
NUMERIC = {I32, I64, F32, F64}
CALLS = 3
"""Exports of a mutant that are called."""
MOST = 3 << 30
"""Bytes that a process may take."""
PORTION = 50
"""Mutants that a process of the pool makes at a time."""
LONGEST = 300
"""Seconds that a portion may take; more is a hang."""


class Target(NamedTuple):
    """A good module, and the places in it where a byte may stand for another instruction."""

    data: bytes
    places: tuple[tuple[int, bytes], ...]
    """Offsets of one-byte instructions, each with the opcodes of those of the same type."""


@cache
def targets() -> tuple[Target, ...]:
    """Return the modules that are mutated."""
    modules = [load(ROOT / name) for name in FILES]
    modules += [assemble(written(seed)) for seed in range(WRITTEN)]
    return tuple(Target(module.data, _places(module)) for module in modules)


@cache
def _alike() -> dict[tuple[object, object], bytes]:
    """Return the opcodes of one byte and no immediate by what they pop and push."""
    found: dict[tuple[object, object], bytes] = {}
    for row in ROWS:
        if _is_plain(row):
            key = row.params, row.results
            found[key] = found.get(key, b"") + bytes(row.opcode)
    return found


def _is_plain(row: Row) -> bool:
    return len(row.opcode) == 1 and not row.imms and row.params is not None and row.executed


def _places(module: Module) -> tuple[tuple[int, bytes], ...]:
    places: list[tuple[int, bytes]] = []
    for func in module.syntax.funcs:
        for instr in decode_body(module.syntax, func).instrs:
            if _is_plain(instr.row):
                key = instr.row.params, instr.row.results
                places.append((instr.offset, _alike()[key]))
    return tuple(places)


def mutant(seed: int) -> bytes:
    """Return the mutated module of a seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    target = chance.choice(targets())
    data = bytearray(target.data)
    if target.places and chance.random() < 0.6:
        for offset, opcodes in chance.choices(target.places, k=chance.randrange(1, 30)):
            data[offset] = chance.choice(opcodes)
    else:
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            change(data, chance)
    return bytes(data)


def change(data: bytearray, chance: random.Random) -> None:
    """Change a module anywhere after its preamble."""
    at, other = chance.randrange(8, len(data)), chance.randrange(8, len(data))
    match chance.randrange(6):
        case 0 | 1:
            data[at] ^= 1 << chance.randrange(8)
        case 2:
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        case 3:
            del data[at : at + chance.randrange(1, 9)]
        case 4:
            data[at:at] = data[other : other + chance.randrange(1, 40)]
        case _:
            data[at:at] = chance.randbytes(chance.randrange(1, 5))


def attempt(data: bytes, seed: int) -> str:
    """Load a module and run it in both tiers; return what it came to: refused, failed or ran.

    AssertionError if the tiers differ; whatever is no error of wasmlab's own passes through.
    """
    try:
        module = _module(data)
    except Crash:
        raise
    except WasmlabError:
        return "refused"
    began = [_began(module, engine) for engine in ("reference", "native")]
    programs = [one for one in began if not isinstance(one, str)]
    if len(programs) < 2:
        assert began[0] == began[1], began
        return "failed"
    _compare(programs, random.Random(seed))  # noqa: S311 - repeatable
    return "ran"


def _module(data: bytes) -> Module:
    """Return a module; one of two has bodies that are first checked when they are needed."""
    if sum(data) % 2:
        return decode_module(data, "mutant")
    module = Module(decode(data))
    validate_module(module.syntax, bodies=False)
    return module


def _began(module: Module, engine: str) -> Program | str:
    try:
        return load_program(module, Wasi(), ProgramOptions(engine=engine, limits=LIMITS))
    except Crash:
        raise
    except WasmlabError as error:
        return f"{type(error).__name__}: {error}"


def _compare(programs: Sequence[Program], chance: random.Random) -> None:
    exports = programs[0].instance.exports
    names = [n for n, e in exports.items() if isinstance(e, FuncInst) and _takes_numbers(e)]
    for name in names[:CALLS]:
        export = exports[name]
        assert isinstance(export, FuncInst)
        args = arguments(chance, func_type(export.type).params)
        first, second = (_outcome(program, name, args) for program in programs)
        assert first == second, f"{name}{args}: {first}, native {second}"
        states = [live(program.store) for program in programs]
        assert states[0] == states[1], f"{name}{args}: {first}, in another state"
        for program in programs:
            program.store.agent.depth = 0


def _takes_numbers(func: FuncInst) -> bool:
    params: tuple[ValType, ...] = func_type(func.type).params
    return NUMERIC.issuperset(params)


def _outcome(program: Program, name: str, args: Sequence[int]) -> object:
    try:
        return call(program, name, args)
    except Crash:
        raise
    except Trap as trap:
        return f"{trap.code.name} at {trap.offset}"
    except WasmlabError as error:
        return f"{type(error).__name__}: {error}"


def portion(first: int) -> Counter[str]:
    """Try some seeds; return how many came to what. AssertionError names the seed that failed."""
    signal.alarm(LONGEST)
    found = Counter[str]()
    for seed in range(first, first + PORTION):
        try:
            found[attempt(mutant(seed), seed)] += 1
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < MOST >> 10, f"seed {seed}"
    signal.alarm(0)
    return found


def attack(seconds: float, seed: int, _folder: Path) -> list[Tally]:
    """Try mutants in processes that may die; return what was tried."""
    end, found, first = time.monotonic() + seconds, Counter[str](), seed
    with ProcessPoolExecutor(2) as pool:
        while not found or time.monotonic() < end:
            firsts = range(first, first + 8 * PORTION, PORTION)
            for one in pool.map(portion, firsts):
                found += one
            first = firsts.stop
    return [
        Tally(
            "mutated modules", found.total(), "refused or run; no crash, no hang, memory bounded"
        ),
        Tally("of these run in both tiers", found["ran"], "the same results, traps and state"),
    ]
