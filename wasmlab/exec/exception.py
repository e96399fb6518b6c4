"""Exceptions in the reference tier: handlers, throwing, and the legacy instructions.

Handlers are searched before anything is unwound, from the innermost frame to the first frame of
the invocation. Source: core spec, exec/instructions.html#exec-throw_ref.
"""

from __future__ import annotations

from wasmlab.errors import Trap, TrapCode, WasmException
from wasmlab.exec.code import DONE, SWITCH
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.runtime.aggregate import new_object, read_slots, write_slots
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, RESUME
from wasmlab.runtime.heap import exception_shape, payload_at, shape_at
from wasmlab.runtime.operand import offsets_of, read_operand, write_operand
from wasmlab.runtime.store import ExceptionHandler
from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import V128, func_type, slot_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.exec.binder import Bind, Binder, BindSite, Op
    from wasmlab.runtime.store import Code, Store, TagInst
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.types import ValType
    from wasmlab.valid.body import BranchTarget

TO_CALLER = -1
"""Target of a handler whose label is the function's: it returns."""


def tag_params(tag: TagInst) -> tuple[ValType, ...]:
    """Return the types of an exception's arguments."""
    return func_type(tag.type.type).params


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
        code = store.funcs[agent.record(number, FUNC)].bound_code
        handler = _handler_at(code, agent.record(number, PC), tag)
        if handler is not None:
            return _caught(store, number, code, handler, ref)
    raise WasmException(tag.addr, values, ref, store=store)


def _handler_at(code: Code, pc: int, tag: TagInst) -> ExceptionHandler | None:
    index, outermost = code.indices[pc], len(code.indices) + len(code.typed.body.instrs)
    for handler in code.handlers:
        if not handler.first < index < handler.last or handler.first > outermost:
            continue
        if handler.delegates:
            outermost = handler.target
        elif handler.tag is None or code.instance.tags[handler.tag] is tag:
            return handler
    return None


def _caught(store: Store, number: int, code: Code, handler: ExceptionHandler, ref: int) -> int:
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
    if handler.gives_ref:
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


def _throw(b: Binder, instr: Instr, site: BindSite) -> Op:
    store, agent = b.code.instance.store, b.agent
    tag = b.code.instance.tags[instr.idx(0)]
    types = tag_params(tag)
    base, offsets = site.top - slot_count(types), offsets_of(types)

    def act(fp: int) -> int:
        agent.frames[(agent.depth - 1) * FRAME_WORDS + PC] = site.pc
        args = [
            read_operand(agent.stack, fp + base + at, t)
            for at, t in zip(offsets, types, strict=True)
        ]
        return throw(store, new_exception(store, tag, args))

    return act


def _throw_ref(b: Binder, _instr: Instr, site: BindSite) -> Op:
    return _throwing(b, site, site.top - 1)


def _throwing(b: Binder, site: BindSite, slot: int) -> Op:
    store, agent = b.code.instance.store, b.agent

    def act(fp: int) -> int:
        ref = agent.stack[fp + slot]
        if ref == 0:
            raise Trap(TrapCode.NULL_EXCEPTION_REFERENCE)
        agent.frames[(agent.depth - 1) * FRAME_WORDS + PC] = site.pc
        return throw(store, ref)

    return act


def _rethrow(b: Binder, _instr: Instr, site: BindSite) -> Op:
    return _throwing(b, site, kept_slot(b.code, b.code.targets(site.pc)[0].block))


def legacy_tries(code: Code) -> list[int]:
    """Return the indices of legacy try instructions; each has a hidden local."""
    instrs = code.typed.body.instrs
    return [at for at in sorted(code.typed.ends) if instrs[at].row.opens is BlockKind.TRY]


def kept_slot(code: Code, index: int) -> int:
    """Return the hidden local that keeps the exception which the legacy try at index caught."""
    tries = legacy_tries(code)
    return code.local_slots - len(tries) + tries.index(index)


def handlers_of(code: Code) -> list[ExceptionHandler]:
    """Return the handlers of a body, the innermost first."""
    openers = [
        (at, block.kind) for at, block in code.typed.blocks.items() if block.kind in _FINDERS
    ]
    return [
        handler
        for opener, kind in sorted(openers, key=lambda found: -found[0])
        for handler in _FINDERS[kind](code, opener)
    ]


def _clauses(code: Code, opener: int) -> Iterator[ExceptionHandler]:
    """Yield the handlers of a try_table, one for each clause."""
    typed = code.typed
    clauses = typed.body.instrs[opener].catches
    for clause, target in zip(clauses, typed.targets[opener], strict=True):
        goal, height = _goal(code, target)
        gives_ref = clause.kind.endswith("_ref")
        yield ExceptionHandler(
            opener, typed.ends[opener], clause.tag, goal, height, gives_ref=gives_ref
        )


def _goal(code: Code, target: BranchTarget) -> tuple[int, int]:
    if target.block < 0:
        return TO_CALLER, 0
    return code.target_pc(target), target.height


def _legacy_handlers(code: Code, opener: int) -> Iterator[ExceptionHandler]:
    """Yield the handlers of a legacy try: its catch and catch_all, or its delegate."""
    typed = code.typed
    end, arms = typed.ends[opener], typed.clauses.get(opener, [])
    if end in typed.targets:
        yield ExceptionHandler(opener, end, None, typed.targets[end][0].block, delegates=True)
    for arm in arms:
        instr = typed.body.instrs[arm]
        tag = instr.idx(0) if instr.row.opens is BlockKind.CATCH else None
        yield ExceptionHandler(
            opener, arms[0], tag, code.landing[arm + 1],
            typed.blocks[opener].height, keep=kept_slot(code, opener),
        )  # fmt: skip


_FINDERS = {BlockKind.TRY_TABLE: _clauses, BlockKind.TRY: _legacy_handlers}


RULES: dict[str, Bind] = {
    "throw": _throw,
    "throw_ref": _throw_ref,
    "rethrow": _rethrow,
}
