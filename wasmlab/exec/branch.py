"""Where a branch instruction goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wasmlab.runtime.aggregate import ref_matches

if TYPE_CHECKING:
    from wasmlab.exec.code import Code
    from wasmlab.syntax.types import RefType

BRANCHES_BY_NUMBER = frozenset(("br", "br_if", "br_table"))
BRANCHES = BRANCHES_BY_NUMBER | {"br_on_null", "br_on_non_null", "br_on_cast", "br_on_cast_fail"}
"""Rules of all instructions that branch to a label."""


def branch_depth(code: Code, pc: int, top: int) -> int | None:
    """Return the label that the branch at pc goes to; None if execution goes on behind it.

    top: the topmost slot of the operands before it.
    """
    instr = code.instrs[pc]
    rule, first = instr.row.rule, instr.imms[0]
    if rule == "br_table":
        depths = cast("tuple[int, ...]", first)
        return depths[min(top, len(depths) - 1)]
    match rule:
        case "br":
            taken = True
        case "br_if" | "br_on_non_null":
            taken = top != 0
        case "br_on_null":
            taken = top == 0
        case _:
            t = cast("tuple[RefType, RefType]", instr.imms[1])[1]
            fits = ref_matches(code.instance.store, top, t.heap, nullable=t.nullable)
            taken = fits == (rule == "br_on_cast")
    return cast("int", first) if taken else None
