"""Binding a function body: decode, validate, give every executed instruction a pc and a closure."""

from __future__ import annotations

from functools import partial

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Crash, Invalid, Malformed, Trap, TrapCode
from wasmlab.exec import call, control, exception, variable
from wasmlab.exec.bind import Site, bind_straight
from wasmlab.exec.binder import Binder, BindSite
from wasmlab.exec.bulk import bind_bulk, bind_moving
from wasmlab.exec.code import MOVES
from wasmlab.garbage import no_collection
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FRAME_WORDS, PC
from wasmlab.runtime.store import Code
from wasmlab.syntax.row import Flow, Kind
from wasmlab.syntax.types import func_type, slot_count
from wasmlab.valid.body import validate_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.exec.binder import Op
    from wasmlab.runtime.store import FuncInst, ModuleInst
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.row import Row
    from wasmlab.valid.body import TypedBody

    CodeOf = Callable[[FuncInst], Code]

_RULES = {**control.RULES, **call.RULES, **variable.RULES, **exception.RULES}


def bound(func: FuncInst, code_of: CodeOf) -> Code:
    """Return the bound body of a function of a module; code_of binds what it calls.

    Raises Trap(INVALID_BODY), Crash.
    """
    with no_collection():
        return _bound(func, code_of)


def _bound(func: FuncInst, code_of: CodeOf) -> Code:
    if func.instance is None:
        raise Crash("a host function has no body")
    typed = _typed(func.instance, func)
    functype = func_type(func.type)
    code = Code(
        addr=func.addr,
        func=func,
        instance=func.instance,
        typed=typed,
        param_slots=slot_count(functype.params),
        local_slots=slot_count(typed.locals),
        result_slots=slot_count(functype.results),
    )
    code.local_slots += len(exception.legacy_tries(code))
    code.clears = code.local_slots > code.param_slots
    code.frame_slots = max(code.local_slots + typed.max_height, code.result_slots)
    _number(code, code_of)
    return code


def _typed(instance: ModuleInst, func: FuncInst) -> TypedBody:
    if func.func is None:
        raise Crash("a host function has no body")
    try:
        body = decode_body(instance.module, func.func)
        return validate_body(instance.module, func.index, body)
    except (Malformed, Invalid) as error:
        raise Trap(TrapCode.INVALID_BODY, str(error)) from error


def complete(code: Code, code_of: CodeOf) -> None:
    """Decode the body of a function that was bound without it. Raises Trap(INVALID_BODY)."""
    with no_collection():
        code.typed = _typed(code.instance, code.func)
        _number(code, code_of)


def _number(code: Code, code_of: CodeOf) -> None:
    """Give pcs to the instructions of a body, and find its handlers."""
    code.instrs, code.heights, code.indices = [], [], []
    code.landing = _numbered(code)
    code.nexts = [code.landing[index + 1] for index in code.indices]
    code.blocks = [None] * len(code.instrs)
    code.bind = partial(_bind_steps, code_of=code_of)
    code.handlers = exception.handlers_of(code)


def _bind_steps(code: Code, code_of: CodeOf) -> None:
    """Make a closure of every instruction."""
    binder = Binder(code, code.instance.store.agent, code_of)
    with no_collection():
        for pc, instr in enumerate(code.instrs):
            site = BindSite(code.top_at(pc), pc, code.nexts[pc])
            code.steps.append(_bind_one(binder, instr, site))
            if instr.row.flow is not Flow.NONE or instr.row.moves:
                code.controls.add(pc)


def _numbered(code: Code) -> list[int]:
    """Give pcs to the reachable instructions that are executed; return ``Code.landing``."""
    typed = code.typed
    instrs = typed.body.instrs
    last = len(instrs) - 1
    for index, instr in enumerate(instrs):
        row = instr.row
        is_inner_end = row.closes and index < last
        if row.executed and not is_inner_end and typed.heights[index] >= 0:
            code.instrs.append(instr)
            code.indices.append(index)
            code.heights.append(typed.heights[index])
    return _landings(code, typed)


def _landings(code: Code, typed: TypedBody) -> list[int]:
    arm_ends = {arm: typed.ends[opener] for opener, arm in typed.elses.items()}
    for opener, arms in typed.clauses.items():
        arm_ends.update(dict.fromkeys(arms, typed.ends[opener]))
    landing = [-1] * (len(typed.body.instrs) + 1)
    pc = len(code.indices)
    for index in range(len(typed.body.instrs) - 1, -1, -1):
        if pc and code.indices[pc - 1] == index:
            pc -= 1
            landing[index] = pc
        else:
            landing[index] = landing[arm_ends.get(index, index) + 1]
    return landing


def _bind_one(b: Binder, instr: Instr, site: BindSite) -> Op:
    row = instr.row
    if row.kind is Kind.CONTROL:
        return _RULES[row.rule](b, instr, site)
    straight = Site(b.code.instance, b.stack, site.top, *b.code.signature(site.pc))
    op = bind_straight(instr, straight)
    if row.bulk is not None:
        op = bind_bulk(op, straight, row)
    if row.allocates:
        op = _with_pc(b, op, site.pc)
    return _within_fuel(b, op, straight, row, site) if row.moves else op


def _within_fuel(b: Binder, op: Op, straight: Site, row: Row, site: BindSite) -> Op:
    """Return a closure that applies op if the fuel has no end; else the machine does."""
    store = b.code.instance.store
    b.code.moves[site.pc] = bind_moving(op, straight, row)

    def moving(fp: int) -> int:
        if store.fuel_end is not None or store.budget.sparse:
            return MOVES
        op(fp)
        return site.after

    return moving


def _with_pc(b: Binder, op: Op, pc: int) -> Op:
    """Return a closure that notes the pc in the frame, for a collection, and then applies op."""
    agent = b.agent

    def noted(fp: int) -> int | None:
        agent.frames[(agent.depth - 1) * FRAME_WORDS + PC] = pc
        return op(fp)

    return noted
