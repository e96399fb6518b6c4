"""SIMD instructions that move lanes or work on all 128 bits: constants, shuffles, bitwise logic."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.integer import constant, llvm_constant, llvm_resized
from wasmlab.isa.lanes import ALL, I8X16, I16X8, I32X4, I64X2, NBYTES, LaneShape, looked_up
from wasmlab.isa.vector import row1, row2, row3, test_row
from wasmlab.records import NamedTuple
from wasmlab.syntax.row import Imm, Kind, Row, anchor
from wasmlab.syntax.types import F32, F64, I32, I64, V128, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value


class Scalar(NamedTuple):
    """What a lane of a shape is outside vectors."""

    shape: str
    type: NumType
    width: int
    lanes: LaneShape


_SCALARS = (
    Scalar("i8x16", I32, 32, I8X16),
    Scalar("i16x8", I32, 32, I16X8),
    Scalar("i32x4", I32, 32, I32X4),
    Scalar("i64x2", I64, 64, I64X2),
    Scalar("f32x4", F32, 32, I32X4),
    Scalar("f64x2", F64, 64, I64X2),
)


def lane_getter(s: LaneShape, *, signed: bool = False) -> Callable[[int, int], int]:
    """Return the function from a lane index and a vector to the lane's number."""
    width, mask = s.width, s.mask
    sign = 1 << width - 1

    def get(lane: int, a: int) -> int:
        return a >> lane * width & mask

    def get_signed(lane: int, a: int) -> int:
        return ((a >> lane * width & mask) ^ sign) - sign

    return get_signed if signed else get


def lane_setter(s: LaneShape) -> Callable[[int, int, int], int]:
    """Return the function from a lane index, a vector and a number to the changed vector."""
    width, mask = s.width, s.mask

    def replace(lane: int, a: int, x: int) -> int:
        at = lane * width
        return a & ~(mask << at) | (x & mask) << at

    return replace


def _splat(number: int, scalar: Scalar, doc: str) -> Row:
    s = scalar.lanes
    mask, ones = s.mask, s.ones

    def py(x: int) -> int:
        return (x & mask) * ones

    def llvm(e: Emitter, x: Value) -> Value:
        return e.joined(e.splat(llvm_resized(e, x, s.width), s.count))

    return Row(
        (0xFD, number), f"{scalar.shape}.splat", (scalar.type,), (V128,), (), Kind.PURE,
        py, llvm, doc, anchor("exec-vsplat"), feature="simd",
    )  # fmt: skip


def _extract(number: int, scalar: Scalar, suffix: str, doc: str) -> Row:
    s, signed = scalar.lanes, suffix == "_s"

    def llvm(e: Emitter, lane: Value, a: Value) -> Value:
        x = e.extract(e.lanes(a, s.width), lane)
        return e.sext(x, scalar.width) if signed else llvm_resized(e, x, scalar.width)

    return Row(
        (0xFD, number), f"{scalar.shape}.extract_lane{suffix}", (V128,), (scalar.type,),
        (Imm.LANE,), Kind.PURE, lane_getter(s, signed=signed), llvm, doc,
        anchor("exec-vextract_lane"), feature="simd",
    )  # fmt: skip


def _replace(number: int, scalar: Scalar, doc: str) -> Row:
    s = scalar.lanes

    def llvm(e: Emitter, lane: Value, a: Value, x: Value) -> Value:
        return e.joined(e.insert(e.lanes(a, s.width), lane, llvm_resized(e, x, s.width)))

    return Row(
        (0xFD, number), f"{scalar.shape}.replace_lane", (V128, scalar.type), (V128,),
        (Imm.LANE,), Kind.PURE, lane_setter(s), llvm, doc,
        anchor("exec-vreplace_lane"), feature="simd",
    )  # fmt: skip


def splats(first: int, doc: str) -> Iterator[Row]:
    """Yield ``splat`` of the six shapes."""
    for number, scalar in enumerate(_SCALARS, first):
        yield _splat(number, scalar, doc)


