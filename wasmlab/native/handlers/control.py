"""Handlers of control instructions: moves, branches, calls and returns.

Each says what its cell means. A handler that cannot go on (a trap, a limit, a function without
cells, the invocation's last return) leaves the loop without having changed anything.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handlers.handler import INT32, INT64, POINTER
from wasmlab.native.handlers.objects import cast_succeeds, is_below
from wasmlab.native.layout import (
    CELL_SHIFT,
    WORD,
    FuncWord,
    IndirectWord,
    JumpWord,
    StateWord,
    TableWord,
)
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, RESUME
from wasmlab.runtime.reference import TAG_MASK, TAG_SHIFT, RefTag

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.handlers.handler import Handler

    Body = Callable[[Handler], None]

_FRAME_BYTES = FRAME_WORDS * WORD


# ---- moves (straight: execution continues at the next cell) ----


def _const(h: Handler) -> None:
    """Set slot A to C."""
    h.store(h.c(), h.slot(h.a), 0)


def _const128(h: Handler) -> None:
    """Set slots from A to the 16 bytes at C."""
    h.move(h.c(POINTER), h.slot(h.a), INT64(2 * WORD))


def _copy(h: Handler) -> None:
    """Copy slot B to slot A."""
    h.store(h.load(h.slot(h.b), 0, INT64), h.slot(h.a), 0)


def _copy128(h: Handler) -> None:
    """Copy two slots from B to A."""
    source, destination = h.slot(h.b), h.slot(h.a)
    values = [h.load(source, at, INT64) for at in (0, WORD)]
    for at, value in zip((0, WORD), values, strict=True):
        h.store(value, destination, at)


def _global_get(h: Handler) -> None:
    """Copy the cell at C to slot A."""
    h.store(h.load(h.c(POINTER), 0, INT64), h.slot(h.a), 0)


def _global_set(h: Handler) -> None:
    """Copy slot A to the cell at C."""
    h.store(h.load(h.slot(h.a), 0, INT64), h.c(POINTER), 0)


def _global_get128(h: Handler) -> None:
    """Copy two cells from C to slots from A."""
    h.move(h.c(POINTER), h.slot(h.a), INT64(2 * WORD))


def _global_set128(h: Handler) -> None:
    """Copy two slots from A to cells from C."""
    h.move(h.slot(h.a), h.c(POINTER), INT64(2 * WORD))


def _select(h: Handler) -> None:
    """Keep slot A if the condition after both values is not 0, else the slot after A."""
    base = h.slot(h.a)
    condition = h.e.ne(h.load(base, 2 * WORD, INT32), INT32(0))
    first, second = h.load(base, 0, INT64), h.load(base, WORD, INT64)
    h.store(h.e.select(condition, first, second), base, 0)


def _select128(h: Handler) -> None:
    """Select likewise between pairs of slots."""
    base = h.slot(h.a)
    condition = h.e.ne(h.load(base, 4 * WORD, INT32), INT32(0))
    kept = [
        h.e.select(condition, h.load(base, at, INT64), h.load(base, at + 2 * WORD, INT64))
        for at in (0, WORD)
    ]
    for at, value in zip((0, WORD), kept, strict=True):
        h.store(value, base, at)


def _nothing(_h: Handler) -> None:
    """Do nothing."""


STRAIGHT: dict[str, Body] = {
    "const": _const,
    "const128": _const128,
    "copy": _copy,
    "copy128": _copy128,
    "global_get": _global_get,
    "global_set": _global_set,
    "global_get128": _global_get128,
    "global_set128": _global_set128,
    "select_slot": _select,
    "select128": _select128,
    "nothing": _nothing,
}


# ---- branches ----


def _goto(h: Handler) -> None:
    """Go on at the cell C."""
    h.jump(h.c(POINTER))


def _goto1(h: Handler) -> None:
    """Copy slot A to slot B, then go on at the cell C."""
    h.store(h.load(h.slot(h.a), 0, INT64), h.slot(h.b), 0)
    h.jump(h.c(POINTER))


def _goto_moving(h: Handler) -> None:
    """Do the jump at C."""
    _take(h, h.c(POINTER))


def _if(h: Handler) -> None:
    """Go on at the cell C if slot A is not 0, else at NEXT."""
    _either(h, h.e.ne(h.load(h.slot(h.a), 0, INT32), INT32(0)), moving=False)


def _if_moving(h: Handler) -> None:
    """Do the jump at C if slot A is not 0, else go on at NEXT."""
    _either(h, h.e.ne(h.load(h.slot(h.a), 0, INT32), INT32(0)), moving=True)


def _if_null(h: Handler) -> None:
    """Do the jump at C if slot A is null, else go on at NEXT."""
    _either(h, h.e.eq(h.load(h.slot(h.a), 0, INT64), INT64(0)), moving=True)


def _if_non_null(h: Handler) -> None:
    """Do the jump at C if slot A is not null, else go on at NEXT."""
    _either(h, h.e.ne(h.load(h.slot(h.a), 0, INT64), INT64(0)), moving=True)


def _if_cast(h: Handler) -> None:
    """Do the jump at C if slot A has the type after that, else go on at NEXT."""
    _either(h, cast_succeeds(h), moving=True)


def _if_no_cast(h: Handler) -> None:
    """Do the jump at C if it has not, else go on at NEXT."""
    _either(h, h.builder.not_(cast_succeeds(h)), moving=True)


def _either(h: Handler, condition: Ir, *, moving: bool) -> None:
    taken, otherwise = h.branches(condition)
    registers = dict(h.registers)
    h.builder.position_at_end(otherwise)
    h.jump(h.next())
    h.registers = registers
    h.builder.position_at_end(taken)
    if moving:
        _take(h, h.c(POINTER))
    else:
        h.jump(h.c(POINTER))


def _switch(h: Handler) -> None:
    """Do the jump number (slot A) of those at C, or the last, whose number is NEXT."""
    index = h.builder.zext(h.load(h.slot(h.a), 0, INT32), INT64)
    number = h.e.umin(index, h.next(INT64))
    _take(h, h.at(h.c(POINTER), h.e.shl(number, INT64(5))))


def _take(h: Handler, jump: Ir) -> None:
    """Do a jump: move its operands and go on at its target, or return."""
    target = h.word(jump, JumpWord.TARGET)
    source = h.slot(h.word(jump, JumpWord.SOURCE))
    count = h.word(jump, JumpWord.COUNT)
    inside, returning = h.branches(h.e.ne(target, INT64(0)))
    registers = dict(h.registers)
    h.builder.position_at_end(returning)
    _leave_function(h, lambda: h.move(source, registers["fp"], count))
    h.registers = registers
    h.builder.position_at_end(inside)
    h.move(source, h.slot(h.word(jump, JumpWord.DESTINATION)), count)
    h.jump(h.builder.inttoptr(target, POINTER))


# ---- returns ----


def _return0(h: Handler) -> None:
    """Return without results."""
    _leave_function(h, lambda: None)


def _return1(h: Handler) -> None:
    """Return with the result in slot A."""
    _leave_function(h, lambda: h.store(
        h.load(h.slot(h.a), 0, INT64), h.registers["fp"], 0))  # fmt: skip


def _return_moving(h: Handler) -> None:
    """Return with C bytes of results from slot A on."""
    _leave_function(h, lambda: h.move(h.slot(h.a), h.registers["fp"], h.c()))


def _leave_function(h: Handler, move: Callable[[], None]) -> None:
    """Go on in the caller, whose frame record says where."""
    frame = h.registers["frame"]
    h.leave_if(h.builder.icmp_unsigned("==", frame, h.state(StateWord.FIRST_FRAME)))
    caller = h.at(frame, -_FRAME_BYTES)
    row = h.function_row(h.load(caller, FUNC * WORD, INT64))
    code = h.code_of(row)
    move()
    slots = h.e.shl(h.load(caller, FP * WORD, INT64), INT64(3))
    pc = h.e.shl(h.load(caller, RESUME * WORD, INT64), INT64(CELL_SHIFT))
    h.use_memory(h.word(row, FuncWord.MEMORY, POINTER))
    h.registers["frame"] = caller
    h.registers["fp"] = h.at(h.state(StateWord.STACK), slots)
    h.jump(h.at(code, pc))


# ---- calls ----


def _call(h: Handler) -> None:
    """Call the row C with arguments from slot A on; NEXT is this pc, B the next one."""
    _enter(h, h.c(POINTER))


def _call_ref(h: Handler) -> None:
    """Call what the reference in the slot at offset C names; the rest likewise."""
    _enter(h, _referenced(h, h.load(h.slot(h.c()), 0, INT64)))


def _call_indirect(h: Handler) -> None:
    """Call what the row at C says; the rest likewise."""
    _enter(h, _in_table(h, h.c(POINTER)))


def _tail_call(h: Handler) -> None:
    """Call the row C in place of this function with arguments from slot A on."""
    _replace(h, h.c(POINTER))


def _tail_call_ref(h: Handler) -> None:
    """Call what the reference in the slot at offset C names in place of this function."""
    _replace(h, _referenced(h, h.load(h.slot(h.c()), 0, INT64)))


def _tail_call_indirect(h: Handler) -> None:
    """Call what the row at C says in place of this function."""
    _replace(h, _in_table(h, h.c(POINTER)))


def _referenced(h: Handler, ref: Ir) -> Ir:
    """Return the row of a reference's function, having left on null."""
    h.leave_if(h.e.ne(h.e.and_(ref, INT64(TAG_MASK)), INT64(RefTag.FUNC)))
    return h.function_row(h.e.lshr(ref, INT64(TAG_SHIFT)))


