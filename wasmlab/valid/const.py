"""Constant expressions: initial values and offsets.

Source: core spec, valid/instructions.html#valid-constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.errors import Invalid
from wasmlab.isa.index import CONSTANT
from wasmlab.isa.row import Imm
from wasmlab.valid.algorithm import check
from wasmlab.valid.context import Context, lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.syntax.module import Expr, Instr, Module
    from wasmlab.syntax.types import GlobalType, ValType


def validate_expr(
    module: Module, expr: Expr, t: ValType, globals_: Sequence[GlobalType] | None = None
) -> None:
    """Check that expr is constant and gives a value of type t.

    globals_: those it may name, all of the module unless given. Raises Invalid.
    """
    visible = module.global_types if globals_ is None else globals_
    for instr in expr:
        _check_constant(instr, visible)
    check(Context(module, (), (t,), visible), expr)


def _check_constant(instr: Instr, visible: Sequence[GlobalType]) -> None:
    row, imms, offset = instr
    if row.mnemonic not in CONSTANT:
        raise Invalid(f"constant expression required: found {row.mnemonic}", offset)
    if row.imms == (Imm.GLOBALIDX,):
        x = imms[0]
        if isinstance(x, int) and x < len(visible) and lookup(visible, x, "global").mutable:
            raise Invalid(f"constant expression required: global {x} is mutable", offset)
