"""SIMD instructions on floating-point lanes, and conversions between them and integers."""

from __future__ import annotations

import math
from operator import add, eq, ge, gt, le, lt, mul, ne, sub

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import divided, square_root
from wasmlab.isa.conversion import integer_range, saturated
from wasmlab.isa.floating import (
    ceiling,
    floor,
    llvm1,
    llvm2,
    llvm_abs,
    llvm_neg,
    nearest,
    truncated,
)
from wasmlab.isa.lanes import ALL, F32X4, F64X2, I32X4, FloatShape, unpacker
from wasmlab.isa.vector import (
    float_binop,
    float_mask,
    float_relop,
    float_unop,
    lanewise1,
    row1,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value
    from wasmlab.isa.vector import Llvm1, Py1, Py2
    from wasmlab.syntax.row import Row

_LOW = ALL >> 64
_SUFFIXES = ("_s", "_u")


# ---- in Python ----


def of_value(function: Callable[[float], float]) -> Callable[[FloatShape], Py1]:
    """Lift a function of values to the lanes of a shape."""

    def make(s: FloatShape) -> Py1:
        values, encode = s.values, s.encode
        return lambda a: encode(map(function, values(a)))

    return make


def of_values(function: Callable[[float, float], float]) -> Callable[[FloatShape], Py2]:
    """Lift a function of two values likewise."""

    def make(s: FloatShape) -> Py2:
        values, encode = s.values, s.encode
        return lambda a, b: encode(map(function, values(a), values(b)))

    return make


def smaller(x: float, y: float) -> float:
    """Return the smaller; NaN if either is one, -0 below 0."""
    if x == y:
        return x if math.copysign(1.0, x) < 0 else y
    return min(x, y) if x < y or y < x else math.nan


def greater(x: float, y: float) -> float:
    """Return the greater; NaN if either is one, -0 below 0."""
    if x == y:
        return y if math.copysign(1.0, x) < 0 else x
    return max(x, y) if x < y or y < x else math.nan


def _chosen(relation: Callable[[float, float], bool]) -> Callable[[FloatShape], Py2]:
    """Make the function that takes b's lanes where the relation holds, bit by bit, else a's."""

    def make(s: FloatShape) -> Py2:
        mask_of = float_mask(s, relation)

        def choose(a: int, b: int) -> int:
            mask = mask_of(a, b)
            return b & mask | a & ~mask

        return choose

    return make


def _demote(a: int) -> int:
    return F32X4.encode((*F64X2.values(a), 0.0, 0.0))


def _promote(a: int) -> int:
    return F64X2.encode(F32X4.values(a)[:2])


def trunc_sat(s: FloatShape, suffix: str) -> Py1:
    """Return the truncation to i32 lanes, zeros above those of a narrower vector."""
    values, truncate = s.values, saturated(*integer_range(32, suffix))
    pack = I32X4.of_signed if suffix == "_s" else I32X4.of_unsigned
    zeros = (0,) * (4 - s.integers.count)
    return lambda a: pack(*map(truncate, values(a)), *zeros)


def _convert(s: FloatShape, suffix: str) -> Py1:
    count = s.integers.count
    lanes = unpacker(f"{count}{'i' if suffix == '_s' else 'I'}")
    used, encode = ALL >> 128 - 32 * count, s.encode
    return lambda a: encode(map(float, lanes(a & used)))


# ---- in LLVM, on vectors ----


def _llvm_pmin(e: Emitter, a: Value, b: Value) -> Value:
    return e.select(e.flt(e.to_float(b), e.to_float(a)), b, a)


def _llvm_pmax(e: Emitter, a: Value, b: Value) -> Value:
    return e.select(e.flt(e.to_float(a), e.to_float(b)), b, a)


def _llvm_low(e: Emitter, a: Value) -> Value:
    """Return the two low lanes of four."""
    return e.shuffle(a, a, (0, 1))


def _llvm_with_zeros(e: Emitter, a: Value) -> Value:
    """Return two lanes followed by two zeros."""
    return e.shuffle(a, e.const_like(a, 0), range(4))


def _llvm_demote(e: Emitter, a: Value) -> Value:
    return _llvm_with_zeros(e, e.canonical(e.fptrunc(e.to_float(a), 32)))


def _llvm_promote(e: Emitter, a: Value) -> Value:
    return e.canonical(e.fpext(_llvm_low(e, e.to_float(a)), 64))


def llvm_trunc_sat(s: FloatShape, suffix: str) -> Llvm1:
    """Return the emission of ``trunc_sat``, from a vector of s's bits."""

    def llvm(e: Emitter, a: Value) -> Value:
        x = e.to_float(a)
        lanes = e.fptosi_sat(x, 32) if suffix == "_s" else e.fptoui_sat(x, 32)
        return lanes if s is F32X4 else _llvm_with_zeros(e, lanes)

    return llvm


def _llvm_convert(s: FloatShape, suffix: str) -> Llvm1:
    width = s.format.width

    def llvm(e: Emitter, a: Value) -> Value:
        lanes = a if s is F32X4 else _llvm_low(e, a)
        return e.canonical(e.sitofp(lanes, width) if suffix == "_s" else e.uitofp(lanes, width))

    return llvm


# ---- families ----


def truncations(s: FloatShape, first: int, name: str, label: str, doc: str) -> Iterator[Row]:
    """Yield the signed and the unsigned truncation to i32x4; in names {} is the suffix."""
    for number, suffix in enumerate(_SUFFIXES, first):
        llvm = lanewise1(s.format.width, llvm_trunc_sat(s, suffix))
        kind = "signed" if suffix == "_s" else "unsigned"
        mnemonic, sentence = f"i32x4.{name.format(suffix)}", doc.format(kind)
        py = trunc_sat(s, suffix)
        yield row1(number, mnemonic, py, llvm, sentence, f"op-{label}{suffix}")


def _conversions(s: FloatShape, first: int, name: str, doc: str) -> Iterator[Row]:
    for number, suffix in enumerate(_SUFFIXES, first):
        llvm = lanewise1(32, _llvm_convert(s, suffix))
        sentence = doc.format("signed" if suffix == "_s" else "unsigned")
        py, mnemonic = _convert(s, suffix), f"{s.name}.{name}{suffix}"
        yield row1(number, mnemonic, py, llvm, sentence, f"op-convert{suffix}")


# Columns: name, numbers after 0xFD, Python semantics, LLVM semantics, doc.
# Numbers are those of f32x4 and f64x2.
# fmt: off
ROWS: tuple[Row, ...] = (
    *float_relop("eq", (0x41, 0x47), eq, lambda e, a, b: e.feq(a, b), "Sets the lanes that are equal to ones, the others to zeros."),
    *float_relop("ne", (0x42, 0x48), ne, lambda e, a, b: e.fne(a, b), "Sets the lanes that differ, as a NaN does, to ones, the others to zeros."),
    *float_relop("lt", (0x43, 0x49), lt, lambda e, a, b: e.flt(a, b), "Sets the lanes that are less to ones, the others to zeros."),
    *float_relop("gt", (0x44, 0x4A), gt, lambda e, a, b: e.fgt(a, b), "Sets the lanes that are greater to ones, the others to zeros."),
    *float_relop("le", (0x45, 0x4B), le, lambda e, a, b: e.fle(a, b), "Sets the lanes that are at most as great to ones, the others to zeros."),
    *float_relop("ge", (0x46, 0x4C), ge, lambda e, a, b: e.fge(a, b), "Sets the lanes that are at least as great to ones, the others to zeros."),
    *float_unop("ceil",    (0x67, 0x74), of_value(ceiling), llvm1(lambda e, a: e.fceil(a)), "Rounds each lane up to an integral number."),
    *float_unop("floor",   (0x68, 0x75), of_value(floor), llvm1(lambda e, a: e.ffloor(a)), "Rounds each lane down to an integral number."),
    *float_unop("trunc",   (0x69, 0x7A), of_value(truncated), llvm1(lambda e, a: e.ftrunc(a)), "Rounds each lane toward zero to an integral number."),
    *float_unop("nearest", (0x6A, 0x94), of_value(nearest), llvm1(lambda e, a: e.fnearest(a)), "Rounds each lane to the nearest integral number, ties to the even one."),
    *float_unop("abs",     (0xE0, 0xEC), lambda s: lambda a: a & s.integers.rest, llvm_abs, "Clears the sign bit of each lane."),
    *float_unop("neg",     (0xE1, 0xED), lambda s: lambda a: a ^ s.integers.signs, llvm_neg, "Flips the sign bit of each lane."),
    *float_unop("sqrt",    (0xE3, 0xEF), of_value(square_root), llvm1(lambda e, a: e.fsqrt(a)), "Is the square root of each lane; NaN of a negative number."),
    *float_binop("add",  (0xE4, 0xF0), of_values(add), llvm2(lambda e, a, b: e.fadd(a, b)), "Adds lanes."),
    *float_binop("sub",  (0xE5, 0xF1), of_values(sub), llvm2(lambda e, a, b: e.fsub(a, b)), "Subtracts the second operand's lanes from the first's."),
    *float_binop("mul",  (0xE6, 0xF2), of_values(mul), llvm2(lambda e, a, b: e.fmul(a, b)), "Multiplies lanes."),
    *float_binop("div",  (0xE7, 0xF3), of_values(divided), llvm2(lambda e, a, b: e.fdiv(a, b)), "Divides the first operand's lanes by the second's."),
    *float_binop("min",  (0xE8, 0xF4), of_values(smaller), llvm2(lambda e, a, b: e.fmin(a, b)), "Is the smaller of each two lanes; NaN if either is one, and -0 is below 0."),
    *float_binop("max",  (0xE9, 0xF5), of_values(greater), llvm2(lambda e, a, b: e.fmax(a, b)), "Is the greater of each two lanes; NaN if either is one, and 0 is above -0."),
    *float_binop("pmin", (0xEA, 0xF6), _chosen(gt), _llvm_pmin, "Takes the second operand's lane where it is less, else the first's."),
    *float_binop("pmax", (0xEB, 0xF7), _chosen(lt), _llvm_pmax, "Takes the second operand's lane where it is greater, else the first's."),
    row1(0x5E, "f32x4.demote_f64x2_zero", _demote, lanewise1(64, _llvm_demote), "Rounds two lanes to 32-bit floats; the upper two are zero.", "op-demote"),
    row1(0x5F, "f64x2.promote_low_f32x4", _promote, lanewise1(32, _llvm_promote), "Converts the two low lanes to 64-bit floats.", "op-promote"),
    *truncations(F32X4, 0xF8, "trunc_sat_f32x4{}", "trunc_sat", "Rounds lanes toward zero to {} integers, the nearest there are; NaN gives 0."),
    *truncations(F64X2, 0xFC, "trunc_sat_f64x2{}_zero", "trunc_sat", "Rounds two lanes toward zero to {} integers; the upper two are zero."),
    *_conversions(F32X4, 0xFA, "convert_i32x4", "Converts {} lanes to the nearest 32-bit floats, ties to even."),
    *_conversions(F64X2, 0xFE, "convert_low_i32x4", "Converts the two low lanes, {}, to 64-bit floats."),
)
# fmt: on
