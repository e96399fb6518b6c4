"""Runs random modules in the reference, the native loop and wasmtime: ``make fuzz``.

``wasm-tools smith`` makes one half of the modules, ``written`` the other, all with the exports of
``shape.wat``. Results, traps, ticks and the whole state must be equal in our tiers; results, traps,
memory and globals in wasmtime, which is left out of a module once that ran out of fuel or stack.

    python -m tests.fuzz.run [MODULES [FIRST_SEED]]
"""

from __future__ import annotations

import random
import struct
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import wasmtime

from tests.fuzz.written import has_one_meaning, written
from tests.native.stores import live
from wasmlab.engine.program import ProgramOptions, exported_func, load_program
from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.exec.invocation import begin, results_at
from wasmlab.exec.machine import run
from wasmlab.exec.observe import observed
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.isa.index import ROWS
from wasmlab.module import assemble
from wasmlab.native.encode.body import leave_rules
from wasmlab.native.loop import load_loop
from wasmlab.opening.inputs import load
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import Limits
from wasmlab.runtime.observer import Observer
from wasmlab.runtime.store import Status
from wasmlab.syntax.types import F32, F64, I32, I64, FuncType, ValType
from wasmlab.tools import WASM_TOOLS
from wasmlab.tools import run as run_tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.engine.program import Program
    from wasmlab.module import Module
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import GlobalInst, Store

HERE = Path(__file__).parent
EXPORTS = "abcde"
FUEL = 40_000
CALLS = 3
"""Calls of each export."""
LIMITS = Limits(frames=400, slots=1 << 14, memory=1 << 21)
ENOUGH = 1_000
"""How often every lowered row is to be executed."""
SMITH = (
    "--max-imports=0", "--min-funcs=5", "--max-funcs=9", "--max-instructions=3000",
    "--gc-enabled=false", "--exceptions-enabled=false", "--threads-enabled=false",
    "--relaxed-simd-enabled=false", "--custom-page-sizes-enabled=false",
    "--min-memories=1", "--max-memories=2", "--memory-max-size-required=true",
    "--max-memory32-bytes=655360", "--max-memory64-bytes=655360",
    "--table-max-size-required=true", "--max-table-elements=100", "--allow-start-export=false",
    "--tail-call-enabled=true", "--wide-arithmetic-enabled=true",
)  # fmt: skip
NUMBERS = (0, 1, 2, 7, 31, 64, 255, 65_535, 1 << 31, (1 << 31) - 1, 1 << 63, (1 << 64) - 1)
FLOATS = (0.0, -0.0, 1.0, -1.5, 1e10, -1e300, float("inf"), float("nan"), 2147483648.0)
TRAPS = {
    "UNREACHABLE": TrapCode.UNREACHABLE,
    "MEMORY_OUT_OF_BOUNDS": TrapCode.OUT_OF_BOUNDS_MEMORY,
    "INTEGER_OVERFLOW": TrapCode.INTEGER_OVERFLOW,
    "INTEGER_DIVISION_BY_ZERO": TrapCode.INTEGER_DIVIDE_BY_ZERO,
    "BAD_CONVERSION_TO_INTEGER": TrapCode.INVALID_CONVERSION_TO_INTEGER,
    "INDIRECT_CALL_TO_NULL": TrapCode.UNINITIALIZED_ELEMENT,
    "BAD_SIGNATURE": TrapCode.INDIRECT_CALL_TYPE_MISMATCH,
}
"""Others have one name here and several there; that both trapped is enough."""

_FORMATS: dict[ValType, struct.Struct] = {F32: struct.Struct("<f"), F64: struct.Struct("<d")}

Outcome = tuple[int, ...] | str


class Tried(NamedTuple):
    """What a seed came to."""

    seed: int
    instructions: int
    difference: str
    rows: Counter[str]


