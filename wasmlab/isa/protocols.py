"""What rows of the instruction table may touch: the machine at run time, the emitter in LLVM."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, NewType, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.errors import TrapCode
    from wasmlab.syntax.instr import MemArg
    from wasmlab.syntax.types import HeapType

T_co = TypeVar("T_co", covariant=True)


class Memory(Protocol):
    """A linear memory, as STATE rows see it; addresses and sizes in bytes."""

    @property
    def pages(self) -> int:
        """Current size in pages."""
        ...

    def grow(self, delta: int) -> int:
        """Grow by delta pages; return the old size in pages, or -1 without any effect."""
        ...

    def fill(self, dst: int, value: int, n: int) -> None:
        """Set n bytes from dst on to value modulo 256; Trap(OUT_OF_BOUNDS_MEMORY)."""
        ...

    def copy(self, dst: int, source: Self, src: int, n: int) -> None:
        """Copy n bytes of source from src to dst, as if through a buffer; Trap likewise."""
        ...

    def init(self, dst: int, data: bytes, src: int, n: int) -> None:
        """Copy n bytes of data from src to dst; Trap likewise, for data's end too."""
        ...


class Table(Protocol):
    """A table, as STATE rows see it; elements are reference bit patterns."""

    @property
    def size(self) -> int:
        """Current size in elements."""
        ...

    def get(self, i: int) -> int:
        """Return element i; Trap(OUT_OF_BOUNDS_TABLE)."""
        ...

    def set(self, i: int, ref: int) -> None:
        """Set element i; Trap likewise."""
        ...

    def grow(self, delta: int, ref: int) -> int:
        """Grow by delta elements equal to ref; return the old size, or -1 without any effect."""
        ...

    def fill(self, i: int, ref: int, n: int) -> None:
        """Set n elements from i on to ref; Trap likewise."""
        ...

    def copy(self, dst: int, source: Self, src: int, n: int) -> None:
        """Copy n elements of source from src to dst, as if through a buffer; Trap likewise."""
        ...

    def init(self, dst: int, refs: Sequence[int], src: int, n: int) -> None:
        """Copy n elements of refs from src to dst; Trap likewise, for refs' end too."""
        ...


class IndexSpace(Protocol[T_co]):
    """What the instances of one kind are to rows: something that an index leads to."""

    def __getitem__(self, x: int, /) -> T_co:
        """Return instance x."""
        ...


