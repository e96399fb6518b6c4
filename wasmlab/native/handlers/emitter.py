"""The verbs of ``isa.protocols.Emitter`` as LLVM IR; the only place that spells instructions.

Nothing here has undefined behaviour for operands that the verbs allow: no nsw, nuw, exact or fast
flags, no plain fptosi or fptoui.
"""

from __future__ import annotations

from llvmlite import binding, ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.isa.bits import FLOAT_FORMATS

Ir = Any
"""A value, type or builder of llvmlite, which has no types of its own."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import ClassVar

    from wasmlab.errors import TrapCode

    Verb1 = Callable[["IrEmitter", Ir], Ir]
    Verb2 = Callable[["IrEmitter", Ir, Ir], Ir]
    Convert = Callable[["IrEmitter", Ir, int], Ir]

BYTES_IN_VECTOR = 16
_BIT: Ir = ir.IntType(1)
_FLOATS: dict[int, Ir] = {32: ir.FloatType(), 64: ir.DoubleType()}
_FLOAT_WIDTHS = {"float": 32, "double": 64}
UNLIKELY = (1, 100_000)


def _is_vector(t: Ir) -> bool:
    return isinstance(t, ir.VectorType)


def _lane_type(t: Ir) -> Ir:
    return t.element if _is_vector(t) else t


def _with_lanes(t: Ir, lane: Ir) -> Ir:
    """Return the type of as many lanes as t has."""
    return ir.VectorType(lane, t.count) if _is_vector(t) else lane


def _width(t: Ir) -> int:
    lane = _lane_type(t)
    return lane.width if isinstance(lane, ir.IntType) else _FLOAT_WIDTHS[str(lane)]


def _overloaded(t: Ir) -> str:
    """Return the suffix that names t in an intrinsic."""
    letter = "i" if isinstance(_lane_type(t), ir.IntType) else "f"
    lane = f"{letter}{_width(t)}"
    return f"v{t.count}{lane}" if _is_vector(t) else lane


def _constant(t: Ir, value: float) -> Ir:
    if _is_vector(t):
        return ir.Constant(t, [value] * t.count)
    return ir.Constant(t, value)


def _instruction(name: str) -> Verb2:
    return lambda self, a, b: getattr(self.builder, name)(a, b)


def _compare(relation: str, family: str) -> Verb2:
    return lambda self, a, b: getattr(self.builder, family)(relation, a, b)


def _unary_intrinsic(name: str, *flags: bool) -> Verb1:
    """Name an intrinsic of one operand, followed by constant bits."""
    bits = [ir.Constant(_BIT, int(flag)) for flag in flags]
    return lambda self, a: self.intrinsic(f"{name}.{_overloaded(a.type)}", a.type, a, *bits)


def _intrinsic(name: str) -> Verb2:
    return lambda self, a, b: self.intrinsic(f"{name}.{_overloaded(a.type)}", a.type, a, b)


def _rotate(name: str) -> Verb2:
    return lambda self, a, b: self.intrinsic(f"{name}.{_overloaded(a.type)}", a.type, a, a, b)


def _resize(name: str) -> Convert:
    def verb(self: IrEmitter, a: Ir, width: int) -> Ir:
        return getattr(self.builder, name)(a, _with_lanes(a.type, ir.IntType(width)))

    return verb


def _to_format(name: str) -> Convert:
    def verb(self: IrEmitter, a: Ir, width: int) -> Ir:
        return getattr(self.builder, name)(a, _with_lanes(a.type, _FLOATS[width]))

    return verb


def _saturate(name: str) -> Convert:
    def verb(self: IrEmitter, a: Ir, width: int) -> Ir:
        t = _with_lanes(a.type, ir.IntType(width))
        return self.intrinsic(f"{name}.{_overloaded(t)}.{_overloaded(a.type)}", t, a)

    return verb


def byte_lookup() -> str:
    """Return how this machine looks bytes up in a vector: an instruction's name, or nothing."""
    architecture = binding.get_process_triple().partition("-")[0]
    if architecture in {"aarch64", "arm64"}:
        return "tbl"
    if (
        architecture in {"x86_64", "amd64"}
        and "+ssse3" in binding.get_host_cpu_features().flatten()
    ):
        return "pshufb"
    return ""


