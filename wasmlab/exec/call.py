"""Calls in the reference tier, and how a frame is entered."""

from __future__ import annotations

from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.exec.code import HOST, SWITCH
from wasmlab.exec.enter import clear_locals, enter
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FRAME_WORDS, PC, RESUME
from wasmlab.runtime.reference import payload
from wasmlab.syntax.types import func_type, slot_count
from wasmlab.valid.matching import matches_def

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.exec.binder import Bind, Binder, BindSite, Op
    from wasmlab.runtime.store import FuncInst
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.types import DefType


def param_slots(t: DefType) -> int:
    """Return the slots of a function type's parameters."""
    return slot_count(func_type(t).params)


def _call(b: Binder, instr: Instr, site: BindSite) -> Op:
    callee = b.code.instance.funcs[instr.idx(0)]
    at = site.top - param_slots(callee.type)
    if callee.host is not None:
        return calling(b, lambda _fp: callee, at, site)
    # not through ``calling``: asking for the callee would be one more call for each of these
    agent, frames, code_of = b.agent, b.agent.frames, b.code_of
    pc, after = site.pc, site.after

    def call(fp: int) -> int:
        word = (agent.depth - 1) * FRAME_WORDS
        enter(agent, callee, callee.code or code_of(callee), fp + at)
        frames[word + PC] = pc
        frames[word + RESUME] = after
        return SWITCH

    return call


def calling(b: Binder, callee_of: Callable[[int], FuncInst], at: int, site: BindSite) -> Op:
    """Return a closure that calls the function callee_of finds; its arguments begin at slot at."""
    agent, frames, code_of = b.agent, b.agent.frames, b.code_of
    pc, after = site.pc, site.after

    def call(fp: int) -> int:
        callee = callee_of(fp)
        if callee.host is not None:
            agent.pending = (callee.addr, fp + at, False)
            return HOST
        word = (agent.depth - 1) * FRAME_WORDS
        enter(agent, callee, callee.code or code_of(callee), fp + at)
        frames[word + PC] = pc
        frames[word + RESUME] = after
        return SWITCH

    return call


def callee_in_table(b: Binder, instr: Instr, slot: int) -> Callable[[int], FuncInst]:
    """Return a closure that finds the callee of an indirect call by the index in a slot.

    It raises Trap where the index is outside, the element null, or its type another one.
    """
    typeidx, tableidx = instr.idx(0), instr.idx(1)
    instance, s = b.code.instance, b.stack
    expected, table = instance.module.types[typeidx], instance.tables[tableidx]
    funcs = instance.store.funcs

    def callee_of(fp: int) -> FuncInst:
        i = s[fp + slot]
        if i >= table.size:
            raise Trap(TrapCode.UNDEFINED_ELEMENT, f"{i}, the table has {table.size}")
        ref = table.cells[i]
        if ref == 0:
            raise Trap(TrapCode.UNINITIALIZED_ELEMENT, f"{i}")
        callee = funcs[payload(ref)]
        if callee.type is not expected and not matches_def(callee.type, expected):
            raise Trap(
                TrapCode.INDIRECT_CALL_TYPE_MISMATCH, f"expected {expected}, found {callee.type}"
            )
        return callee

    return callee_of


def _callee_by_ref(b: Binder, slot: int) -> Callable[[int], FuncInst]:
    s, funcs = b.stack, b.code.instance.store.funcs

    def callee_of(fp: int) -> FuncInst:
        ref = s[fp + slot]
        if ref == 0:
            raise Trap(TrapCode.NULL_FUNCTION_REFERENCE)
        return funcs[payload(ref)]

    return callee_of


def _param_slots(b: Binder, typeidx: int) -> int:
    return param_slots(b.code.instance.module.types[typeidx])


def _call_indirect(b: Binder, instr: Instr, site: BindSite) -> Op:
    at = site.top - 1 - _param_slots(b, instr.idx(0))
    callee_of = callee_in_table(b, instr, site.top - 1)
    return calling(b, callee_of, at, site)


def _call_ref(b: Binder, instr: Instr, site: BindSite) -> Op:
    at = site.top - 1 - _param_slots(b, instr.idx(0))
    return calling(b, _callee_by_ref(b, site.top - 1), at, site)


def tail_calling(b: Binder, callee_of: Callable[[int], FuncInst], at: int) -> Op:
    """Return a closure that calls in place of the current frame; the arguments begin at slot at."""
    agent, s, code_of, own = b.agent, b.stack, b.code_of, b.code
    frames, limit = agent.frames, agent.limits.slots

    def tail_call(fp: int) -> int:
        callee = callee_of(fp)
        if callee.host is not None:
            agent.pending = (callee.addr, fp + at, True)
            return HOST
        code = callee.code or code_of(callee)
        if fp + code.frame_slots > limit:
            raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{limit} slots")
        n = code.param_slots
        if n == 1:
            s[fp] = s[fp + at]
        else:
            s[fp : fp + n] = s[fp + at : fp + at + n]
        if code.clears:
            clear_locals(agent, code, fp)
        if code is own:
            return 0
        word = (agent.depth - 1) * FRAME_WORDS
        frames[word] = callee.addr
        frames[word + PC] = 0
        return SWITCH

    return tail_call


def _return_call(b: Binder, instr: Instr, site: BindSite) -> Op:
    callee = b.code.instance.funcs[instr.idx(0)]
    at = site.top - param_slots(callee.type)
    return tail_calling(b, lambda _fp: callee, at)


def _return_call_indirect(b: Binder, instr: Instr, site: BindSite) -> Op:
    at = site.top - 1 - _param_slots(b, instr.idx(0))
    return tail_calling(b, callee_in_table(b, instr, site.top - 1), at)


def _return_call_ref(b: Binder, instr: Instr, site: BindSite) -> Op:
    at = site.top - 1 - _param_slots(b, instr.idx(0))
    return tail_calling(b, _callee_by_ref(b, site.top - 1), at)


RULES: dict[str, Bind] = {
    "call": _call,
    "call_indirect": _call_indirect,
    "call_ref": _call_ref,
    "return_call": _return_call,
    "return_call_indirect": _return_call_indirect,
    "return_call_ref": _return_call_ref,
}
"""By rule."""