def _in_table(h: Handler, call: Ir) -> Ir:
    """Return the row that an indirect call finds, having left if it has another type."""
    table = h.word(call, IndirectWord.TABLE, POINTER)
    index = h.load(h.slot(h.word(call, IndirectWord.INDEX)), 0, INT64)
    h.leave_if(h.e.ge_u(index, h.word(table, TableWord.SIZE)))
    cells = h.word(table, TableWord.CELLS, POINTER)
    row = _referenced(h, h.load(cells, h.e.shl(index, INT64(3)), INT64))
    expected = h.word(call, IndirectWord.TYPE)
    matches = is_below(h, h.word(row, FuncWord.TYPE), expected)
    h.leave_if(h.builder.not_(matches))
    return row


def _enter(h: Handler, row: Ir) -> None:
    """Push a frame and go on at the callee's first cell."""
    code, frame = h.code_of(row), h.registers["frame"]
    new = h.at(frame, _FRAME_BYTES)
    h.leave_if(h.builder.icmp_unsigned(">=", new, h.state(StateWord.FRAMES_END)))
    fp = h.slot(h.a)
    _check_slots(h, row, fp)
    h.store(h.next(INT64), frame, PC * WORD)
    h.store(h.b, frame, RESUME * WORD)
    _clear_locals(h, row, fp)
    stack = h.builder.ptrtoint(h.state(StateWord.STACK), INT64)
    slot = h.e.lshr(h.e.sub(h.builder.ptrtoint(fp, INT64), stack), INT64(3))
    h.store(h.word(row, FuncWord.ADDR), new, FUNC * WORD)
    h.store(INT64(0), new, PC * WORD)
    h.store(slot, new, FP * WORD)
    h.use_memory(h.word(row, FuncWord.MEMORY, POINTER))
    h.registers["frame"], h.registers["fp"] = new, fp
    h.jump(code)


