"""Typing rules of blocks and branches. Source: core spec, valid/instructions.html#valid-block.

Names in all modules of typing rules, as in the specification: ``c`` the context C, ``t`` a type,
``ts`` or ``types`` a sequence of types (bottom first), ``ft`` a function type, ``x`` and ``y``
indices, ``depth`` the index of a label, ``frame`` the open block that it names.
"""

from __future__ import annotations

from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import I32, FuncType, RefType, ValType
from wasmlab.valid.context import Context, Rule, Sig, TypedBlock, func_type, label, target
from wasmlab.valid.matching import difference, matches_result, matches_val
from wasmlab.valid.stack import Mismatch, text

if TYPE_CHECKING:
    from wasmlab.valid.stack import CtrlFrame

BlockType = ValType | int | None


def _block_type(c: Context, blocktype: BlockType) -> FuncType:
    if blocktype is None:
        return FuncType((), ())
    if isinstance(blocktype, int):
        return func_type(c.module, blocktype)
    return FuncType((), (blocktype,))


def open_block(c: Context, kind: BlockKind, blocktype: BlockType) -> Sig:
    """Pop the parameters and open a block of that kind."""
    ft = _block_type(c, blocktype)
    stacks = c.stacks
    stacks.pop_vals(ft.params)
    if stacks.is_live:
        c.blocks[c.at] = TypedBlock(kind, ft.params, ft.results, stacks.height)
    stacks.push_ctrl(kind, c.at, ft.params, ft.results)
    return ft.params, ft.params


def _block(c: Context, blocktype: BlockType) -> Sig:
    return open_block(c, BlockKind.BLOCK, blocktype)


def _loop(c: Context, blocktype: BlockType) -> Sig:
    return open_block(c, BlockKind.LOOP, blocktype)


def _if(c: Context, blocktype: BlockType) -> Sig:
    c.stacks.pop_val(I32)
    params, _ = open_block(c, BlockKind.IF, blocktype)
    return (*params, I32), params


def _else(c: Context) -> Sig:
    frame = c.stacks.pop_ctrl()
    if frame.kind is not BlockKind.IF:
        raise Malformed("END opcode expected: else without if")
    c.elses[frame.index] = c.at
    c.stacks.push_ctrl(BlockKind.ELSE, frame.index, frame.start_types, frame.end_types)
    return frame.end_types, frame.start_types


def _end(c: Context) -> Sig:
    frame = c.stacks.pop_ctrl()
    if frame.kind is BlockKind.IF and not matches_result(frame.start_types, frame.end_types):
        raise Mismatch(
            f"results like its parameters, as the if has no else ({text(frame.start_types)})",
            text(frame.end_types),
        )
    c.ends[frame.index] = c.at
    if c.stacks.ctrls:
        c.stacks.push_vals(frame.end_types)
    return frame.end_types, frame.end_types


def _unreachable(c: Context) -> Sig:
    c.stacks.unreachable()
    return (), ()


def _nop(_c: Context) -> Sig:
    return (), ()


def note_targets(c: Context, frames: list[CtrlFrame]) -> None:
    """Record where the instruction branches to, if it is reachable."""
    if c.stacks.is_live:
        c.targets[c.at] = tuple(map(target, frames))


def _br(c: Context, depth: int) -> Sig:
    frame = label(c, depth)
    types = frame.label_types
    c.stacks.pop_vals(types)
    note_targets(c, [frame])
    c.stacks.unreachable()
    return types, ()


def _br_if(c: Context, depth: int) -> Sig:
    frame = label(c, depth)
    types = frame.label_types
    c.stacks.pop_val(I32)
    c.stacks.pop_vals(types)
    c.stacks.push_vals(types)
    note_targets(c, [frame])
    return (*types, I32), types


def _br_table(c: Context, depths: tuple[int, ...]) -> Sig:
    frames = [label(c, depth) for depth in depths]
    types = frames[-1].label_types
    c.stacks.pop_val(I32)
    for depth, frame in zip(depths, frames, strict=True):
        if len(frame.label_types) != len(types):
            wanted, found = text(types), text(frame.label_types)
            raise Mismatch(f"label {depth} to take {wanted} like the default", found)
        c.stacks.push_vals(c.stacks.pop_vals(frame.label_types))
    c.stacks.pop_vals(types)
    note_targets(c, frames)
    c.stacks.unreachable()
    return (*types, I32), ()


def _return(c: Context) -> Sig:
    c.stacks.pop_vals(c.results)
    note_targets(c, [c.stacks.ctrls[0]])
    c.stacks.unreachable()
    return c.results, ()


def _br_on_null(c: Context, depth: int) -> Sig:
    frame = label(c, depth)
    types = frame.label_types
    ref = c.stacks.pop_ref()
    c.stacks.pop_vals(types)
    c.stacks.push_vals(types)
    kept = RefType(nullable=False, heap=ref.heap)
    c.stacks.push_val(kept)
    note_targets(c, [frame])
    return (*types, ref), (*types, kept)


def _reference_label(frame: CtrlFrame, given: RefType) -> tuple[ValType, ...]:
    """Return what the label takes below its last type, which must be a reference above given."""
    types = frame.label_types
    if not types or not matches_val(given, types[-1]):
        raise Mismatch(f"a label that takes {given} last", text(types))
    return types[:-1]


def _br_on_non_null(c: Context, depth: int) -> Sig:
    frame = label(c, depth)
    ref = c.stacks.pop_ref()
    types = _reference_label(frame, RefType(nullable=False, heap=ref.heap))
    c.stacks.pop_vals(types)
    c.stacks.push_vals(types)
    note_targets(c, [frame])
    return (*types, ref), types


def _br_on_cast(c: Context, depth: int, casts: tuple[RefType, RefType]) -> Sig:
    return _cast_branch(c, depth, casts, casts[1], difference(*casts))


def _br_on_cast_fail(c: Context, depth: int, casts: tuple[RefType, RefType]) -> Sig:
    return _cast_branch(c, depth, casts, difference(*casts), casts[1])


def _cast_branch(
    c: Context, depth: int, casts: tuple[RefType, RefType], taken: RefType, kept: RefType
) -> Sig:
    frame = label(c, depth)
    source, goal = casts
    if not matches_val(goal, source):
        raise Mismatch(f"a type below {source} to cast to", goal)
    types = _reference_label(frame, taken)
    c.stacks.pop_val(source)
    c.stacks.pop_vals(types)
    c.stacks.push_vals(types)
    c.stacks.push_val(kept)
    note_targets(c, [frame])
    return (*types, source), (*types, kept)


RULES: dict[str, Rule] = {
    "unreachable": _unreachable,
    "nop": _nop,
    "block": _block,
    "loop": _loop,
    "if": _if,
    "else": _else,
    "end": _end,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "return": _return,
    "br_on_null": _br_on_null,
    "br_on_non_null": _br_on_non_null,
    "br_on_cast": _br_on_cast,
    "br_on_cast_fail": _br_on_cast_fail,
}
"""Rules that pop and push on their own."""
