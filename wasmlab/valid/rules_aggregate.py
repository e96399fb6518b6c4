"""Typing rules of structures and arrays.

Source: core spec, valid/instructions.html#valid-struct-new.
"""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import Invalid
from wasmlab.syntax.types import ARRAY, I32, FieldType, PackedType, RefType, StorageType, ValType
from wasmlab.valid.context import Context, Rule, Sig, array_type, lookup, struct_type, type_at
from wasmlab.valid.matching import is_defaultable, matches_storage, matches_val
from wasmlab.valid.rules_memory import check_data
from wasmlab.valid.stack import Mismatch

_ARRAYREF = RefType(nullable=True, heap=ARRAY)


def _value(t: StorageType) -> ValType:
    """Return the type that a field has on the operand stack: i32 if it is packed."""
    return I32 if isinstance(t, PackedType) else t


def _null_or(c: Context, x: int) -> RefType:
    return RefType(nullable=True, heap=type_at(c.module, x))


def _new(c: Context, x: int) -> tuple[ValType, ...]:
    return (RefType(nullable=False, heap=type_at(c.module, x)),)


def _check_default(t: StorageType, what: str) -> None:
    if not isinstance(t, PackedType) and not is_defaultable(t):
        raise Mismatch(f"{what} to have a default value", t)


def _check_packed(t: StorageType, *, packed: bool) -> None:
    if isinstance(t, PackedType) != packed:
        raise Mismatch("a packed field (i8 or i16)" if packed else "an unpacked field", str(t))


def _struct_new(c: Context, x: int) -> Sig:
    fields = struct_type(c.module, x).fields
    return tuple(_value(f.storage) for f in fields), _new(c, x)


def _struct_new_default(c: Context, x: int) -> Sig:
    for i, f in enumerate(struct_type(c.module, x).fields):
        _check_default(f.storage, f"field {i}")
    return (), _new(c, x)


def _field(c: Context, x: int, i: int) -> FieldType:
    return lookup(struct_type(c.module, x).fields, i, "field")


def _struct_get(c: Context, x: int, i: int) -> Sig:
    t = _field(c, x, i).storage
    _check_packed(t, packed=False)
    return (_null_or(c, x),), (_value(t),)


def _struct_get_packed(c: Context, x: int, i: int) -> Sig:
    _check_packed(_field(c, x, i).storage, packed=True)
    return (_null_or(c, x),), (I32,)


def _struct_set(c: Context, x: int, i: int) -> Sig:
    f = _field(c, x, i)
    if not f.mutable:
        raise Invalid(f"immutable field: field {i} of type {x} is immutable")
    return (_null_or(c, x), _value(f.storage)), ()


def _element(c: Context, x: int) -> StorageType:
    return array_type(c.module, x).element.storage


def _mutable_element(c: Context, x: int) -> StorageType:
    element = array_type(c.module, x).element
    if not element.mutable:
        raise Invalid(f"immutable array: elements of type {x} are immutable")
    return element.storage


def _array_new(c: Context, x: int) -> Sig:
    return (_value(_element(c, x)), I32), _new(c, x)


def _array_new_default(c: Context, x: int) -> Sig:
    _check_default(_element(c, x), "elements")
    return (I32,), _new(c, x)


def _array_new_fixed(c: Context, x: int, n: int) -> Sig:
    t = _value(_element(c, x))
    frame = c.stacks.ctrls[-1]
    given = len(c.stacks.vals) - frame.height
    if n > given and not frame.unreachable:
        raise Mismatch(counted(n, "operand"), str(given))
    return (t,) * min(n, given), _new(c, x)  # in dead code the others are unknown anyway


def _check_bytes(t: StorageType) -> None:
    if isinstance(t, RefType):
        raise Invalid(f"array type is not numeric or vector: elements are {t}")


def _check_elem(c: Context, y: int, t: StorageType) -> None:
    segment = lookup(c.module.elems, y, "elem segment").type
    if isinstance(t, PackedType) or not matches_val(segment, t):
        raise Mismatch(f"elem segment {y} to hold {t} like the array", segment)


def _array_new_data(c: Context, x: int, y: int) -> Sig:
    _check_bytes(_element(c, x))
    check_data(c, y)
    return (I32, I32), _new(c, x)


def _array_new_elem(c: Context, x: int, y: int) -> Sig:
    _check_elem(c, y, _element(c, x))
    return (I32, I32), _new(c, x)


def _array_get(c: Context, x: int) -> Sig:
    t = _element(c, x)
    _check_packed(t, packed=False)
    return (_null_or(c, x), I32), (_value(t),)


def _array_get_packed(c: Context, x: int) -> Sig:
    _check_packed(_element(c, x), packed=True)
    return (_null_or(c, x), I32), (I32,)


def _array_set(c: Context, x: int) -> Sig:
    return (_null_or(c, x), I32, _value(_mutable_element(c, x))), ()


def _array_len(_c: Context) -> Sig:
    return (_ARRAYREF,), (I32,)


def _array_fill(c: Context, x: int) -> Sig:
    return (_null_or(c, x), I32, _value(_mutable_element(c, x)), I32), ()


def _array_copy(c: Context, x: int, y: int) -> Sig:
    a, b = _mutable_element(c, x), _element(c, y)
    if not matches_storage(b, a):
        raise Invalid(f"array types do not match: array.copy expected {a}, found {b}")
    return (_null_or(c, x), I32, _null_or(c, y), I32, I32), ()


def _array_init_data(c: Context, x: int, y: int) -> Sig:
    _check_bytes(_mutable_element(c, x))
    check_data(c, y)
    return (_null_or(c, x), I32, I32, I32), ()


def _array_init_elem(c: Context, x: int, y: int) -> Sig:
    _check_elem(c, y, _mutable_element(c, x))
    return (_null_or(c, x), I32, I32, I32), ()


SIGNATURES: dict[str, Rule] = {
    "struct.new": _struct_new,
    "struct.new_default": _struct_new_default,
    "struct.get": _struct_get,
    "struct.get_s": _struct_get_packed,
    "struct.get_u": _struct_get_packed,
    "struct.set": _struct_set,
    "array.new": _array_new,
    "array.new_default": _array_new_default,
    "array.new_fixed": _array_new_fixed,
    "array.new_data": _array_new_data,
    "array.new_elem": _array_new_elem,
    "array.get": _array_get,
    "array.get_s": _array_get_packed,
    "array.get_u": _array_get_packed,
    "array.set": _array_set,
    "array.len": _array_len,
    "array.fill": _array_fill,
    "array.copy": _array_copy,
    "array.init_data": _array_init_data,
    "array.init_elem": _array_init_elem,
}
"""Rules that say what is popped and pushed."""
