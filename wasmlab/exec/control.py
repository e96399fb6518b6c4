"""Control instructions of the reference tier: one function for each rule of the table.

A rule returns the closure of the instruction; the closure returns the next pc, or a signal of
``exec.code``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wasmlab.errors import Exhaustion, Trap, TrapCode
from wasmlab.exec.code import DONE, HOST, SWITCH
from wasmlab.runtime.aggregate import ref_matches
from wasmlab.runtime.frame import FP, FRAME_WORDS, PC, RESUME
from wasmlab.runtime.reference import payload
from wasmlab.syntax.types import slot_count, slots
from wasmlab.valid.matching import matches_def

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.exec.code import Code
    from wasmlab.runtime.frame import Agent
    from wasmlab.runtime.store import FuncInst
    from wasmlab.syntax.module import Instr
    from wasmlab.syntax.types import DefType, FuncType, RefType

    Op = Callable[[int], int | None]
    Jump = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class LabelSite:
    """An open structured instruction while a body is bound."""

    kind: str
    """The rule that opened it; ``func`` for the function itself."""
    index: int
    target: int
    """The pc where a branch goes on; not used for the function."""
    arity: int
    """Slots that a branch takes along."""
    base: int
    """The slot (relative to the FP) where those go."""


@dataclass(slots=True)
class Binder:
    """What rules know while the body of ``code`` is bound."""

    code: Code
    agent: Agent
    labels: list[LabelSite]
    landing: list[int]
    """For each instruction of the body the pc where execution goes on if it gets there."""
    code_of: Callable[[FuncInst], Code]

    @property
    def stack(self) -> memoryview[int]:
        """The operand stack."""
        return self.agent.stack


@dataclass(frozen=True, slots=True)
class Place:
    """The instruction that is bound."""

    index: int
    """Its index in the body."""
    top: int
    """The first free slot before it, relative to the FP."""
    pc: int


def moved(b: Binder, src: int, dst: int, n: int) -> Callable[[int], None] | None:
    """Return a closure that moves n slots from src to dst (relative to the FP); None if no-op."""
    s = b.stack
    if n == 0 or src == dst:
        return None
    if n == 1:

        def move_one(fp: int) -> None:
            s[fp + dst] = s[fp + src]

        return move_one

    def move(fp: int) -> None:
        s[fp + dst : fp + dst + n] = s[fp + src : fp + src + n]

    return move


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


def jump_to(b: Binder, depth: int, top: int) -> Jump | int:
    """Return how to branch with the operands below top: a pc if nothing moves, else a closure."""
    label = b.labels[-1 - depth]
    if label.kind == "func":
        return returning(b, top)
    move, target = moved(b, top - label.arity, label.base, label.arity), label.target
    if move is None:
        return target

    def jump(fp: int) -> int:
        move(fp)
        return target

    return jump


def as_closure(jump: Jump | int) -> Jump:
    """Return a closure in any case."""
    if isinstance(jump, int):
        target = jump
        return lambda _fp: target
    return jump


def _unreachable(_b: Binder, _instr: Instr, _place: Place) -> Op:
    def unreachable(_fp: int) -> None:
        raise Trap(TrapCode.UNREACHABLE)

    return unreachable


def _nop(_b: Binder, _instr: Instr, _place: Place) -> Op:
    return lambda _fp: None


def _if(b: Binder, _instr: Instr, place: Place) -> Op:
    s, c = b.stack, place.top - 1
    then = b.landing[place.index + 1]
    otherwise = b.landing[b.code.typed.elses.get(place.index, b.code.typed.ends[place.index]) + 1]
    return lambda fp: then if s[fp + c] else otherwise


def _end(b: Binder, _instr: Instr, place: Place) -> Op:
    return returning(b, place.top)


def _br(b: Binder, instr: Instr, place: Place) -> Op:
    return as_closure(jump_to(b, cast("int", instr.imms[0]), place.top))


def _br_if(b: Binder, instr: Instr, place: Place) -> Op:
    s, c, otherwise = b.stack, place.top - 1, b.landing[place.index + 1]
    jump = jump_to(b, cast("int", instr.imms[0]), place.top - 1)
    if isinstance(jump, int):
        target = jump
        return lambda fp: target if s[fp + c] else otherwise
    return lambda fp: jump(fp) if s[fp + c] else otherwise


def _br_table(b: Binder, instr: Instr, place: Place) -> Op:
    s, c = b.stack, place.top - 1
    depths = cast("tuple[int, ...]", instr.imms[0])
    jumps = {depth: as_closure(jump_to(b, depth, place.top - 1)) for depth in set(depths)}
    table = [jumps[depth] for depth in depths]
    last = len(table) - 1
    return lambda fp: table[min(s[fp + c], last)](fp)


def _return(b: Binder, _instr: Instr, place: Place) -> Op:
    return returning(b, place.top)


def param_slots(t: DefType) -> int:
    """Return the slots of a function type's parameters."""
    return slot_count(cast("FuncType", t.comp).params)


