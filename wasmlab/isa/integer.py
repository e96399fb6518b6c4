"""Integer instructions of i32 and i64, and those of the wide arithmetic proposal."""

from __future__ import annotations

from operator import add, eq, ge, gt, le, lt, mul, ne, not_, sub

from wasmlab.errors import Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import MASK64, signed
from wasmlab.syntax.row import Imm, Kind, Row, anchor
from wasmlab.syntax.types import I32, I64, NumType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value

    Py1 = Callable[[int], int]
    Py2 = Callable[[int, int], int]
    Llvm1 = Callable[[Emitter, Value], Value]
    Llvm2 = Callable[[Emitter, Value, Value], Value]

_WIDE = (
    "https://github.com/WebAssembly/wide-arithmetic/blob/main/proposals/wide-arithmetic/Overview.md"
)


def _widths(op32: int, op64: int) -> tuple[tuple[NumType, int, int], ...]:
    return ((I32, 32, op32), (I64, 64, op64))


def constant(c: int) -> int:
    """Return an immediate."""
    return c


def llvm_constant(_e: Emitter, c: Value) -> Value:
    """Return an immediate."""
    return c


def llvm_resized(e: Emitter, x: Value, width: int) -> Value:
    """Return the low bits of x, or x extended with zeros."""
    if e.width(x) == width:
        return x
    return e.trunc(x, width) if e.width(x) > width else e.zext(x, width)


def const(op32: int, op64: int, doc: str) -> Iterator[Row]:
    """Yield ``i32.const`` and ``i64.const``."""
    for (t, n, op), imm in zip(_widths(op32, op64), (Imm.I32, Imm.I64), strict=True):
        yield Row(
            (op,), f"{t}.const", (), (t,), (imm,), Kind.PURE,
            constant, llvm_constant, doc.format(n=n), anchor("exec-const"),
        )  # fmt: skip


def unop(
    name: str,
    op32: int,
    op64: int,
    py: Callable[[int], Py1],
    llvm: Llvm1,
    doc: str,
) -> Iterator[Row]:
    """Yield the rows ``t -> t`` for both widths; py makes the function for a width in bits."""
    for t, n, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t,), (t,), (), Kind.PURE,
            py(n), llvm, doc.format(n=n), anchor(f"op-i{name}"),
        )  # fmt: skip


def binop(
    name: str,
    op32: int,
    op64: int,
    py: Callable[[int], Py2],
    llvm: Llvm2,
    doc: str,
) -> Iterator[Row]:
    """Yield the rows ``t t -> t`` for both widths."""
    for t, n, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t, t), (t,), (), Kind.PURE,
            py(n), llvm, doc.format(n=n), anchor(f"op-i{name}"),
        )  # fmt: skip


def testop(name: str, op32: int, op64: int, py: Py1, llvm: Llvm1, doc: str) -> Iterator[Row]:
    """Yield the rows ``t -> i32`` for both widths; llvm gives one bit."""

    def truth(e: Emitter, a: Value) -> Value:
        return e.zext(llvm(e, a), 32)

    for t, _, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t,), (I32,), (), Kind.PURE,
            py, truth, doc, anchor(f"op-i{name}"),
        )  # fmt: skip


def relop(
    name: str,
    op32: int,
    op64: int,
    py: Callable[[int], Py2],
    llvm: Llvm2,
    doc: str,
) -> Iterator[Row]:
    """Yield the rows ``t t -> i32`` for both widths; llvm gives one bit."""

    def truth(e: Emitter, a: Value, b: Value) -> Value:
        return e.zext(llvm(e, a, b), 32)

    for t, n, op in _widths(op32, op64):
        yield Row(
            (op,), f"{t}.{name}", (t, t), (I32,), (), Kind.PURE,
            py(n), truth, doc, anchor(f"op-i{name}"),
        )  # fmt: skip


def extend(t: NumType, width: int, bits: int, op: int, doc: str) -> Row:
    """Return the row that extends the low bits of a t of that width by their sign."""
    sign, low = 1 << bits - 1, (1 << bits) - 1

    def py(a: int) -> int:
        return ((a & low) ^ sign) - sign

    def llvm(e: Emitter, a: Value) -> Value:
        return e.sext(e.trunc(a, bits), width)

    return Row(
        (op,), f"{t}.extend{bits}_s", (t,), (t,), (), Kind.PURE,
        py, llvm, doc.format(n=bits), anchor("op-iextendn_s"), feature="2.0",
    )  # fmt: skip


