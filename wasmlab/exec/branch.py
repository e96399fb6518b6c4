"""The target of a branch instruction."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.aggregate import ref_matches
from wasmlab.syntax.row import Condition

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code
    from wasmlab.valid.body import BranchTarget


def branch_target(code: Code, pc: int, top: int) -> BranchTarget | None:
    """Return where the branch at pc goes; None if execution goes on after it.

    top: the topmost slot of the operands before it.
    """
    targets, condition = code.targets(pc), code.instrs[pc].row.condition
    if condition is Condition.INDEX:
        return targets[min(top, len(targets) - 1)]
    return targets[0] if condition is None or _holds(condition, code, pc, top) else None


def _holds(condition: Condition, code: Code, pc: int, top: int) -> bool:
    match condition:
        case Condition.NON_ZERO | Condition.NON_NULL:
            return top != 0
        case Condition.NULL:
            return top == 0
        case _:
            t = code.instrs[pc].cast_types[1]
            fits = ref_matches(code.instance.store, top, t.heap, nullable=t.nullable)
            return fits is (condition is Condition.MATCH)
