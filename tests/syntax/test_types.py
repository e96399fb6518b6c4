"""Types: their text, their slots, and when two of them are one."""

from collections.abc import Callable

import pytest

from wasmlab.errors import Crash
from wasmlab.records import FrozenInstanceError
from wasmlab.syntax.types import (
    ANY,
    BOT,
    EXNREF,
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I8,
    I16,
    I32,
    I64,
    NONE,
    STRUCT,
    V128,
    ArrayType,
    DefType,
    FieldType,
    FuncType,
    GlobalType,
    Limits,
    MemType,
    RecIdx,
    RefType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
    array_type,
    func_deftype,
    func_type,
    intern_group,
    slot_count,
    slots,
    struct_type,
)

BINARY = FuncType((I32, I32), (I64,))
BYTES = ArrayType(FieldType(I8, mutable=True))


def defined(comp: FuncType | StructType | ArrayType) -> DefType:
    return intern_group((SubType(final=True, supers=(), comp=comp),)).types[0]


def list_group() -> tuple[SubType, ...]:
    """Return a list node that refers to its own type."""
    link = FieldType(RefType(nullable=True, heap=RecIdx(0)), mutable=True)
    return (SubType(final=False, supers=(), comp=StructType((FieldType(I8, mutable=False), link))),)


@pytest.mark.parametrize(
    ("t", "text"),
    [
        (I32, "i32"),
        (F64, "f64"),
        (V128, "v128"),
        (I16, "i16"),
        (BOT, "unknown"),
        (FUNCREF, "funcref"),
        (EXTERNREF, "externref"),
        (EXNREF, "exnref"),
        (RefType(nullable=False, heap=ANY), "(ref any)"),
        (RefType(nullable=True, heap=NONE), "nullref"),
        (RefType(nullable=False, heap=defined(BINARY)), "(ref (func))"),
        (RefType(nullable=True, heap=defined(BYTES)), "(ref null (array))"),
        (BINARY, "[i32 i32] -> [i64]"),
        (FuncType((), ()), "[] -> []"),
        (StructType(()), "(struct)"),
        (StructType((FieldType(I32, mutable=False),)), "(struct (field i32))"),
        (StructType((FieldType(I16, mutable=True),)), "(struct (field (mut i16)))"),
        (ArrayType(FieldType(V128, mutable=True)), "(array (mut v128))"),
        (defined(BINARY), "[i32 i32] -> [i64]"),
        (Limits(1), "1"),
        (Limits(0, 2), "0 2"),
        (MemType(Limits(1, 2)), "1 2"),
        (MemType(Limits(1, 2), addr=I64, shared=True), "i64 1 2 shared"),
        (MemType(Limits(3), page_size=1), "3 (pagesize 0x1)"),
        (TableType(FUNCREF, Limits(5)), "5 funcref"),
        (TableType(EXTERNREF, Limits(0, 1), addr=I64), "i64 0 1 externref"),
        (GlobalType(F32, mutable=False), "f32"),
        (GlobalType(F32, mutable=True), "(mut f32)"),
        (TagType(func_deftype(FuncType((I32,), ()))), "[i32] -> []"),
    ],
    ids=str,
)  # fmt: skip
def test_type_has_the_text_of_the_specification(t: object, text: str) -> None:
    assert str(t) == text


@pytest.mark.parametrize("t", [I32, I64, F32, F64, FUNCREF, RefType(nullable=False, heap=STRUCT)])
def test_value_takes_one_slot(t: ValType) -> None:
    assert slots(t) == 1


def test_vector_takes_two_slots() -> None:
    assert slots(V128) == 2
    assert slot_count((I32, V128, FUNCREF, V128)) == 6
    assert slot_count(()) == 0


def test_equal_groups_are_one_group_across_modules() -> None:
    assert intern_group(list_group()) is intern_group(list_group())
    assert defined(BINARY) is func_deftype(FuncType((I32, I32), (I64,)))


@pytest.mark.parametrize(
    "other",
    [
        SubType(final=False, supers=(), comp=BINARY),
        SubType(final=True, supers=(func_deftype(BINARY),), comp=BINARY),
        SubType(final=True, supers=(), comp=FuncType((I32,), (I64,))),
    ],
)
def test_type_that_differs_in_one_part_is_another_type(other: SubType) -> None:
    assert intern_group((other,)).types[0] is not func_deftype(BINARY)


def test_same_type_in_a_larger_group_is_another_type() -> None:
    plain = SubType(final=True, supers=(), comp=BINARY)
    pair = intern_group((plain, plain))
    assert pair.types[0] is not pair.types[1]
    assert func_deftype(BINARY) not in pair.types


def test_recursive_group_is_unrolled_into_its_own_types() -> None:
    group = intern_group(list_group())
    node = group.types[0]
    assert struct_type(node).fields[1].storage == RefType(nullable=True, heap=node)
    assert str(node) == "(struct (field i8) (field (mut (ref null (struct)))))"
    assert repr(node) == f"DefType({node})"


def test_super_type_within_the_group_is_unrolled() -> None:
    base = SubType(final=False, supers=(), comp=StructType(()))
    derived = SubType(
        final=True, supers=(RecIdx(0),), comp=StructType((FieldType(I32, mutable=False),))
    )
    group = intern_group((base, derived))
    assert group.types[1].sub.supers == (group.types[0],)
    assert group.types[1].sub.final
    assert not group.types[0].sub.final


def test_array_and_function_of_a_group_are_unrolled() -> None:
    own = RefType(nullable=False, heap=RecIdx(0))
    array = SubType(final=True, supers=(), comp=ArrayType(FieldType(own, mutable=True)))
    func = SubType(final=True, supers=(), comp=FuncType((own, I32), (own,)))
    group = intern_group((array, func))
    unrolled = RefType(nullable=False, heap=group.types[0])
    assert array_type(group.types[0]).element == FieldType(unrolled, mutable=True)
    assert func_type(group.types[1]) == FuncType((unrolled, I32), (unrolled,))


FIELD = FieldType(I8, mutable=False)
COMPOSITE: dict[Callable[[DefType], object], FuncType | StructType | ArrayType] = {
    func_type: BINARY,
    struct_type: StructType((FIELD,)),
    array_type: ArrayType(FIELD),
}


@pytest.mark.parametrize("wanted", COMPOSITE)
def test_composite_type_is_found(wanted: Callable[[DefType], object]) -> None:
    assert wanted(defined(COMPOSITE[wanted])) == COMPOSITE[wanted]


@pytest.mark.parametrize("wanted", COMPOSITE)
def test_composite_type_of_another_kind_is_a_crash(wanted: Callable[[DefType], object]) -> None:
    for comp in (c for accessor, c in COMPOSITE.items() if accessor is not wanted):
        with pytest.raises(Crash, match="type"):
            wanted(defined(comp))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (I32, "name"),
        (FUNCREF, "nullable"),
        (BINARY, "params"),
        (Limits(1), "minimum"),
        (defined(BINARY), "index"),
    ],
)
def test_type_cannot_be_changed(value: object, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)


def test_equal_reference_types_have_equal_hashes() -> None:
    assert RefType(nullable=True, heap=ANY) == RefType(nullable=True, heap=ANY)
    assert (
        len(
            {
                RefType(nullable=n, heap=h)
                for n in (False, True)
                for h in (ANY, STRUCT)
                for _ in "ab"
            }
        )
        == 4
    )
