"""Whom a call instruction calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wasmlab.runtime.reference import payload

if TYPE_CHECKING:
    from wasmlab.exec.code import Code
    from wasmlab.runtime.store import FuncInst, Store

DIRECT_CALLS = frozenset(("call", "return_call"))
INDIRECT_CALLS = frozenset(("call_indirect", "call_ref", "return_call_indirect", "return_call_ref"))
CALLS = DIRECT_CALLS | INDIRECT_CALLS
"""Rules of all instructions that call."""


def callee_of(store: Store, code: Code, pc: int, top: int) -> FuncInst | None:
    """Return the function that the instruction at pc calls; None if it is no call, or will trap.

    top: the topmost slot of the operands before it.
    """
    instr = code.instrs[pc]
    match instr.row.rule.removeprefix("return_"):
        case "call":
            return code.instance.funcs[cast("int", instr.imms[0])]
        case "call_ref":
            return _referenced(store, top)
        case "call_indirect":
            table = code.instance.tables[cast("int", instr.imms[1])]
            return _referenced(store, table.cells[top]) if top < table.size else None
        case _:
            return None


def _referenced(store: Store, ref: int) -> FuncInst | None:
    return store.funcs[payload(ref)] if ref else None
