"""Predicates, counts and traces mean the same in the loop as in the interpreter."""

from __future__ import annotations

import random
from array import array
from typing import TYPE_CHECKING, Any

import pytest

from tests.native.stores import entered, live
from tests.native.test_loop import BENCH, CALLS, IMPORTS, ROOMY, SMALL
from wasmlab.errors import Trap
from wasmlab.exec.code import set_probes
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.machine import run
from wasmlab.exec.observe import observed
from wasmlab.module import assemble
from wasmlab.opening.inputs import load
from wasmlab.runtime.frame import FP
from wasmlab.runtime.observer import OFFSET_BITS, RECORD_WORDS, Observer
from wasmlab.runtime.probe import (
    AllOf,
    AnyOf,
    CallsHost,
    Compare,
    InFrame,
    Number,
    Space,
    Touch,
)
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code, Store

Pair = tuple["Store", "Store"]


def pair(name: str, *args: int, file: str = "") -> Pair:
    module = load(BENCH / file) if file else assemble(CALLS)
    imports = None if file else IMPORTS
    limits = ROOMY if file else SMALL
    reference, native = (
        entered(module, name, args, engine, imports, limits) for engine in ("reference", "native")
    )
    return reference, native


PROGRAMS: dict[str, Callable[[], Pair]] = {
    "calls": lambda: pair("main", 6),
    "fib": lambda: pair("fib", 8, file="kernels.wat"),
    "sieve": lambda: pair("sieve", 60, file="kernels.wat"),
    "sort": lambda: pair("sort", 12, file="programs.wat"),
}


def some_predicate(
    rng: random.Random, store: Store, code: Code, pc: int, depth: int = 2
) -> Predicate:
    """Return any predicate that can be asked at pc."""
    kind = rng.choice(("compare", "touch", "frame", "host", "any", "all"))
    if kind in {"any", "all"} and depth:
        parts = tuple(
            some_predicate(rng, store, code, pc, depth - 1) for _ in range(rng.randrange(4))
        )
        return AnyOf(parts) if kind == "any" else AllOf(parts)
    access = code.accessed(pc)
    if kind == "touch" and access is not None:
        start = rng.choice((0, 64, 100, 4090, 4096, 5000))
        count = access[0] + 2 if "memory." in code.instrs[pc].row.rule else None
        nbytes = 0 if count else getattr(code.instrs[pc].row.access, "nbytes", 0)
        return Touch(*access, nbytes, count, start, start + rng.choice((1, 4, 4000)))
    if kind == "frame":
        number = rng.randrange(store.agent.depth + 2)
        return InFrame(number, store.agent.record(min(number, store.agent.depth - 1), FP))
    if kind == "host":
        return CallsHost()
    return Compare(some_number(rng, code), rng.randrange(8), some_number(rng, code))


def some_number(rng: random.Random, code: Code) -> Number:
    space = rng.choice(tuple(Space))
    if space is Space.CONSTANT:
        return Number(space, rng.choice((0, 1, 3, 10, -1, -(1 << 63), (1 << 63) - 1)))
    at = 0 if space is Space.GLOBALS else rng.randrange(code.local_slots)
    return Number(space, at, rng.choice((32, 64)))


def move_predicates(rng: random.Random, *stores: Store) -> None:
    """Take all probes away and set some, mostly with predicates, the same in all stores."""
    for func in stores[0].funcs:
        twins: list[Any] = [store.funcs[func.addr].code for store in stores]
        if any(code is None for code in twins):
            continue
        code = twins[0]
        pcs = rng.sample(range(len(code.instrs)), min(rng.randrange(6), len(code.instrs)))
        probes = {
            pc: some_predicate(rng, stores[0], code, pc) if rng.random() < 0.9 else None
            for pc in pcs
        }
        for twin in twins:
            set_probes(twin, probes)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("program", PROGRAMS)
def test_predicates_stop_both_tiers_at_the_same_ticks(program: str, seed: int) -> None:
    reference, native = PROGRAMS[program]()
    rng, status, probes = random.Random(seed), Status.FUEL, 0  # noqa: S311 - it repeats itself
    assert native.tier is not None
    for func in (*reference.funcs, *native.funcs):
        if func.host is None:
            code_of(func)
    while status is not Status.DONE:
        if rng.random() < 0.4:
            move_predicates(rng, reference, native)
        limit = reference.tick + rng.choice((1, 5, 40, 200))
        status = run(reference, limit)
        assert native.tier(native, limit) is status
        assert live(native) == live(reference)
        probes += status is Status.PROBE
    assert probes > 0


