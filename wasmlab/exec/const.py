"""Constant expressions: initial values, offsets of segments."""

from __future__ import annotations

from functools import cache

from wasmlab.errors import Crash
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.operand import mask_of
from wasmlab.runtime.store import read_global
from wasmlab.syntax.initial import FUNC, GLOBAL, Plain
from wasmlab.syntax.types import StructType

if TYPE_CHECKING:
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.syntax.instr import Expr, Instr
    from wasmlab.syntax.row import Row


def evaluate(instance: ModuleInst, expr: Expr | Plain) -> int:
    """Return the bits of a valid constant expression's value. Raises Crash."""
    if isinstance(expr, Plain):
        return _plain_value(instance, expr)
    from wasmlab.runtime.verbs import machine_of  # for longer ones

    stack = list[int]()
    for instr in expr[:-1]:
        row = instr.row
        if row.reads_global:
            stack.append(read_global(instance.store, instance.globals[instr.idx(0)]))
            continue
        if row.py is None:
            raise Crash(f"{row.mnemonic} in a constant expression")
        n = _operand_count(instance, instr)
        operands = [stack.pop() for _ in range(n)][::-1]
        if row.results is None:
            stack.append(int(row.py(machine_of(instance), *instr.imms, *operands)))
        else:
            stack.append(row.py(*instr.imms, *operands) & mask_of(row.results[0]))
    return stack.pop()


def _plain_value(instance: ModuleInst, plain: Plain) -> int:
    if plain.kind == GLOBAL:
        return read_global(instance.store, instance.globals[plain.number])
    return instance.func_ref(plain.number) if plain.kind == FUNC else plain.number


def _operand_count(instance: ModuleInst, instr: Instr) -> int:
    count = _fixed_operands(instr.row)
    if count is not None:
        return count
    comp = instance.module.types[instr.idx(0)].comp
    return len(comp.fields) if isinstance(comp, StructType) else instr.idx(-1)


@cache
def _fixed_operands(row: Row) -> int | None:
    """Return how many operands a row takes; None if its immediates tell."""
    if row.params is not None:
        return len(row.params)
    if row.py is None:
        return 0
    from inspect import signature

    parameters = signature(row.py).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.default is p.empty for p in parameters) - 1 - len(row.imms)
