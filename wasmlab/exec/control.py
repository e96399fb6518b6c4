"""Blocks, branches and returns in the reference tier: one function for each rule of the table.

A rule returns the closure of the instruction; the closure returns the next pc, or a signal of
``exec.code``.
"""

from __future__ import annotations

from wasmlab.errors import Trap, TrapCode
from wasmlab.exec.binder import moved
from wasmlab.exec.code import DONE, SWITCH
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.aggregate import ref_matches
from wasmlab.runtime.frame import FRAME_WORDS, PC, RESUME
from wasmlab.syntax.types import slot_count

if TYPE_CHECKING:
    from wasmlab.exec.binder import Bind, Binder, BindSite, Jump, Op
    from wasmlab.syntax.instr import Instr
    from wasmlab.valid.body import BranchTarget


def returning(b: Binder, top: int) -> Jump:
    """Return a closure that returns from the function with the results below top."""
    agent, frames, s, n = b.agent, b.agent.frames, b.stack, b.code.result_slots
    move = moved(b, top - n, 0, n) if n != 1 else None
    single = top - 1 if n == 1 else 0

    def leave(fp: int) -> int:
        if single:
            s[fp] = s[fp + single]
        elif move is not None:
            move(fp)
        depth = agent.depth - 1
        agent.depth = depth
        if depth == agent.base:
            return DONE
        word = (depth - 1) * FRAME_WORDS
        frames[word + PC] = frames[word + RESUME]
        return SWITCH

    return leave


def jump_to(b: Binder, target: BranchTarget, top: int) -> Jump | int:
    """Return how to branch with the operands below top: a pc if nothing moves, else a closure."""
    if target.block < 0:
        return returning(b, top)
    n, goal = slot_count(target.types), b.code.target_pc(target)
    move = moved(b, top - n, b.code.local_slots + target.height, n)
    if move is None:
        return goal

    def jump(fp: int) -> int:
        move(fp)
        return goal

    return jump


def _jump(b: Binder, site: BindSite, top: int) -> Jump:
    """Return the closure of a branch to its only label."""
    return as_closure(jump_to(b, b.code.targets(site.pc)[0], top))


def as_closure(jump: Jump | int) -> Jump:
    """Return a closure in any case."""
    if isinstance(jump, int):
        target = jump
        return lambda _fp: target
    return jump


def _unreachable(_b: Binder, _instr: Instr, _site: BindSite) -> Op:
    def unreachable(_fp: int) -> None:
        raise Trap(TrapCode.UNREACHABLE)

    return unreachable


def _nop(_b: Binder, _instr: Instr, _site: BindSite) -> Op:
    return _go_on


def _go_on(_fp: int) -> None:
    """Do nothing: the next instruction follows."""


def _if(b: Binder, _instr: Instr, site: BindSite) -> Op:
    s, c, then, otherwise = b.stack, site.top - 1, site.after, b.code.otherwise(site.pc)
    return lambda fp: then if s[fp + c] else otherwise


def _br(b: Binder, _instr: Instr, site: BindSite) -> Op:
    return _jump(b, site, site.top)


def _br_if(b: Binder, _instr: Instr, site: BindSite) -> Op:
    s, c, otherwise = b.stack, site.top - 1, site.after
    jump = jump_to(b, b.code.targets(site.pc)[0], site.top - 1)
    if isinstance(jump, int):
        target = jump
        return lambda fp: target if s[fp + c] else otherwise
    return lambda fp: jump(fp) if s[fp + c] else otherwise


def _br_table(b: Binder, _instr: Instr, site: BindSite) -> Op:
    s, c = b.stack, site.top - 1
    targets = b.code.targets(site.pc)
    blocks = {target.block: target for target in targets}
    jumps = {at: as_closure(jump_to(b, target, site.top - 1)) for at, target in blocks.items()}
    table = [jumps[target.block] for target in targets]
    last = len(table) - 1
    return lambda fp: table[min(s[fp + c], last)](fp)


def _return(b: Binder, _instr: Instr, site: BindSite) -> Op:
    return returning(b, site.top)


def _br_on_null(b: Binder, _instr: Instr, site: BindSite) -> Op:
    s, c, otherwise = b.stack, site.top - 1, site.after
    jump = _jump(b, site, site.top - 1)
    return lambda fp: otherwise if s[fp + c] else jump(fp)


def _br_on_non_null(b: Binder, _instr: Instr, site: BindSite) -> Op:
    s, c, otherwise = b.stack, site.top - 1, site.after
    jump = _jump(b, site, site.top)
    return lambda fp: jump(fp) if s[fp + c] else otherwise


def _br_on_cast(b: Binder, instr: Instr, site: BindSite) -> Op:
    return _branch_on_match(b, instr, site, wanted=True)


def _br_on_cast_fail(b: Binder, instr: Instr, site: BindSite) -> Op:
    return _branch_on_match(b, instr, site, wanted=False)


def _branch_on_match(b: Binder, instr: Instr, site: BindSite, *, wanted: bool) -> Op:
    s, c, otherwise = b.stack, site.top - 1, site.after
    jump = _jump(b, site, site.top)
    t = instr.cast_types[1]
    store = b.code.instance.store

    def branch(fp: int) -> int:
        found = ref_matches(store, s[fp + c], t.heap, nullable=t.nullable)
        return jump(fp) if found == wanted else otherwise

    return branch


RULES: dict[str, Bind] = {
    "unreachable": _unreachable,
    "nop": _nop,
    "if": _if,
    "end": _return,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "return": _return,
    "br_on_null": _br_on_null,
    "br_on_non_null": _br_on_non_null,
    "br_on_cast": _br_on_cast,
    "br_on_cast_fail": _br_on_cast_fail,
}
"""By rule."""
