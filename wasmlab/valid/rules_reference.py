"""Typing rules of references. Source: core spec, valid/instructions.html#valid-ref-null."""

from __future__ import annotations

from wasmlab.errors import Invalid
from wasmlab.syntax.types import (
    ANY,
    EQ,
    EXTERN,
    I31,
    I32,
    AbsHeapType,
    HeapType,
    RefType,
)
from wasmlab.valid.context import Context, Rule, Sig, lookup
from wasmlab.valid.matching import top

_EQREF = RefType(nullable=True, heap=EQ)
_I31REF = RefType(nullable=True, heap=I31)


def _ref_null(_c: Context, heap: HeapType) -> Sig:
    return (), (RefType(nullable=True, heap=heap),)


def _ref_func(c: Context, x: int) -> Sig:
    deftype = lookup(c.module.func_types, x, "function")
    if x not in c.module.declared_funcs:
        hint = "export it or name it in an element segment (elem declare func)"
        raise Invalid(f"undeclared function reference {x}", hint=hint)
    return (), (RefType(nullable=False, heap=deftype),)


def _ref_is_null(c: Context) -> Sig:
    ref = c.stacks.pop_ref()
    c.stacks.push_val(I32)
    return (ref,), (I32,)


def _ref_as_non_null(c: Context) -> Sig:
    ref = c.stacks.pop_ref()
    kept = RefType(nullable=False, heap=ref.heap)
    c.stacks.push_val(kept)
    return (ref,), (kept,)


def _ref_eq(_c: Context) -> Sig:
    return (_EQREF, _EQREF), (I32,)


def _any_in_hierarchy(heap: HeapType) -> RefType:
    return RefType(nullable=True, heap=top(heap))


def _ref_test(_c: Context, heap: HeapType) -> Sig:
    return (_any_in_hierarchy(heap),), (I32,)


def _ref_cast(_c: Context, heap: HeapType) -> Sig:
    return (_any_in_hierarchy(heap),), (RefType(nullable=False, heap=heap),)


def _ref_cast_null(_c: Context, heap: HeapType) -> Sig:
    return (_any_in_hierarchy(heap),), (RefType(nullable=True, heap=heap),)


def _convert(c: Context, source: AbsHeapType, goal: AbsHeapType) -> Sig:
    actual = c.stacks.pop_val(RefType(nullable=True, heap=source))
    nullable = isinstance(actual, RefType) and actual.nullable
    result = RefType(nullable, goal)
    c.stacks.push_val(result)
    return (actual,), (result,)


def _any_convert_extern(c: Context) -> Sig:
    return _convert(c, EXTERN, ANY)


def _extern_convert_any(c: Context) -> Sig:
    return _convert(c, ANY, EXTERN)


def _ref_i31(_c: Context) -> Sig:
    return (I32,), (RefType(nullable=False, heap=I31),)


def _i31_get(_c: Context) -> Sig:
    return (_I31REF,), (I32,)


SIGNATURES: dict[str, Rule] = {
    "ref.null": _ref_null,
    "ref.func": _ref_func,
    "ref.eq": _ref_eq,
    "ref.test": _ref_test,
    "ref.test null": _ref_test,
    "ref.cast": _ref_cast,
    "ref.cast null": _ref_cast_null,
    "ref.i31": _ref_i31,
    "i31.get_s": _i31_get,
    "i31.get_u": _i31_get,
}
"""Rules that say what is popped and pushed."""

RULES: dict[str, Rule] = {
    "ref.is_null": _ref_is_null,
    "ref.as_non_null": _ref_as_non_null,
    "any.convert_extern": _any_convert_extern,
    "extern.convert_any": _extern_convert_any,
}
"""Rules that pop and push on their own."""
