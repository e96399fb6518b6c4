"""Matching of types: which type may stand where another is expected.

Every ``matches_x(a, b)`` says whether a is a subtype of b (for external types: whether a given
a satisfies an import of type b). Defined types are interned, so equality is identity.
Source: core spec, valid/matching.html.
"""

from __future__ import annotations

from wasmlab.errors import Crash
from wasmlab.syntax.types import (
    ANY,
    ARRAY,
    BOT,
    BOT_HEAP,
    EQ,
    EXN,
    EXTERN,
    FUNC,
    I31,
    NOEXN,
    NOEXTERN,
    NOFUNC,
    NONE,
    STRUCT,
    AbsHeapType,
    ArrayType,
    CompType,
    DefType,
    ExternType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
    PackedType,
    RecIdx,
    RefType,
    StorageType,
    StructType,
    TableType,
    TagType,
    ValType,
)

_ABOVE: dict[AbsHeapType, frozenset[AbsHeapType]] = {
    ANY: frozenset({ANY}),
    EQ: frozenset({EQ, ANY}),
    I31: frozenset({I31, EQ, ANY}),
    STRUCT: frozenset({STRUCT, EQ, ANY}),
    ARRAY: frozenset({ARRAY, EQ, ANY}),
    NONE: frozenset({NONE, I31, STRUCT, ARRAY, EQ, ANY}),
    FUNC: frozenset({FUNC}),
    NOFUNC: frozenset({NOFUNC, FUNC}),
    EXTERN: frozenset({EXTERN}),
    NOEXTERN: frozenset({NOEXTERN, EXTERN}),
    EXN: frozenset({EXN}),
    NOEXN: frozenset({NOEXN, EXN}),
}
"""The abstract heap types that each one matches."""

_KIND: dict[type[CompType], AbsHeapType] = {FuncType: FUNC, StructType: STRUCT, ArrayType: ARRAY}
"""The lowest abstract heap type above the defined types of a kind."""

_TOPS = (ANY, FUNC, EXTERN, EXN)


def abstract(heap: HeapType) -> AbsHeapType:
    """Return the lowest abstract heap type that heap matches. Raises Crash."""
    match heap:
        case AbsHeapType():
            return heap
        case DefType():
            return _KIND[type(heap.comp)]
        case RecIdx():
            raise Crash("a type that is still being defined was matched")


def top(heap: HeapType) -> AbsHeapType:
    """Return the top of heap's hierarchy: any, func, extern or exn; any for the bottom type."""
    above = _ABOVE.get(abstract(heap), _ABOVE[ANY])
    return next(t for t in _TOPS if t in above)


def matches_heap(a: HeapType, b: HeapType) -> bool:
    """Return whether heap type a matches b."""
    if a is b or a == BOT_HEAP:
        return True
    if isinstance(b, DefType):
        if isinstance(a, DefType):
            return matches_def(a, b)
        return a in (NONE, NOFUNC) and abstract(b) in _ABOVE[abstract(a)]
    return b in _ABOVE[abstract(a)]


def matches_def(a: DefType, b: DefType) -> bool:
    """Return whether a is b or was declared below it, directly or not."""
    while a is not b:
        supers = a.sub.supers
        if not supers or not isinstance(supers[0], DefType):
            return False
        a = supers[0]
    return True


def matches_val(a: ValType, b: ValType) -> bool:
    """Return whether value type a matches b; the unknown operand of dead code matches all."""
    if a is b or a == BOT:
        return True
    if isinstance(a, RefType) and isinstance(b, RefType):
        return (b.nullable or not a.nullable) and matches_heap(a.heap, b.heap)
    return a == b


def matches_result(a: tuple[ValType, ...], b: tuple[ValType, ...]) -> bool:
    """Return whether a has b's length and matches it type by type."""
    return len(a) == len(b) and all(map(matches_val, a, b))


def matches_func(a: FuncType, b: FuncType) -> bool:
    """Return whether a takes what b takes and returns what b returns."""
    return matches_result(b.params, a.params) and matches_result(a.results, b.results)


def matches_storage(a: StorageType, b: StorageType) -> bool:
    """Return whether storage type a matches b; packed types match only themselves."""
    if isinstance(a, PackedType) or isinstance(b, PackedType):
        return a == b
    return matches_val(a, b)


def matches_field(a: FieldType, b: FieldType) -> bool:
    """Return whether field a matches b: mutable fields must be alike in both directions."""
    if a.mutable != b.mutable or not matches_storage(a.storage, b.storage):
        return False
    return not a.mutable or matches_storage(b.storage, a.storage)


def matches_comp(a: CompType, b: CompType) -> bool:
    """Return whether composite type a may be declared below b; structures may add fields."""
    match a, b:
        case FuncType(), FuncType():
            return matches_func(a, b)
        case ArrayType(), ArrayType():
            return matches_field(a.element, b.element)
        case StructType(), StructType():
            longer = len(a.fields) >= len(b.fields)
            return longer and all(map(matches_field, a.fields, b.fields))
        case _:
            return False


def matches_limits(a: Limits, b: Limits) -> bool:
    """Return whether every size that a allows is allowed by b."""
    if a.minimum < b.minimum:
        return False
    return b.maximum is None or (a.maximum is not None and a.maximum <= b.maximum)


def matches_extern(a: ExternType, b: ExternType) -> bool:
    """Return whether something of type a can be imported as b."""
    match a, b:
        case DefType(), DefType():
            return matches_def(a, b)
        case TableType(), TableType():
            return (
                a.addr == b.addr and a.element == b.element and matches_limits(a.limits, b.limits)
            )
        case MemType(), MemType():
            same = (a.addr, a.shared, a.page_size) == (b.addr, b.shared, b.page_size)
            return same and matches_limits(a.limits, b.limits)
        case GlobalType(), GlobalType():
            return _matches_global(a, b)
        case TagType(), TagType():
            return a.type is b.type
        case _:
            return False


def _matches_global(a: GlobalType, b: GlobalType) -> bool:
    if a.mutable or b.mutable:
        return a == b
    return matches_val(a.value, b.value)


def is_defaultable(t: ValType) -> bool:
    """Return whether t has a default value: all but references that cannot be null."""
    return not isinstance(t, RefType) or t.nullable


def difference(a: RefType, b: RefType) -> RefType:
    """Return what is left of a once values of type b are taken away: no null if b has it."""
    return RefType(a.nullable and not b.nullable, a.heap)


def unpacked(t: StorageType, packed_as: ValType) -> ValType:
    """Return the type that a field of type t has on the operand stack: packed_as if packed."""
    return packed_as if isinstance(t, PackedType) else t