def _signed(relation: Callable[[int, int], bool]) -> Callable[[int], Py2]:
    """Compare as signed numbers: with the sign bits flipped, their order is the unsigned one."""

    def make(n: int) -> Py2:
        sign = 1 << n - 1
        return lambda a, b: relation(a ^ sign, b ^ sign)

    return make


def _ctz(n: int) -> Py1:
    return lambda a: (a & -a).bit_length() - 1 if a else n


def _div_s(n: int) -> Py2:
    sign = 1 << n - 1

    def div_s(a: int, b: int) -> int:
        x, y = (a ^ sign) - sign, (b ^ sign) - sign
        if y == 0:
            raise Trap(TrapCode.INTEGER_DIVIDE_BY_ZERO)
        if y == -1 and x == -sign:
            raise Trap(TrapCode.INTEGER_OVERFLOW)
        q = abs(x) // abs(y)
        return q if (x < 0) == (y < 0) else -q

    return div_s


def _rem_s(n: int) -> Py2:
    sign = 1 << n - 1

    def rem_s(a: int, b: int) -> int:
        x, y = (a ^ sign) - sign, (b ^ sign) - sign
        if y == 0:
            raise Trap(TrapCode.INTEGER_DIVIDE_BY_ZERO)
        r = abs(x) % abs(y)
        return r if x >= 0 else -r

    return rem_s


def _div_u(a: int, b: int) -> int:
    if b == 0:
        raise Trap(TrapCode.INTEGER_DIVIDE_BY_ZERO)
    return a // b


def _rem_u(a: int, b: int) -> int:
    if b == 0:
        raise Trap(TrapCode.INTEGER_DIVIDE_BY_ZERO)
    return a % b


def _shl(n: int) -> Py2:
    return lambda a, b: a << (b & n - 1)


def _shr_s(n: int) -> Py2:
    sign = 1 << n - 1
    return lambda a, b: ((a ^ sign) - sign) >> (b & n - 1)


def _shr_u(n: int) -> Py2:
    return lambda a, b: a >> (b & n - 1)


def _rotl(n: int) -> Py2:
    return lambda a, b: (a << (b & n - 1)) | (a >> n - (b & n - 1))


def _rotr(n: int) -> Py2:
    return lambda a, b: (a >> (b & n - 1)) | (a << n - (b & n - 1))


def _trap_if_zero(e: Emitter, b: Value) -> None:
    e.trap_if(e.eq(b, e.const_like(b, 0)), TrapCode.INTEGER_DIVIDE_BY_ZERO)


def _llvm_div_s(e: Emitter, a: Value, b: Value) -> Value:
    _trap_if_zero(e, b)
    smallest = e.const_like(a, 1 << e.width(a) - 1)
    overflow = e.and_(e.eq(a, smallest), e.eq(b, e.const_like(b, -1)))
    e.trap_if(overflow, TrapCode.INTEGER_OVERFLOW)
    return e.sdiv(a, b)


def _llvm_rem_s(e: Emitter, a: Value, b: Value) -> Value:
    _trap_if_zero(e, b)
    by_minus_one = e.eq(b, e.const_like(b, -1))  # overflows in LLVM; the remainder is 0 as by 1
    return e.srem(a, e.select(by_minus_one, e.const_like(b, 1), b))


def _llvm_div_u(e: Emitter, a: Value, b: Value) -> Value:
    _trap_if_zero(e, b)
    return e.udiv(a, b)


def _llvm_rem_u(e: Emitter, a: Value, b: Value) -> Value:
    _trap_if_zero(e, b)
    return e.urem(a, b)


def _llvm_amount(e: Emitter, b: Value) -> Value:
    return e.and_(b, e.const_like(b, e.width(b) - 1))


def _halves(wide: int) -> tuple[int, int]:
    return wide & MASK64, wide >> 64


def _llvm_halves(e: Emitter, wide: Value) -> tuple[Value, Value]:
    return e.trunc(wide, 64), e.trunc(e.lshr(wide, e.const_like(wide, 64)), 64)