def _call(b: Binder, instr: Instr, place: Place) -> Op:
    callee = b.code.instance.funcs[cast("int", instr.imms[0])]
    at = place.top - param_slots(callee.type)
    if callee.host is not None:
        return calling(b, lambda _fp: callee, at, place)
    # not through ``calling``: asking whom it calls would be one more call for each of these
    agent, frames, code_of = b.agent, b.agent.frames, b.code_of
    pc, after = place.pc, b.landing[place.index + 1]

    def call(fp: int) -> int:
        word = (agent.depth - 1) * FRAME_WORDS
        enter(agent, callee, callee.code or code_of(callee), fp + at)
        frames[word + PC] = pc
        frames[word + RESUME] = after
        return SWITCH

    return call


def calling(b: Binder, callee_of: Callable[[int], FuncInst], at: int, place: Place) -> Op:
    """Return a closure that calls what callee_of says, arguments from slot at on."""
    agent, frames, code_of = b.agent, b.agent.frames, b.code_of
    pc, after = place.pc, b.landing[place.index + 1]

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


def enter(agent: Agent, callee: FuncInst, code: Code, fp: int) -> None:
    """Push a frame whose arguments are at fp; Exhaustion without any effect."""
    depth = agent.depth
    if depth >= agent.max_frames:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{depth} frames")
    if fp + code.frame_slots > agent.max_slots:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{agent.max_slots} slots")
    if code.clears:
        clear_locals(agent, code, fp)
    word = depth * FRAME_WORDS
    frames = agent.frames
    frames[word] = callee.addr
    frames[word + PC] = 0
    frames[word + FP] = fp
    agent.depth = depth + 1


def clear_locals(agent: Agent, code: Code, fp: int) -> None:
    """Set the declared locals of a frame to zero."""
    first, last = fp + code.param_slots, fp + code.local_slots
    if last == first + 1:
        agent.stack[first] = 0
    elif last > first:
        agent.stack[first:last] = agent.zeros[: last - first]


def callee_in_table(b: Binder, instr: Instr, slot: int) -> Callable[[int], FuncInst]:
    """Return a closure that finds whom an indirect call calls, by the index in a slot; Trap."""
    typeidx, tableidx = cast("tuple[int, int]", instr.imms)
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


def _param_slots(b: Binder, typeidx: object) -> int:
    return param_slots(b.code.instance.module.types[cast("int", typeidx)])


def _call_indirect(b: Binder, instr: Instr, place: Place) -> Op:
    at = place.top - 1 - _param_slots(b, instr.imms[0])
    callee_of = callee_in_table(b, instr, place.top - 1)
    return calling(b, callee_of, at, place)


def _call_ref(b: Binder, instr: Instr, place: Place) -> Op:
    at = place.top - 1 - _param_slots(b, instr.imms[0])
    return calling(b, _callee_by_ref(b, place.top - 1), at, place)


def tail_calling(b: Binder, callee_of: Callable[[int], FuncInst], at: int) -> Op:
    """Return a closure that calls in place of the current frame, arguments from slot at on."""
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


def _return_call(b: Binder, instr: Instr, place: Place) -> Op:
    callee = b.code.instance.funcs[cast("int", instr.imms[0])]
    at = place.top - param_slots(callee.type)
    return tail_calling(b, lambda _fp: callee, at)


def _return_call_indirect(b: Binder, instr: Instr, place: Place) -> Op:
    at = place.top - 1 - _param_slots(b, instr.imms[0])
    return tail_calling(b, callee_in_table(b, instr, place.top - 1), at)


def _return_call_ref(b: Binder, instr: Instr, place: Place) -> Op:
    at = place.top - 1 - _param_slots(b, instr.imms[0])
    return tail_calling(b, _callee_by_ref(b, place.top - 1), at)


def _br_on_null(b: Binder, instr: Instr, place: Place) -> Op:
    s, c, otherwise = b.stack, place.top - 1, b.landing[place.index + 1]
    jump = as_closure(jump_to(b, cast("int", instr.imms[0]), place.top - 1))
    return lambda fp: otherwise if s[fp + c] else jump(fp)


def _br_on_non_null(b: Binder, instr: Instr, place: Place) -> Op:
    s, c, otherwise = b.stack, place.top - 1, b.landing[place.index + 1]
    jump = as_closure(jump_to(b, cast("int", instr.imms[0]), place.top))
    return lambda fp: jump(fp) if s[fp + c] else otherwise


