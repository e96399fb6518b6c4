"""Handlers of instructions without control flow, made from the LLVM semantics of their rows.

In their cells A is the offset of the lowest operand, where the results go. A narrow constant
operand is B, a wide one C or what C points to.
"""

from __future__ import annotations

from llvmlite import ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.errors import Crash
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.native.handlers.handler import INT32, INT64, POINTER
from wasmlab.native.layout import WORD
from wasmlab.syntax.row import Imm, Kind
from wasmlab.syntax.types import ADDR, I64

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler
    from wasmlab.syntax.row import Access, Row
    from wasmlab.syntax.types import ValType

    Body = Callable[[Handler], None]


def body_of(row: Row, *, indirect: bool = False) -> Body:
    """Return what writes a row's handler; indirect: the memory is the one that C points to."""
    if row.kind is Kind.PURE:
        return lambda h: _pure(h, row)
    access = _access_of(row)
    act = _ACCESSES[row.kind]
    return lambda h: act(h, row, _address(h, access, indirect=indirect))


def _types(row: Row) -> tuple[tuple[ValType, ...], tuple[ValType, ...]]:
    """Return the types of operands and results, addresses as they are in slots."""
    params, results = row.params or (), row.results or ()
    return tuple(_in_slot(t) for t in params), tuple(_in_slot(t) for t in results)


def _in_slot(t: ValType) -> ValType:
    return I64 if t is ADDR else t


def _pure(h: Handler, row: Row) -> None:
    params, results = _types(row)
    base = h.slot(h.a)
    imms = [_immediate(h, imm) for imm in row.imms]
    values = _llvm(row)(h.e, *imms, *h.read_all(base, params))
    h.write_all([values] if len(results) == 1 else list(values), base, results)


def _immediate(h: Handler, imm: Imm) -> Ir:
    if imm is Imm.LANE:
        return h.builder.trunc(h.b, INT32)
    return h.load(h.c(POINTER), 0, ir.IntType(128))


def _address(h: Handler, access: Access, *, indirect: bool) -> tuple[Ir, Ir]:
    """Return effective address and base of an access, having left if it is not inside."""
    e, base = h.e, h.slot(h.a)
    address = h.load(base, 0, INT64)
    if indirect:
        pair = h.c(POINTER)
        offset = h.load(pair, WORD, INT64)
        h.use_memory(h.load(pair, 0, POINTER))
    else:
        offset = h.c()
    ea = e.add(address, offset)
    end = e.add(ea, INT64(access.nbytes))
    bad = e.gt_u(end, h.registers["size"])
    if indirect:
        bad = e.or_(bad, e.or_(e.lt_u(ea, address), e.lt_u(end, ea)))
    h.leave_if(bad)
    if access.atomic and access.nbytes > 1:
        h.leave_if(e.ne(e.and_(ea, INT64(access.nbytes - 1)), INT64(0)))
    return ea, base


def _access_of(row: Row) -> Access:
    if row.access is None:
        raise Crash(f"{row.mnemonic} accesses no memory")
    return row.access


def _raw(h: Handler, row: Row, ea: Ir) -> Ir:
    access = _access_of(row)
    return h.load(h.registers["mem"], ea, ir.IntType(8 * access.nbytes), 1)


def _put(h: Handler, row: Row, ea: Ir, raw: Ir) -> None:
    h.store(raw, h.registers["mem"], ea, 1)
    h.mark(ea, _access_of(row).nbytes)


def _load(h: Handler, row: Row, where: tuple[Ir, Ir]) -> None:
    ea, base = where
    h.write(_llvm(row)(h.e, _raw(h, row, ea)), base)


def _store(h: Handler, row: Row, where: tuple[Ir, Ir]) -> None:
    ea, base = where
    _, value = h.read_all(base, _types(row)[0])
    _put(h, row, ea, _llvm(row)(h.e, value))


def _rmw(h: Handler, row: Row, where: tuple[Ir, Ir]) -> None:
    ea, base = where
    old = _raw(h, row, ea)
    _, *operands = h.read_all(base, _types(row)[0])
    _put(h, row, ea, _llvm(row)(h.e, old, *operands))
    h.write(old, base)


def _lane(h: Handler, row: Row, where: tuple[Ir, Ir]) -> None:
    ea, base = where
    _, vector = h.read_all(base, _types(row)[0])
    lane = h.builder.trunc(h.b, INT32)
    if row.results:
        h.write(_llvm(row)(h.e, _raw(h, row, ea), lane, vector), base)
    else:
        _put(h, row, ea, _llvm(row)(h.e, lane, vector))


def _llvm(row: Row) -> Callable[..., Ir]:
    return cast("Callable[..., Ir]", row.llvm)


_ACCESSES: dict[Kind, Callable[[Handler, Row, tuple[Ir, Ir]], None]] = {
    Kind.LOAD: _load,
    Kind.STORE: _store,
    Kind.RMW: _rmw,
    Kind.LANE: _lane,
}