def _llvm_joined(e: Emitter, low: Value, high: Value) -> Value:
    upper = e.zext(high, 128)
    return e.or_(e.zext(low, 128), e.shl(upper, e.const_like(upper, 64)))


def wide_sum(number: int, name: str, py: Py2, llvm: Llvm2, doc: str) -> Row:
    """Return the row for two 128-bit operands, each as low and high half."""

    def py_halves(a: int, b: int, c: int, d: int) -> tuple[int, int]:
        return _halves(py(a | b << 64, c | d << 64))

    def llvm_halves(e: Emitter, a: Value, b: Value, c: Value, d: Value) -> tuple[Value, Value]:
        return _llvm_halves(e, llvm(e, _llvm_joined(e, a, b), _llvm_joined(e, c, d)))

    return Row(
        (0xFC, number), f"i64.{name}", (I64, I64, I64, I64), (I64, I64), (), Kind.PURE,
        py_halves, llvm_halves, doc, _WIDE, feature="wide-arithmetic",
    )  # fmt: skip


def wide_product(number: int, name: str, py: Py1, llvm: Llvm1, doc: str) -> Row:
    """Return the row for a product of two operands, each widened by py and llvm first."""

    def py_halves(a: int, b: int) -> tuple[int, int]:
        return _halves(py(a) * py(b))

    def llvm_halves(e: Emitter, a: Value, b: Value) -> tuple[Value, Value]:
        return _llvm_halves(e, e.mul(llvm(e, a), llvm(e, b)))

    return Row(
        (0xFC, number), f"i64.{name}", (I64, I64), (I64, I64), (), Kind.PURE,
        py_halves, llvm_halves, doc, _WIDE, feature="wide-arithmetic",
    )  # fmt: skip


