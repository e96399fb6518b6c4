"""Atomic memory instructions (threads): addresses must be aligned, also at run time."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import BITS
from wasmlab.isa.integer import llvm_resized
from wasmlab.isa.state import state
from wasmlab.records import replace
from wasmlab.syntax.row import Access, Imm, Kind, Row
from wasmlab.syntax.types import ADDR, I32, I64, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value
    from wasmlab.isa.state import Semantics

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
    semantics: tuple[Callable[..., int], Callable[..., Value]],
    doc: str,
) -> Row:
    return Row(
        (0xFE, number), mnemonic, (ADDR, *types[0]), types[1], (Imm.MEMARG,), kind, *semantics,
        doc, _SPEC, access=Access(bits // 8, atomic=True), feature="threads",
    )  # fmt: skip


def _loaded(raw: int) -> int:
    return raw


def _llvm_loaded(width: int) -> Callable[[Emitter, Value], Value]:
    return lambda e, raw: llvm_resized(e, raw, width)


def _stored(value: int) -> int:
    return value


def _llvm_stored(bits: int) -> Callable[[Emitter, Value], Value]:
    return lambda e, value: llvm_resized(e, value, bits)


def _loads(first: int) -> Iterator[Row]:
    for number, (t, bits) in enumerate(_NARROW, first):
        name = f"{t}.atomic.load" + ("" if _is_full(t, bits) else f"{bits}_u")
        doc = f"Loads {bits} bits atomically; traps if not aligned."
        semantics = (_loaded, _llvm_loaded(BITS[t]))
        yield _atomic(number, name, ((), (t,)), Kind.LOAD, bits, semantics, doc)


def _stores(first: int) -> Iterator[Row]:
    for number, (t, bits) in enumerate(_NARROW, first):
        name = f"{t}.atomic.store" + ("" if _is_full(t, bits) else f"{bits}")
        doc = f"Stores {bits} bits atomically; traps if not aligned."
        semantics = (_stored, _llvm_stored(bits))
        yield _atomic(number, name, ((t,), ()), Kind.STORE, bits, semantics, doc)


def _names(op: str) -> Iterator[tuple[NumType, int, str]]:
    """Yield type, width and mnemonic of an operation that reads, modifies and writes."""
    for t, bits in _NARROW:
        full = _is_full(t, bits)
        yield t, bits, f"{t}.atomic.rmw.{op}" if full else f"{t}.atomic.rmw{bits}.{op}_u"


def _rmw(
    first: int,
    op: str,
    py: Callable[[int, int], int],
    llvm: Callable[[Emitter, Value, Value], Value],
    doc: str,
) -> Iterator[Row]:
    """Yield ``rmw.op``; llvm works on numbers of the width that memory holds."""

    def narrow(e: Emitter, old: Value, value: Value) -> Value:
        return llvm(e, old, llvm_resized(e, value, e.width(old)))

    for number, (t, bits, name) in enumerate(_names(op), first):
        sentence = doc.format(n=bits)
        yield _atomic(number, name, ((t,), (t,)), Kind.RMW, bits, (py, narrow), sentence)


def _cmpxchg(first: int, doc: str) -> Iterator[Row]:
    """Yield ``rmw.cmpxchg``, which compares as many bits as memory holds."""

    def llvm(e: Emitter, old: Value, expected: Value, replacement: Value) -> Value:
        width = e.width(old)
        same = e.eq(old, llvm_resized(e, expected, width))
        return e.select(same, llvm_resized(e, replacement, width), old)

    for number, (t, bits, name) in enumerate(_names("cmpxchg"), first):
        semantics = (_exchanged_if_equal((1 << bits) - 1), llvm)
        sentence = doc.format(n=bits)
        yield _atomic(number, name, ((t, t), (t,)), Kind.RMW, bits, semantics, sentence)


def _exchanged_if_equal(mask: int) -> Callable[[int, int, int], int]:
    def cmpxchg(old: int, expected: int, replacement: int) -> int:
        return replacement if old == expected & mask else old

    return cmpxchg


def _waiting(number: int, name: str, py: Semantics, doc: str, nbytes: int) -> Row:
    row = state((0xFE, number), name, (Imm.MEMARG,), py, doc, feature="threads")
    return replace(row, spec=_SPEC, access=Access(nbytes, atomic=True))


# Columns: number after 0xFE, mnemonic, immediates, Python semantics, doc, bytes; of a family the
# first number, name, Python semantics, LLVM semantics, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    _waiting(0, "memory.atomic.notify", lambda m, arg, a, n: m.atomic_notify(arg, a, n), "Wakes up to n agents that wait at the address.", 4),
    _waiting(1, "memory.atomic.wait32", lambda m, arg, a, v, t: m.atomic_wait(arg, a, v, t, 4), "Waits for a notification while memory holds the 32-bit value.", 4),
    _waiting(2, "memory.atomic.wait64", lambda m, arg, a, v, t: m.atomic_wait(arg, a, v, t, 8), "Waits for a notification while memory holds the 64-bit value.", 8),
    replace(state((0xFE, 3), "atomic.fence", (Imm.ZERO,), lambda _m, _z: None, "Orders memory accesses among agents.", feature="threads"), spec=_SPEC),
    *_loads(0x10),
    *_stores(0x17),
    *_rmw(0x1E, "add", lambda old, value: old + value, lambda e, old, value: e.add(old, value), "Adds to {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x25, "sub", lambda old, value: old - value, lambda e, old, value: e.sub(old, value), "Subtracts from {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x2C, "and", lambda old, value: old & value, lambda e, old, value: e.and_(old, value), "Ands {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x33, "or", lambda old, value: old | value, lambda e, old, value: e.or_(old, value), "Ors {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x3A, "xor", lambda old, value: old ^ value, lambda e, old, value: e.xor(old, value), "Xors {n} bits of memory atomically; pushes the old value."),
    *_rmw(0x41, "xchg", lambda old, value: value, lambda _e, old, value: value, "Swaps {n} bits of memory atomically; pushes the old value."),
    *_cmpxchg(0x48, "Replaces {n} bits of memory if they equal the first operand's low bits."),
)
# fmt: on