def lane_accesses(first: int) -> Iterator[Row]:
    """Yield ``extract_lane`` and ``replace_lane``, shape by shape; narrow lanes extend twice."""
    number = first
    for scalar in _SCALARS:
        extracts = [("", "Takes one lane out.")]
        if scalar.lanes.width < scalar.width:
            extracts = [
                ("_s", "Takes one lane out, extended by its sign."),
                ("_u", "Takes one lane out, extended with zeros."),
            ]
        for suffix, doc in extracts:
            yield _extract(number, scalar, suffix, doc)
            number += 1
        yield _replace(number, scalar, "Replaces one lane of the first operand by the second.")
        number += 1


def _shuffle(lanes: tuple[int, ...], a: int, b: int) -> int:
    return looked_up((a | b << 128).to_bytes(2 * NBYTES, "little"), bytes(lanes))


def _llvm_shuffle(e: Emitter, lanes: Value, a: Value, b: Value) -> Value:
    indices = e.lanes(lanes, 8)
    beyond = e.sub(indices, e.const_like(indices, NBYTES))  # wraps to above 15 for those of a
    from_a = e.swizzle(e.lanes(a, 8), indices)
    return e.joined(e.or_(from_a, e.swizzle(e.lanes(b, 8), beyond)))


def swizzle(a: int, b: int) -> int:
    """Return the bytes of a at the indices in b, 0 for those above 15."""
    return looked_up(a.to_bytes(NBYTES, "little"), b.to_bytes(NBYTES, "little"))


def llvm_swizzle(e: Emitter, a: Value, b: Value) -> Value:
    """Return the same."""
    return e.joined(e.swizzle(e.lanes(a, 8), e.lanes(b, 8)))


def bitselect(a: int, b: int, c: int) -> int:
    """Return a's bits where c has ones, b's elsewhere."""
    return a & c | b & ~c


def llvm_bitselect(e: Emitter, a: Value, b: Value, c: Value) -> Value:
    """Return the same."""
    return e.or_(e.and_(a, c), e.and_(b, e.not_(c)))


_CONST = Row(
    (0xFD, 0x0C), "v128.const", (), (V128,), (Imm.V128,), Kind.PURE, constant, llvm_constant,
    "Pushes the 128-bit vector.", anchor("exec-vconst"), feature="simd",
)  # fmt: skip
_SHUFFLE = Row(
    (0xFD, 0x0D), "i8x16.shuffle", (V128, V128), (V128,), (Imm.LANES,), Kind.PURE,
    _shuffle, _llvm_shuffle, "Picks sixteen bytes of the 32 in both operands, by constant indices.",
    anchor("exec-vshuffle"), feature="simd",
)  # fmt: skip

# Columns: number after 0xFD, mnemonic, Python semantics, LLVM semantics, doc, anchor.
# fmt: off
ROWS: tuple[Row, ...] = (
    _CONST,
    _SHUFFLE,
    row2(0x0E, "i8x16.swizzle", swizzle, llvm_swizzle, "Picks bytes of the first operand by indices in the second; 0 beyond 15.", "exec-vswizzlop"),
    *splats(0x0F, "Copies the operand's low bits to every lane."),
    *lane_accesses(0x15),
    row1(0x4D, "v128.not", lambda a: a ^ ALL, lambda e, a: e.not_(a), "Flips every bit.", "op-inot"),
    row2(0x4E, "v128.and", lambda a, b: a & b, lambda e, a, b: e.and_(a, b), "Ands the operands bit by bit.", "op-iand"),
    row2(0x4F, "v128.andnot", lambda a, b: a & ~b, lambda e, a, b: e.and_(a, e.not_(b)), "Ands the first operand with the flipped bits of the second.", "op-iandnot"),
    row2(0x50, "v128.or", lambda a, b: a | b, lambda e, a, b: e.or_(a, b), "Ors the operands bit by bit.", "op-ior"),
    row2(0x51, "v128.xor", lambda a, b: a ^ b, lambda e, a, b: e.xor(a, b), "Exclusive-ors the operands bit by bit.", "op-ixor"),
    row3(0x52, "v128.bitselect", bitselect, llvm_bitselect, "Takes bits of the first operand where the third has ones, else of the second.", "op-ibitselect"),
    test_row(0x53, "v128.any_true", lambda a: a != 0, lambda e, a: e.zext(e.ne(a, e.const_like(a, 0)), 32), "Is 1 if any bit is set, else 0.", "exec-vvtestop"),
)
# fmt: on
