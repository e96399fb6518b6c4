"""Floating-point instructions of f32 and f64, in the deterministic profile of the specification.

Arithmetic gives the canonical NaN; abs, neg and copysign touch the sign bit only. An f32 operation
computed in f64 and rounded once more is exact for + - * / and the square root, because an f64 has
more than twice an f32's digits.
"""

from __future__ import annotations

import math
from operator import add, eq, ge, gt, le, lt, mul, ne, sub

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import FLOAT_FORMATS, FloatFormat, divided, rounded, square_root
from wasmlab.isa.integer import constant, llvm_constant
from wasmlab.syntax.row import Imm, Kind, Row, anchor
from wasmlab.syntax.types import F32, F64, I32, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value

    Py1 = Callable[[int], int]
    Py2 = Callable[[int, int], int]
    Llvm1 = Callable[[Emitter, Value], Value]
    Llvm2 = Callable[[Emitter, Value, Value], Value]


def _widths(op32: int, op64: int) -> tuple[tuple[NumType, FloatFormat, int], ...]:
    return ((F32, FLOAT_FORMATS[32], op32), (F64, FLOAT_FORMATS[64], op64))


def const(op32: int, op64: int, doc: str) -> Iterator[Row]:
    """Yield ``f32.const`` and ``f64.const``."""
    for (t, f, op), imm in zip(_widths(op32, op64), (Imm.F32, Imm.F64), strict=True):
        yield Row(
            (op,), f"{t}.const", (), (t,), (imm,), Kind.PURE,
            constant, llvm_constant, doc.format(n=f.width),
            anchor("exec-const"),
        )  # fmt: skip


def unop(
    name: str,
    op32: int,
    op64: int,
    py: Callable[[FloatFormat], Py1],
    llvm: Llvm1,
    doc: str,
) -> Iterator[Row]:
    """Yield the rows ``t -> t``; py makes the function for a format, both work on bit patterns."""
    for t, f, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t,), (t,), (), Kind.PURE,
            py(f), llvm, doc, anchor(f"op-f{name}"),
        )  # fmt: skip


def binop(
    name: str,
    op32: int,
    op64: int,
    py: Callable[[FloatFormat], Py2],
    llvm: Llvm2,
    doc: str,
) -> Iterator[Row]:
    """Yield the rows ``t t -> t``; likewise."""
    for t, f, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t, t), (t,), (), Kind.PURE,
            py(f), llvm, doc, anchor(f"op-f{name}"),
        )  # fmt: skip


def relop(
    name: str,
    op32: int,
    op64: int,
    py: Callable[[float, float], bool],
    llvm: Llvm2,
    doc: str,
) -> Iterator[Row]:
    """Yield the rows ``t t -> i32``; py compares values, llvm floats to one bit."""

    def truth(e: Emitter, a: Value, b: Value) -> Value:
        return e.zext(llvm(e, e.to_float(a), e.to_float(b)), 32)

    for t, f, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t, t), (I32,), (), Kind.PURE,
            compared(py)(f), truth, doc, anchor(f"op-f{name}"),
        )  # fmt: skip


def of_value(function: Callable[[float], float]) -> Callable[[FloatFormat], Py1]:
    """Lift a function of values to bit patterns of a format."""

    def make(f: FloatFormat) -> Py1:
        decode, encode = f.decode, f.encode
        return lambda a: encode(function(decode(a)))

    return make


def of_values(function: Callable[[float, float], float]) -> Callable[[FloatFormat], Py2]:
    """Lift a function of two values to bit patterns of a format."""

    def make(f: FloatFormat) -> Py2:
        pack, unpack, encode = f.pack_pair, f.unpack_pair, f.encode
        return lambda a, b: encode(function(*unpack(pack(a, b))))

    return make


def compared(relation: Callable[[float, float], bool]) -> Callable[[FloatFormat], Py2]:
    """Lift a relation of two values to bit patterns of a format."""

    def make(f: FloatFormat) -> Py2:
        pack, unpack = f.pack_pair, f.unpack_pair
        return lambda a, b: relation(*unpack(pack(a, b)))

    return make


def minimum(f: FloatFormat) -> Py2:
    """Return fmin on bit patterns of a format: NaN if either is one, -0 below +0."""
    decode_pair, nan = f.decode_pair, f.nan

    def fmin(a: int, b: int) -> int:
        x, y = decode_pair(a, b)
        if x < y:
            return a
        if y < x:
            return b
        return a | b if x == y else nan  # equal values with different bits are zeros

    return fmin


def maximum(f: FloatFormat) -> Py2:
    """Return fmax on bit patterns of a format: NaN if either is one, +0 above -0."""
    decode_pair, nan = f.decode_pair, f.nan

    def fmax(a: int, b: int) -> int:
        x, y = decode_pair(a, b)
        if x > y:
            return a
        if y > x:
            return b
        return a & b if x == y else nan

    return fmax


def copysign(f: FloatFormat) -> Py2:
    """Return fcopysign on bit patterns of a format."""
    sign, magnitude = f.sign, f.sign - 1
    return lambda a, b: a & magnitude | b & sign