class Machine(Protocol):
    """The current module instance, as STATE rows see it: indices are those of its module.

    References and values are bit patterns. Whatever traps does so before it changes anything.
    """

    @property
    def mems(self) -> IndexSpace[Memory]:
        """Linear memories by index."""
        ...

    @property
    def tables(self) -> IndexSpace[Table]:
        """Tables by index."""
        ...

    def data(self, x: int) -> bytes:
        """Return data segment x, empty once it is dropped."""
        ...

    def drop_data(self, x: int) -> None:
        """Drop data segment x."""
        ...

    def elem(self, x: int) -> Sequence[int]:
        """Return element segment x as references, empty once it is dropped."""
        ...

    def drop_elem(self, x: int) -> None:
        """Drop element segment x."""
        ...

    def func_ref(self, x: int) -> int:
        """Return the reference to function x."""
        ...

    # ---- objects of the GC heap, references, agents that wait ----
    def struct_new(self, x: int, fields: Sequence[int]) -> int:
        """Return a new structure of type x with the given fields."""
        ...

    def struct_new_default(self, x: int) -> int:
        """Return a new structure of type x, zeros and nulls."""
        ...

    def struct_get(self, ref: int, i: int, *, signed: bool = False) -> int:
        """Return field i, a packed one extended; Trap(NULL_STRUCTURE_REFERENCE)."""
        ...

    def struct_set(self, ref: int, i: int, bits: int) -> None:
        """Set field i; Trap likewise."""
        ...

    def array_new(self, x: int, bits: int, n: int) -> int:
        """Return a new array of type x, n elements equal to bits."""
        ...

    def array_new_fixed(self, x: int, values: Sequence[int]) -> int:
        """Return a new array of type x with the given elements."""
        ...

    def array_new_data(self, x: int, y: int, s: int, n: int) -> int:
        """Return a new array of n elements from byte s on of data segment y; traps beyond its end."""
        ...

    def array_new_elem(self, x: int, y: int, s: int, n: int) -> int:
        """Return a new array of n references from element s on of element segment y; likewise."""
        ...

    def array_len(self, ref: int) -> int:
        """Return the number of elements; Trap(NULL_ARRAY_REFERENCE)."""
        ...

    def array_get(self, ref: int, i: int, *, signed: bool = False) -> int:
        """Return element i, a packed one extended; traps on null and outside."""
        ...

    def array_set(self, ref: int, i: int, bits: int) -> None:
        """Set element i; Trap likewise."""
        ...

    def array_fill(self, ref: int, i: int, bits: int, n: int) -> None:
        """Set n elements from i on; Trap likewise."""
        ...

    def array_copy(self, dref: int, d: int, sref: int, s: int, n: int) -> None:
        """Copy n elements of sref from s to dref from d, as if through a buffer; Trap likewise."""
        ...

    def array_init_data(self, y: int, ref: int, d: int, s: int, n: int) -> None:
        """Set n elements from d on to the bytes from s on of data segment y; traps beyond either end."""
        ...

    def array_init_elem(self, y: int, ref: int, d: int, s: int, n: int) -> None:
        """Set n elements from d on to those from s on of element segment y; traps likewise."""
        ...

    def i31_new(self, value: int) -> int:
        """Return the reference that holds the value's low 31 bits."""
        ...

    def i31_get(self, ref: int, *, signed: bool = False) -> int:
        """Return the 31 bits; Trap(NULL_I31_REFERENCE)."""
        ...

    def ref_matches(self, ref: int, t: HeapType, *, nullable: bool) -> bool:
        """Return whether a reference has heap type t; for null, ``nullable``."""
        ...

    def ref_cast(self, ref: int, t: HeapType, *, nullable: bool) -> int:
        """Return ref if it matches; Trap(CAST_FAILURE)."""
        ...

    def atomic_wait(self, arg: MemArg, a: int, expected: int, timeout: int, n: int) -> int:
        """Return 0 woken, 1 if n bytes at a are not as expected, 2 timed out; else WouldBlock."""
        ...

    def atomic_notify(self, arg: MemArg, a: int, n: int) -> int:
        """Wake up to n agents that wait at address a; return how many."""
        ...


Value = NewType("Value", object)
"""A value in generated code; rows only hand it from one verb to the next."""


