"""Small programs for the tests of the reference interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.exec.instantiate import instantiate
from wasmlab.exec.invocation import begin, invoke
from wasmlab.module import assemble
from wasmlab.runtime.frame import FP, FUNC, PC, Limits
from wasmlab.runtime.host import HostFunc
from wasmlab.runtime.store import FuncInst, ModuleInst, Store, alloc_host_func
from wasmlab.syntax.types import FuncType, func_deftype

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wasmlab.runtime.store import Extern
    from wasmlab.syntax.types import ValType


def load(
    text: str,
    imports: Mapping[tuple[str, str], Extern] | None = None,
    *,
    store: Store | None = None,
) -> ModuleInst:
    """Return an instance of a module in the text format."""
    return instantiate(store or Store(), assemble(text).syntax, imports or {})


def small_store(**limits: int) -> Store:
    """Return a store with limits of its own."""
    return Store(Limits(**limits))


def call(instance: ModuleInst, name: str, *args: int) -> list[int]:
    """Call an export with bit patterns, and return bit patterns."""
    return invoke(instance.store, function(instance, name), args)


def start(instance: ModuleInst, name: str, *args: int) -> None:
    """Enter an export; nothing is executed yet."""
    begin(instance.store, function(instance, name), args)


def function(instance: ModuleInst, name: str) -> FuncInst:
    found = instance.exports[name]
    assert isinstance(found, FuncInst)
    return found


def host(
    store: Store,
    call: Callable[..., Sequence[int]],
    params: tuple[ValType, ...] = (),
    results: tuple[ValType, ...] = (),
) -> FuncInst:
    """Return a host function in a store."""
    functype = FuncType(params, results)
    return alloc_host_func(store, HostFunc("host", "f", functype, call), func_deftype(functype))


def state(store: Store) -> tuple[object, ...]:
    """Return all that a program can observe: two states are equal if these are."""
    agent = store.agent
    frames = [tuple(agent.record(n, word) for word in (FUNC, PC, FP)) for n in range(agent.depth)]
    return (
        store.tick,
        frames,
        agent.stack[: _live(store)].tolist(),
        [bytes(m.data[: m.size]) for m in store.mems],
        [t.cells[: t.size].tolist() for t in store.tables],
        store.global_slots[: store.global_count].tolist(),
        store.heap.cells[: store.heap.top].tolist(),
    )


def _live(store: Store) -> int:
    agent = store.agent
    if agent.depth == 0:
        return 0
    number = agent.depth - 1
    code = store.funcs[agent.record(number, FUNC)].bound_code
    return agent.record(number, FP) + code.local_slots + code.heights[agent.record(number, PC)]
