"""SIMD instructions on integer lanes."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.integer import llvm_resized
from wasmlab.isa.lanes import ALL, INTEGER_SHAPES, LaneShape
from wasmlab.isa.vector import binop, in_lanes, relop, test_row, unop
from wasmlab.syntax.row import Kind, Row, anchor
from wasmlab.syntax.types import I32, V128

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value
    from wasmlab.isa.vector import Llvm1, Llvm2, Py1, Py2

    Make2 = Callable[[LaneShape], Py2]


# ---- all lanes at once ----


def add(s: LaneShape) -> Py2:
    """Return the sum of lanes."""
    signs, rest = s.signs, s.rest
    return lambda a, b: ((a & rest) + (b & rest)) ^ ((a ^ b) & signs)


def _sub(s: LaneShape) -> Py2:
    signs, rest = s.signs, s.rest
    return lambda a, b: ((a | signs) - (b & rest)) ^ (~(a ^ b) & signs)


def _spread(s: LaneShape) -> Py1:
    """Return the function that makes masks of the lanes' highest bits."""
    signs, mask, shift = s.signs, s.mask, s.width - 1
    return lambda a: ((a & signs) >> shift) * mask


def _differ(s: LaneShape) -> Py2:
    rest, spread = s.rest, _spread(s)

    def differ(a: int, b: int) -> int:
        x = a ^ b
        return spread(((x & rest) + rest) | x)  # adding carries into the highest bit unless 0

    return differ


def _equal(s: LaneShape) -> Py2:
    differ = _differ(s)
    return lambda a, b: ALL ^ differ(a, b)


def _less_u(s: LaneShape) -> Py2:
    subtract, spread = _sub(s), _spread(s)
    return lambda a, b: spread((~a & b) | ((~a | b) & subtract(a, b)))  # where it borrows


def _less_s(s: LaneShape) -> Py2:
    less, signs = _less_u(s), s.signs
    return lambda a, b: less(a ^ signs, b ^ signs)


def _swapped(make: Make2) -> Make2:
    def swapped(s: LaneShape) -> Py2:
        relation = make(s)
        return lambda a, b: relation(b, a)

    return swapped


def _negated(make: Make2) -> Make2:
    def negated(s: LaneShape) -> Py2:
        relation = make(s)
        return lambda a, b: ALL ^ relation(a, b)

    return negated


def _chosen(make: Make2) -> Make2:
    """Make the function that takes a's lanes where the relation holds, else b's."""

    def chosen(s: LaneShape) -> Py2:
        relation = make(s)

        def choose(a: int, b: int) -> int:
            mask = relation(a, b)
            return a & mask | b & ~mask

        return choose

    return chosen


def _neg(s: LaneShape) -> Py1:
    subtract = _sub(s)
    return lambda a: subtract(0, a)


def _abs(s: LaneShape) -> Py1:
    spread, subtract = _spread(s), _sub(s)

    def absolute(a: int) -> int:
        mask = spread(a)
        return subtract(a ^ mask, mask)

    return absolute


def _popcnt(s: LaneShape) -> Py1:
    pairs, fours, eights = 0x55 * s.ones, 0x33 * s.ones, 0x0F * s.ones

    def popcnt(a: int) -> int:
        a -= a >> 1 & pairs
        a = (a & fours) + (a >> 2 & fours)
        return a + (a >> 4) & eights

    return popcnt


def _avgr_u(s: LaneShape) -> Py2:
    rest = s.rest
    return lambda a, b: (a | b) - ((a ^ b) >> 1 & rest)


def _limit(s: LaneShape) -> Py1:
    """Return the function from lanes to the extreme numbers of their signs."""
    ones, rest, shift = s.ones, s.rest, s.width - 1
    return lambda a: rest + (a >> shift & ones)


def _add_sat_s(s: LaneShape) -> Py2:
    plus, spread, limit = add(s), _spread(s), _limit(s)

    def add_sat_s(a: int, b: int) -> int:
        total = plus(a, b)
        overflow = spread(~(a ^ b) & (a ^ total))
        return total & ~overflow | limit(a) & overflow

    return add_sat_s


