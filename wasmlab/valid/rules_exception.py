"""Typing rules of exceptions, those of the legacy proposal too.

Source: core spec, valid/instructions.html#valid-throw, and the proposal's legacy document.
"""

from __future__ import annotations

from wasmlab.errors import Invalid, Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import EXN, EXNREF, RefType, ValType
from wasmlab.valid.context import Context, Rule, Sig, expanded, label, lookup
from wasmlab.valid.matching import matches_result
from wasmlab.valid.rules_control import BlockType, note_targets, open_block
from wasmlab.valid.stack import Mismatch, text

if TYPE_CHECKING:
    from wasmlab.syntax.instr import Catch
    from wasmlab.valid.stack import CtrlFrame

_CAUGHT = RefType(nullable=False, heap=EXN)
_BEFORE_CATCH = {BlockKind.TRY, BlockKind.CATCH}
_CATCHES = {BlockKind.CATCH, BlockKind.CATCH_ALL}


def _tag_params(c: Context, x: int) -> tuple[ValType, ...]:
    return expanded(lookup(c.module.tag_types, x, "tag").type).params


def _throw(c: Context, x: int) -> Sig:
    params = _tag_params(c, x)
    c.stacks.pop_vals(params)
    c.stacks.unreachable()
    return params, ()


def _throw_ref(c: Context) -> Sig:
    c.stacks.pop_val(EXNREF)
    c.stacks.unreachable()
    return (EXNREF,), ()


def _try_table(c: Context, blocktype: BlockType, catches: tuple[Catch, ...]) -> Sig:
    frames = [_catch_clause(c, clause) for clause in catches]
    sig = open_block(c, BlockKind.TRY_TABLE, blocktype)
    note_targets(c, frames)
    return sig


def _catch_clause(c: Context, clause: Catch) -> CtrlFrame:
    given = () if clause.tag is None else _tag_params(c, clause.tag)
    if clause.kind.endswith("_ref"):
        given = (*given, _CAUGHT)
    frame = label(c, clause.label)
    if not matches_result(given, frame.label_types):
        wanted = f"label {clause.label} to take {text(given)} from {clause.kind}"
        raise Mismatch(wanted, text(frame.label_types))
    return frame


def _try(c: Context, blocktype: BlockType) -> Sig:
    return open_block(c, BlockKind.TRY, blocktype)


def _handler(c: Context, kind: BlockKind, given: tuple[ValType, ...]) -> Sig:
    frame = c.stacks.pop_ctrl()
    if frame.kind not in _BEFORE_CATCH:
        raise Malformed(f"END opcode expected: {kind.value} without try")
    c.clauses.setdefault(frame.index, []).append(c.at)
    c.stacks.push_ctrl(kind, frame.index, given, frame.end_types)
    return frame.end_types, given


def _catch(c: Context, x: int) -> Sig:
    return _handler(c, BlockKind.CATCH, _tag_params(c, x))


def _catch_all(c: Context) -> Sig:
    return _handler(c, BlockKind.CATCH_ALL, ())


def _delegate(c: Context, depth: int) -> Sig:
    frame = c.stacks.pop_ctrl()
    if frame.kind is not BlockKind.TRY:
        raise Malformed("END opcode expected: delegate without try")
    note_targets(c, [label(c, depth)])
    c.ends[frame.index] = c.at
    c.stacks.push_vals(frame.end_types)
    return frame.end_types, frame.end_types


def _rethrow(c: Context, depth: int) -> Sig:
    frame = label(c, depth)
    if frame.kind not in _CATCHES:
        raise Invalid(f"invalid rethrow label {depth}: expected a catch, found {frame.kind.value}")
    note_targets(c, [frame])
    c.stacks.unreachable()
    return (), ()


RULES: dict[str, Rule] = {
    "throw": _throw,
    "throw_ref": _throw_ref,
    "try_table": _try_table,
    "try": _try,
    "catch": _catch,
    "catch_all": _catch_all,
    "delegate": _delegate,
    "rethrow": _rethrow,
}
"""Rules that pop and push on their own."""
