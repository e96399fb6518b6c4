"""References that keep GC objects alive, found precisely by the validator's types."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.runtime.operand import offsets_of
from wasmlab.syntax.types import EXNREF, RefType, slot_count
from wasmlab.valid.body import stack_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wasmlab.runtime.store import Code, Store
    from wasmlab.syntax.types import ValType


def roots(store: Store) -> Iterator[int]:
    """Yield every reference on the stack, in globals, tables and element segments.

    The innermost frame's PC must be right: instructions that allocate see to it.
    """
    yield from _frame_roots(store)
    for variable in store.globals:
        if isinstance(variable.type.value, RefType):
            yield store.global_slots[variable.slot]
    for table in store.tables:
        yield from table.cells[: table.size]
    for instance in store.instances:
        for refs in instance.elems:
            yield from refs


def _frame_roots(store: Store) -> Iterator[int]:
    agent = store.agent
    for number in range(agent.depth):
        func = store.funcs[agent.record(number, FUNC)]
        if func.host is None:
            fp = agent.record(number, FP)
            waits = number < agent.depth - 1
            for slot in _ref_slots(func.bound_code, agent.record(number, PC), waits=waits):
                yield agent.stack[fp + slot]


def _ref_slots(code: Code, pc: int, *, waits: bool) -> Sequence[int]:
    key = (pc, waits)
    found = code.ref_slots.get(key)
    if found is None:
        found = code.ref_slots[key] = tuple(_find_ref_slots(code, pc, waits=waits))
    return found


def _find_ref_slots(code: Code, pc: int, *, waits: bool) -> Iterable[int]:
    return (at for at, t in typed_slots(code, pc, waits=waits) if isinstance(t, RefType))


def typed_slots(code: Code, pc: int, *, waits: bool) -> Iterator[tuple[int, ValType]]:
    """Yield every value of a frame at a pc: its slot relative to the FP, and its type.

    waits: the frame waits there for a call, which has its arguments.
    """
    if not code.types:
        module = code.instance.module
        code.types.extend(stack_types(module, code.func.index, code.typed.body))
    index = code.indices[pc]
    operands = code.types[index] or ()
    if waits:
        operands = operands[: len(operands) - len(code.signature(pc)[0])]
    yield from zip(offsets_of(code.typed.locals), code.typed.locals, strict=True)
    places = offsets_of(operands)
    yield from ((code.local_slots + at, t) for at, t in zip(places, operands, strict=True))
    kept = range(slot_count(code.typed.locals), code.local_slots)
    yield from ((at, EXNREF) for at in kept)
