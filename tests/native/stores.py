"""The same program in two stores, run by different tiers, and what must be equal."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from wasmlab.engine.program import ProgramOptions, exported_func, load_program
from wasmlab.errors import Trap, TrapCode
from wasmlab.exec.code import set_probes
from wasmlab.exec.invocation import begin
from wasmlab.exec.machine import run
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import assemble
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, Limits
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wasmlab.module import Module
    from wasmlab.runtime.store import Store

SMALL = Limits(frames=500, slots=1 << 14, memory=1 << 24, heap=1 << 16)


class Place(NamedTuple):
    """Everything that a tier may change, as far as it is live."""

    tick: int
    frames: list[tuple[int, ...]]
    stack: list[int]
    globals: list[int]
    memories: list[tuple[int, bytes, bytes]]
    tables: list[tuple[list[int], bytes]]
    heap: tuple[list[int], bytes]
    dropped: list[tuple[set[int], list[Sequence[int]]]]
    budget: int


def assembled(wat: str) -> Module:
    return assemble(wat)


def entered(
    module: Module,
    name: str,
    args: Sequence[int],
    engine: str,
    imports: Mapping[str, Mapping[str, object]] | None = None,
    limits: Limits = SMALL,
) -> Store:
    """Return a store that has entered an exported function, its arguments as bit patterns."""
    options = ProgramOptions(imports=imports or {}, limits=limits, engine=engine)
    program = load_program(module, Wasi(), options)
    begin(program.store, exported_func(program, name), args)
    return program.store


def trap_alike(module: Module) -> TrapCode:
    """Return how export "f", called with 0, traps: with the same words, place and state in both."""
    states: list[tuple[object, ...]] = []
    for engine in ("reference", "native"):
        store = entered(module, "f", (0,), engine)
        with pytest.raises(Trap) as caught:
            (store.tier or run)(store, 1000)
        states.append((caught.value.code, str(caught.value), caught.value.offset, live(store)))
    assert states[0] == states[1]
    return caught.value.code


def live(store: Store) -> Place:
    agent = store.agent
    frames: list[tuple[int, ...]] = []
    for number in range(agent.depth):
        words = 3 if number == agent.depth - 1 else FRAME_WORDS
        frames.append(tuple(agent.record(number, word) for word in range(words)))
    return Place(
        store.tick,
        frames,
        agent.stack[: _top(store)].tolist(),
        store.global_slots[: store.global_count].tolist(),
        [(m.size, bytes(m.data[: m.size]), bytes(m.dirty)) for m in store.mems],
        [(t.cells[: t.size].tolist(), bytes(t.dirty)) for t in store.tables],
        (store.heap.cells[: store.heap.top].tolist(), bytes(store.heap.dirty)),
        [(set(i.dropped_datas), list(i.elems)) for i in store.instances],
        store.budget.used,
    )


def _top(store: Store) -> int:
    agent = store.agent
    if agent.depth == 0:
        return 0
    last = agent.depth - 1
    code: Any = store.funcs[agent.record(last, FUNC)].code
    operands = code.heights[agent.record(last, PC)]
    return agent.record(last, FP) + code.local_slots + operands


def move_probe(rng: random.Random, *stores: Store) -> None:
    """Take all probes away, and mostly set one somewhere, the same in all stores."""
    bound = [func.addr for func in stores[0].funcs if func.code is not None]
    addr, wanted, where = rng.choice(bound), rng.random() < 0.7, rng.random()
    for store in stores:
        for func in store.funcs:
            if func.code is not None:
                set_probes(func.code, ())
        code: Any = store.funcs[addr].code
        if wanted:
            set_probes(code, {int(where * len(code.instrs))})


def agree_at_random_ticks(reference: Store, native: Store, seed: int) -> None:
    """Run both, one by either tier in turns, and compare wherever they stop."""
    rng = random.Random(seed)  # noqa: S311 - a test repeats itself
    assert native.tier is not None
    status = Status.FUEL
    while status is not Status.DONE:
        if rng.random() < 0.3:
            move_probe(rng, reference, native)
        limit = reference.tick + rng.choice((1, 1, 2, 3, 20, 300, 3000))
        status = run(reference, limit)
        by = native.tier if rng.random() < 0.8 else run
        assert by(native, limit) is status
        assert live(native) == live(reference)
