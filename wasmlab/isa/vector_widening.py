"""SIMD instructions between integer lanes of one width and of twice that width."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.lanes import ALL, I8X16, I16X8, I32X4, I64X2, LaneShape
from wasmlab.isa.vector import row1, row2
from wasmlab.isa.vector_memory import extender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.isa.protocols import Emitter, Value
    from wasmlab.isa.vector import Llvm1, Llvm2, Py1, Py2
    from wasmlab.syntax.row import Row

NARROWER = {I16X8: I8X16, I32X4: I16X8, I64X2: I32X4}
_SIGNED = "_s"
_HOW = {_SIGNED: "signed", "_u": "unsigned"}
_LOW, _HIGH = "low", "high"
_VARIANTS = ((_LOW, _SIGNED), (_HIGH, _SIGNED), (_LOW, "_u"), (_HIGH, "_u"))
"""The order in which families of halves are numbered."""


def _numbers(s: LaneShape, suffix: str) -> tuple[int, int]:
    """Return the least and the greatest number of a lane."""
    half = s.mask >> 1
    return (-half - 1, half) if suffix == _SIGNED else (0, s.mask)


# ---- in Python ----


def _narrow(s: LaneShape, suffix: str) -> Py2:
    to, lanes = NARROWER[s], s.signed
    low, high = _numbers(to, suffix)
    pack = to.of_signed if suffix == _SIGNED else to.of_unsigned

    def narrow(a: int, b: int) -> int:
        return pack(*[min(max(x, low), high) for x in lanes(a) + lanes(b)])

    return narrow


def _extend(s: LaneShape, half: str, suffix: str) -> Py1:
    extend = extender(NARROWER[s].width, signed=suffix == _SIGNED)
    low = ALL >> 64

    def extend_low(a: int) -> int:
        return extend(a & low)

    def extend_high(a: int) -> int:
        return extend(a >> 64)

    return extend_high if half == _HIGH else extend_low


def _extmul(s: LaneShape, half: str, suffix: str) -> Py2:
    extend = _extend(s, half, suffix)
    lanes, pack = (s.signed, s.of_signed) if suffix == _SIGNED else (s.unsigned, s.of_unsigned)

    def extmul(a: int, b: int) -> int:
        pairs = zip(lanes(extend(a)), lanes(extend(b)), strict=True)
        return pack(*[x * y for x, y in pairs])

    return extmul


def extadd_pairwise(s: LaneShape, suffix: str) -> Py1:
    """Return the function to the sums of neighbouring lanes, which are half as wide as s's."""
    narrow, signed = NARROWER[s], suffix == _SIGNED
    lanes = narrow.signed if signed else narrow.unsigned
    pack = s.of_signed if signed else s.of_unsigned

    def extadd(a: int) -> int:
        parts = lanes(a)
        return pack(*[x + y for x, y in zip(parts[::2], parts[1::2], strict=True)])

    return extadd


def dot(s: LaneShape, beyond: int) -> Py2:
    """Return the function to the sums of two neighbouring products, of lanes half as wide as s's.

    The one sum that does not fit a lane becomes ``beyond``.
    """
    lanes, pack, greatest = NARROWER[s].signed, s.of_signed, s.mask >> 1

    def sums(a: int, b: int) -> int:
        products = [x * y for x, y in zip(lanes(a), lanes(b), strict=True)]
        pairs = zip(products[::2], products[1::2], strict=True)
        return pack(*[x + y if x + y <= greatest else beyond for x, y in pairs])

    return sums


# ---- in LLVM ----


def _llvm_narrow(s: LaneShape, suffix: str) -> Llvm2:
    to = NARROWER[s]
    low, high = _numbers(to, suffix)

    def part(e: Emitter, a: Value) -> Value:
        x = e.lanes(a, s.width)
        x = e.smax(x, e.const_like(x, low))
        return e.trunc(e.smin(x, e.const_like(x, high)), to.width)

    def llvm(e: Emitter, a: Value, b: Value) -> Value:
        return e.joined(e.shuffle(part(e, a), part(e, b), range(to.count)))

    return llvm


def _llvm_wide(e: Emitter, a: Value, width: int, suffix: str) -> Value:
    return e.sext(a, width) if suffix == _SIGNED else e.zext(a, width)


def _llvm_half(s: LaneShape, half: str, suffix: str) -> Llvm1:
    """Return the emission of a vector of s from half the lanes of a 128-bit operand."""
    first = s.count if half == _HIGH else 0

    def llvm(e: Emitter, a: Value) -> Value:
        lanes = e.lanes(a, NARROWER[s].width)
        return _llvm_wide(
            e, e.shuffle(lanes, lanes, range(first, first + s.count)), s.width, suffix
        )

    return llvm


def llvm_pairs(e: Emitter, a: Value, count: int) -> tuple[Value, Value]:
    """Return the even and the odd ones of a vector's lanes, so many of them in all."""
    return e.shuffle(a, a, range(0, count, 2)), e.shuffle(a, a, range(1, count, 2))


