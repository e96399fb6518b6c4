"""The callee of a call instruction."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.reference import payload
from wasmlab.syntax.row import Imm

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code, FuncInst, Store


def callee_of(store: Store, code: Code, pc: int, top: int) -> FuncInst | None:
    """Return the function that the instruction at pc calls; None if it is no call, or will trap.

    top: the topmost slot of the operands before it.
    """
    instr = code.instrs[pc]
    if not instr.row.is_call:
        return None
    if instr.row.is_direct_call:
        return code.instance.funcs[instr.idx(0)]
    if Imm.TABLEIDX not in instr.row.imms:
        return _referenced(store, top)
    table = code.instance.tables[instr.idx(1)]
    return _referenced(store, table.cells[top]) if top < table.size else None


def _referenced(store: Store, ref: int) -> FuncInst | None:
    return store.funcs[payload(ref)] if ref else None
