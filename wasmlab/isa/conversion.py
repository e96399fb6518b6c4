"""Conversions between number types: integer widths, float formats, and from one to the other."""

from __future__ import annotations

import math

from wasmlab.errors import Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import (
    BITS,
    F32_FORMAT,
    F64_DIGITS,
    F64_FORMAT,
    FLOAT_FORMATS,
    MASK32,
    f32_exact,
    signed,
)
from wasmlab.syntax.row import Kind, Row, anchor
from wasmlab.syntax.types import F32, F64, I32, I64, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.bits import FloatFormat
    from wasmlab.isa.protocols import Emitter, Value

    Py1 = Callable[[int], int]
    Llvm1 = Callable[[Emitter, Value], Value]

_DIGITS = {32: 24, 64: F64_DIGITS}
"""Binary digits of the significand, by the width of the format."""
_PAIRS = ((I32, F32), (I32, F64), (I64, F32), (I64, F64))
_SIGNED = "_s"
_SIGNEDNESS = (_SIGNED, "_u")


def cvtop(
    opcode: tuple[int, ...],
    name: str,
    types: tuple[NumType, NumType],
    py: Py1,
    llvm: Llvm1,
    doc: str,
) -> Row:
    """Return the conversion ``t2.name_t1``, types being t1 and t2; name may end in _s or _u."""
    operation = name.removesuffix("_s").removesuffix("_u")
    mnemonic = f"{types[1]}.{operation}_{types[0]}{name.removeprefix(operation)}"
    return Row(
        opcode, mnemonic, types[:1], types[1:], (), Kind.PURE,
        py, llvm, doc, anchor(f"op-{name}"),
        feature="2.0" if "sat" in name else "1.0",
    )  # fmt: skip


def integer_range(width: int, suffix: str) -> tuple[int, int]:
    """Return the least and the greatest integer of that width; suffix is _s or _u."""
    if suffix == _SIGNED:
        return -1 << width - 1, (1 << width - 1) - 1
    return 0, (1 << width) - 1


def saturated(low: int, high: int) -> Callable[[float], int]:
    """Return the truncation of floats to integers, limited to low..high; 0 for NaN."""

    def trunc_sat(x: float) -> int:
        if low <= x <= high:
            return int(x)
        if x < low:
            return low
        return high if x > high else 0

    return trunc_sat


def _saturating(f: FloatFormat, low: int, high: int) -> Py1:
    decode, truncate = f.decode, saturated(low, high)
    return lambda a: truncate(decode(a))


def _trapping(f: FloatFormat, low: int, high: int) -> Py1:
    decode = f.decode

    def trunc(a: int) -> int:
        x = decode(a)
        if low - 1 < x < high + 1:  # Python compares integers and floats exactly
            return int(x)
        if math.isnan(x):
            raise Trap(TrapCode.INVALID_CONVERSION_TO_INTEGER)
        raise Trap(TrapCode.INTEGER_OVERFLOW)

    return trunc


def _llvm_saturating(width: int, suffix: str) -> Llvm1:
    if suffix == _SIGNED:
        return lambda e, a: e.fptosi_sat(e.to_float(a), width)
    return lambda e, a: e.fptoui_sat(e.to_float(a), width)


def _llvm_trapping(source: int, width: int, suffix: str) -> Llvm1:
    low, high = integer_range(width, suffix)
    convert = _llvm_saturating(width, suffix)

    def too_small(e: Emitter, x: Value) -> Value:
        if low == 0 or width <= _DIGITS[source]:  # the format has low - 1 itself
            return e.fle(x, e.fconst_like(x, low - 1))
        return e.flt(x, e.fconst_like(x, low))

    def trunc(e: Emitter, a: Value) -> Value:
        x = e.to_float(a)
        e.trap_if(e.fne(x, x), TrapCode.INVALID_CONVERSION_TO_INTEGER)
        e.trap_if(too_small(e, x), TrapCode.INTEGER_OVERFLOW)
        e.trap_if(e.fge(x, e.fconst_like(x, high + 1)), TrapCode.INTEGER_OVERFLOW)
        return convert(e, a)

    return trunc


def truncations(first: int, doc: str) -> Iterator[Row]:
    """Yield ``i32.trunc_*``; those of i64 follow after the two extensions."""
    for i, (t, source) in enumerate(_PAIRS):
        for j, suffix in enumerate(_SIGNEDNESS):
            opcode = first + 2 * i + j + (2 if t is I64 else 0)
            py = _trapping(FLOAT_FORMATS[BITS[source]], *integer_range(BITS[t], suffix))
            llvm = _llvm_trapping(BITS[source], BITS[t], suffix)
            kind = "a signed" if suffix == _SIGNED else "an unsigned"
            yield cvtop((opcode,), f"trunc{suffix}", (source, t), py, llvm, doc.format(kind))