def _sub_sat_s(s: LaneShape) -> Py2:
    minus, spread, limit = _sub(s), _spread(s), _limit(s)

    def sub_sat_s(a: int, b: int) -> int:
        difference = minus(a, b)
        overflow = spread((a ^ b) & (a ^ difference))
        return difference & ~overflow | limit(a) & overflow

    return sub_sat_s


def _add_sat_u(s: LaneShape) -> Py2:
    plus, less = add(s), _less_u(s)

    def add_sat_u(a: int, b: int) -> int:
        total = plus(a, b)
        return total | less(total, a)

    return add_sat_u


def _sub_sat_u(s: LaneShape) -> Py2:
    minus, less = _sub(s), _less_u(s)
    return lambda a, b: minus(a, b) & ~less(a, b)


def _all_true(s: LaneShape) -> Py1:
    rest, signs = s.rest, s.signs
    return lambda a: ((a & rest) + rest | a) & signs == signs


def _bitmask(s: LaneShape) -> Py1:
    ones, shift, nbytes = s.ones, s.width - 1, s.width // 8
    digits = 0x3030_3030_3030_3030_3030_3030_3030_3030

    def bitmask(a: int) -> int:
        text = (a >> shift & ones | digits).to_bytes(16, "big")  # ASCII digits, a byte each
        return int(text[nbytes - 1 :: nbytes], 2)

    return bitmask


def _shl(s: LaneShape) -> Py2:
    ones, mask, limit = s.ones, s.mask, s.width - 1

    def shl(a: int, b: int) -> int:
        b &= limit
        return (a & (mask >> b) * ones) << b

    return shl


def _shr_u(s: LaneShape) -> Py2:
    ones, mask, limit = s.ones, s.mask, s.width - 1

    def shr_u(a: int, b: int) -> int:
        b &= limit
        return a >> b & (mask >> b) * ones

    return shr_u


def _shr_s(s: LaneShape) -> Py2:
    ones, mask, limit = s.ones, s.mask, s.width - 1

    def shr_s(a: int, b: int) -> int:
        b &= limit
        kept = mask >> b
        return a >> b & kept * ones | (a >> limit & ones) * (mask ^ kept)

    return shr_s


# ---- lane by lane ----


def _mul(s: LaneShape) -> Py2:
    unsigned, pack, mask = s.unsigned, s.of_unsigned, s.mask

    def mul(a: int, b: int) -> int:
        lanes = zip(unsigned(a), unsigned(b), strict=True)
        return pack(*[x * y & mask for x, y in lanes])

    return mul


def q15mulr_sat_s(s: LaneShape) -> Py2:
    """Return the rounded product of fractions, limited to the range."""
    signed, pack = s.signed, s.of_signed

    def q15mulr(a: int, b: int) -> int:
        lanes = zip(signed(a), signed(b), strict=True)
        return pack(*[min(x * y + 0x4000 >> 15, 0x7FFF) for x, y in lanes])

    return q15mulr


# ---- in LLVM: vectors unless said otherwise ----


def _llvm_avgr_u(e: Emitter, a: Value, b: Value) -> Value:
    width = e.width(a)
    total = e.add(e.zext(a, 2 * width), e.zext(b, 2 * width))
    one = e.const_like(total, 1)
    return e.trunc(e.lshr(e.add(total, one), one), width)


def llvm_q15mulr_sat_s(e: Emitter, a: Value, b: Value) -> Value:
    """Return the rounded products of fractions, limited to the range."""
    product = e.mul(e.sext(a, 32), e.sext(b, 32))
    scaled = e.ashr(e.add(product, e.const_like(product, 0x4000)), e.const_like(product, 15))
    return e.trunc(e.smin(scaled, e.const_like(scaled, 0x7FFF)), 16)


def _llvm_all_true(e: Emitter, a: Value) -> Value:
    bits = e.joined(e.ne(a, e.const_like(a, 0)))
    return e.zext(e.eq(bits, e.const_like(bits, -1)), 32)


def _llvm_bitmask(e: Emitter, a: Value) -> Value:
    return e.zext(e.joined(e.lt_s(a, e.const_like(a, 0))), 32)