def llvm_copysign(e: Emitter, a: Value, b: Value) -> Value:
    """Return a with the sign bit of b, as integers."""
    sign = e.const_like(a, 1 << e.width(a) - 1)
    return e.or_(e.and_(a, e.not_(sign)), e.and_(b, sign))


def llvm_abs(e: Emitter, a: Value) -> Value:
    """Return a without its sign bit, as integers."""
    return e.and_(a, e.const_like(a, (1 << e.width(a) - 1) - 1))


def llvm_neg(e: Emitter, a: Value) -> Value:
    """Return a with its sign bit flipped, as integers."""
    return e.xor(a, e.const_like(a, 1 << e.width(a) - 1))


def llvm1(verb: Llvm1) -> Llvm1:
    """Lift an operation on floats to integers of their bits; its NaN is the canonical one."""
    return lambda e, a: e.canonical(verb(e, e.to_float(a)))


def llvm2(verb: Llvm2) -> Llvm2:
    """Lift an operation on two floats likewise."""
    return lambda e, a, b: e.canonical(verb(e, e.to_float(a), e.to_float(b)))


def ceiling(x: float) -> float:
    """Return the least integral value that is not below x."""
    return rounded(x, math.ceil)


def floor(x: float) -> float:
    """Return the greatest integral value that is not above x."""
    return rounded(x, math.floor)


def truncated(x: float) -> float:
    """Return the integral value next to x on the side of zero."""
    return rounded(x, int)


def nearest(x: float) -> float:
    """Return the integral value nearest to x, the even one of two."""
    return rounded(x, round)


# Columns: name, opcode of f32, opcode of f64, Python semantics, LLVM semantics, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    *const(0x43, 0x44, "Pushes the {n}-bit floating-point number."),
    *relop("eq", 0x5B, 0x61, eq, lambda e, a, b: e.feq(a, b), "Is 1 if the operands are equal, else 0; a NaN equals nothing, -0 equals 0."),
    *relop("ne", 0x5C, 0x62, ne, lambda e, a, b: e.fne(a, b), "Is 1 if the operands differ, else 0; a NaN differs from everything."),
    *relop("lt", 0x5D, 0x63, lt, lambda e, a, b: e.flt(a, b), "Is 1 if the first operand is less than the second, else 0; 0 with a NaN."),
    *relop("gt", 0x5E, 0x64, gt, lambda e, a, b: e.fgt(a, b), "Is 1 if the first operand is greater than the second, else 0; 0 with a NaN."),
    *relop("le", 0x5F, 0x65, le, lambda e, a, b: e.fle(a, b), "Is 1 if the first operand is at most the second, else 0; 0 with a NaN."),
    *relop("ge", 0x60, 0x66, ge, lambda e, a, b: e.fge(a, b), "Is 1 if the first operand is at least the second, else 0; 0 with a NaN."),
    *unop("abs",     0x8B, 0x99, lambda f: lambda a: a & f.sign - 1, llvm_abs, "Clears the sign bit."),
    *unop("neg",     0x8C, 0x9A, lambda f: lambda a: a ^ f.sign, llvm_neg, "Flips the sign bit."),
    *unop("ceil",    0x8D, 0x9B, of_value(ceiling), llvm1(lambda e, a: e.fceil(a)), "Rounds up to an integral number."),
    *unop("floor",   0x8E, 0x9C, of_value(floor), llvm1(lambda e, a: e.ffloor(a)), "Rounds down to an integral number."),
    *unop("trunc",   0x8F, 0x9D, of_value(truncated), llvm1(lambda e, a: e.ftrunc(a)), "Rounds toward zero to an integral number."),
    *unop("nearest", 0x90, 0x9E, of_value(nearest), llvm1(lambda e, a: e.fnearest(a)), "Rounds to the nearest integral number, ties to the even one."),
    *unop("sqrt",    0x91, 0x9F, of_value(square_root), llvm1(lambda e, a: e.fsqrt(a)), "Is the square root; NaN of a negative number."),
    *binop("add",    0x92, 0xA0, of_values(add), llvm2(lambda e, a, b: e.fadd(a, b)), "Adds."),
    *binop("sub",    0x93, 0xA1, of_values(sub), llvm2(lambda e, a, b: e.fsub(a, b)), "Subtracts the second operand from the first."),
    *binop("mul",    0x94, 0xA2, of_values(mul), llvm2(lambda e, a, b: e.fmul(a, b)), "Multiplies."),
    *binop("div",    0x95, 0xA3, of_values(divided), llvm2(lambda e, a, b: e.fdiv(a, b)), "Divides the first operand by the second; by zero gives an infinity or NaN."),
    *binop("min",    0x96, 0xA4, minimum, llvm2(lambda e, a, b: e.fmin(a, b)), "Is the smaller operand; NaN if either is one, and -0 is below 0."),
    *binop("max",    0x97, 0xA5, maximum, llvm2(lambda e, a, b: e.fmax(a, b)), "Is the greater operand; NaN if either is one, and 0 is above -0."),
    *binop("copysign", 0x98, 0xA6, copysign, llvm_copysign, "Gives the first operand the sign of the second."),
)
# fmt: on
