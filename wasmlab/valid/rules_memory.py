"""Typing rules of memories and tables, and of immediates that name memory or lanes.

Source: core spec, valid/instructions.html#valid-memarg and #valid-table-get.
"""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import Invalid
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import Access, Imm
from wasmlab.syntax.types import ADDR, I32, I64, NumType, TableType, ValType
from wasmlab.valid.context import Context, Rule, Sig, lookup
from wasmlab.valid.matching import matches_val
from wasmlab.valid.stack import Mismatch

if TYPE_CHECKING:
    from wasmlab.syntax.instr import MemArg
    from wasmlab.syntax.row import Row

_VECTOR_BYTES = 16
_SHUFFLE_LANES = 32
_SPAN = {I32: 1 << 32, I64: 1 << 64}
"""Offsets below this may be added to an address of the type."""


def _check_memarg(c: Context, memarg: MemArg, access: Access) -> NumType:
    """Return the address type of the memory; the alignment must suit the access."""
    memory = lookup(c.module.mem_types, memarg.mem, "memory")
    align = f"expected {counted(access.nbytes, 'byte')}, found 2**{memarg.align}"
    if access.atomic and 1 << memarg.align != access.nbytes:
        raise Invalid(f"atomic alignment must be natural: {align}")
    if 1 << memarg.align > access.nbytes:
        raise Invalid(
            f"alignment must not be larger than natural: {align.replace('ed', 'ed up to', 1)}"
        )
    if memarg.offset >= _SPAN[memory.addr]:
        raise Invalid(
            f"offset out of range: {memarg.offset} in a memory with {memory.addr} addresses"
        )
    return memory.addr


def _with_addr(types: tuple[ValType, ...], addr: NumType) -> tuple[ValType, ...]:
    return tuple(addr if t is ADDR else t for t in types)


def _check_lane(lane: int, lanes: int) -> None:
    if lane >= lanes:
        raise Invalid(f"invalid lane index {lane}: there are {lanes} lanes")


def memory_access(row: Row) -> Rule:
    """Return the rule of a load, store or atomic access, or of one lane of a vector.

    Raises Invalid.
    """
    access, params, results = row.access, row.params or (), row.results or ()
    if access is None:
        raise Invalid(f"{row.mnemonic} has a memory argument but accesses nothing")
    sigs: dict[NumType, Sig] = {t: (_with_addr(params, t), results) for t in (I32, I64)}

    def rule(c: Context, memarg: MemArg, lane: int = 0) -> Sig:
        addr = _check_memarg(c, memarg, access)
        _check_lane(lane, _VECTOR_BYTES // access.nbytes)
        return sigs[addr]

    return rule


def lane_access(row: Row) -> Rule:
    """Return the rule of an instruction whose immediates are lanes of its vector operands."""
    sig = row.params or (), row.results or ()
    shape = row.mnemonic.partition(".")[0]
    lanes = _SHUFFLE_LANES if Imm.LANES in row.imms else int(shape.rpartition("x")[2])

    def rule(_c: Context, immediate: int | tuple[int, ...]) -> Sig:
        for lane in (immediate,) if isinstance(immediate, int) else immediate:
            _check_lane(lane, lanes)
        return sig

    return rule


def _table(c: Context, x: int) -> TableType:
    return lookup(c.module.table_types, x, "table")


def _mem(c: Context, x: int) -> NumType:
    return lookup(c.module.mem_types, x, "memory").addr


def _narrower(a: NumType, b: NumType) -> NumType:
    return a if b == I64 else b


def check_data(c: Context, x: int) -> None:
    """Raise Invalid unless there is a data segment x."""
    module = c.module
    count = len(module.datas) if module.data_count is None else module.data_count
    lookup(range(count), x, "data segment")


def _memory_size(c: Context, x: int) -> Sig:
    return (), (_mem(c, x),)


def _memory_grow(c: Context, x: int) -> Sig:
    addr = _mem(c, x)
    return (addr,), (addr,)


def _memory_fill(c: Context, x: int) -> Sig:
    addr = _mem(c, x)
    return (addr, I32, addr), ()


def _memory_copy(c: Context, x: int, y: int) -> Sig:
    a, b = _mem(c, x), _mem(c, y)
    return (a, b, _narrower(a, b)), ()


def _memory_init(c: Context, y: int, x: int) -> Sig:
    addr = _mem(c, x)
    check_data(c, y)
    return (addr, I32, I32), ()


def _data_drop(c: Context, y: int) -> Sig:
    check_data(c, y)
    return (), ()


def _waiting(operands: tuple[NumType, ...], access: Access) -> Rule:
    def rule(c: Context, memarg: MemArg) -> Sig:
        return (_check_memarg(c, memarg, access), *operands), (I32,)

    return rule


def _fence(_c: Context, _zero: int) -> Sig:
    return (), ()


def _table_get(c: Context, x: int) -> Sig:
    t = _table(c, x)
    return (t.addr,), (t.element,)


def _table_set(c: Context, x: int) -> Sig:
    t = _table(c, x)
    return (t.addr, t.element), ()


def _table_size(c: Context, x: int) -> Sig:
    return (), (_table(c, x).addr,)


def _table_grow(c: Context, x: int) -> Sig:
    t = _table(c, x)
    return (t.element, t.addr), (t.addr,)


def _table_fill(c: Context, x: int) -> Sig:
    t = _table(c, x)
    return (t.addr, t.element, t.addr), ()


def _table_copy(c: Context, x: int, y: int) -> Sig:
    a, b = _table(c, x), _table(c, y)
    if not matches_val(b.element, a.element):
        raise Mismatch(f"elements of table {y} to be {a.element} like table {x}", b.element)
    return (a.addr, b.addr, _narrower(a.addr, b.addr)), ()


def _table_init(c: Context, y: int, x: int) -> Sig:
    t = _table(c, x)
    segment = lookup(c.module.elems, y, "elem segment")
    if not matches_val(segment.type, t.element):
        wanted = f"elem segment {y} to hold {t.element} like table {x}"
        raise Mismatch(wanted, segment.type)
    return (t.addr, I32, I32), ()


def _elem_drop(c: Context, y: int) -> Sig:
    lookup(c.module.elems, y, "elem segment")
    return (), ()


SIGNATURES: dict[str, Rule] = {
    "memory.size": _memory_size,
    "memory.grow": _memory_grow,
    "memory.fill": _memory_fill,
    "memory.copy": _memory_copy,
    "memory.init": _memory_init,
    "data.drop": _data_drop,
    "memory.atomic.notify": _waiting((I32,), Access(4, atomic=True)),
    "memory.atomic.wait32": _waiting((I32, I64), Access(4, atomic=True)),
    "memory.atomic.wait64": _waiting((I64, I64), Access(8, atomic=True)),
    "atomic.fence": _fence,
    "table.get": _table_get,
    "table.set": _table_set,
    "table.size": _table_size,
    "table.grow": _table_grow,
    "table.fill": _table_fill,
    "table.copy": _table_copy,
    "table.init": _table_init,
    "elem.drop": _elem_drop,
}
"""Rules that say what is popped and pushed."""