# ---- families ----


def _tests(
    name: str, numbers: tuple[int, ...], py: Callable[[LaneShape], Py1], llvm: Llvm1, doc: str
) -> Iterator[Row]:
    """Yield rows from a vector to i32."""
    for s, number in zip(INTEGER_SHAPES, numbers, strict=True):
        lifted = in_lanes(s.width, llvm)
        yield test_row(number, f"{s.name}.{name}", py(s), lifted, doc, f"exec-v{_LABELS[name]}")


def _shifts(
    name: str, numbers: tuple[int, ...], py: Callable[[LaneShape], Py2], llvm: Llvm2, doc: str
) -> Iterator[Row]:
    """Yield rows from a vector and an i32 to a vector; llvm takes the number in every lane."""
    for s, number in zip(INTEGER_SHAPES, numbers, strict=True):
        yield Row(
            (0xFD, number), f"{s.name}.{name}", (V128, I32), (V128,), (), Kind.PURE,
            py(s), _llvm_shift(s, llvm), doc.format(n=s.width), anchor(f"op-i{name}"),
            feature="simd",
        )  # fmt: skip


def _llvm_shift(s: LaneShape, verb: Llvm2) -> Llvm2:
    def llvm(e: Emitter, a: Value, b: Value) -> Value:
        number = llvm_resized(e, e.and_(b, e.const_like(b, s.width - 1)), s.width)
        return e.joined(verb(e, e.lanes(a, s.width), e.splat(number, s.count)))

    return llvm


_LABELS = {"all_true": "testop", "bitmask": "bitmask"}