class Emitter(Protocol):
    """The verbs in which rows write their LLVM semantics.

    What a row gets and gives are integers of its types' widths: i32 and f32 have 32 bits, i64, f64
    and references 64, v128 has 128; lane indices have 32 bits, the sixteen of a shuffle 128. Only
    between verbs are there floats (``to_float``), vectors (``lanes``) and single bits, the results
    of comparisons. Verbs on numbers work on every lane of a vector alike.

    No verb has undefined behaviour for operands in the ranges that it names: integers wrap, and
    floats round to nearest, ties to even. A float leaves through ``canonical``, or through
    ``to_bits`` where the operation preserves NaN payloads.
    """

    # ---- constants and shapes ----
    def const(self, value: int, width: int) -> Value:
        """Return an integer of that width in bits, value taken modulo 2**width."""
        ...

    def const_like(self, a: Value, value: int) -> Value:
        """Return an integer of a's type, the same in every lane."""
        ...

    def fconst_like(self, a: Value, value: float) -> Value:
        """Return a float of a's type; value must be exact in it."""
        ...

    def width(self, a: Value) -> int:
        """Return the bits of a number, or of one lane."""
        ...

    def zext(self, a: Value, width: int) -> Value:
        """Extend to width bits (per lane) with zeros; single bits too."""
        ...

    def sext(self, a: Value, width: int) -> Value:
        """Extend to width bits (per lane) by the highest bit; a single bit to all ones."""
        ...

    def trunc(self, a: Value, width: int) -> Value:
        """Keep the low width bits (per lane)."""
        ...

    def to_float(self, a: Value) -> Value:
        """Take integer bits, 32 or 64 (per lane), as a float."""
        ...

    def to_bits(self, a: Value) -> Value:
        """Take a float's bits (per lane) as an integer."""
        ...

    def canonical(self, a: Value) -> Value:
        """Return a float's bits, those of the positive canonical NaN for any NaN."""
        ...

    # ---- control ----
    def trap_if(self, condition: Value, code: TrapCode) -> None:
        """Leave the instruction before any effect if the bit is set."""
        ...

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """Return a where the bit is set, else b; a vector of bits chooses lanes."""
        ...

    # ---- integers ----
    def add(self, a: Value, b: Value) -> Value:
        """Add."""
        ...

    def sub(self, a: Value, b: Value) -> Value:
        """Subtract."""
        ...

    def mul(self, a: Value, b: Value) -> Value:
        """Multiply."""
        ...

    def sdiv(self, a: Value, b: Value) -> Value:
        """Divide signed, toward zero; b is not 0, and not -1 where a is the least number."""
        ...

    def udiv(self, a: Value, b: Value) -> Value:
        """Divide unsigned; b is not 0."""
        ...

    def srem(self, a: Value, b: Value) -> Value:
        """Return the remainder of sdiv, within the same limits."""
        ...

    def urem(self, a: Value, b: Value) -> Value:
        """Return the remainder of udiv, within the same limits."""
        ...

    def and_(self, a: Value, b: Value) -> Value:
        """And bit by bit."""
        ...

    def or_(self, a: Value, b: Value) -> Value:
        """Or bit by bit."""
        ...

    def xor(self, a: Value, b: Value) -> Value:
        """Exclusive-or bit by bit."""
        ...

    def not_(self, a: Value) -> Value:
        """Flip every bit."""
        ...

    def shl(self, a: Value, b: Value) -> Value:
        """Shift left; b is below a's width."""
        ...

    def lshr(self, a: Value, b: Value) -> Value:
        """Shift right, filling with zeros; likewise."""
        ...

    def ashr(self, a: Value, b: Value) -> Value:
        """Shift right, copying the highest bit; likewise."""
        ...

    def rotl(self, a: Value, b: Value) -> Value:
        """Rotate left by b modulo a's width."""
        ...

    def rotr(self, a: Value, b: Value) -> Value:
        """Rotate right by b modulo a's width."""
        ...

    def clz(self, a: Value) -> Value:
        """Count the zeros above the highest one; the width for 0."""
        ...

    def ctz(self, a: Value) -> Value:
        """Count the zeros below the lowest one; the width for 0."""
        ...

    def popcnt(self, a: Value) -> Value:
        """Count the ones."""
        ...

    def abs(self, a: Value) -> Value:
        """Return the absolute value; the least number is its own."""
        ...

    def smin(self, a: Value, b: Value) -> Value:
        """Return the smaller, signed."""
        ...

    def smax(self, a: Value, b: Value) -> Value:
        """Return the greater, signed."""
        ...

    def umin(self, a: Value, b: Value) -> Value:
        """Return the smaller, unsigned."""
        ...

    def umax(self, a: Value, b: Value) -> Value:
        """Return the greater, unsigned."""
        ...

    def add_sat_s(self, a: Value, b: Value) -> Value:
        """Add signed, limited to the range."""
        ...

    def add_sat_u(self, a: Value, b: Value) -> Value:
        """Add unsigned, limited to the range."""
        ...

    def sub_sat_s(self, a: Value, b: Value) -> Value:
        """Subtract signed, limited to the range."""
        ...

    def sub_sat_u(self, a: Value, b: Value) -> Value:
        """Subtract unsigned, limited to the range."""
        ...

    # ---- comparisons: a bit, or a vector of bits ----
    def eq(self, a: Value, b: Value) -> Value:
        """Are the integers equal."""
        ...

    def ne(self, a: Value, b: Value) -> Value:
        """Do the integers differ."""
        ...

    def lt_s(self, a: Value, b: Value) -> Value:
        """Is a < b, signed."""
        ...

    def lt_u(self, a: Value, b: Value) -> Value:
        """Is a < b, unsigned."""
        ...

    def gt_s(self, a: Value, b: Value) -> Value:
        """Is a > b, signed."""
        ...

    def gt_u(self, a: Value, b: Value) -> Value:
        """Is a > b, unsigned."""
        ...

    def le_s(self, a: Value, b: Value) -> Value:
        """Is a <= b, signed."""
        ...

    def le_u(self, a: Value, b: Value) -> Value:
        """Is a <= b, unsigned."""
        ...

    def ge_s(self, a: Value, b: Value) -> Value:
        """Is a >= b, signed."""
        ...

    def ge_u(self, a: Value, b: Value) -> Value:
        """Is a >= b, unsigned."""
        ...

    def feq(self, a: Value, b: Value) -> Value:
        """Are the floats equal; false with a NaN, like the four below."""
        ...

    def fne(self, a: Value, b: Value) -> Value:
        """Do the floats differ; true with a NaN."""
        ...

    def flt(self, a: Value, b: Value) -> Value:
        """Is a < b."""
        ...

    def fgt(self, a: Value, b: Value) -> Value:
        """Is a > b."""
        ...

    def fle(self, a: Value, b: Value) -> Value:
        """Is a <= b."""
        ...

    def fge(self, a: Value, b: Value) -> Value:
        """Is a >= b."""
        ...

    # ---- floats ----
    def fadd(self, a: Value, b: Value) -> Value:
        """Add; never contracted with another operation, like all of these."""
        ...

    def fsub(self, a: Value, b: Value) -> Value:
        """Subtract."""
        ...

    def fmul(self, a: Value, b: Value) -> Value:
        """Multiply."""
        ...

    def fdiv(self, a: Value, b: Value) -> Value:
        """Divide."""
        ...

    def fmin(self, a: Value, b: Value) -> Value:
        """Return the smaller; NaN if either is one, -0 below 0."""
        ...

    def fmax(self, a: Value, b: Value) -> Value:
        """Return the greater; NaN if either is one, -0 below 0."""
        ...

    def fsqrt(self, a: Value) -> Value:
        """Return the square root."""
        ...

    def fceil(self, a: Value) -> Value:
        """Round up to an integral number."""
        ...

    def ffloor(self, a: Value) -> Value:
        """Round down to an integral number."""
        ...

    def ftrunc(self, a: Value) -> Value:
        """Round toward zero to an integral number."""
        ...

    def fnearest(self, a: Value) -> Value:
        """Round to the nearest integral number, ties to even."""
        ...

    def fptrunc(self, a: Value, width: int) -> Value:
        """Round a 64-bit float to one of width bits (per lane)."""
        ...

    def fpext(self, a: Value, width: int) -> Value:
        """Convert a 32-bit float to one of width bits (per lane)."""
        ...

    def sitofp(self, a: Value, width: int) -> Value:
        """Convert a signed integer to the nearest float of width bits (per lane)."""
        ...

    def uitofp(self, a: Value, width: int) -> Value:
        """Convert an unsigned integer to the nearest float of width bits (per lane)."""
        ...

    def fptosi_sat(self, a: Value, width: int) -> Value:
        """Truncate to a signed integer of width bits (per lane), limited to its range; NaN is 0."""
        ...

    def fptoui_sat(self, a: Value, width: int) -> Value:
        """Truncate to an unsigned integer likewise."""
        ...

    # ---- vectors ----
    def lanes(self, a: Value, width: int) -> Value:
        """Take an integer's bits as a vector of lanes of that width, lane 0 lowest."""
        ...

    def joined(self, a: Value) -> Value:
        """Take a vector's bits as one integer, the reverse of ``lanes``; vectors of bits too."""
        ...

    def splat(self, a: Value, count: int) -> Value:
        """Return a vector of count lanes equal to a."""
        ...

    def extract(self, vector: Value, lane: Value) -> Value:
        """Return a lane; its index is below the number of lanes."""
        ...

    def insert(self, vector: Value, lane: Value, a: Value) -> Value:
        """Return the vector with one lane replaced; likewise."""
        ...

    def shuffle(self, a: Value, b: Value, lanes: Sequence[int]) -> Value:
        """Return the lanes of a followed by b at these indices; a and b have the same type."""
        ...

    def swizzle(self, a: Value, indices: Value) -> Value:
        """Return the bytes of a at indices, 0 for those above 15; vectors of 16 bytes."""
        ...
