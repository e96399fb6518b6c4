"""Atomic memory instructions (threads): addresses must be aligned, also at run time."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wasmlab.isa.row import Access, Imm, Kind, Row
from wasmlab.isa.state import state
from wasmlab.syntax.types import ADDR, I32, I64, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SPEC = "https://webassembly.github.io/threads/core/exec/instructions.html"
"""The rendering of the proposal; the core specification has no atomics."""
_NARROW: tuple[tuple[NumType, int], ...] = (
    (I32, 32), (I64, 64), (I32, 8), (I32, 16), (I64, 8), (I64, 16), (I64, 32)
)  # fmt: skip
"""The order in which every family lists its types and widths in bits."""


def _is_full(t: NumType, bits: int) -> bool:
    return f"i{bits}" == t.name


def _atomic(
    number: int,
    mnemonic: str,
    types: tuple[tuple[NumType, ...], tuple[NumType, ...]],
    kind: Kind,
    bits: int,
    py: Callable[..., Any],
    doc: str,
) -> Row:
    return Row(
        (0xFE, number), mnemonic, (ADDR, *types[0]), types[1], (Imm.MEMARG,), kind, py, None, doc,
        _SPEC, access=Access(bits // 8, atomic=True), feature="threads",
    )  # fmt: skip


def _loads(first: int) -> Iterator[Row]:
    for number, (t, bits) in enumerate(_NARROW, first):
        name = f"{t}.atomic.load" + ("" if _is_full(t, bits) else f"{bits}_u")
        doc = f"Loads {bits} bits atomically; traps if not aligned."
        yield _atomic(number, name, ((), (t,)), Kind.LOAD, bits, lambda raw: raw, doc)


def _stores(first: int) -> Iterator[Row]:
    for number, (t, bits) in enumerate(_NARROW, first):
        name = f"{t}.atomic.store" + ("" if _is_full(t, bits) else f"{bits}")
        doc = f"Stores {bits} bits atomically; traps if not aligned."
        yield _atomic(number, name, ((t,), ()), Kind.STORE, bits, lambda value: value, doc)


def _rmw(first: int, op: str, py: Callable[..., int], doc: str, operands: int = 1) -> Iterator[Row]:
    for number, (t, bits) in enumerate(_NARROW, first):
        full = _is_full(t, bits)
        name = f"{t}.atomic.rmw.{op}" if full else f"{t}.atomic.rmw{bits}.{op}_u"
        types = ((t,) * operands, (t,))
        yield _atomic(number, name, types, Kind.RMW, bits, py, doc.format(n=bits))


def _exchanged_if_equal(old: int, expected: int, replacement: int) -> int:
    return replacement if old == expected else old


def _waiting(number: int, name: str, py: Callable[..., Any], doc: str, nbytes: int) -> Row:
    row = state((0xFE, number), name, (Imm.MEMARG,), py, doc, feature="threads")
    return replace(row, spec=_SPEC, access=Access(nbytes, atomic=True))


# fmt: off
ROWS: tuple[Row, ...] = (
    _waiting(0, "memory.atomic.notify", lambda m, arg, a, n: m.atomic_notify(arg, a, n), "Wakes up to n agents that wait at the address.", 4),
    _waiting(1, "memory.atomic.wait32", lambda m, arg, a, v, t: m.atomic_wait(arg, a, v, t, 4), "Waits for a notification while memory holds the 32-bit value.", 4),
    _waiting(2, "memory.atomic.wait64", lambda m, arg, a, v, t: m.atomic_wait(arg, a, v, t, 8), "Waits for a notification while memory holds the 64-bit value.", 8),
    replace(state((0xFE, 3), "atomic.fence", (Imm.ZERO,), lambda _m, _z: None, "Orders memory accesses among agents.", feature="threads"), spec=_SPEC),
    *_loads(0x10),
    *_stores(0x17),
    *_rmw(0x1E, "add", operator.add, "Adds to {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x25, "sub", operator.sub, "Subtracts from {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x2C, "and", operator.and_, "Ands {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x33, "or", operator.or_, "Ors {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x3A, "xor", operator.xor, "Xors {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x41, "xchg", lambda old, value: value, "Swaps {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x48, "cmpxchg", _exchanged_if_equal, "Replaces {n} bits of memory if they equal the first operand.", operands=2),
)
# fmt: on
