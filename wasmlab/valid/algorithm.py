"""The validation algorithm: one pass over the instructions of a body or constant expression.

How an instruction is typed follows from its row: *plain* rows have operand types and nothing else
to check; a *signature* is a rule that says what is popped and pushed; a *rule* pops and pushes on
its own. Source: core spec, appendix/algorithm.html.
"""

from __future__ import annotations

from collections.abc import Callable

from wasmlab.errors import Invalid, Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ROWS
from wasmlab.records import NamedTuple
from wasmlab.syntax.row import BlockKind, Imm, Row
from wasmlab.syntax.types import V128, ValType
from wasmlab.valid import (
    rules_aggregate,
    rules_call,
    rules_control,
    rules_exception,
    rules_memory,
    rules_reference,
    rules_variable,
)
from wasmlab.valid.context import spelled
from wasmlab.valid.stack import Mismatch, Stacks, listed

if TYPE_CHECKING:
    from wasmlab.syntax.instr import Instr
    from wasmlab.valid.context import Context, Rule, Sig

Observer = Callable[[int, Stacks], None]
"""Called before each instruction with its index and the stacks, which it must not change."""

SIGNATURES: dict[str, Rule] = {
    **rules_variable.SIGNATURES,
    **rules_call.SIGNATURES,
    **rules_memory.SIGNATURES,
    **rules_reference.SIGNATURES,
    **rules_aggregate.SIGNATURES,
}
"""Rules that return what is popped and pushed, by name."""

RULES: dict[str, Rule] = {
    **rules_control.RULES,
    **rules_variable.RULES,
    **rules_call.RULES,
    **rules_exception.RULES,
    **rules_reference.RULES,
}
"""Rules that pop and push on their own and return what that was, by name."""


class _Plain(NamedTuple):
    """Operand types of a plain row; wanted are the params again, to compare with the stack."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]
    wanted: list[ValType]
    wide: int
    """By how much the number of v128 operands changes."""


def _plain(row: Row) -> _Plain:
    params, results = row.params or (), row.results or ()
    return _Plain(params, results, list(params), results.count(V128) - params.count(V128))


def _signature(row: Row) -> Rule | None:
    if row.params is None:
        return SIGNATURES.get(row.rule)
    if Imm.MEMARG in row.imms:
        return rules_memory.memory_access(row)
    has_lanes = Imm.LANE in row.imms or Imm.LANES in row.imms
    return rules_memory.lane_access(row) if has_lanes else None


_SIGNATURE_OF = {row.opcode: rule for row in ROWS if (rule := _signature(row)) is not None}
_PLAIN_OF = {
    row.opcode: _plain(row)
    for row in ROWS
    if row.params is not None and row.opcode not in _SIGNATURE_OF
}


class Typing(NamedTuple):
    """The fields of ``TypedBody`` that one pass over the instructions fills."""

    heights: list[int]
    sigs: dict[int, Sig]


def check(
    c: Context,
    instrs: tuple[Instr, ...],
    *,
    func: int | None = None,
    observe: Observer | None = None,
) -> Typing:
    """Check instrs, the final ``end`` included, in a fresh context; fill the context in.

    func: index of the function, for errors. Raises Invalid with offset and operands.
    """
    typing = Typing([], {})
    try:
        _begin(c)
        _run(c, instrs, typing, observe)
        _require_end(c)
    except (Invalid, Malformed, Mismatch) as error:
        if isinstance(error, Invalid | Malformed) and error.offset is not None:
            raise
        raise _placed(c, instrs, func, error) from None
    return typing


def _begin(c: Context) -> None:
    c.stacks = Stacks()
    c.stacks.declare_locals(c.params, c.locals)
    c.stacks.push_ctrl(BlockKind.FUNC, -1, (), c.results)


def _require_end(c: Context) -> None:
    if c.stacks.ctrls:
        raise Malformed("unexpected end of section or function: a block is not closed")


def _run(c: Context, instrs: tuple[Instr, ...], typing: Typing, observe: Observer | None) -> None:
    stacks = c.stacks
    vals, ctrls = stacks.vals, stacks.ctrls
    for at, (row, imms, _) in enumerate(instrs):
        c.at = at
        if not ctrls:
            raise Malformed("section size mismatch: instructions after the final end")
        frame = ctrls[-1]
        live = not (frame.unreachable or frame.dead)
        typing.heights.append(len(vals) + stacks.wide if live else -1)
        if observe is not None:
            observe(at, stacks)
        plain = _PLAIN_OF.get(row.opcode)
        if plain is None:
            sig = _apply_rule(c, row, imms)
            if live and row.params is None:
                typing.sigs[at] = sig
            continue
        params, results, wanted, wide = plain
        base = len(vals) - len(wanted)
        if base >= frame.height and vals[base:] == wanted:
            del vals[base:]
            vals += results
            stacks.wide += wide
        else:
            stacks.pop_vals(params)
            stacks.push_vals(results)


def _apply_rule(c: Context, row: Row, imms: tuple[object, ...]) -> Sig:
    signature = _SIGNATURE_OF.get(row.opcode)
    if signature is None:
        return RULES[row.rule](c, *imms)
    sig = signature(c, *imms)
    params, results = sig
    if params:
        c.stacks.pop_vals(params)
    c.stacks.push_vals(results)
    return sig


def _placed(
    c: Context,
    instrs: tuple[Instr, ...],
    func: int | None,
    error: Invalid | Malformed | Mismatch,
) -> Invalid | Malformed:
    """Return the error with its place; the operands are found by checking up to there again."""
    at = c.at
    row, _, offset = instrs[at]
    if isinstance(error, Malformed):
        return Malformed(error.message, offset, hint=error.hint)
    _begin(c)
    _run(c, instrs[:at], Typing([], {}), None)
    stack = tuple(spelled(c.module, t) for t in c.stacks.vals)
    if isinstance(error, Invalid):
        return Invalid(error.message, offset, func=func, stack=stack, hint=error.hint)
    operands = listed(stack) or "nothing"
    if not c.stacks.is_live:
        operands += ", in code that cannot be reached"
    expected, found = spelled(c.module, error.expected), spelled(c.module, error.found)
    message = f"{row.mnemonic} expected {expected}, found {found}; operands: {operands}"
    return Invalid(f"type mismatch: {message}", offset, func=func, stack=stack)
