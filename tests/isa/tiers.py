"""Three ways to apply a row to operands: its Python semantics, its LLVM semantics, wasmtime."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any, cast

import wasmtime
from llvmlite import binding, ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from tests.isa.values import operand_types
from wasmlab.errors import Trap, TrapCode
from wasmlab.isa.bits import BITS, F32_FORMAT, F64_FORMAT
from wasmlab.native.handlers.emitter import Ir, IrEmitter, byte_lookup
from wasmlab.records import dataclass
from wasmlab.syntax.row import Imm, Kind, Row
from wasmlab.syntax.types import F32, F64, I32, I64, V128, ValType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BINDING: Ir = binding
CELL = 16
"""Bytes between operands and between results, in arrays and in wasmtime's memory."""
CASE = 4 * CELL
OUT = 0x10000
"""Where results begin in wasmtime's memory; operands are below."""
TRAP_CODES = tuple(TrapCode)
WASMTIME_TRAPS = {
    wasmtime.TrapCode.INTEGER_OVERFLOW: TrapCode.INTEGER_OVERFLOW,
    wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO: TrapCode.INTEGER_DIVIDE_BY_ZERO,
    wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER: TrapCode.INVALID_CONVERSION_TO_INTEGER,
}
UNFUSED = {"relaxed_madd": "", "relaxed_nmadd": "{}.neg"}
"""What comes between the first and the second operand where a product is rounded by itself."""
Result = tuple[int, ...] | TrapCode


