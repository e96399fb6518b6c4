"""Values as people read them."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from wasmlab.debug.symbols import declared_type, inst_name, type_name
from wasmlab.debug.view import Value
from wasmlab.runtime.heap import shape_near
from wasmlab.runtime.reference import RefTag, payload, ref_tag
from wasmlab.runtime.values import float_of, signed
from wasmlab.syntax.types import F32, F64, I32, I64, V128, ValType

if TYPE_CHECKING:
    from wasmlab.runtime.store import Store

_SINGLE = struct.Struct("<f")


def shown_value(store: Store, t: ValType, bits: int) -> Value:
    """Return a value with its Python reading and its text."""
    if t is I32 or t is I64:
        number = signed(bits, 32 if t is I32 else 64)
        return Value(str(t), bits, number, str(number))
    if t is F32 or t is F64:
        return Value(str(t), bits, float_of(bits, t), float_text(bits, t))
    if t is V128:
        return Value(str(t), bits, bits, f"0x{bits:032x}")
    return Value(str(t), bits, bits, reference_text(store, bits))


def bare_text(t: ValType, bits: int) -> str:
    """Return the text of a value where no store is at hand: references are numbers."""
    if t is I32 or t is I64:
        return str(signed(bits, 32 if t is I32 else 64))
    if t is F32 or t is F64:
        return float_text(bits, t)
    return f"0x{bits:x}"


def float_text(bits: int, t: ValType) -> str:
    """Return the text format's float: shortest decimal, inf, nan:0x payload."""
    number = float_of(bits, t)
    if not math.isnan(number):
        return shortest(number, t)
    width, mantissa = (32, 23) if t is F32 else (64, 52)
    sign = "-" if bits >> (width - 1) else ""
    nan_payload = bits & (1 << mantissa) - 1
    return f"{sign}nan" if nan_payload == 1 << mantissa - 1 else f"{sign}nan:0x{nan_payload:x}"


def shortest(number: float, t: ValType) -> str:
    """Return the shortest decimal that reads back as the same f32 or f64."""
    if t is F32:
        for digits in range(6, 10):
            text = f"{number:.{digits}g}"
            if to_single(float(text)) == number:
                return text
    return repr(number)


def to_single(number: float) -> float:
    """Return the nearest f32 as a Python float; infinities stay."""
    try:
        return _SINGLE.unpack(_SINGLE.pack(number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)


def reference_text(store: Store, ref: int) -> str:
    """Return ``null``, ``func $f``, ``i31 5``, ``extern 3``, or an object's type and address."""
    if ref == 0:
        return "null"
    tag = ref_tag(ref)
    if tag is RefTag.FUNC:
        return f"func {inst_name(store.funcs[payload(ref)])}"
    if tag is RefTag.I31:
        return f"i31 {signed(payload(ref), 31)}"
    if tag is RefTag.HOST:
        return f"extern {payload(ref)}"
    return f"{_object_type(store, ref)} 0x{ref:x}"


def _object_type(store: Store, ref: int) -> str:
    shape = shape_near(store.heap, ref)
    if shape is None:
        return "ref"
    if isinstance(shape.type, int):
        return "exception"
    return type_name(*declared_type(store, shape.type), shape.type)