class IrEmitter:
    """The verbs, at the builder's position; see ``Emitter`` for what each does.

    ``trap_to`` gives the block that leaves the instruction with a code. ``lookup`` is what
    ``byte_lookup`` says of the machine that will run the code.
    """

    def __init__(self, builder: Ir, trap_to: Callable[[TrapCode], Ir], lookup: str = "") -> None:
        self.builder = builder
        self._trap_to = trap_to
        self._lookup = lookup

    def intrinsic(self, name: str, result: Ir, *args: Ir) -> Ir:
        """Call the function of that name, which LLVM or the C library provides."""
        module = self.builder.module
        function = module.globals.get(name)
        if function is None:
            signature = ir.FunctionType(result, [a.type for a in args])
            function = ir.Function(module, signature, name)
        return self.builder.call(function, args)

    # ---- constants and shapes ----
    def const(self, value: int, width: int) -> Ir:
        """Return a constant."""
        return ir.Constant(ir.IntType(width), value & (1 << width) - 1)

    def const_like(self, a: Ir, value: int) -> Ir:
        """Return a constant, or a vector of them."""
        return _constant(a.type, value & (1 << _width(a.type)) - 1)

    def fconst_like(self, a: Ir, value: float) -> Ir:
        """Return a constant, or a vector of them."""
        return _constant(a.type, float(value))

    def width(self, a: Ir) -> int:
        """Return the bits of a scalar or lane type."""
        return _width(a.type)

    zext: ClassVar[Convert] = _resize("zext")
    sext: ClassVar[Convert] = _resize("sext")
    trunc: ClassVar[Convert] = _resize("trunc")

    def to_float(self, a: Ir) -> Ir:
        """Bitcast lane by lane."""
        return self.builder.bitcast(a, _with_lanes(a.type, _FLOATS[_width(a.type)]))

    def to_bits(self, a: Ir) -> Ir:
        """Bitcast lane by lane."""
        return self.builder.bitcast(a, _with_lanes(a.type, ir.IntType(_width(a.type))))

    def canonical(self, a: Ir) -> Ir:
        """Bitcast, then select the canonical NaN."""
        bits = self.to_bits(a)
        nan = self.const_like(bits, FLOAT_FORMATS[_width(a.type)].nan)
        return self.select(self.fne(a, a), nan, bits)

    # ---- control ----
    def trap_if(self, condition: Ir, code: TrapCode) -> None:
        """Branch to the trap block or to a new one, and go on in that."""
        going_on = self.builder.append_basic_block()
        self.builder.cbranch(condition, self._trap_to(code), going_on).set_weights(UNLIKELY)
        self.builder.position_at_end(going_on)

    def select(self, condition: Ir, a: Ir, b: Ir) -> Ir:
        """Select by a bit or by a vector of bits."""
        return self.builder.select(condition, a, b)

    # ---- integers ----
    add: ClassVar[Verb2] = _instruction("add")
    sub: ClassVar[Verb2] = _instruction("sub")
    mul: ClassVar[Verb2] = _instruction("mul")
    sdiv: ClassVar[Verb2] = _instruction("sdiv")
    udiv: ClassVar[Verb2] = _instruction("udiv")
    srem: ClassVar[Verb2] = _instruction("srem")
    urem: ClassVar[Verb2] = _instruction("urem")
    and_: ClassVar[Verb2] = _instruction("and_")
    or_: ClassVar[Verb2] = _instruction("or_")
    xor: ClassVar[Verb2] = _instruction("xor")
    shl: ClassVar[Verb2] = _instruction("shl")
    lshr: ClassVar[Verb2] = _instruction("lshr")
    ashr: ClassVar[Verb2] = _instruction("ashr")
    rotl: ClassVar[Verb2] = _rotate("llvm.fshl")
    rotr: ClassVar[Verb2] = _rotate("llvm.fshr")
    clz: ClassVar[Verb1] = _unary_intrinsic("llvm.ctlz", False)  # noqa: FBT003 - zero is allowed
    ctz: ClassVar[Verb1] = _unary_intrinsic("llvm.cttz", False)  # noqa: FBT003 - likewise
    abs: ClassVar[Verb1] = _unary_intrinsic("llvm.abs", False)  # noqa: FBT003 - so is the least
    popcnt: ClassVar[Verb1] = _unary_intrinsic("llvm.ctpop")
    smin: ClassVar[Verb2] = _intrinsic("llvm.smin")
    smax: ClassVar[Verb2] = _intrinsic("llvm.smax")
    umin: ClassVar[Verb2] = _intrinsic("llvm.umin")
    umax: ClassVar[Verb2] = _intrinsic("llvm.umax")
    add_sat_s: ClassVar[Verb2] = _intrinsic("llvm.sadd.sat")
    add_sat_u: ClassVar[Verb2] = _intrinsic("llvm.uadd.sat")
    sub_sat_s: ClassVar[Verb2] = _intrinsic("llvm.ssub.sat")
    sub_sat_u: ClassVar[Verb2] = _intrinsic("llvm.usub.sat")

    def not_(self, a: Ir) -> Ir:
        """Exclusive-or with ones."""
        return self.builder.xor(a, self.const_like(a, -1))

    # ---- comparisons ----
    eq: ClassVar[Verb2] = _compare("==", "icmp_unsigned")
    ne: ClassVar[Verb2] = _compare("!=", "icmp_unsigned")
    lt_s: ClassVar[Verb2] = _compare("<", "icmp_signed")
    lt_u: ClassVar[Verb2] = _compare("<", "icmp_unsigned")
    gt_s: ClassVar[Verb2] = _compare(">", "icmp_signed")
    gt_u: ClassVar[Verb2] = _compare(">", "icmp_unsigned")
    le_s: ClassVar[Verb2] = _compare("<=", "icmp_signed")
    le_u: ClassVar[Verb2] = _compare("<=", "icmp_unsigned")
    ge_s: ClassVar[Verb2] = _compare(">=", "icmp_signed")
    ge_u: ClassVar[Verb2] = _compare(">=", "icmp_unsigned")
    feq: ClassVar[Verb2] = _compare("==", "fcmp_ordered")
    fne: ClassVar[Verb2] = _compare("!=", "fcmp_unordered")
    flt: ClassVar[Verb2] = _compare("<", "fcmp_ordered")
    fgt: ClassVar[Verb2] = _compare(">", "fcmp_ordered")
    fle: ClassVar[Verb2] = _compare("<=", "fcmp_ordered")
    fge: ClassVar[Verb2] = _compare(">=", "fcmp_ordered")

    # ---- floats ----
    fadd: ClassVar[Verb2] = _instruction("fadd")
    fsub: ClassVar[Verb2] = _instruction("fsub")
    fmul: ClassVar[Verb2] = _instruction("fmul")
    fdiv: ClassVar[Verb2] = _instruction("fdiv")
    fmin: ClassVar[Verb2] = _intrinsic("llvm.minimum")
    fmax: ClassVar[Verb2] = _intrinsic("llvm.maximum")
    fsqrt: ClassVar[Verb1] = _unary_intrinsic("llvm.sqrt")
    fceil: ClassVar[Verb1] = _unary_intrinsic("llvm.ceil")
    ffloor: ClassVar[Verb1] = _unary_intrinsic("llvm.floor")
    ftrunc: ClassVar[Verb1] = _unary_intrinsic("llvm.trunc")
    fnearest: ClassVar[Verb1] = _unary_intrinsic("llvm.rint")
    fptrunc: ClassVar[Convert] = _to_format("fptrunc")
    fpext: ClassVar[Convert] = _to_format("fpext")
    sitofp: ClassVar[Convert] = _to_format("sitofp")
    uitofp: ClassVar[Convert] = _to_format("uitofp")
    fptosi_sat: ClassVar[Convert] = _saturate("llvm.fptosi.sat")
    fptoui_sat: ClassVar[Convert] = _saturate("llvm.fptoui.sat")

    # ---- vectors ----
    def lanes(self, a: Ir, width: int) -> Ir:
        """Bitcast to a vector."""
        return self.builder.bitcast(a, ir.VectorType(ir.IntType(width), a.type.width // width))

    def joined(self, a: Ir) -> Ir:
        """Bitcast to an integer."""
        return self.builder.bitcast(a, ir.IntType(_width(a.type) * a.type.count))

    def splat(self, a: Ir, count: int) -> Ir:
        """Insert once, then shuffle."""
        vector = ir.VectorType(a.type, count)
        first = self.insert(_constant(vector, 0), self.const(0, 32), a)
        return self.shuffle(first, first, [0] * count)

    def extract(self, vector: Ir, lane: Ir) -> Ir:
        """Extract at an index that may be known only at run time."""
        return self.builder.extract_element(vector, lane)

    def insert(self, vector: Ir, lane: Ir, a: Ir) -> Ir:
        """Insert likewise."""
        return self.builder.insert_element(vector, a, lane)

    def shuffle(self, a: Ir, b: Ir, lanes: Sequence[int]) -> Ir:
        """Shuffle by a constant mask."""
        indices = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))
        return self.builder.shuffle_vector(a, b, indices)

    def swizzle(self, a: Ir, indices: Ir) -> Ir:
        """Look up by the machine's own instruction, or byte by byte."""
        if self._lookup == "tbl":
            return self.intrinsic("llvm.aarch64.neon.tbl1.v16i8", a.type, a, indices)
        if self._lookup == "pshufb":  # gives 0 where the highest bit is set, else uses four bits
            marked = self.add_sat_u(indices, self.const_like(indices, 0x70))
            return self.intrinsic("llvm.x86.ssse3.pshuf.b.128", a.type, a, marked)
        return self._swizzle_by_byte(a, indices)

    def _swizzle_by_byte(self, a: Ir, indices: Ir) -> Ir:
        inside = self.and_(indices, self.const_like(indices, BYTES_IN_VECTOR - 1))
        result = self.const_like(a, 0)
        for i in range(BYTES_IN_VECTOR):
            lane = self.const(i, 32)
            byte = self.extract(a, self.zext(self.extract(inside, lane), 32))
            result = self.insert(result, lane, byte)
        in_range = self.lt_u(indices, self.const_like(indices, BYTES_IN_VECTOR))
        return self.select(in_range, result, self.const_like(a, 0))
