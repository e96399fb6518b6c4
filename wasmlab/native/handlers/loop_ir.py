"""The interpreter loop as LLVM IR: handlers for all rows, their table, and the way in."""

from __future__ import annotations

from llvmlite import ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ROWS
from wasmlab.native.handler_names import FAR, INDIRECT, is_hot
from wasmlab.native.handlers import control, objects, observe, state, superinstructions
from wasmlab.native.handlers.handler import (
    HANDLER_TYPE,
    INT64,
    POINTER,
    REGISTERS,
    SAVED,
    Handler,
    Style,
    exit_name,
)
from wasmlab.native.handlers.page_copy_ir import PAGE_COPY_IR
from wasmlab.native.handlers.relocate_ir import HANDLERS, relocate_ir
from wasmlab.native.handlers.straight import body_of
from wasmlab.native.layout import HANDLER, RUNNING, WORD, Reason, StateWord
from wasmlab.syntax.row import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.native.handlers.emitter import Ir

    Body = Callable[[Handler], None]

RUN = "run"


def loop_ir(style: Style) -> str:
    """Return the loop, what relocates bodies, and what copies pages, for one kind of machine."""
    module: Ir = ir.Module("loop")
    for reason in Reason:
        _write_exit(Handler(module, exit_name(reason), style), reason)
    written = [_write(module, name, body, style) for name, body in _handlers()]
    _write_run(module, style)
    table = _table([function.get_reference() for function in written])
    return "".join((str(module), table, relocate_ir(len(written)), PAGE_COPY_IR))


def handler_names() -> list[str]:
    """Return the names of all handlers, in the order of their table."""
    return [name for name, _ in _handlers()]


def _table(functions: list[str]) -> str:
    """Return the table of handlers: 32-bit distances from itself, so that nothing is relocated."""
    here = f"ptrtoint (ptr @{HANDLERS} to i64)"
    rows = [
        f"i32 trunc (i64 sub (i64 ptrtoint (ptr {function} to i64), i64 {here}) to i32)"
        for function in functions
    ]
    return f"\n@{HANDLERS} = hidden constant [{len(rows)} x i32] [{', '.join(rows)}]\n"


def _handlers() -> Iterator[tuple[str, Body | Reason]]:
    """Yield every handler's name with what writes it, or what it leaves the loop for."""
    yield "leave", Reason.LEAVE
    yield "probe", Reason.PROBE
    yield from observe.RULES.items()
    yield from control.JUMPS.items()
    for name, body in (*control.STRAIGHT.items(), *objects.HANDLERS.items()):
        yield from _both(name, body)
    for name, body in state.RULES.items():
        yield name + FAR, _going_far(body)
    yield from superinstructions.sequences()
    for row in ROWS:
        if row.llvm is None or row.kind in (Kind.STATE, Kind.CONTROL) or not row.params:
            continue
        if is_hot(row):
            yield from _both(row.mnemonic, body_of(row))
        else:
            yield row.mnemonic + FAR, _going_far(body_of(row))
        if row.access is not None:
            yield row.mnemonic + INDIRECT, _going_far(_indirect(body_of(row, indirect=True)))


def _both(name: str, body: Body) -> Iterator[tuple[str, Body]]:
    yield name, _going_on(body)
    yield name + FAR, _going_far(body)


def _going_on(body: Body) -> Body:
    def write(h: Handler) -> None:
        body(h)
        h.jump(h.next_cell)

    return write


def _going_far(body: Body) -> Body:
    def write(h: Handler) -> None:
        body(h)
        h.jump(h.next())

    return write


def _indirect(body: Body) -> Body:
    """Return body with the registers as before after it."""

    def write(h: Handler) -> None:
        registers = dict(h.registers)
        body(h)
        h.registers = registers

    return write


def _write(module: Ir, name: str, body: Body | Reason, style: Style) -> Ir:
    if isinstance(body, Reason):
        return module.get_global(exit_name(body))
    handler = Handler(module, f"do.{name}", style)
    handler.function.linkage = "internal"
    body(handler)
    return handler.function


def _write_exit(h: Handler, reason: Reason) -> None:
    """Store the registers; the instruction at PC was paid for, but is not executed."""
    h.function.linkage = "internal"
    h.registers["fuel"] = h.builder.add(h.registers["fuel"], INT64(1))
    for name, word in zip(REGISTERS[:-1], SAVED, strict=True):
        h.store(h.registers[name], h.registers["state"], word * WORD)
    h.store(INT64(reason), h.registers["state"], StateWord.REASON * WORD)
    h.builder.ret_void()


def _write_run(module: Ir, style: Style) -> None:
    """Write the entry: registers from the state block; the first instruction is paid for.

    Where handlers return, the next one is called until there is a reason to come back.
    """
    function: Ir = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), RUN)
    builder: Ir = ir.IRBuilder(function.append_basic_block())
    block = function.args[0]

    def at(word: StateWord) -> Ir:
        return builder.gep(block, [INT64(word * WORD)], source_etype=ir.IntType(8))

    fuel = builder.load(at(StateWord.FUEL), typ=INT64, align=WORD)
    builder.store(builder.sub(fuel, INT64(1)), at(StateWord.FUEL), align=WORD)
    builder.store(INT64(RUNNING), at(StateWord.REASON), align=WORD)
    step, done = builder.append_basic_block(), builder.append_basic_block()
    builder.branch(step)
    builder.position_at_end(step)
    registers = [
        builder.load(at(word), typ=INT64 if name in {"size", "fuel"} else POINTER, align=WORD)
        for word, name in zip(SAVED, REGISTERS, strict=False)
    ]
    cell = registers[REGISTERS.index("pc")]
    address = builder.gep(cell, [INT64(HANDLER)], source_etype=ir.IntType(8))
    handler = builder.load(address, typ=HANDLER_TYPE, align=WORD)
    builder.call(handler, [*registers, block], cconv=style.convention)
    reason = builder.load(at(StateWord.REASON), typ=INT64, align=WORD)
    builder.cbranch(builder.icmp_unsigned("==", reason, INT64(RUNNING)), step, done)
    builder.position_at_end(done)
    builder.ret_void()
