"""Constant expressions: initial values and offsets.

Source: core spec, valid/instructions.html#valid-constant.
"""

from __future__ import annotations

from wasmlab.errors import Invalid
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import CONSTANT, END, REF_FUNC, ROWS
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import FUNC, FUNCREF, RefType
from wasmlab.valid.algorithm import check
from wasmlab.valid.context import Context, lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.syntax.instr import Expr, Instr
    from wasmlab.syntax.module import Module
    from wasmlab.syntax.types import GlobalType, ValType

_ONE = 2
"""Instructions of an expression that is one constant, with its ``end``."""
_OF_ANY_FUNC = (FUNCREF, RefType(nullable=False, heap=FUNC))
_NUMBERS = frozenset(row.opcode for row in ROWS if row.mnemonic.endswith(".const"))


def validate_expr(
    module: Module, expr: Expr, t: ValType, globals_: Sequence[GlobalType] | None = None
) -> None:
    """Check that expr is constant and gives a value of type t.

    globals_: those it may name, all of the module unless given. Raises Invalid.
    """
    if _is_one_constant(module, expr, t):
        return
    visible = module.global_types if globals_ is None else globals_
    for instr in expr:
        _check_constant(instr, visible)
    check(Context(module, (), (t,), visible), expr)


def _is_one_constant(module: Module, expr: Expr, t: ValType) -> bool:
    """Return whether a plain constant of type t is all there is, as for most globals and elements.

    All other expressions go through the algorithm; it also says what is wrong with this one.
    """
    if len(expr) != _ONE or expr[1].row is not END:
        return False
    row = expr[0].row
    if row is REF_FUNC:
        x = expr[0].idx(0)
        exists = x < len(module.func_types) and x in module.declared_funcs
        return exists and t in _OF_ANY_FUNC
    return row.opcode in _NUMBERS and row.results == (t,)


def _check_constant(instr: Instr, visible: Sequence[GlobalType]) -> None:
    row, imms, offset = instr
    if row.mnemonic not in CONSTANT:
        raise Invalid(f"constant expression required: found {row.mnemonic}", offset)
    if row.imms == (Imm.GLOBALIDX,):
        x = imms[0]
        if isinstance(x, int) and x < len(visible) and lookup(visible, x, "global").mutable:
            raise Invalid(f"constant expression required: global {x} is mutable", offset)
