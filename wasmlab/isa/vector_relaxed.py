"""Relaxed SIMD, each instruction with the one result of the specification's deterministic profile.

So a product and a sum are rounded twice, and everything else does what its strict relative does.
"""

from __future__ import annotations

from operator import add, mul

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.floating import llvm2
from wasmlab.isa.lanes import F32X4, F64X2, I16X8, I32X4, INTEGER_SHAPES, FloatShape
from wasmlab.isa.vector import float_binop, lanewise2, row2, row3
from wasmlab.isa.vector_float import greater, of_values, smaller, truncations
from wasmlab.isa.vector_integer import (
    add as integer_add,
)
from wasmlab.isa.vector_integer import (
    llvm_q15mulr_sat_s,
    q15mulr_sat_s,
)
from wasmlab.isa.vector_lane import bitselect, llvm_bitselect, llvm_swizzle, swizzle
from wasmlab.isa.vector_widening import (
    dot,
    extadd_pairwise,
    llvm_extadd_pairwise,
    llvm_products,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.isa.protocols import Emitter, Value
    from wasmlab.isa.vector import Llvm3, Py3
    from wasmlab.syntax.row import Row

_DOT = dot(I16X8, 0x7FFF)
_SUM_PAIRS, _LLVM_SUM_PAIRS = extadd_pairwise(I32X4, "_s"), llvm_extadd_pairwise(I32X4, "_s")
_SUM = integer_add(I32X4)


def _madd(s: FloatShape, flipped: int) -> Py3:
    """Return a * b + c on the lanes, the bits ``flipped`` of a inverted first."""
    product, total = of_values(mul)(s), of_values(add)(s)
    return lambda a, b, c: total(product(a ^ flipped, b), c)


def _llvm_madd(s: FloatShape, flipped: int) -> Llvm3:
    width = s.format.width
    product = lanewise2(width, llvm2(lambda e, a, b: e.fmul(a, b)))
    total = lanewise2(width, llvm2(lambda e, a, b: e.fadd(a, b)))

    def llvm(e: Emitter, a: Value, b: Value, c: Value) -> Value:
        return total(e, product(e, e.xor(a, e.const_like(a, flipped)), b), c)

    return llvm


def _madds(s: FloatShape, first: int, doc: str) -> Iterator[Row]:
    """Yield ``relaxed_madd`` and ``relaxed_nmadd``."""
    for number, (name, flipped) in enumerate((("madd", 0), ("nmadd", s.integers.signs)), first):
        mnemonic = f"{s.name}.relaxed_{name}"
        sentence = doc.format("negated " if flipped else "")
        py, llvm = _madd(s, flipped), _llvm_madd(s, flipped)
        yield row3(number, mnemonic, py, llvm, sentence, f"op-frelaxed_{name}")


def _dot_add(a: int, b: int, c: int) -> int:
    return _SUM(_SUM_PAIRS(_DOT(a, b)), c)


def _llvm_dot(e: Emitter, a: Value, b: Value) -> Value:
    return e.joined(e.add_sat_s(*llvm_products(e, a, b, I16X8)))


def _llvm_dot_add(e: Emitter, a: Value, b: Value, c: Value) -> Value:
    pairs = _LLVM_SUM_PAIRS(e, _llvm_dot(e, a, b))
    return e.joined(e.add(e.lanes(pairs, 32), e.lanes(c, 32)))


_SELECT = "Takes bits of the first operand where the third has ones, else of the second."

# Columns: number after 0xFD, mnemonic, Python semantics, LLVM semantics, doc, anchor.
# fmt: off
ROWS: tuple[Row, ...] = (
    row2(0x100, "i8x16.relaxed_swizzle", swizzle, llvm_swizzle, "Picks bytes of the first operand by indices in the second; 0 beyond 15.", "op-irelaxed_swizzle"),
    *truncations(F32X4, 0x101, "relaxed_trunc_f32x4{}", "relaxed_trunc", "Rounds lanes toward zero to {} integers, the nearest there are; NaN gives 0."),
    *truncations(F64X2, 0x103, "relaxed_trunc_f64x2{}_zero", "relaxed_trunc", "Rounds two lanes toward zero to {} integers; the upper two are zero."),
    *_madds(F32X4, 0x105, "Multiplies the {}first operand by the second, then adds the third."),
    *_madds(F64X2, 0x107, "Multiplies the {}first operand by the second, then adds the third."),
    *(row3(0x109 + i, f"{s.name}.relaxed_laneselect", bitselect, llvm_bitselect, _SELECT, "op-irelaxed_laneselect") for i, s in enumerate(INTEGER_SHAPES)),
    *float_binop("relaxed_min", (0x10D, 0x10F), of_values(smaller), llvm2(lambda e, a, b: e.fmin(a, b)), "Is the smaller of each two lanes; NaN if either is one, and -0 is below 0."),
    *float_binop("relaxed_max", (0x10E, 0x110), of_values(greater), llvm2(lambda e, a, b: e.fmax(a, b)), "Is the greater of each two lanes; NaN if either is one, and 0 is above -0."),
    row2(0x111, "i16x8.relaxed_q15mulr_s", q15mulr_sat_s(I16X8), lanewise2(16, llvm_q15mulr_sat_s), "Multiplies lanes as fractions of 15 bits, rounded and limited to the range.", "op-irelaxed_q15mulr_s"),
    row2(0x112, "i16x8.relaxed_dot_i8x16_i7x16_s", _DOT, _llvm_dot, "Adds the products of neighbouring signed lanes, limited to the range.", "op-irelaxed_dot_mul"),
    row3(0x113, "i32x4.relaxed_dot_i8x16_i7x16_add_s", _dot_add, _llvm_dot_add, "Adds the products of four neighbouring lanes to lanes of the third operand.", "op-irelaxed_dot_mul"),
)
# fmt: on