@dataclass(frozen=True, slots=True)
class Instruction:
    """A row with immediates."""

    row: Row
    imms: tuple[int | tuple[int, ...], ...] = ()

    @property
    def name(self) -> str:
        return " ".join([self.row.mnemonic, *map(str, self.imms)])

    def arguments(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return immediates and operands in the order in which rows take them."""
        if self.row.kind is Kind.LANE and self.row.results:
            return (operands[0], *self.imms, *operands[1:])
        return (*self.imms, *operands)


def width_of(t: ValType | int) -> int:
    return t if isinstance(t, int) else BITS[t]


def result_widths(row: Row) -> tuple[int, ...]:
    if row.access is not None and (row.kind is Kind.RMW or not row.results):
        return (row.access.nbytes * 8,)
    return tuple(map(width_of, row.results or ()))


def imm_width(imm: int | tuple[int, ...], row: Row) -> int:
    if row.imms[-1] is Imm.LANE:
        return 32
    return 128 if isinstance(imm, tuple) else result_widths(row)[0]


def _several(result: object) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", result) if isinstance(result, tuple) else (result,)


def apply_py(instruction: Instruction, operands: tuple[int, ...]) -> Result:
    """Apply the Python semantics and wrap the results as the interpreter does."""
    row = instruction.row
    assert row.py is not None
    try:
        result = row.py(*instruction.arguments(operands))
    except Trap as trap:
        return trap.code
    values = _several(result)
    return tuple(int(v) & (1 << n) - 1 for v, n in zip(values, result_widths(row), strict=True))


# ---- LLVM ----


def _function(module: Ir, index: int, instruction: Instruction, lookup: str) -> None:
    """Add ``i32 f{index}(operands, results)`` that returns 0 or 1 + the number of a trap."""
    row, pointer, word = instruction.row, ir.PointerType(), ir.IntType(32)
    function = ir.Function(module, ir.FunctionType(word, [pointer, pointer]), f"f{index}")
    builder: Ir = ir.IRBuilder(function.append_basic_block())

    def cell(base: Ir, i: int) -> Ir:
        return builder.gep(base, [ir.Constant(word, i * CELL)], source_etype=ir.IntType(8))

    def trap_to(code: TrapCode) -> Ir:
        block = builder.append_basic_block()
        leaving: Ir = ir.IRBuilder(block)
        leaving.ret(ir.Constant(word, 1 + TRAP_CODES.index(code)))
        return block

    e = IrEmitter(builder, trap_to, lookup)
    operands = tuple(
        builder.load(cell(function.args[0], i), typ=ir.IntType(width_of(t)), align=1)
        for i, t in enumerate(operand_types(row))
    )
    imms = tuple(e.const(_as_integer(imm), imm_width(imm, row)) for imm in instruction.imms)
    assert row.llvm is not None
    result: Ir = row.llvm(e, *Instruction(row, imms).arguments(operands))
    for i, value in enumerate(_several(result)):
        assert value.type.width == result_widths(row)[i], f"{row.mnemonic}: {value.type}"
        builder.store(value, cell(function.args[1], i), align=1)
    builder.ret(ir.Constant(word, 0))


def _as_integer(imm: int | tuple[int, ...]) -> int:
    return imm if isinstance(imm, int) else int.from_bytes(imm, "little")


class Compiled:
    """The LLVM semantics of instructions, compiled into one module for this machine."""

    def __init__(self, instructions: Iterable[Instruction], lookup: str | None = None) -> None:
        lookup = byte_lookup() if lookup is None else lookup
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        module = ir.Module()
        names: dict[Instruction, str] = {}
        for i, instruction in enumerate(instructions):
            _function(module, i, instruction, lookup)
            names[instruction] = f"f{i}"
        features = binding.get_host_cpu_features().flatten()
        target: Ir = binding.Target.from_default_triple()
        machine = target.create_target_machine(
            cpu=binding.get_host_cpu_name(), features=features, opt=1
        )
        self.text = str(module)
        parsed = _BINDING.parse_assembly(self.text)
        parsed.verify()
        self._engine: Ir = _BINDING.create_mcjit_compiler(parsed, machine)
        self._engine.finalize_object()
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p, ctypes.c_char_p)
        address = self._engine.get_function_address
        self._functions = {key: kind(address(name)) for key, name in names.items()}

    def apply(self, instruction: Instruction, operands: tuple[int, ...]) -> Result:
        out = ctypes.create_string_buffer(2 * CELL)
        trap: int = self._functions[instruction](_cells(operands), out)
        if trap:
            return TRAP_CODES[trap - 1]
        return _results(instruction.row, ctypes.string_at(out, 2 * CELL), 0)


def _cells(operands: tuple[int, ...]) -> bytes:
    return b"".join(x.to_bytes(CELL, "little") for x in operands).ljust(CASE, b"\0")


def _results(row: Row, memory: bytes | bytearray, at: int) -> tuple[int, ...]:
    widths = enumerate(result_widths(row))
    starts = ((at + i * CELL, n // 8) for i, n in widths)
    return tuple(int.from_bytes(memory[start : start + n], "little") for start, n in starts)


# ---- wasmtime ----


def _float_text(bits: int, t: ValType) -> str:
    f = F32_FORMAT if t is F32 else F64_FORMAT
    sign = "-" if bits & f.sign else ""
    magnitude = bits & f.sign - 1
    if magnitude > f.infinity:
        return f"{sign}nan:{magnitude - f.infinity:#x}"
    return sign + ("inf" if magnitude == f.infinity else f.decode(magnitude).hex())


def _imm_text(row: Row, imm: int | tuple[int, ...]) -> str:
    if isinstance(imm, tuple):
        return " ".join(map(str, imm))
    if row.imms[-1] is Imm.V128:
        return "i64x2 {} {}".format(*struct.unpack("<QQ", imm.to_bytes(CELL, "little")))
    if row.imms[-1] in (Imm.F32, Imm.F64):
        assert row.results
        return _float_text(imm, row.results[0])
    return str(imm)


def _reads_operands(row: Row) -> bool:
    """Tell whether the address operand is that of the first operand; else it is the results'."""
    return bool(row.results) and row.kind is not Kind.RMW


def _pushes(row: Row) -> list[str]:
    """Return WAT that pushes each operand; addresses take the place of raw memory."""
    loads: dict[ValType, str] = {
        I32: "i32.load",
        I64: "i64.load",
        F32: "f32.load",
        F64: "f64.load",
        V128: "v128.load",
    }
    types = row.params or ()
    pushes: list[str] = []
    cell = 0
    for i, t in enumerate(types):
        if i == 0 and row.access is not None:
            pushes.append("(local.get $in)" if _reads_operands(row) else "(local.get $out)")
            cell += 1 if row.results else 0
            continue
        pushes.append(f"({loads[t]} offset={cell * CELL} (local.get $in))")
        cell += 1
    return pushes


def _application(instruction: Instruction) -> str:
    """Return WAT that pushes operands and applies the instruction."""
    row = instruction.row
    pushes = _pushes(row)
    shape, _, operation = row.mnemonic.partition(".")
    if operation in UNFUSED:  # wasmtime fuses, also where it claims to be deterministic
        a, b, c = pushes
        return f"{a} {UNFUSED[operation].format(shape)} {b} {shape}.mul {c} {shape}.add"
    if row.kind is Kind.RMW:  # the result that counts is what memory holds afterwards
        copied = "(i64.store (local.get $out) (i64.load (local.get $in)))"
        return f"{copied} {' '.join(pushes)} {row.mnemonic} drop"
    imms = " ".join(_imm_text(row, imm) for imm in instruction.imms)
    return f"{' '.join(pushes)} {row.mnemonic} {imms}"


def _function_text(index: int, instruction: Instruction) -> str:
    """Return ``f{index}(first, last)``, which applies an instruction to cases in memory."""
    row = instruction.row
    results = () if row.kind is Kind.RMW else row.results or ()
    declared = " ".join(f"(local $r{i} {t})" for i, t in enumerate(results))
    popped = " ".join(f"(local.set $r{i})" for i in reversed(range(len(results))))
    stored = " ".join(
        f"({t}.store offset={i * CELL} (local.get $out) (local.get $r{i}))"
        for i, t in enumerate(results)
    )
    return f"""
    (func (export "f{index}") (param $i i32) (param $last i32)
      (local $in i32) (local $out i32) {declared}
      (loop $next
        (local.set $in (i32.mul (local.get $i) (i32.const {CASE})))
        (local.set $out (i32.add (local.get $in) (i32.const {OUT})))
        {_application(instruction)} {popped} {stored}
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.le_u (local.get $i) (local.get $last)))))"""


class Wasmtime:
    """A module with these instructions for wasmtime, whose NaNs are made canonical."""

    def __init__(self, instructions: Sequence[Instruction]) -> None:
        config = wasmtime.Config()
        config.cranelift_nan_canonicalization = True
        config.wasm_relaxed_simd_deterministic = True
        config.wasm_wide_arithmetic = True
        config.wasm_threads = True
        config.cranelift_opt_level = "none"
        self._store = wasmtime.Store(wasmtime.Engine(config))
        functions = "".join(_function_text(i, ins) for i, ins in enumerate(instructions))
        text = f'(module (memory (export "memory") 2) {functions})'
        module = wasmtime.Module(self._store.engine, text)
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._functions: dict[Instruction, Any] = {
            ins: exports[f"f{i}"] for i, ins in enumerate(instructions)
        }
        self._memory: Ir = exports["memory"]

    def apply(self, instruction: Instruction, cases: Sequence[tuple[int, ...]]) -> list[Result]:
        """Return the results of all cases; one call, unless a case traps."""
        self._memory.write(self._store, b"".join(map(_cells, cases)), 0)
        try:
            self._functions[instruction](self._store, 0, len(cases) - 1)
        except wasmtime.Trap:
            return [self._apply_one(instruction, i) for i in range(len(cases))]
        memory = self._memory.read(self._store, OUT, OUT + len(cases) * CASE)
        return [_results(instruction.row, memory, i * CASE) for i in range(len(cases))]

    def _apply_one(self, instruction: Instruction, i: int) -> Result:
        try:
            self._functions[instruction](self._store, i, i)
        except wasmtime.Trap as trap:
            return WASMTIME_TRAPS[cast("wasmtime.TrapCode", trap.trap_code)]
        at = OUT + i * CASE
        return _results(instruction.row, self._memory.read(self._store, at, at + CASE), 0)