# Columns: name, numbers after 0xFD, Python semantics, LLVM semantics, doc.
# Numbers are those of i8x16, i16x8, i32x4 and i64x2; 0 where a shape lacks the instruction.
# fmt: off
ROWS: tuple[Row, ...] = (
    *relop("eq",   (0x23, 0x2D, 0x37, 0xD6), _equal,  lambda e, a, b: e.eq(a, b), "Sets the lanes that are equal to ones, the others to zeros."),
    *relop("ne",   (0x24, 0x2E, 0x38, 0xD7), _differ, lambda e, a, b: e.ne(a, b), "Sets the lanes that differ to ones, the others to zeros."),
    *relop("lt_s", (0x25, 0x2F, 0x39, 0xD8), _less_s, lambda e, a, b: e.lt_s(a, b), "Sets the lanes that are less, signed, to ones, the others to zeros."),
    *relop("lt_u", (0x26, 0x30, 0x3A, 0), _less_u, lambda e, a, b: e.lt_u(a, b), "Sets the lanes that are less, unsigned, to ones, the others to zeros."),
    *relop("gt_s", (0x27, 0x31, 0x3B, 0xD9), _swapped(_less_s), lambda e, a, b: e.gt_s(a, b), "Sets the lanes that are greater, signed, to ones, the others to zeros."),
    *relop("gt_u", (0x28, 0x32, 0x3C, 0), _swapped(_less_u), lambda e, a, b: e.gt_u(a, b), "Sets the lanes that are greater, unsigned, to ones, the others to zeros."),
    *relop("le_s", (0x29, 0x33, 0x3D, 0xDA), _negated(_swapped(_less_s)), lambda e, a, b: e.le_s(a, b), "Sets the lanes that are at most as great, signed, to ones, the others to zeros."),
    *relop("le_u", (0x2A, 0x34, 0x3E, 0), _negated(_swapped(_less_u)), lambda e, a, b: e.le_u(a, b), "Sets the lanes that are at most as great, unsigned, to ones, the others to zeros."),
    *relop("ge_s", (0x2B, 0x35, 0x3F, 0xDB), _negated(_less_s), lambda e, a, b: e.ge_s(a, b), "Sets the lanes that are at least as great, signed, to ones, the others to zeros."),
    *relop("ge_u", (0x2C, 0x36, 0x40, 0), _negated(_less_u), lambda e, a, b: e.ge_u(a, b), "Sets the lanes that are at least as great, unsigned, to ones, the others to zeros."),
    *unop("abs",    (0x60, 0x80, 0xA0, 0xC0), _abs, lambda e, a: e.abs(a), "Is the absolute value of each lane, modulo 2^{n}."),
    *unop("neg",    (0x61, 0x81, 0xA1, 0xC1), _neg, lambda e, a: e.sub(e.const_like(a, 0), a), "Negates each lane, modulo 2^{n}."),
    *unop("popcnt", (0x62, 0, 0, 0), _popcnt, lambda e, a: e.popcnt(a), "Counts the one bits of each lane."),
    *_tests("all_true", (0x63, 0x83, 0xA3, 0xC3), _all_true, _llvm_all_true, "Is 1 if no lane is zero, else 0."),
    *_tests("bitmask",  (0x64, 0x84, 0xA4, 0xC4), _bitmask, _llvm_bitmask, "Collects the highest bits of the lanes, that of lane 0 lowest."),
    *_shifts("shl",   (0x6B, 0x8B, 0xAB, 0xCB), _shl,   lambda e, a, b: e.shl(a, b), "Shifts each lane left by the number, modulo {n}."),
    *_shifts("shr_s", (0x6C, 0x8C, 0xAC, 0xCC), _shr_s, lambda e, a, b: e.ashr(a, b), "Shifts each lane right by the number modulo {n}, copying its sign bit."),
    *_shifts("shr_u", (0x6D, 0x8D, 0xAD, 0xCD), _shr_u, lambda e, a, b: e.lshr(a, b), "Shifts each lane right by the number modulo {n}, filling with zeros."),
    *binop("add",       (0x6E, 0x8E, 0xAE, 0xCE), add, lambda e, a, b: e.add(a, b), "Adds lanes, modulo 2^{n}."),
    *binop("add_sat_s", (0x6F, 0x8F, 0, 0), _add_sat_s, lambda e, a, b: e.add_sat_s(a, b), "Adds signed lanes, limited to the range of {n} bits."),
    *binop("add_sat_u", (0x70, 0x90, 0, 0), _add_sat_u, lambda e, a, b: e.add_sat_u(a, b), "Adds unsigned lanes, limited to the range of {n} bits."),
    *binop("sub",       (0x71, 0x91, 0xB1, 0xD1), _sub, lambda e, a, b: e.sub(a, b), "Subtracts lanes, modulo 2^{n}."),
    *binop("sub_sat_s", (0x72, 0x92, 0, 0), _sub_sat_s, lambda e, a, b: e.sub_sat_s(a, b), "Subtracts signed lanes, limited to the range of {n} bits."),
    *binop("sub_sat_u", (0x73, 0x93, 0, 0), _sub_sat_u, lambda e, a, b: e.sub_sat_u(a, b), "Subtracts unsigned lanes, at least zero."),
    *binop("mul",   (0, 0x95, 0xB5, 0xD5), _mul, lambda e, a, b: e.mul(a, b), "Multiplies lanes, modulo 2^{n}."),
    *binop("min_s", (0x76, 0x96, 0xB6, 0), _chosen(_less_s), lambda e, a, b: e.smin(a, b), "Is the smaller of each two lanes, signed."),
    *binop("min_u", (0x77, 0x97, 0xB7, 0), _chosen(_less_u), lambda e, a, b: e.umin(a, b), "Is the smaller of each two lanes, unsigned."),
    *binop("max_s", (0x78, 0x98, 0xB8, 0), _chosen(_swapped(_less_s)), lambda e, a, b: e.smax(a, b), "Is the greater of each two lanes, signed."),
    *binop("max_u", (0x79, 0x99, 0xB9, 0), _chosen(_swapped(_less_u)), lambda e, a, b: e.umax(a, b), "Is the greater of each two lanes, unsigned."),
    *binop("avgr_u", (0x7B, 0x9B, 0, 0), _avgr_u, _llvm_avgr_u, "Is the mean of each two unsigned lanes, rounded up."),
    *binop("q15mulr_sat_s", (0, 0x82, 0, 0), q15mulr_sat_s, llvm_q15mulr_sat_s, "Multiplies lanes as fractions of 15 bits, rounded and limited to the range."),
)
# fmt: on