@pytest.mark.parametrize(
    ("predicate", "holds"),
    [
        (AnyOf((InFrame(9, 9), AllOf(()))), True),
        (AllOf((InFrame(0, 0), AnyOf(()))), False),
        (AnyOf((AllOf((InFrame(9, 9), CallsHost())), InFrame(0, 0))), True),
        (AllOf((AnyOf((InFrame(9, 9), InFrame(0, 0))), InFrame(9, 9))), False),
    ],
)
def test_predicate_is_decided_part_by_part(predicate: Predicate, *, holds: bool) -> None:
    for store in PROGRAMS["sieve"]():
        code = store.funcs[2].bound_code
        set_probes(code, {5: predicate})
        status = (store.tier or run)(store, 1 << 40)
        assert status is (Status.PROBE if holds else Status.DONE)


def observe_both(stores: Pair, room: int) -> tuple[list[Any], list[array[int]], list[Any]]:
    """Run both to their end under observation; return counts, traces, and what ended them."""
    counts: list[Any] = []
    traces: list[array[int]] = []
    ends: list[Any] = []
    for store in stores:
        trace = array("Q")
        traces.append(trace)
        with observed(store, Observer(room, trace.extend)) as observer:
            try:
                ends.append((store.tier or run)(store, 1 << 40))
            except Trap as trap:
                ends.append((trap.code, trap.offset))
        full = {addr: sum(times) for addr, times in observer.counted.items()}
        assert sum(full.values()) == store.tick
        counts.append({addr: times.tolist() for addr, times in observer.counted.items()})
    return counts, traces, ends


def trimmed(counts: dict[int, list[int]]) -> dict[tuple[int, int], int]:
    return {(a, pc): n for a, times in counts.items() for pc, n in enumerate(times) if n}


@pytest.mark.parametrize("room", [0, 1, 7, 1000])
@pytest.mark.parametrize("program", PROGRAMS)
def test_counts_and_traces_are_the_same_in_both_tiers(program: str, room: int) -> None:
    stores = PROGRAMS[program]()
    counts, traces, ends = observe_both(stores, room)
    assert trimmed(counts[0]) == trimmed(counts[1])
    assert traces[0] == traces[1]
    assert len(traces[0]) == (RECORD_WORDS * stores[0].tick if room else 0)
    assert ends == [Status.DONE] * 2


def test_trace_has_place_top_and_effective_address() -> None:
    module = assemble(
        '(module (memory 1) (func (export "f") (param i32) (result i32)'
        " (i32.store offset=4 (local.get 0) (i32.const 7)) (i32.load8_u (i32.const 9))))"
    )
    store = entered(module, "f", (8,), "native")
    assert store.tier is not None
    seen = array("Q")
    with observed(store, Observer(100, seen.extend)):
        store.tier(store, 1000)
    records = [tuple(seen[i : i + 3]) for i in range(0, len(seen), 3)]
    func = store.funcs[0]
    code: Any = func.code
    places = [func.addr << OFFSET_BITS | instr.offset for instr in code.instrs]
    tops_and_addresses = [(0, 0), (8, 0), (7, 12), (0, 0), (9, 9), (0, 0)]
    assert records == [
        (place, *other) for place, other in zip(places, tops_and_addresses, strict=True)
    ]


@pytest.mark.parametrize("room", [0, 4])
def test_what_traps_is_not_counted(room: int) -> None:
    module = assemble(
        '(module (func (export "f") (param i32) (drop (i32.const 1))'
        " (drop (i32.div_s (i32.const 1) (local.get 0)))))"
    )
    first, second = (entered(module, "f", (0,), engine) for engine in ("reference", "native"))
    counts, traces, ends = observe_both((first, second), room)
    assert trimmed(counts[0]) == trimmed(counts[1])
    assert [n for _, n in sorted(trimmed(counts[0]).items())] == [1, 1, 1, 1]
    assert traces[0] == traces[1]
    assert ends[0] == ends[1]


def test_observing_ends_without_a_trace_of_it() -> None:
    reference, native = PROGRAMS["calls"]()
    assert native.tier is not None
    with observed(native, Observer(10)) as observer:
        native.tier(native, 500)
    noted = observer.counts()
    before = {addr: times.tolist() for addr, times in noted.items()}
    native.tier(native, 1 << 40)
    run(reference, 500)
    run(reference, 1 << 40)
    assert {addr: times.tolist() for addr, times in observer.counts().items()} == before
    assert live(native) == live(reference)
