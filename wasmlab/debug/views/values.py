"""Values as text, with their Python readings."""

from __future__ import annotations

from wasmlab.debug.views.model import Value
from wasmlab.debug.views.symbols import declared_type, inst_name, type_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import signed
from wasmlab.runtime.heap import shape_near
from wasmlab.runtime.reference import RefTag, payload, ref_tag
from wasmlab.runtime.values import float_of
from wasmlab.syntax.types import F32, F64, I32, I64, V128, ValType
from wasmlab.text.numerals import float_text

if TYPE_CHECKING:
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store

NOT_IN_MEMORY = "not in memory at this step"
"""What is shown in place of bytes that are not there, or not yet."""


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


def memory_bytes(memory: Memory, start: int, end: int) -> str:
    """Return the bytes from start to end (exclusive) in hex, and how many are not in memory now."""
    there = bytes(memory.data[start : min(end, memory.size)]).hex(" ")
    missing = end - max(start, memory.size)
    if missing <= 0:
        return there
    return f"{there}, {missing:,} more {NOT_IN_MEMORY}" if there else NOT_IN_MEMORY


def bare_text(t: ValType, bits: int) -> str:
    """Return the text of a value where no store is at hand: references are numbers."""
    if t is I32 or t is I64:
        return str(signed(bits, 32 if t is I32 else 64))
    if t is F32 or t is F64:
        return float_text(bits, t)
    return f"0x{bits:x}"


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
