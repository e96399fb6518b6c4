"""The interpreter loop: handlers for all rows, compiled for this machine, once."""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import llvmlite  # pyright: ignore[reportMissingTypeStubs] - it ships no types
from llvmlite import binding, ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

import wasmlab.isa
from wasmlab.isa.index import ROWS
from wasmlab.isa.row import Kind
from wasmlab.native import control, fusion, probe, state
from wasmlab.native.emitter import Ir, byte_lookup
from wasmlab.native.handler import (
    HANDLER_TYPE,
    INT64,
    POINTER,
    REGISTERS,
    SAVED,
    Handler,
    exit_name,
)
from wasmlab.native.layout import HANDLER, WORD, Reason, StateWord
from wasmlab.native.object_cache import cached
from wasmlab.native.straight import body_of, is_hot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Body = Callable[[Handler], None]

FAR = ">"
"""What a handler's name ends with if its cell's NEXT says where execution goes on."""
INDIRECT = "@"
"""Likewise, of an access to a memory that is not the one in the registers."""
_BINDING: Ir = binding
_TABLE = "handlers"
_RUN = "run"
_LEVEL = 2


class Loop(NamedTuple):
    """The loaded loop."""

    run: Callable[[int], None]
    """Runs from a state block's address until there is a reason to come back."""
    handlers: dict[str, int]
    """Addresses by name."""
    engine: object
    """What keeps the code alive."""


@cache
def load_loop() -> Loop:
    """Return the loop, compiled now or taken from the cache of compiled objects."""
    _BINDING.initialize_native_target()
    _BINDING.initialize_native_asmprinter()
    image: bytes = cached(_key(), _compiled)
    machine = _target_machine()
    module: Ir = _BINDING.parse_assembly(f'target triple = "{machine.triple}"')
    engine: Ir = _BINDING.create_mcjit_compiler(module, machine)
    engine.add_object_file(_BINDING.ObjectFileRef.from_data(image))
    engine.finalize_object()
    names = [name for name, _ in _handlers()]
    table = (ctypes.c_uint64 * len(names)).from_address(engine.get_global_value_address(_TABLE))
    run = ctypes.CFUNCTYPE(None, ctypes.c_uint64)(engine.get_function_address(_RUN))
    return Loop(run, dict(zip(names, table, strict=True)), engine)


def _convention() -> str:
    """Return the calling convention that keeps most registers; elsewhere C's has to do."""
    architecture = _BINDING.get_process_triple().partition("-")[0]
    return "preserve_nonecc" if architecture in {"x86_64", "aarch64", "arm64"} else "ccc"


def _target_machine() -> Ir:
    target = _BINDING.Target.from_default_triple()
    return target.create_target_machine(
        cpu=_BINDING.get_host_cpu_name(),
        features=_BINDING.get_host_cpu_features().flatten(),
        opt=_LEVEL,
        jit=True,
    )


def _key() -> str:
    """Return what the compiled object depends on: sources, versions, machine."""
    digest = hashlib.sha256()
    for package in (Path(wasmlab.isa.__file__).parent, Path(__file__).parent):
        for source in sorted(package.glob("*.py")):
            digest.update(source.read_bytes())
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


def _compiled() -> bytes:
    module: Ir = _BINDING.parse_assembly(generated())
    module.verify()
    return _target_machine().emit_object(module)


def generated() -> str:
    """Return the loop as LLVM IR."""
    module: Ir = ir.Module("loop")
    module.triple = _BINDING.get_default_triple()
    convention, lookup = _convention(), byte_lookup()
    for reason in Reason:
        _write_exit(Handler(module, exit_name(reason), convention, lookup), reason)
    written = [_write(module, name, body, convention) for name, body in _handlers()]
    pointers = ir.ArrayType(HANDLER_TYPE, len(written))
    table: Ir = ir.GlobalVariable(module, pointers, _TABLE)
    table.initializer = ir.Constant(pointers, written)
    table.global_constant = True
    _write_run(module, convention)
    return str(module)


def _handlers() -> Iterator[tuple[str, Body | Reason]]:
    """Yield every handler's name with what writes it, or what it leaves the loop for."""
    yield "leave", Reason.LEAVE
    yield "probe", Reason.PROBE
    yield from probe.RULES.items()
    yield from control.JUMPS.items()
    for name, body in control.STRAIGHT.items():
        yield from _both(name, body)
    for name, body in state.RULES.items():
        yield name + FAR, _going_far(body)
    yield from fusion.sequences()
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
        h.jump(h.behind)

    return write


def _going_far(body: Body) -> Body:
    def write(h: Handler) -> None:
        body(h)
        h.jump(h.next())

    return write


def _indirect(body: Body) -> Body:
    """Return body with the registers as before behind it."""

    def write(h: Handler) -> None:
        registers = dict(h.registers)
        body(h)
        h.registers = registers

    return write


def _write(module: Ir, name: str, body: Body | Reason, convention: str) -> Ir:
    if isinstance(body, Reason):
        return module.get_global(exit_name(body))
    handler = Handler(module, f"do.{name}", convention, byte_lookup())
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


def _write_run(module: Ir, convention: str) -> None:
    """Write the entry: registers from the state block; the first instruction is paid for."""
    function: Ir = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), _RUN)
    builder: Ir = ir.IRBuilder(function.append_basic_block())
    block, values = function.args[0], list[Ir]()
    for word, name in zip(SAVED, REGISTERS, strict=False):
        t = INT64 if name in {"size", "fuel"} else POINTER
        address = builder.gep(block, [INT64(word * WORD)], source_etype=ir.IntType(8))
        values.append(builder.load(address, typ=t, align=WORD))
    fuel = REGISTERS.index("fuel")
    values[fuel] = builder.sub(values[fuel], INT64(1))
    cell = values[REGISTERS.index("pc")]
    address = builder.gep(cell, [INT64(HANDLER)], source_etype=ir.IntType(8))
    handler = builder.load(address, typ=HANDLER_TYPE, align=WORD)
    builder.call(handler, [*values, block], cconv=convention)
    builder.ret_void()
