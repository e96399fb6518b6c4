"""Predicates of conditions and watchpoints, which hold wherever those may.

A predicate that holds where the condition does not costs time only: whoever set it looks again.
"""

from __future__ import annotations

import ast

from wasmlab.debug.stops.accesses import may_access, written_memory
from wasmlab.debug.stops.scope import global_index, local_index, shown_global
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import NamedTuple
from wasmlab.runtime.operand import offsets_of
from wasmlab.runtime.probe import (
    ALWAYS,
    EQUAL,
    GREATER,
    LESS,
    AllOf,
    AnyOf,
    CallsHost,
    Compare,
    Number,
    Space,
    Touch,
)
from wasmlab.syntax.types import I32, I64

if TYPE_CHECKING:
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import Code
    from wasmlab.syntax.types import ValType

_RELATIONS: dict[type[ast.cmpop], int] = {
    ast.Lt: LESS,
    ast.LtE: LESS | EQUAL,
    ast.Eq: EQUAL,
    ast.NotEq: LESS | GREATER,
    ast.GtE: GREATER | EQUAL,
    ast.Gt: GREATER,
}
_ALL = LESS | EQUAL | GREATER
_WIDTHS = {I32: 32, I64: 64}
_LARGEST = (1 << 63) - 1
_ZERO = Number(Space.CONSTANT, 0)


# ---- conditions ----


def condition_predicate(code: Code, tree: ast.expr, *, wanted: bool = True) -> Predicate:
    """Return a predicate that holds where a condition may be true in a function, or has no value.

    It is exact for comparisons of integer locals, globals and constants, joined by and, or, not.
    wanted False asks where it may be false.
    """
    match tree:
        case ast.BoolOp(op, values):
            parts = tuple(condition_predicate(code, value, wanted=wanted) for value in values)
            return AllOf(parts) if isinstance(op, ast.And) is wanted else AnyOf(parts)
        case ast.UnaryOp(ast.Not(), operand):
            return condition_predicate(code, operand, wanted=not wanted)
        case ast.Compare(left, ops, comparators):
            operands = [_number(code, node) for node in (left, *comparators)]
            pairs = zip(ops, operands[:-1], operands[1:], strict=True)
            parts = tuple(_compared(op, a, b, wanted=wanted) for op, a, b in pairs)
            return AllOf(parts) if wanted else AnyOf(parts)
        case _:
            number = _number(code, tree)
            return _compared(ast.NotEq(), number, _ZERO, wanted=wanted)


def condition_after(code: Code, pc: int, tree: ast.expr) -> Predicate:
    """Return a predicate that holds before an instruction if a condition may be true after it."""
    row, top = code.instrs[pc].row, code.local_slots + code.heights[pc] - 1
    if row.is_call:
        return ALWAYS
    written = None
    if row.writes_local or row.writes_global:
        space = Space.FRAME if row.writes_local else Space.GLOBALS
        written = _Written(space, code.instrs[pc].idx(0), top)
    return _after(condition_predicate(code, tree), code, written)


class _Written(NamedTuple):
    """A variable that an instruction writes."""

    space: Space
    number: int
    """The variable's index."""
    operand: int
    """The slot with its value to be, relative to the FP."""


def _after(predicate: Predicate, code: Code, written: _Written | None) -> Predicate:
    """Return what a predicate is of the state after an instruction, asked before it."""
    match predicate:
        case Compare(left, relations, right) if written is not None:
            return Compare(_put(left, code, written), relations, _put(right, code, written))
        case AllOf(parts):
            return AllOf(tuple(_after(part, code, written) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_after(part, code, written) for part in parts))
        case _:
            return predicate


def _put(number: Number, code: Code, written: _Written) -> Number:
    if written.space is Space.FRAME:
        at = offsets_of(code.typed.locals)[written.number]
    else:
        at = code.instance.globals[written.number].slot
    if (number.space, number.at) != (written.space, at):
        return number
    return Number(Space.FRAME, written.operand, number.bits)


def joined(one: Predicate | None, other: Predicate) -> Predicate:
    """Return what holds where both do; None holds everywhere."""
    return other if one is None or one is ALWAYS else AllOf((one, other))


def _compared(op: ast.cmpop, a: Number | None, b: Number | None, *, wanted: bool) -> Predicate:
    relations = _RELATIONS.get(type(op))
    if a is None or b is None or relations is None:
        return ALWAYS
    return Compare(a, relations if wanted else _ALL ^ relations, b)


def _number(code: Code, node: ast.expr) -> Number | None:
    """Return the number that an expression is, None if it is not that simple."""
    match node:
        case ast.Constant(int() as value) if -_LARGEST <= value <= _LARGEST:
            return Number(Space.CONSTANT, int(value))
        case ast.UnaryOp(ast.USub(), ast.Constant(int() as value)) if value <= _LARGEST:
            return Number(Space.CONSTANT, -value)
        case ast.Subscript(ast.Name("local"), ast.Constant(key)):
            return _local(code, str(key))
        case ast.Subscript(ast.Name("global_"), ast.Constant(key)):
            return _global(code, str(key))
        case _:
            return None


def _local(code: Code, name: str) -> Number | None:
    index = local_index(code, name)
    if index is None:
        return None if shown_global(code.instance, name) is None else _global(code, name)
    types = code.typed.locals
    return _typed(types[index], Space.FRAME, offsets_of(types)[index])


def _global(code: Code, name: str) -> Number | None:
    index = global_index(code.instance, name)
    if index is None:
        return None
    variable = code.instance.globals[index]
    return _typed(variable.type.value, Space.GLOBALS, variable.slot)


def _typed(t: ValType, space: Space, at: int) -> Number | None:
    width = next((width for integer, width in _WIDTHS.items() if integer is t), None)
    return None if width is None else Number(space, at, width)


# ---- memory ----


def touch_predicate(
    code: Code, pc: int, area: Area, *, reads: bool, writes: bool
) -> Predicate | None:
    """Return the predicate of an instruction's access to an area of memory; None if it has none."""
    instr = code.instrs[pc]
    row, mems = instr.row, code.instance.mems
    if not may_access(code, pc, reads=reads, writes=writes):
        return None
    if row.is_call:
        return CallsHost()
    slot, offset = cast("tuple[int, int]", code.accessed(pc))
    if row.access is not None:
        arg = instr.memarg
        touch = Touch(slot, offset, row.access.nbytes, None, area.start, area.end)
        return touch if mems[arg.mem] is area.space else None
    parts: list[Predicate] = []
    if writes and mems[written_memory(instr)] is area.space:
        parts.append(Touch(slot, 0, 0, slot + 2, area.start, area.end))
    if reads and row.reads_memory and mems[instr.idx(1)] is area.space:
        parts.append(Touch(slot + 1, 0, 0, slot + 2, area.start, area.end))
    return AnyOf(tuple(parts)) if parts else None