def llvm_extadd_pairwise(s: LaneShape, suffix: str) -> Llvm1:
    """Return the emission of ``extadd_pairwise``."""

    def llvm(e: Emitter, a: Value) -> Value:
        wide = _llvm_wide(e, e.lanes(a, NARROWER[s].width), s.width, suffix)
        return e.joined(e.add(*llvm_pairs(e, wide, 2 * s.count)))

    return llvm


def llvm_products(e: Emitter, a: Value, b: Value, s: LaneShape) -> tuple[Value, Value]:
    """Return the even and the odd products of lanes half as wide as s's, as vectors of s."""
    x, y = (e.sext(e.lanes(v, NARROWER[s].width), s.width) for v in (a, b))
    return llvm_pairs(e, e.mul(x, y), 2 * s.count)


def _llvm_dot(e: Emitter, a: Value, b: Value) -> Value:
    return e.joined(e.add(*llvm_products(e, a, b, I32X4)))


# ---- families: the result's shape, the first number ----


def narrows(s: LaneShape, first: int, doc: str) -> Iterator[Row]:
    """Yield ``narrow_*_s`` and ``narrow_*_u`` from lanes of s."""
    to = NARROWER[s]
    for number, suffix in enumerate(_HOW, first):
        name, sentence = f"{to.name}.narrow_{s.name}{suffix}", doc.format(_HOW[suffix])
        py, llvm = _narrow(s, suffix), _llvm_narrow(s, suffix)
        yield row2(number, name, py, llvm, sentence, "exec-vnarrow")


def extends(s: LaneShape, first: int, doc: str) -> Iterator[Row]:
    """Yield ``extend_low_*_s`` to ``extend_high_*_u``."""
    for number, (half, suffix) in enumerate(_VARIANTS, first):
        name = f"{s.name}.extend_{half}_{NARROWER[s].name}{suffix}"
        vector, sentence = _llvm_half(s, half, suffix), doc.format(half, _HOW[suffix])
        py, llvm = _extend(s, half, suffix), _llvm_joined1(vector)
        yield row1(number, name, py, llvm, sentence, "exec-vcvtop")


def extmuls(s: LaneShape, first: int, doc: str) -> Iterator[Row]:
    """Yield ``extmul_low_*_s`` to ``extmul_high_*_u``."""
    for number, (half, suffix) in enumerate(_VARIANTS, first):
        name = f"{s.name}.extmul_{half}_{NARROWER[s].name}{suffix}"
        vector, sentence = _llvm_half(s, half, suffix), doc.format(half, _HOW[suffix])
        py, llvm = _extmul(s, half, suffix), _llvm_product(vector)
        yield row2(number, name, py, llvm, sentence, "exec-vextbinop")


def _llvm_joined1(vector: Llvm1) -> Llvm1:
    def llvm(e: Emitter, a: Value) -> Value:
        return e.joined(vector(e, a))

    return llvm


def _llvm_product(vector: Llvm1) -> Llvm2:
    def llvm(e: Emitter, a: Value, b: Value) -> Value:
        return e.joined(e.mul(vector(e, a), vector(e, b)))

    return llvm


def extadds(s: LaneShape, first: int, doc: str) -> Iterator[Row]:
    """Yield ``extadd_pairwise_*_s`` and ``extadd_pairwise_*_u``."""
    for number, suffix in enumerate(_HOW, first):
        name = f"{s.name}.extadd_pairwise_{NARROWER[s].name}{suffix}"
        py, llvm = extadd_pairwise(s, suffix), llvm_extadd_pairwise(s, suffix)
        yield row1(number, name, py, llvm, doc.format(_HOW[suffix]), "exec-vextunop")


_EXTEND = "Widens the {} lanes, {}, to twice their width."
_EXTMUL = "Multiplies the {} lanes, {}, to products of twice the width."

# Columns: shape of the wide lanes, first number after 0xFD, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    *narrows(I16X8, 0x65, "Halves the width of the lanes of both operands, limited to the {} range."),
    *narrows(I32X4, 0x85, "Halves the width of the lanes of both operands, limited to the {} range."),
    *extadds(I16X8, 0x7C, "Adds neighbouring {} lanes to sums of twice the width."),
    *extadds(I32X4, 0x7E, "Adds neighbouring {} lanes to sums of twice the width."),
    *extends(I16X8, 0x87, _EXTEND),
    *extends(I32X4, 0xA7, _EXTEND),
    *extends(I64X2, 0xC7, _EXTEND),
    *extmuls(I16X8, 0x9C, _EXTMUL),
    *extmuls(I32X4, 0xBC, _EXTMUL),
    *extmuls(I64X2, 0xDC, _EXTMUL),
    row2(0xBA, "i32x4.dot_i16x8_s", dot(I32X4, -1 << 31), _llvm_dot, "Adds the products of neighbouring signed lanes, modulo 2^32.", "exec-vextbinop"),
)
# fmt: on
