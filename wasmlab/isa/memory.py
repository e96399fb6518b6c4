"""Memory instructions: loads, stores, size, and bulk operations."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import BITS
from wasmlab.isa.state import state
from wasmlab.records import replace
from wasmlab.syntax.row import Access, Bulk, Imm, Kind, Row, anchor
from wasmlab.syntax.types import ADDR, F32, F64, I32, I64, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value

    Llvm = Callable[[Emitter, Value], Value]


def same(raw: int) -> int:
    """Return the bits that were read."""
    return raw


def _stored(value: int) -> int:
    return value


def _sign_extended(bits: int) -> Callable[[int], int]:
    sign = 1 << bits - 1
    return lambda raw: (raw ^ sign) - sign


def full_loads(first: int, doc: str) -> Iterator[Row]:
    """Yield ``t.load`` for the four number types, opcodes in order."""
    for opcode, t in enumerate((I32, I64, F32, F64), first):
        yield _load(opcode, t, "load", BITS[t], same, lambda e, raw: raw, doc)


def narrow_loads(first: int, t: NumType, widths: tuple[int, ...]) -> Iterator[Row]:
    """Yield ``t.load{n}_s`` and ``t.load{n}_u`` for each width in bits."""
    for opcode, bits in zip(range(first, 256, 2), widths, strict=False):
        doc = f"Loads {bits} bits from memory and extends them with {{}}."
        signed, unsigned = doc.format("their sign"), doc.format("zeros")
        yield _load(opcode, t, f"load{bits}_s", bits, _sign_extended(bits), _sext(t), signed)
        yield _load(opcode + 1, t, f"load{bits}_u", bits, same, _zext(t), unsigned)


def full_stores(first: int, doc: str) -> Iterator[Row]:
    """Yield ``t.store`` for the four number types, opcodes in order."""
    for opcode, t in enumerate((I32, I64, F32, F64), first):
        yield _store(opcode, t, "store", BITS[t], lambda e, value: value, doc)


def narrow_stores(first: int, t: NumType, widths: tuple[int, ...]) -> Iterator[Row]:
    """Yield ``t.store{n}`` for each width in bits."""
    for opcode, bits in enumerate(widths, first):
        doc = f"Stores the low {bits} bits of the value in memory."
        yield _store(opcode, t, f"store{bits}", bits, _truncated(bits), doc)


def _zext(t: NumType) -> Llvm:
    return lambda e, raw: e.zext(raw, BITS[t])


def _sext(t: NumType) -> Llvm:
    return lambda e, raw: e.sext(raw, BITS[t])


def _truncated(bits: int) -> Llvm:
    return lambda e, value: e.trunc(value, bits)


def _load(
    opcode: int,
    t: NumType,
    name: str,
    bits: int,
    py: Callable[[int], int],
    llvm: Llvm,
    doc: str,
) -> Row:
    label = "exec-load-val" if name == "load" else "exec-load-pack"
    return Row(
        (opcode,), f"{t}.{name}", (ADDR,), (t,), (Imm.MEMARG,), Kind.LOAD, py, llvm, doc,
        anchor(label), access=Access(bits // 8),
    )  # fmt: skip


def _store(opcode: int, t: NumType, name: str, bits: int, llvm: Llvm, doc: str) -> Row:
    label = "exec-store-val" if name == "store" else "exec-store-pack"
    return Row(
        (opcode,), f"{t}.{name}", (ADDR, t), (), (Imm.MEMARG,), Kind.STORE, _stored, llvm, doc,
        anchor(label), access=Access(bits // 8),
    )  # fmt: skip


_M = Imm.MEMIDX

# Columns: opcode, mnemonic, immediates, Python semantics, doc; a family has its first opcode only.
# fmt: off
ROWS: tuple[Row, ...] = (
    *full_loads(0x28, "Loads a value from memory; traps outside it."),
    *narrow_loads(0x2C, I32, (8, 16)),
    *narrow_loads(0x30, I64, (8, 16, 32)),
    *full_stores(0x36, "Stores the value in memory; traps outside it."),
    *narrow_stores(0x3A, I32, (8, 16)),
    *narrow_stores(0x3C, I64, (8, 16, 32)),
    state((0x3F,), "memory.size", (_M,), lambda m, x: m.mems[x].pages, "Pushes the memory's size in pages.", feature="1.0"),
    replace(state((0x40,), "memory.grow", (_M,), lambda m, x, n: m.mems[x].grow(n), "Grows the memory by n pages; pushes the old size or -1.", feature="1.0"), grows=Imm.MEMIDX),
    replace(state((0xFC, 8), "memory.init", (Imm.DATAIDX, _M), lambda m, y, x, d, s, n: m.mems[x].init(d, m.data(y), s, n), "Copies n bytes of a data segment into memory."), bulk=Bulk(to=0, source=1, items=2)),
    state((0xFC, 9), "data.drop", (Imm.DATAIDX,), lambda m, y: m.drop_data(y), "Empties the data segment."),
    replace(state((0xFC, 10), "memory.copy", (_M, _M), lambda m, x, y, d, s, n: m.mems[x].copy(d, m.mems[y], s, n), "Copies n bytes within or between memories, also where they overlap."), bulk=Bulk(to=0, source=1, items=2)),
    replace(state((0xFC, 11), "memory.fill", (_M,), lambda m, x, d, value, n: m.mems[x].fill(d, value, n), "Sets n bytes of memory to the value."), bulk=Bulk(to=0, items=2)),
)
# fmt: on