# Columns: name, opcode of i32, opcode of i64, Python semantics, LLVM semantics, doc. A lambda over
# n or _ gives the Python semantics for a width.
# fmt: off
ROWS: tuple[Row, ...] = (
    *const(0x41, 0x42, "Pushes the {n}-bit integer."),
    *testop("eqz", 0x45, 0x50, not_, lambda e, a: e.eq(a, e.const_like(a, 0)), "Is 1 if the operand is zero, else 0."),
    *relop("eq",   0x46, 0x51, lambda _: eq, lambda e, a, b: e.eq(a, b), "Is 1 if the operands are equal, else 0."),
    *relop("ne",   0x47, 0x52, lambda _: ne, lambda e, a, b: e.ne(a, b), "Is 1 if the operands differ, else 0."),
    *relop("lt_s", 0x48, 0x53, _signed(lt),  lambda e, a, b: e.lt_s(a, b), "Is 1 if the first operand is less than the second, both signed, else 0."),
    *relop("lt_u", 0x49, 0x54, lambda _: lt, lambda e, a, b: e.lt_u(a, b), "Is 1 if the first operand is less than the second, both unsigned, else 0."),
    *relop("gt_s", 0x4A, 0x55, _signed(gt),  lambda e, a, b: e.gt_s(a, b), "Is 1 if the first operand is greater than the second, both signed, else 0."),
    *relop("gt_u", 0x4B, 0x56, lambda _: gt, lambda e, a, b: e.gt_u(a, b), "Is 1 if the first operand is greater than the second, both unsigned, else 0."),
    *relop("le_s", 0x4C, 0x57, _signed(le),  lambda e, a, b: e.le_s(a, b), "Is 1 if the first operand is at most the second, both signed, else 0."),
    *relop("le_u", 0x4D, 0x58, lambda _: le, lambda e, a, b: e.le_u(a, b), "Is 1 if the first operand is at most the second, both unsigned, else 0."),
    *relop("ge_s", 0x4E, 0x59, _signed(ge),  lambda e, a, b: e.ge_s(a, b), "Is 1 if the first operand is at least the second, both signed, else 0."),
    *relop("ge_u", 0x4F, 0x5A, lambda _: ge, lambda e, a, b: e.ge_u(a, b), "Is 1 if the first operand is at least the second, both unsigned, else 0."),
    *unop("clz",    0x67, 0x79, lambda n: lambda a: n - a.bit_length(), lambda e, a: e.clz(a), "Counts the zero bits above the highest one bit; {n} if there is none."),
    *unop("ctz",    0x68, 0x7A, _ctz, lambda e, a: e.ctz(a), "Counts the zero bits below the lowest one bit; {n} if there is none."),
    *unop("popcnt", 0x69, 0x7B, lambda _: int.bit_count, lambda e, a: e.popcnt(a), "Counts the one bits."),
    *binop("add",   0x6A, 0x7C, lambda _: add, lambda e, a, b: e.add(a, b), "Adds, modulo 2^{n}."),
    *binop("sub",   0x6B, 0x7D, lambda _: sub, lambda e, a, b: e.sub(a, b), "Subtracts the second operand from the first, modulo 2^{n}."),
    *binop("mul",   0x6C, 0x7E, lambda _: mul, lambda e, a, b: e.mul(a, b), "Multiplies, modulo 2^{n}."),
    *binop("div_s", 0x6D, 0x7F, _div_s, _llvm_div_s, "Divides signed numbers, rounding toward zero; traps on zero and on overflow."),
    *binop("div_u", 0x6E, 0x80, lambda _: _div_u, _llvm_div_u, "Divides unsigned numbers, rounding down; traps on division by zero."),
    *binop("rem_s", 0x6F, 0x81, _rem_s, _llvm_rem_s, "Is the remainder of signed division, with the dividend's sign; traps on zero."),
    *binop("rem_u", 0x70, 0x82, lambda _: _rem_u, _llvm_rem_u, "Is the remainder of unsigned division; traps on zero."),
    *binop("and",   0x71, 0x83, lambda _: lambda a, b: a & b, lambda e, a, b: e.and_(a, b), "Ands the operands bit by bit."),
    *binop("or",    0x72, 0x84, lambda _: lambda a, b: a | b, lambda e, a, b: e.or_(a, b), "Ors the operands bit by bit."),
    *binop("xor",   0x73, 0x85, lambda _: lambda a, b: a ^ b, lambda e, a, b: e.xor(a, b), "Exclusive-ors the operands bit by bit."),
    *binop("shl",   0x74, 0x86, _shl, lambda e, a, b: e.shl(a, _llvm_amount(e, b)), "Shifts the first operand left by the second, modulo {n}."),
    *binop("shr_s", 0x75, 0x87, _shr_s, lambda e, a, b: e.ashr(a, _llvm_amount(e, b)), "Shifts right by the second operand modulo {n}, copying the sign bit."),
    *binop("shr_u", 0x76, 0x88, _shr_u, lambda e, a, b: e.lshr(a, _llvm_amount(e, b)), "Shifts right by the second operand modulo {n}, filling with zeros."),
    *binop("rotl",  0x77, 0x89, _rotl, lambda e, a, b: e.rotl(a, b), "Rotates the first operand left by the second, modulo {n}."),
    *binop("rotr",  0x78, 0x8A, _rotr, lambda e, a, b: e.rotr(a, b), "Rotates the first operand right by the second, modulo {n}."),
    extend(I32, 32, 8,  0xC0, "Extends the low {n} bits by their sign."),
    extend(I32, 32, 16, 0xC1, "Extends the low {n} bits by their sign."),
    extend(I64, 64, 8,  0xC2, "Extends the low {n} bits by their sign."),
    extend(I64, 64, 16, 0xC3, "Extends the low {n} bits by their sign."),
    extend(I64, 64, 32, 0xC4, "Extends the low {n} bits by their sign."),
    wide_sum(19, "add128", add, lambda e, a, b: e.add(a, b), "Adds two 128-bit integers, each and the sum as low and high half."),
    wide_sum(20, "sub128", sub, lambda e, a, b: e.sub(a, b), "Subtracts two 128-bit integers, each and the difference as low and high half."),
    wide_product(21, "mul_wide_s", lambda a: signed(a, 64), lambda e, a: e.sext(a, 128), "Multiplies signed numbers to 128 bits; pushes the low half, then the high one."),
    wide_product(22, "mul_wide_u", lambda a: a, lambda e, a: e.zext(a, 128), "Multiplies unsigned numbers to 128 bits; pushes the low half, then the high one."),
)
# fmt: on