def _replace(h: Handler, row: Ir) -> None:
    """Make this frame the callee's and go on at its first cell."""
    code, fp, frame = h.code_of(row), h.registers["fp"], h.registers["frame"]
    _check_slots(h, row, fp)
    h.move(h.slot(h.a), fp, h.word(row, FuncWord.PARAM_BYTES))
    _clear_locals(h, row, fp)
    h.store(h.word(row, FuncWord.ADDR), frame, FUNC * WORD)
    h.store(INT64(0), frame, PC * WORD)
    h.use_memory(h.word(row, FuncWord.MEMORY, POINTER))
    h.jump(code)


def _check_slots(h: Handler, row: Ir, fp: Ir) -> None:
    top = h.at(fp, h.word(row, FuncWord.FRAME_BYTES))
    h.leave_if(h.builder.icmp_unsigned(">", top, h.state(StateWord.STACK_END)))


def _clear_locals(h: Handler, row: Ir, fp: Ir) -> None:
    last = h.word(row, FuncWord.LOCAL_BYTES)
    h.clear(fp, h.word(row, FuncWord.PARAM_BYTES), last)


JUMPS: dict[str, Body] = {
    "goto": _goto,
    "goto1": _goto1,
    "goto_moving": _goto_moving,
    "if_set": _if,
    "if_moving": _if_moving,
    "if_null": _if_null,
    "if_non_null": _if_non_null,
    "if_cast": _if_cast,
    "if_no_cast": _if_no_cast,
    "switch": _switch,
    "return0": _return0,
    "return1": _return1,
    "return_moving": _return_moving,
    "call_direct": _call,
    "call_by_ref": _call_ref,
    "call_in_table": _call_indirect,
    "tail_call": _tail_call,
    "tail_call_by_ref": _tail_call_ref,
    "tail_call_in_table": _tail_call_indirect,
}
