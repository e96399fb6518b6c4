"""Values between Python and bit patterns: signed integers, floats, references as objects."""

from __future__ import annotations

import struct

from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING, NoReturn, Self
from wasmlab.isa.bits import signed
from wasmlab.runtime.fits import fits
from wasmlab.runtime.heap import is_object, shape_at
from wasmlab.runtime.reference import RefTag, func_ref, host_ref, i31_ref, payload, ref_tag
from wasmlab.runtime.store import FuncInst, is_of
from wasmlab.syntax.types import ANY, EQ, EXTERN, F32, F64, I31, I32, I64, V128, RefType, ValType

if TYPE_CHECKING:
    from wasmlab.runtime.heap import Shape
    from wasmlab.runtime.store import Extern, Store

PyValue = int | float | str | None | object
_WITH_I31 = (I31, EQ, ANY)
"""Heap types for which an int is an i31."""
_WITH_HOST = (ANY, EXTERN)
"""Heap types that have references to any Python object."""


class ObjectRef(int):
    """A reference to an object in the GC heap of a store; as a number, its bits.

    It does not keep the object alive.
    """

    store: Store
    """The store whose object it is; in any other it is refused."""
    epoch: int
    """The heap's when the object was there for certain."""

    def __new__(cls, bits: int, store: Store) -> Self:
        """Return the reference of these bits."""
        self = super().__new__(cls, bits)
        self.store, self.epoch = store, store.heap.epoch
        return self

    def __copy__(self) -> Self:
        """Return itself: it does not change."""
        return self

    def __deepcopy__(self, _known: object) -> Self:
        """Return itself, without a copy of the store."""
        return self


class Live:
    """What holds a program that is there once: pickle and copy refuse it with a TypeError."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be taken apart."""
        raise TypeError(f"{type(self).__name__} objects cannot be copied or pickled: {self!r}")


class ExportedPart(Live):
    """What Python holds of a memory, table, global or function."""

    def part_of(self, store: Store) -> Extern:
        """Return its external value in a store; UsageError if it is no part of that."""
        raise NotImplementedError


_LANES = 4
"""Of 32 bits each, in a vector."""
_NAN = "(?P<sign>[-+]?)nan(?::(?P<payload>0x[0-9a-f_]+))?"
_MANTISSA_BITS: dict[ValType, int] = {F32: 23, F64: 52}
_F32 = struct.Struct("<f")
_F64 = struct.Struct("<d")


def float_of(bits: int, t: ValType) -> float:
    """Return the float of an f32 or f64 bit pattern."""
    if t is F32:
        return _F32.unpack(bits.to_bytes(4, "little"))[0]
    return _F64.unpack(bits.to_bytes(8, "little"))[0]


def from_bits(store: Store, t: ValType, bits: int) -> PyValue:
    """Return what Python sees: signed int, float, unsigned 128-bit int, or the referenced object.

    A function reference is its ``FuncInst``, or what the store's embedder has of it, an i31 an int,
    a host handle its object, and a GC object an ``ObjectRef``.
    """
    if t is I32 or t is I64:
        return signed(bits, 32 if t is I32 else 64)
    if t is F32 or t is F64:
        return float_of(bits, t)
    if t is V128:
        return bits
    if bits == 0:
        return None
    return _referenced(store, bits)


def _referenced(store: Store, ref: int) -> PyValue:
    tag = ref_tag(ref)
    if tag is RefTag.FUNC:
        func = store.funcs[payload(ref)]
        return func if store.embedder is None else store.embedder.func(func)
    if tag is RefTag.HOST:
        return store.handles[payload(ref)]
    return signed(payload(ref), 31) if tag is RefTag.I31 else ObjectRef(ref, store)


def to_bits(store: Store, t: ValType, value: PyValue) -> int:
    """Return the bit pattern of a Python value; text is read as a number.

    Raises UsageError if the value does not fit the type, or is part of another store.
    """
    if isinstance(t, RefType):
        return _reference_to(store, t, value)
    if isinstance(value, str):
        return text_bits(value, t)
    return _number_bits(t, value)


def number_bits(t: ValType, value: PyValue) -> int:
    """Return the bit pattern of a number, or of one as text; UsageError if it does not fit."""
    return text_bits(value, t) if isinstance(value, str) else _number_bits(t, value)


def _number_bits(t: ValType, value: PyValue) -> int:
    if not isinstance(value, int | float) or isinstance(value, ObjectRef):
        raise UsageError(f"{t} expected, found {_named(value)}")
    if t is F32 or t is F64:
        return _float_bits(value, t)
    width = 32 if t is I32 else 64 if t is I64 else 128
    if isinstance(value, float) and not value.is_integer():
        raise UsageError(f"{t} expected, found {value}")
    number = int(value)
    if not -(1 << (width - 1)) <= number < 1 << width:
        raise UsageError(f"{number} does not fit {t}")
    return number & (1 << width) - 1