def module_of(seed: int, folder: Path) -> Module:
    """Return the module of a seed."""
    return assemble(written(seed // 2)) if seed % 2 else smith(seed // 2, folder)


def smith(seed: int, folder: Path) -> Module:
    """Return a random module; every other one never traps, so that it gets further."""
    source, made = folder / "seed", folder / "module.wasm"
    source.write_bytes(random.Random(seed).randbytes(1 << 15))  # noqa: S311 - repeatable
    disallow = f"--disallow-traps={'true' if seed % 2 else 'false'}"
    shape = folder / "shape.wasm"
    shape.write_bytes(load(HERE / "shape.wat").data)
    exports = f"--exports={shape}"
    args = ("smith", exports, *SMITH, disallow, "-o", str(made), str(source))
    said = run_tool(WASM_TOOLS, args, folder)
    if not said.ok:
        sys.exit(said.messages)
    return load(made)


def arguments(rng: random.Random, params: Sequence[ValType]) -> list[int]:
    """Return bit patterns, remarkable ones half of the time."""
    bits: list[int] = []
    for t in params:
        if t is F32 or t is F64:
            value = rng.choice(FLOATS) if rng.random() < 0.5 else rng.uniform(-1e9, 1e9)
            value = max(-3e38, min(value, 3e38)) if t is F32 and abs(value) < 1e301 else value
            bits.append(int.from_bytes(_FORMATS[t].pack(value), "little"))
        else:
            width = 32 if t is I32 else 64
            value = rng.choice(NUMBERS) if rng.random() < 0.5 else rng.getrandbits(width)
            bits.append(value & (1 << width) - 1)
    return bits


def call(program: Program, name: str, args: Sequence[int]) -> Outcome:
    """Call an export in the program's tier."""
    store, func = program.store, exported_func(program, name)
    try:
        at = begin(store, func, args)
        if (store.tier or run)(store, store.tick + FUEL) is Status.FUEL:
            return "fuel"
        return tuple(results_at(store, func, at))
    except Exhaustion as trap:
        return f"exhausted: {trap}"
    except Trap as trap:
        return f"{trap.code.name} at {trap.offset}"


class Peer:
    """A module in wasmtime, to compare with."""

    def __init__(self, data: bytes) -> None:
        config = wasmtime.Config()
        config.cranelift_nan_canonicalization = True
        config.wasm_multi_memory = True
        config.wasm_memory64 = True
        config.wasm_tail_call = True
        config.wasm_wide_arithmetic = True
        self.store = wasmtime.Store(wasmtime.Engine(config))
        module = wasmtime.Module(self.store.engine, data)
        self.exports: Any = wasmtime.Instance(self.store, module, []).exports(self.store)

    def call(self, name: str, types: FuncType, args: Sequence[int]) -> Outcome:
        """Call an export; results as bit patterns, a trap as its name."""
        values = [_value(t, bits) for t, bits in zip(types.params, args, strict=True)]
        try:
            found = self.exports[name](self.store, *values)
        except wasmtime.Trap as trap:
            code = TRAPS.get(cast("wasmtime.TrapCode", trap.trap_code).name)
            return code.name if code else "trap"
        several = cast("list[Any]", found if isinstance(found, list) else [found])
        return tuple(_bits(t, v) for t, v in zip(types.results, several, strict=True))

    def state(self) -> tuple[object, ...]:
        """Return memory and globals."""
        memory: Any = self.exports["memory"]
        values = (self.exports["g0"].value(self.store), self.exports["g1"].value(self.store))
        size = memory.data_len(self.store)
        return memory.read(self.store, 0, size), _bits(I64, values[0]), _bits(I32, values[1])


def _value(t: ValType, bits: int) -> float:
    if t is F32 or t is F64:
        form = _FORMATS[t]
        return form.unpack(bits.to_bytes(form.size, "little"))[0]
    width = 32 if t is I32 else 64
    return bits - (1 << width) if bits >> width - 1 else bits


def _bits(t: ValType, value: float) -> int:
    if t is F32 or t is F64:
        return int.from_bytes(_FORMATS[t].pack(value), "little")
    return int(value) & (1 << (32 if t is I32 else 64)) - 1


def agree(ours: Outcome, theirs: Outcome) -> bool:
    """Tell whether outcomes are the same, as far as names of traps allow."""
    if isinstance(ours, str) and isinstance(theirs, str):
        name = ours.partition(" ")[0]
        return theirs in {"trap", name}
    return ours == theirs


def peer_state(program: Program) -> tuple[object, ...]:
    """Return what ``Peer.state`` returns, of our own program."""
    exports, cells = program.instance.exports, program.store.global_slots
    memory = cast("Memory", exports["memory"])
    values = [cells[cast("GlobalInst", exports[name]).slot] for name in ("g0", "g1")]
    return memory.read(0, memory.size), *values


def difference(module: Module, seed: int, *, peers: bool, rows: Counter[str]) -> tuple[int, str]:
    """Return instructions executed, and the first difference between the tiers if there is one.

    ``rows`` gets what the loop executed; a third run counts that, and must come to the same.
    """
    try:
        engines = [
            load_program(module, Wasi(), ProgramOptions(engine=engine, limits=LIMITS))
            for engine in ("reference", "native", "native")
        ]
    except Trap:  # an active segment is too long
        return 0, ""
    reference, peer = engines[0], Peer(module.data) if peers else None
    rng = random.Random(seed)  # noqa: S311 - repeatable
    with observed(engines[2].store, Observer()) as observer:
        for name in EXPORTS * CALLS:
            types = cast("FuncType", exported_func(reference, name).type.comp)
            args = arguments(rng, types.params)
            first, *others = (call(program, name, args) for program in engines)
            states = [live(program.store) for program in engines]
            if others != [first] * 2 or states != states[:1] * 3:
                return reference.store.tick, f"{name}{args}: {first} or {others}"
            for program in engines:
                program.store.agent.depth = 0
            if isinstance(first, str) and first.startswith(("fuel", "exhausted")):
                peer = None
            if peer is not None:
                third = peer.call(name, types, args)
                if not agree(first, third) or peer.state() != peer_state(reference):
                    return reference.store.tick, f"{name}{args}: {first}, wasmtime {third}"
    rows.update(rows_of(engines[2].store, observer))
    return reference.store.tick, ""


def rows_of(store: Store, observer: Observer) -> Counter[str]:
    """Return how often each row was executed."""
    rows = Counter[str]()
    for addr, counts in observer.counts().items():
        code = store.funcs[addr].bound_code
        for pc, count in enumerate(counts):
            if count:
                rows[code.instrs[pc].row.mnemonic] += count
    return rows


def tried(seed: int) -> Tried:
    """Try one seed, in a process of the pool."""
    rows = Counter[str]()
    peers = seed % 2 == 0 or has_one_meaning(seed // 2)
    with TemporaryDirectory() as folder:
        module = module_of(seed, Path(folder))
        instructions, found = difference(module, seed, peers=peers, rows=rows)
    return Tried(seed, instructions, found, rows)


def lowered() -> set[str]:
    """Return the rows that the loop executes by itself; modules here have no GC heap."""
    left = leave_rules(load_loop().numbers)
    without = {"gc", "exceptions", "legacy-exceptions"}
    return {
        row.mnemonic
        for row in ROWS
        if row.rule not in left and row.feature not in without
        and row.executed
    }  # fmt: skip


def main(modules: int = 2_000, first: int = 0) -> int:
    """Try seeds one after the other; return how many made a difference."""
    total, rows, bad = 0, Counter[str](), 0
    with ProcessPoolExecutor(2) as pool:
        for done, one in enumerate(pool.map(tried, range(first, first + modules)), 1):
            total += one.instructions
            rows += one.rows
            bad += bool(one.difference)
            if one.difference:
                print(f"seed {one.seed}: {one.difference}")
            if done % 200 == 0:
                print(f"{done} modules, {total:,} instructions, {bad} differences", flush=True)
    rare = {name: rows[name] for name in sorted(lowered()) if rows[name] < ENOUGH}
    print(f"{len(lowered()) - len(rare)} of {len(lowered())} rows at least {ENOUGH:,} times")
    for name, count in rare.items():
        print(f"  {name} {count:,}")
    return bad


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
