"""Values between Python and bit patterns: signed integers, floats, references as objects."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from wasmlab.errors import UsageError
from wasmlab.isa.bits import signed
from wasmlab.runtime.reference import RefTag, func_ref, host_ref, i31_ref, payload, ref_tag
from wasmlab.runtime.store import FuncInst
from wasmlab.syntax.types import ANY, F32, F64, I31, I32, I64, V128, RefType, ValType

if TYPE_CHECKING:
    from wasmlab.runtime.store import Store

PyValue = int | float | str | None | object

_LANES = 4
"""Of 32 bits each, in a vector."""
_NAN = re.compile("(?P<sign>[-+]?)nan(?::(?P<payload>0x[0-9a-f_]+))?", re.IGNORECASE)
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

    A function reference is its ``FuncInst``, an i31 an int, a host handle its object; GC
    objects stay the reference's bits.
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
        return store.funcs[payload(ref)]
    if tag is RefTag.HOST:
        return store.handles[payload(ref)]
    return signed(payload(ref), 31) if tag is RefTag.I31 else ref


def to_bits(store: Store, t: ValType, value: PyValue) -> int:
    """Return the bit pattern of a Python value; text is read as a number.

    Raises UsageError if the value does not fit the type.
    """
    if isinstance(t, RefType):
        return _reference_to(store, t, value)
    if isinstance(value, str):
        return text_bits(value, t)
    return _number_bits(t, value)


def _number_bits(t: ValType, value: PyValue) -> int:
    if not isinstance(value, int | float):
        raise UsageError(f"{t} expected, found {type(value).__name__}")
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
    found = _NAN.fullmatch(text.strip()) if t in _MANTISSA_BITS else None
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
    if isinstance(value, FuncInst):
        return func_ref(value.addr)
    if isinstance(value, int) and t.heap in (I31, ANY):
        return i31_ref(value)
    store.handles.append(value)
    return host_ref(len(store.handles) - 1)
