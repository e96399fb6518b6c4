import pytest

from wasmlab.syntax.types import (
    ANY,
    ARRAY,
    BOT,
    BOT_HEAP,
    EQ,
    EXN,
    EXTERN,
    F32,
    FUNC,
    FUNCREF,
    I8,
    I31,
    I32,
    I64,
    NOEXN,
    NOEXTERN,
    NOFUNC,
    NONE,
    STRUCT,
    V128,
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
    RefType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
    func_deftype,
    intern_group,
)
from wasmlab.valid.matching import (
    difference,
    is_defaultable,
    matches_comp,
    matches_extern,
    matches_heap,
    matches_val,
    top,
)


def define(comp: CompType, *supers: HeapType) -> DefType:
    return intern_group((SubType(final=False, supers=supers, comp=comp),)).types[0]


def ref(heap: HeapType, *, nullable: bool = False) -> RefType:
    return RefType(nullable, heap)


CONST, VAR = FieldType(I32, mutable=False), FieldType(I32, mutable=True)
POINT = define(StructType((CONST,)))
POINT3 = define(StructType((CONST, CONST)), POINT)
POINT4 = define(StructType((CONST, CONST, VAR)), POINT3)
BYTES = define(ArrayType(FieldType(I8, mutable=True)))
NULLARY = func_deftype(FuncType((), ()))
UNARY = func_deftype(FuncType((I32,), ()))

HEAPS_BELOW: list[tuple[HeapType, HeapType]] = [
    (EQ, ANY), (I31, EQ), (STRUCT, EQ), (ARRAY, ANY), (NONE, I31), (NONE, ARRAY), (NONE, ANY),
    (NOFUNC, FUNC), (NOEXTERN, EXTERN), (NOEXN, EXN), (POINT, STRUCT), (POINT, ANY), (BYTES, ARRAY),
    (BYTES, EQ), (NULLARY, FUNC), (POINT3, POINT), (POINT4, POINT), (NONE, POINT), (NONE, BYTES),
    (NOFUNC, UNARY), (BOT_HEAP, POINT), (BOT_HEAP, NOEXN),
]  # fmt: skip
HEAPS_APART: list[tuple[HeapType, HeapType]] = [
    (ANY, EQ), (I31, STRUCT), (STRUCT, ARRAY), (FUNC, ANY), (EXTERN, ANY), (EXN, ANY), (NONE, FUNC),
    (NOFUNC, ANY), (POINT, ARRAY), (POINT, I31), (NULLARY, ANY), (POINT, POINT3), (NULLARY, UNARY),
    (NONE, UNARY), (NOFUNC, POINT), (STRUCT, POINT), (NOEXTERN, POINT), (POINT, NONE),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), HEAPS_BELOW, ids=str)
def test_heap_type_matches_those_above_it(a: HeapType, b: HeapType) -> None:
    assert matches_heap(a, b)
    assert not matches_heap(b, a)
    assert matches_heap(a, a)


@pytest.mark.parametrize(("a", "b"), HEAPS_APART, ids=str)
def test_heap_type_does_not_match_others(a: HeapType, b: HeapType) -> None:
    assert not matches_heap(a, b)


@pytest.mark.parametrize(
    ("heap", "expected"),
    [(NONE, ANY), (POINT, ANY), (UNARY, FUNC), (NOEXTERN, EXTERN), (NOEXN, EXN), (BOT_HEAP, ANY)],
)
def test_top_is_the_root_of_the_hierarchy(heap: HeapType, expected: HeapType) -> None:
    assert top(heap) is expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (I32, I32, True),
        (I32, I64, False),
        (V128, I32, False),
        (BOT, V128, True),
        (BOT, FUNCREF, True),
        (ref(FUNC), FUNCREF, True),
        (FUNCREF, ref(FUNC), False),
        (ref(POINT3, nullable=True), ref(POINT, nullable=True), True),
        (ref(POINT), I32, False),
    ],
)
def test_value_types_match(a: ValType, b: ValType, expected: bool) -> None:  # noqa: FBT001 (a row of the table)
    assert matches_val(a, b) is expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (StructType((CONST, VAR)), StructType((CONST,)), True),
        (StructType((CONST,)), StructType((CONST, VAR)), False),
        (StructType((VAR,)), StructType((CONST,)), False),
        (ArrayType(FieldType(I8, mutable=True)), ArrayType(FieldType(I32, mutable=True)), False),
        (ArrayType(CONST), StructType((CONST,)), False),
        (FuncType((FUNCREF,), (ref(FUNC),)), FuncType((ref(FUNC),), (FUNCREF,)), True),
        (FuncType((ref(FUNC),), ()), FuncType((FUNCREF,), ()), False),
        (FuncType((), (I32,)), FuncType((), ()), False),
    ],
    ids=str,
)
def test_composite_types_match(a: CompType, b: CompType, expected: bool) -> None:  # noqa: FBT001 (a row of the table)
    assert matches_comp(a, b) is expected


def test_mutable_field_of_a_subtype_does_not_match() -> None:
    narrow = FieldType(ref(POINT3), mutable=True)
    wide = FieldType(ref(POINT), mutable=True)
    assert not matches_comp(ArrayType(narrow), ArrayType(wide))


SMALL, LARGE = Limits(1, 2), Limits(1, 3)
MEM = MemType(SMALL)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (NULLARY, NULLARY, True),
        (NULLARY, UNARY, False),
        (NULLARY, MEM, False),
        (MEM, MemType(LARGE), True),
        (MemType(LARGE), MEM, False),
        (MemType(Limits(5)), MemType(Limits(2)), True),
        (MemType(Limits(2)), MemType(Limits(5)), False),
        (MemType(Limits(5)), MemType(Limits(2, 9)), False),
        (MEM, MemType(SMALL, addr=I64), False),
        (MEM, MemType(SMALL, shared=True), False),
        (MEM, MemType(SMALL, page_size=1), False),
        (TableType(FUNCREF, SMALL), TableType(FUNCREF, LARGE), True),
        (TableType(ref(FUNC), SMALL), TableType(FUNCREF, SMALL), False),
        (TableType(FUNCREF, SMALL, I64), TableType(FUNCREF, SMALL), False),
        (GlobalType(ref(FUNC), mutable=False), GlobalType(FUNCREF, mutable=False), True),
        (GlobalType(ref(FUNC), mutable=True), GlobalType(FUNCREF, mutable=True), False),
        (GlobalType(F32, mutable=True), GlobalType(F32, mutable=False), False),
        (TagType(UNARY), TagType(UNARY), True),
        (TagType(UNARY), TagType(NULLARY), False),
    ],
    ids=str,
)
def test_external_types_match(given: ExternType, wanted: ExternType, expected: bool) -> None:  # noqa: FBT001 (a row of the table)
    assert matches_extern(given, wanted) is expected


def test_difference_has_no_null_once_null_is_taken_away() -> None:
    nullable = ref(ANY, nullable=True)
    assert difference(nullable, ref(I31, nullable=True)) == ref(ANY)
    assert difference(nullable, ref(I31)) == nullable


def test_only_non_null_references_have_no_default() -> None:
    assert is_defaultable(V128)
    assert is_defaultable(FUNCREF)
    assert not is_defaultable(ref(FUNC))