def saturating_truncations(doc: str) -> Iterator[Row]:
    """Yield ``*.trunc_sat_*``."""
    for i, (t, source) in enumerate(_PAIRS):
        for j, suffix in enumerate(_SIGNEDNESS):
            py = _saturating(FLOAT_FORMATS[BITS[source]], *integer_range(BITS[t], suffix))
            llvm = _llvm_saturating(BITS[t], suffix)
            kind = "a signed" if suffix == _SIGNED else "an unsigned"
            opcode = (0xFC, 2 * i + j)
            yield cvtop(opcode, f"trunc_sat{suffix}", (source, t), py, llvm, doc.format(kind))


def converter(f: FloatFormat, width: int, suffix: str) -> Py1:
    """Return the conversion of integers of that width to the nearest bit pattern of f."""
    encode = f.encode
    exact = f32_exact if f is F32_FORMAT else float
    if suffix == _SIGNED:
        sign = 1 << width - 1
        return lambda a: encode(exact((a ^ sign) - sign))
    return lambda a: encode(exact(a))


def _llvm_converter(format_width: int, suffix: str) -> Llvm1:
    if suffix == _SIGNED:
        return lambda e, a: e.canonical(e.sitofp(a, format_width))
    return lambda e, a: e.canonical(e.uitofp(a, format_width))


def converts(first: int, t: NumType, doc: str) -> Iterator[Row]:
    """Yield ``t.convert_*`` for the float type t."""
    f = FLOAT_FORMATS[BITS[t]]
    for i, source in enumerate((I32, I64)):
        for j, suffix in enumerate(_SIGNEDNESS):
            py = converter(f, BITS[source], suffix)
            llvm = _llvm_converter(f.width, suffix)
            kind = "a signed" if suffix == _SIGNED else "an unsigned"
            opcode = (first + 2 * i + j,)
            yield cvtop(opcode, f"convert{suffix}", (source, t), py, llvm, doc.format(kind))


def reinterprets(first: int, doc: str) -> Iterator[Row]:
    """Yield ``*.reinterpret_*``: values are bit patterns already."""
    for opcode, types in enumerate(((F32, I32), (F64, I64), (I32, F32), (I64, F64)), first):
        yield cvtop((opcode,), "reinterpret", types, lambda a: a, lambda _e, a: a, doc)


def demote(a: int) -> int:
    """Return the f32 nearest to an f64, as bit patterns."""
    return F32_FORMAT.encode(F64_FORMAT.decode(a))


def promote(a: int) -> int:
    """Return the f64 equal to an f32, as bit patterns."""
    return F64_FORMAT.encode(F32_FORMAT.decode(a))


# Columns: opcode, name, (operand type, result type), Python semantics, LLVM semantics, doc; a
# family has its first opcode only.
# fmt: off
ROWS: tuple[Row, ...] = (
    cvtop((0xA7,), "wrap", (I64, I32), lambda a: a & MASK32, lambda e, a: e.trunc(a, 32), "Keeps the low 32 bits."),
    cvtop((0xAC,), "extend_s", (I32, I64), lambda a: signed(a, 32), lambda e, a: e.sext(a, 64), "Extends 32 bits to 64 by their sign."),
    cvtop((0xAD,), "extend_u", (I32, I64), lambda a: a, lambda e, a: e.zext(a, 64), "Extends 32 bits to 64 with zeros."),
    *truncations(0xA8, "Rounds toward zero to {} integer; traps if it does not fit."),
    *converts(0xB2, F32, "Converts {} integer to the nearest 32-bit float, ties to even."),
    cvtop((0xB6,), "demote", (F64, F32), demote, lambda e, a: e.canonical(e.fptrunc(e.to_float(a), 32)), "Rounds to the nearest 32-bit float, ties to even."),
    *converts(0xB7, F64, "Converts {} integer to the nearest 64-bit float, ties to even."),
    cvtop((0xBB,), "promote", (F32, F64), promote, lambda e, a: e.canonical(e.fpext(e.to_float(a), 64)), "Converts to the 64-bit float of the same value."),
    *reinterprets(0xBC, "Takes the same bits as another type."),
    *saturating_truncations("Rounds toward zero to {} integer, the nearest there is; NaN gives 0."),
)
# fmt: on
