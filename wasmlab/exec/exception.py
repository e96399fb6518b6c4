"""Exceptions in the reference tier: handlers, throwing, and the legacy instructions.

Handlers are searched before anything is unwound, from the innermost frame to the first frame of
the invocation. Source: core spec, exec/instructions.html#exec-throw_ref.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wasmlab.errors import Trap, TrapCode, WasmException
from wasmlab.exec.bind import offsets_of, read_operand, write_operand
from wasmlab.exec.code import DONE, SWITCH, Handler
from wasmlab.runtime.aggregate import new_object, read_slots, write_slots
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, RESUME
from wasmlab.runtime.heap import exception_shape, payload_at, shape_at
from wasmlab.syntax.types import V128, FuncType, slot_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.exec.code import Code
    from wasmlab.exec.control import Binder, LabelSite, Place
    from wasmlab.runtime.store import Store, TagInst
    from wasmlab.syntax.module import Catch, Instr
    from wasmlab.syntax.types import ValType

    Op = Callable[[int], int | None]

TO_CALLER = -1
"""Target of a handler whose label is the function's: it returns."""


def tag_params(tag: TagInst) -> tuple[ValType, ...]:
    """Return the types of an exception's arguments."""
    return cast("FuncType", tag.type.type.comp).params


def new_exception(store: Store, tag: TagInst, args: list[int]) -> int:
    """Return the reference of a new exception with arguments as bit patterns."""
    types = tag_params(tag)
    shape = exception_shape(store.heap, tag.addr, types)
    ref = new_object(store, shape)
    for at, t, bits in zip(shape.offsets, types, args, strict=True):
        write_slots(store.heap, payload_at(ref) + at, bits, wide=t is V128)
    return ref


def exception_of(store: Store, ref: int) -> tuple[TagInst, list[int]]:
    """Return tag and arguments of an exception."""
    shape = shape_at(store.heap, ref)
    tag = store.tags[cast("int", shape.type)]
    values = [
        read_slots(store.heap, payload_at(ref) + at, wide=t is V128)
        for at, t in zip(shape.offsets, tag_params(tag), strict=True)
    ]
    return tag, values


def throw(store: Store, ref: int, *, passing: int = 0) -> int:
    """Go on at the handler of an exception; return the signal for the machine.

    passing: how many of the innermost frames have no say, because they made a tail call. Raises
    WasmException, with no frame unwound, if there is no handler in this invocation.
    """
    agent = store.agent
    tag, values = exception_of(store, ref)
    for number in range(agent.depth - 1 - passing, agent.base - 1, -1):
        code = cast("Code", store.funcs[agent.record(number, FUNC)].code)
        handler = _handler_at(code, agent.record(number, PC), tag)
        if handler is not None:
            return _caught(store, number, code, handler, ref)
    raise WasmException(tag.addr, values, ref)


def _handler_at(code: Code, pc: int, tag: TagInst) -> Handler | None:
    index, outermost = code.indices[pc], len(code.indices) + len(code.typed.body.instrs)
    for handler in code.handlers:
        if not handler.first < index < handler.last or handler.first > outermost:
            continue
        if handler.kind == "delegate":
            outermost = handler.target
        elif handler.tag is None or code.instance.tags[handler.tag] is tag:
            return handler
    return None


def _caught(store: Store, number: int, code: Code, handler: Handler, ref: int) -> int:
    agent = store.agent
    word = number * FRAME_WORDS
    fp = agent.frames[word + FP]
    tag, args = exception_of(store, ref)
    types = tag_params(tag)
    at = fp + (0 if handler.target == TO_CALLER else code.local_slots + handler.height)
    if handler.tag is not None:
        for offset, t, bits in zip(offsets_of(types), types, args, strict=True):
            write_operand(agent.stack, at + offset, t, bits)
        at += slot_count(types)
    if handler.kind.endswith("_ref"):
        agent.stack[at] = ref
    if handler.keep is not None:
        agent.stack[fp + handler.keep] = ref
    agent.depth = number + 1
    if handler.target == TO_CALLER:
        return _return_caught(store)
    agent.frames[word + PC] = handler.target
    return SWITCH