def _br_on_cast(b: Binder, instr: Instr, place: Place) -> Op:
    return _branch_on_match(b, instr, place, wanted=True)


def _br_on_cast_fail(b: Binder, instr: Instr, place: Place) -> Op:
    return _branch_on_match(b, instr, place, wanted=False)


def _branch_on_match(b: Binder, instr: Instr, place: Place, *, wanted: bool) -> Op:
    s, c, otherwise = b.stack, place.top - 1, b.landing[place.index + 1]
    jump = as_closure(jump_to(b, cast("int", instr.imms[0]), place.top))
    t = cast("tuple[RefType, RefType]", instr.imms[1])[1]
    store = b.code.instance.store

    def branch(fp: int) -> int:
        found = ref_matches(store, s[fp + c], t.heap, nullable=t.nullable)
        return jump(fp) if found == wanted else otherwise

    return branch


def _drop(_b: Binder, _instr: Instr, _place: Place) -> Op:
    return lambda _fp: None


def _select(b: Binder, _instr: Instr, place: Place) -> Op:
    s = b.stack
    width = slots(b.code.typed.sigs[place.index][1][0])
    second, first = place.top - 1 - width, place.top - 1 - 2 * width
    condition = place.top - 1

    def select(fp: int) -> None:
        if not s[fp + condition]:
            s[fp + first : fp + second] = s[fp + second : fp + condition]

    return select


def local_slot(code: Code, x: int) -> int:
    """Return the slot of local x relative to the FP."""
    return slot_count(code.typed.locals[:x])


def _local_get(b: Binder, instr: Instr, place: Place) -> Op:
    return _copied(b, instr, local_slot(b.code, cast("int", instr.imms[0])), place.top)


def _to_local(b: Binder, instr: Instr, place: Place) -> Op:
    x = cast("int", instr.imms[0])
    width = slots(b.code.typed.locals[x])
    return _copied(b, instr, place.top - width, local_slot(b.code, x))


def _copied(b: Binder, instr: Instr, src: int, dst: int) -> Op:
    width = slots(b.code.typed.locals[cast("int", instr.imms[0])])
    return moved(b, src, dst, width) or (lambda _fp: None)


def _global_get(b: Binder, instr: Instr, place: Place) -> Op:
    s, top = b.stack, place.top
    variable = b.code.instance.globals[cast("int", instr.imms[0])]
    cells, at, width = b.code.instance.store.global_slots, variable.slot, slots(variable.type.value)

    def get_one(fp: int) -> None:
        s[fp + top] = cells[at]

    def get(fp: int) -> None:
        s[fp + top : fp + top + width] = cells[at : at + width]

    return get_one if width == 1 else get


def _global_set(b: Binder, instr: Instr, place: Place) -> Op:
    variable = b.code.instance.globals[cast("int", instr.imms[0])]
    cells, at, width = b.code.instance.store.global_slots, variable.slot, slots(variable.type.value)
    s, src = b.stack, place.top - width

    def set_one(fp: int) -> None:
        cells[at] = s[fp + src]

    def set_all(fp: int) -> None:
        cells[at : at + width] = s[fp + src : fp + src + width]

    return set_one if width == 1 else set_all


RULES: dict[str, Callable[[Binder, Instr, Place], Op]] = {
    "unreachable": _unreachable,
    "nop": _nop,
    "if": _if,
    "end": _end,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "return": _return,
    "call": _call,
    "call_indirect": _call_indirect,
    "call_ref": _call_ref,
    "return_call": _return_call,
    "return_call_indirect": _return_call_indirect,
    "return_call_ref": _return_call_ref,
    "br_on_null": _br_on_null,
    "br_on_non_null": _br_on_non_null,
    "br_on_cast": _br_on_cast,
    "br_on_cast_fail": _br_on_cast_fail,
    "drop": _drop,
    "select": _select,
    "select t": _select,
    "local.get": _local_get,
    "local.set": _to_local,
    "local.tee": _to_local,
    "global.get": _global_get,
    "global.set": _global_set,
}
STRAIGHT = frozenset(
    ("nop", "drop", "select", "select t", "local.get", "local.set", "local.tee", "global.get",
     "global.set")
)  # fmt: skip
"""Rules whose closures return None: execution goes on behind them."""
NOT_EXECUTED = frozenset(("block", "loop", "else", "try_table", "try", "catch", "catch_all",
                          "delegate"))  # fmt: skip
"""Rules that take no tick; of ``end`` only the function's own is executed."""
