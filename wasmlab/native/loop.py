"""The interpreter loop: handlers for all rows, compiled for this machine, once."""

from __future__ import annotations

import ctypes
import hashlib
import os
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import llvmlite  # pyright: ignore[reportMissingTypeStubs] - it ships no types
from llvmlite import binding, ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.isa.index import ROWS
from wasmlab.native.cache.object_cache import cached, digest_of, is_cached
from wasmlab.native.handlers import control, objects, observe, state, superinstructions
from wasmlab.native.handlers.emitter import Ir, byte_lookup
from wasmlab.native.handlers.handler import (
    FAR,
    HANDLER_TYPE,
    INDIRECT,
    INT64,
    POINTER,
    REGISTERS,
    SAVED,
    Handler,
    Style,
    exit_name,
)
from wasmlab.native.handlers.straight import body_of, is_hot
from wasmlab.native.layout import HANDLER, RUNNING, WORD, Reason, StateWord
from wasmlab.native.relocate import HANDLERS, RELOCATE, relocate_ir
from wasmlab.syntax.row import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Body = Callable[[Handler], None]

TAIL_CALLS = "WASMLAB_TAIL_CALLS"
"""Set to 0 in the environment, the loop does without tail calls, as on other processors."""
_BINDING: Ir = binding
_RUN = "run"
_SOURCES = ("syntax", "isa", "valid", "runtime", "native")
_LEVEL = 2
_TAIL_CALLING = Style(tail_calls=True, convention="preserve_nonecc")
_RETURNING = Style(tail_calls=False, convention="ccc")
_FIRST_LLVM = (19, 0, 0)
"""The first that has that convention."""


class Loop(NamedTuple):
    """The loaded loop."""

    run: Callable[[int], None]
    """Runs from a state block's address until there is a reason to come back."""
    relocate: Callable[..., None]
    """What ``relocate.relocate`` runs."""
    handlers: dict[str, int]
    """Addresses by name."""
    numbers: dict[str, int]
    """Places in the table of handlers, by name."""
    engine: object
    """What keeps the code alive."""


def load_loop() -> Loop:
    """Return the loop, compiled now or taken from the cache of compiled objects."""
    return _load(_style())


def is_ready() -> bool:
    """Return whether ``load_loop`` has nothing to compile, which takes seconds."""
    return is_cached(loop_key(_style()))


def prepare() -> None:
    """Compile the loop into the cache, unless it is there."""
    _image(_style())


@cache
def _load(style: Style) -> Loop:
    image = _image(style)
    machine = _target_machine()
    module: Ir = _BINDING.parse_assembly(f'target triple = "{machine.triple}"')
    engine: Ir = _BINDING.create_mcjit_compiler(module, machine)
    engine.add_object_file(_BINDING.ObjectFileRef.from_data(image))
    engine.finalize_object()
    names = [name for name, _ in _handlers()]
    table = (ctypes.c_uint64 * len(names)).from_address(engine.get_global_value_address(HANDLERS))
    return Loop(
        run=ctypes.CFUNCTYPE(None, ctypes.c_uint64)(engine.get_function_address(_RUN)),
        relocate=ctypes.CFUNCTYPE(None, *[ctypes.c_uint64] * 8)(
            engine.get_function_address(RELOCATE)
        ),
        handlers=dict(zip(names, table, strict=True)),
        numbers={name: number for number, name in enumerate(names)},
        engine=engine,
    )


def _image(style: Style) -> bytes:
    _BINDING.initialize_native_target()
    _BINDING.initialize_native_asmprinter()
    return cached(loop_key(style), lambda: _compiled(style))


def _style() -> Style:
    """Return how handlers go on where there are tail calls that keep most registers, and else."""
    known = _BINDING.get_process_triple().partition("-")[0] in {"x86_64", "aarch64", "arm64"}
    wanted = os.environ.get(TAIL_CALLS) != "0"
    there = known and wanted and _BINDING.llvm_version_info >= _FIRST_LLVM
    return _TAIL_CALLING if there else _RETURNING


def _target_machine() -> Ir:
    target = _BINDING.Target.from_default_triple()
    return target.create_target_machine(
        cpu=_BINDING.get_host_cpu_name(),
        features=_BINDING.get_host_cpu_features().flatten(),
        opt=_LEVEL,
        jit=True,
    )


@cache
def loop_key(style: Style) -> str:
    """Return what the compiled object depends on: sources, versions, machine."""
    digest = hashlib.sha256(repr(style).encode())
    digest.update(digest_of(_SOURCES))
    llvm = ".".join(map(str, _BINDING.llvm_version_info))
    for part in (
        llvmlite.__version__,
        llvm,
        _BINDING.get_process_triple(),
        _BINDING.get_host_cpu_name(),
        _BINDING.get_host_cpu_features().flatten(),
    ):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


# ---- generating ----


def _compiled(style: Style) -> bytes:
    module: Ir = _BINDING.parse_assembly(generated(style))
    module.verify()
    return _target_machine().emit_object(module)


def generated(style: Style) -> str:
    """Return the loop as LLVM IR."""
    module: Ir = ir.Module("loop")
    module.triple = _BINDING.get_default_triple()
    lookup = byte_lookup()
    for reason in Reason:
        _write_exit(Handler(module, exit_name(reason), style, lookup), reason)
    written = [_write(module, name, body, style) for name, body in _handlers()]
    pointers = ir.ArrayType(HANDLER_TYPE, len(written))
    table: Ir = ir.GlobalVariable(module, pointers, HANDLERS)
    table.initializer = ir.Constant(pointers, written)
    table.global_constant = True
    _write_run(module, style)
    return str(module) + relocate_ir(len(written))


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
    handler = Handler(module, f"do.{name}", style, byte_lookup())
    handler.function.linkage = "internal"
    body(handler)
    return handler.function


def _write_exit(h: Handler, reason: Reason) -> None:
    """Store the registers; the instruction at PC was paid for, but is not executed."""
    h.registers["fuel"] = h.builder.add(h.registers["fuel"], INT64(1))
    for name, word in zip(REGISTERS[:-1], SAVED, strict=True):
        h.store(h.registers[name], h.registers["state"], word * WORD)
    h.store(INT64(reason), h.registers["state"], StateWord.REASON * WORD)
    h.builder.ret_void()


def _write_run(module: Ir, style: Style) -> None:
    """Write the entry: registers from the state block; the first instruction is paid for.

    Where handlers return, the next one is called until there is a reason to come back.
    """
    function: Ir = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), _RUN)
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