def _return_caught(store: Store) -> int:
    agent = store.agent
    agent.depth -= 1
    if agent.depth == agent.base:
        return DONE
    word = (agent.depth - 1) * FRAME_WORDS
    agent.frames[word + PC] = agent.frames[word + RESUME]
    return SWITCH


def _throw(b: Binder, instr: Instr, place: Place) -> Op:
    store, agent = b.code.instance.store, b.agent
    tag = b.code.instance.tags[cast("int", instr.imms[0])]
    types = tag_params(tag)
    base, offsets = place.top - slot_count(types), offsets_of(types)

    def act(fp: int) -> int:
        agent.frames[(agent.depth - 1) * FRAME_WORDS + PC] = place.pc
        args = [
            read_operand(agent.stack, fp + base + at, t)
            for at, t in zip(offsets, types, strict=True)
        ]
        return throw(store, new_exception(store, tag, args))

    return act


def _throw_ref(b: Binder, _instr: Instr, place: Place) -> Op:
    return _throwing(b, place, place.top - 1)


def _throwing(b: Binder, place: Place, slot: int) -> Op:
    store, agent = b.code.instance.store, b.agent

    def act(fp: int) -> int:
        ref = agent.stack[fp + slot]
        if ref == 0:
            raise Trap(TrapCode.NULL_EXCEPTION_REFERENCE)
        agent.frames[(agent.depth - 1) * FRAME_WORDS + PC] = place.pc
        return throw(store, ref)

    return act


def _rethrow(b: Binder, instr: Instr, place: Place) -> Op:
    label = b.labels[-1 - cast("int", instr.imms[0])]
    return _throwing(b, place, kept_slot(b.code, label.index))


def legacy_tries(code: Code) -> list[int]:
    """Return the indices of legacy try instructions; each has a hidden local."""
    instrs = code.typed.body.instrs
    return [index for index in sorted(code.typed.ends) if instrs[index].row.rule == "try"]


def kept_slot(code: Code, index: int) -> int:
    """Return the hidden local that keeps the exception which the legacy try at index caught."""
    tries = legacy_tries(code)
    return code.local_slots - len(tries) + tries.index(index)


def add_handlers(b: Binder, index: int, instr: Instr) -> None:
    """Note the handlers of a try_table that is about to be opened."""
    last = b.code.typed.ends[index]
    for clause in cast("tuple[Catch, ...]", instr.imms[1]):
        label = b.labels[-1 - clause.label]
        target, height = _place_of(b.code, label)
        b.code.handlers.append(Handler(index, last, clause.kind, clause.tag, target, height))


def _place_of(code: Code, label: LabelSite) -> tuple[int, int]:
    if label.kind == "func":
        return TO_CALLER, 0
    return label.target, label.base - code.local_slots


def add_legacy_handler(b: Binder, index: int, instr: Instr) -> None:
    """Note the handler that a legacy catch, catch_all or delegate at index starts."""
    opened = b.labels[-1]
    rule = instr.row.rule
    if rule == "delegate":
        outer = b.labels[-2 - cast("int", instr.imms[0])]
        b.code.handlers.append(Handler(opened.index, index, rule, None, outer.index, 0))
        return
    first_arm = next((h.last for h in b.code.handlers if h.first == opened.index), index)
    tag = cast("int", instr.imms[0]) if rule == "catch" else None
    height = _height_below(b.code, opened.index)
    keep = kept_slot(b.code, opened.index)
    b.code.handlers.append(
        Handler(opened.index, first_arm, rule, tag, b.landing[index + 1], height, keep)
    )


def _height_below(code: Code, index: int) -> int:
    blocktype = code.typed.body.instrs[index].imms[0]
    params = 0
    if isinstance(blocktype, int):
        params = slot_count(cast("FuncType", code.instance.module.types[blocktype].comp).params)
    return code.typed.heights[index] - params


RULES: dict[str, Callable[[Binder, Instr, Place], Op]] = {
    "throw": _throw,
    "throw_ref": _throw_ref,
    "rethrow": _rethrow,
}
