"""Binding a function body: decode, validate, give every executed instruction a pc and a closure."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Crash, Invalid, Malformed, Trap, TrapCode
from wasmlab.exec import exception
from wasmlab.exec.bind import Site, bind_straight, resolved
from wasmlab.exec.bulk import BULK, bind_bulk
from wasmlab.exec.code import Code, bind_now
from wasmlab.exec.control import NOT_EXECUTED, RULES, STRAIGHT, Binder, LabelSite, Place
from wasmlab.exec.lazy_code import LaterCode
from wasmlab.isa.row import Imm, Kind
from wasmlab.runtime.frame import FRAME_WORDS, PC
from wasmlab.syntax.types import I32, FuncType, slot_count
from wasmlab.valid.body import validate_body

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from wasmlab.runtime.frame import FrameLayout
    from wasmlab.runtime.store import FuncInst, ModuleInst
    from wasmlab.syntax.module import Instr, MemArg
    from wasmlab.syntax.types import NumType, ValType
    from wasmlab.valid.body import TypedBody

    _Types = tuple[ValType, ...]

_RULES = {**RULES, **exception.RULES}
_TRIES = frozenset(("try_table", "try"))
"""Rules with handlers: these must be known before anything throws, whatever tier runs."""


def code_of(func: FuncInst) -> Code:
    """Return the bound body of a function of a module, binding it the first time.

    Raises Trap(INVALID_BODY) if the body is malformed or invalid: lazily loaded modules find out
    when the function is called (spec: appendix/implementation.html#validation).
    """
    if func.code is None:
        with no_collection():
            func.code = _bound(func)
        _tell(func.code)
    return func.code


def _tell(code: Code) -> None:
    store = code.instance.store
    if store.bound is not None:
        store.bound(code)


@contextmanager
def no_collection() -> Generator[None]:
    """Put off Python's garbage collection: so many new objects, all of them here to stay.

    In a large program the collections took three times as long as the binding itself.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def bind_later(func: FuncInst, layout: FrameLayout) -> None:
    """Give a function a body that is decoded when somebody looks into it.

    The body must be known to be valid, and layout to be that of its frame. A function with probes
    keeps the body that it has.
    """
    if func.instance is None:
        raise Crash("a host function has no body")
    if func.code is None:
        func.code = LaterCode(_complete, func, func.instance, layout)
        _tell(func.code)
    elif not func.code.probes:
        func.code = LaterCode(_complete, func, func.instance, layout)


def _bound(func: FuncInst) -> Code:
    if func.instance is None:
        raise Crash("a host function has no body")
    typed = _typed(func.instance, func)
    functype = cast("FuncType", func.type.comp)
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
    _number(code)
    return code


def _typed(instance: ModuleInst, func: FuncInst) -> TypedBody:
    if func.func is None:
        raise Crash("a host function has no body")
    try:
        body = decode_body(instance.module, func.func)
        return validate_body(instance.module, func.index, body)
    except (Malformed, Invalid) as error:
        raise Trap(TrapCode.INVALID_BODY, str(error)) from error


def _complete(code: Code) -> None:
    """Decode the body of a function that was bound without it."""
    with no_collection():
        code.typed = _typed(code.instance, code.func)
        _number(code)


def _number(code: Code) -> None:
    """Give pcs to the instructions of a body, and bind it now if it has handlers."""
    typed = code.typed
    code.instrs, code.heights, code.indices, code.handlers = [], [], [], []
    code.landing = _numbered(code)
    code.nexts = [code.landing[index + 1] for index in code.indices]
    code.blocks = [None] * len(code.instrs)
    code.bind = _bind_steps
    if any(typed.body.instrs[index].row.rule in _TRIES for index in typed.ends if index >= 0):
        bind_now(code)


def _bind_steps(code: Code) -> None:
    """Make a closure of every instruction, and a handler of every clause."""
    landing = code.landing
    labels = [_function_label(code)]
    binder = Binder(code, code.instance.store.agent, labels, landing, code_of)
    numbers = {index: pc for pc, index in enumerate(code.indices)}
    for index, instr in enumerate(code.typed.body.instrs):
        rule = instr.row.rule
        if index in numbers:
            pc = numbers[index]
            code.steps.append(_bind_one(binder, instr, Place(index, code.top_at(pc), pc)))
            if instr.row.kind is Kind.CONTROL and rule not in STRAIGHT:
                code.controls.add(pc)
        if rule == "try_table":
            exception.add_handlers(binder, index, instr)
        elif rule in {"catch", "catch_all", "delegate"}:
            exception.add_legacy_handler(binder, index, instr)
        if index in code.typed.ends:
            binder.labels.append(_label(code, landing, index, instr))
        elif rule in {"end", "delegate"}:
            binder.labels.pop()
    code.handlers.sort(key=lambda handler: -handler.first)


def _numbered(code: Code) -> list[int]:
    """Give pcs to reachable executed instructions; return where every index lands."""
    typed = code.typed
    instrs = typed.body.instrs
    last = len(instrs) - 1
    for index, instr in enumerate(instrs):
        executed = instr.row.rule not in NOT_EXECUTED and (instr.row.rule != "end" or index == last)
        if executed and typed.heights[index] >= 0:
            code.instrs.append(instr)
            code.indices.append(index)
            code.heights.append(typed.heights[index])
    return _landings(code, typed)


def _landings(code: Code, typed: TypedBody) -> list[int]:
    numbers = {index: pc for pc, index in enumerate(code.indices)}
    arm_ends = _arm_ends(typed)
    landing = [-1] * (len(typed.body.instrs) + 1)
    for index in range(len(typed.body.instrs) - 1, -1, -1):
        if index in numbers:
            landing[index] = numbers[index]
        else:
            landing[index] = landing[arm_ends.get(index, index) + 1]
    return landing


def _arm_ends(typed: TypedBody) -> dict[int, int]:
    """Return for each instruction that ends an arm (else, catch) the end of its block."""
    open_, ends = list[int](), dict[int, int]()
    for index, instr in enumerate(typed.body.instrs):
        if index in typed.ends:
            open_.append(typed.ends[index])
        elif instr.row.rule in {"else", "catch", "catch_all"}:
            ends[index] = open_[-1]
        elif instr.row.rule in {"end", "delegate"} and open_:
            open_.pop()
    return ends


def labels_at(code: Code, index: int) -> list[LabelSite]:
    """Return the labels that an instruction of the body can branch to, the innermost last."""
    labels = [_function_label(code)]
    for i, instr in enumerate(code.typed.body.instrs[:index]):
        if i in code.typed.ends:
            labels.append(_label(code, code.landing, i, instr))
        elif instr.row.rule in {"end", "delegate"}:
            labels.pop()
    return labels


def _function_label(code: Code) -> LabelSite:
    return LabelSite("func", -1, -1, code.result_slots, 0)


def _label(code: Code, landing: list[int], index: int, instr: Instr) -> LabelSite:
    rule, typed = instr.row.rule, code.typed
    params, results = block_type(code, instr.imms[0])
    is_loop = rule == "loop"
    below = typed.heights[index] - slot_count(params) - (rule == "if")
    return LabelSite(
        kind=rule,
        index=index,
        target=landing[index + 1 if is_loop else typed.ends[index] + 1],
        arity=slot_count(params if is_loop else results),
        base=code.local_slots + below,
    )


def block_type(code: Code, blocktype: object) -> tuple[tuple[ValType, ...], tuple[ValType, ...]]:
    """Return parameters and results of a block."""
    if blocktype is None:
        return (), ()
    if isinstance(blocktype, int):
        functype = cast("FuncType", code.instance.module.types[blocktype].comp)
        return functype.params, functype.results
    return (), (cast("ValType", blocktype),)


def _bind_one(b: Binder, instr: Instr, place: Place) -> Callable[[int], int | None]:
    row = instr.row
    if row.kind is Kind.CONTROL:
        return _RULES[row.rule](b, instr, place)
    params, results = signature(b.code, place.index, instr)
    site = Site(b.code.instance, b.stack, place.top, params, results)
    op = bind_straight(instr, site)
    if row.rule in BULK:
        op = bind_bulk(op, site, BULK[row.rule])
    return _with_pc(b, op, place.pc) if row.allocates else op


def signature(code: Code, index: int, instr: Instr) -> tuple[_Types, _Types]:
    """Return the operand types and result types of the instruction at an index of the body."""
    if instr.row.params is None or instr.row.results is None:
        return code.typed.sigs[index]
    addr = _address_type(code, instr)
    params, results = instr.row.params, instr.row.results
    return tuple(resolved(t, addr) for t in params), tuple(resolved(t, addr) for t in results)


def _with_pc(b: Binder, op: Callable[[int], int | None], pc: int) -> Callable[[int], int | None]:
    """Return op behind a note of its pc: a collection looks at frames."""
    agent = b.agent

    def noted(fp: int) -> int | None:
        agent.frames[(agent.depth - 1) * FRAME_WORDS + PC] = pc
        return op(fp)

    return noted


def _address_type(code: Code, instr: Instr) -> NumType:
    if Imm.MEMARG not in instr.row.imms:
        return I32
    arg = cast("MemArg", instr.imms[0])
    return code.instance.module.mem_types[arg.mem].addr