def _float_bits(value: float, t: ValType) -> int:
    try:
        value = float(value)
    except OverflowError:  # of a whole number
        raise UsageError(f"the number does not fit {t}") from None
    if t is F64:
        return int.from_bytes(_F64.pack(value), "little")
    try:
        return int.from_bytes(_F32.pack(value), "little")
    except OverflowError:
        return 0xFF80_0000 if value < 0 else 0x7F80_0000


def text_bits(text: str, t: ValType) -> int:
    """Return the bit pattern of a number or vector as values are shown, or as Python writes them.

    ``nan:0x200001`` keeps its payload; ``i32x4 1 2 3 4`` has lane 0 first. Raises UsageError.
    """
    words = text.split()
    if t is V128 and words[:1] == ["i32x4"] and len(words) == 1 + _LANES:
        lanes = (_number_bits(I32, parsed_number(word, I32)) for word in words[1:])
        return sum(lane << 32 * place for place, lane in enumerate(lanes))
    import re  # only for numbers that are given as text

    is_float = t in _MANTISSA_BITS
    found = re.fullmatch(_NAN, text.strip(), re.IGNORECASE) if is_float else None
    if found is None:
        return _number_bits(t, parsed_number(text, t))
    mantissa = _MANTISSA_BITS[t]
    kept = int(found["payload"], 0) if found["payload"] else 1 << mantissa - 1
    if not 0 < kept < 1 << mantissa:
        raise UsageError(f"{text.strip()} is no {t}: its payload has 1 to {mantissa} bits")
    width = 32 if t is F32 else 64
    sign = found["sign"] == "-"
    return sign << width - 1 | (1 << width - 1 - mantissa) - 1 << mantissa | kept


def parsed_number(text: str, t: ValType) -> int | float:
    """Return the number that a text means: decimal, 0x, floats for f32 and f64.

    Raises UsageError.
    """
    try:
        if t is F32 or t is F64:
            return float.fromhex(text) if "0x" in text.lower() else float(text)
        return int(text, 0)
    except OverflowError:  # of hexadecimal digits only; a long decimal number is infinite, too
        return float("-inf" if text.strip().startswith("-") else "inf")
    except ValueError as error:
        raise UsageError(f"{t} expected, found {text!r}") from error


def _reference_to(store: Store, t: RefType, value: PyValue) -> int:
    if value is None or (isinstance(value, str) and value == "null"):
        if not t.nullable:
            raise UsageError(f"{t} expected, found null")
        return 0
    value = _own_function(store, t, value)
    bits = _bits_of_reference(store, t, value)
    known = isinstance(value, ObjectRef) and value.epoch == store.heap.epoch
    if bits is None or not fits(store, t, bits, lambda ref: _shape_at(store, ref, known=known)):
        raise UsageError(f"{t} expected, found {_named(value)}")
    return bits


def _own_function(store: Store, t: RefType, value: PyValue) -> PyValue:
    """Return a function that Python holds as the store has it; any other value as it is."""
    if not isinstance(value, ExportedPart) or not callable(value):
        return value
    try:
        return value.part_of(store)
    except UsageError as error:
        raise UsageError(f"{t} expected, found a function of another instance") from error


def _bits_of_reference(store: Store, t: RefType, value: PyValue) -> int | None:
    """Return the reference to a value that is not None; None if this type has none."""
    if isinstance(value, FuncInst | ObjectRef):
        if not is_part_of(store, value):
            raise UsageError(f"{t} expected, found {_named(value)} of another instance")
        return func_ref(value.addr) if isinstance(value, FuncInst) else int(value)
    if isinstance(value, int) and t.heap in _WITH_I31:
        return i31_ref(value) if -(1 << 30) <= value < 1 << 31 else None
    if t.heap not in _WITH_HOST:
        return None
    store.handles.append(value)
    return host_ref(len(store.handles) - 1)


def is_part_of(store: Store, value: FuncInst | ObjectRef) -> bool:
    """Return whether a function or an object is one of a store."""
    return is_of(store, value) if isinstance(value, FuncInst) else value.store is store


def _shape_at(store: Store, ref: int, *, known: bool) -> Shape | None:
    """Return the layout of an object; known: nothing has gone since the reference was made."""
    return shape_at(store.heap, ref) if known or is_object(store.heap, ref) else None


def _named(value: PyValue) -> str:
    """Return what a value that is refused is called in messages."""
    if isinstance(value, FuncInst):
        return "a function"
    return "an object" if isinstance(value, ObjectRef) else type(value).__name__
