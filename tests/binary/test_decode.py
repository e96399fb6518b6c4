from __future__ import annotations

from collections.abc import Callable

import pytest

from wasmlab.binary.decode import decode
from wasmlab.errors import Invalid, Malformed, Unsupported
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.instr import Span
from wasmlab.syntax.module import ExternKind
from wasmlab.syntax.types import (
    EXTERNREF,
    FUNC,
    FUNCREF,
    I64,
    ArrayType,
    FuncType,
    Limits,
    MemType,
    RefType,
    StructType,
)

Build = Callable[[dict[int, bytes]], bytes]

EMPTY = b"\0asm\x01\0\0\0"


def test_empty_module_has_nothing() -> None:
    module = decode(EMPTY)
    assert (module.types, module.funcs, module.sections) == ((), (), ())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "unexpected end"),
        (b"\0as", "unexpected end"),
        (b"\0asn\x01\0\0\0", "magic header not detected"),
        (b"\0asm\x02\0\0\0", "unknown binary version"),
        (b"\0asm\x0d\0\x01\0", "unknown binary version: this is a component"),
        (EMPTY + b"\x0e\x00", "malformed section id"),
        (EMPTY + b"\x01", "unexpected end"),
        (EMPTY + b"\x01\x03\x00", "length out of bounds"),
        (EMPTY + b"\x01\x02\x00\x00", "section size mismatch"),
        (EMPTY + b"\x03\x01\x00\x01\x01\x00", "unexpected content after last section"),
        (EMPTY + b"\x06\x01\x00\x0d\x01\x00", "unexpected content after last section"),
        (EMPTY + b"\x0c\x01\x01", "data count and data section have inconsistent lengths"),
        (EMPTY + b"\x0a\x04\x01\x02\x00\x0b", "function and code section have inconsistent"),
        (EMPTY + b"\x00\x02\x02\x61", "unexpected end"),
    ],
)
def test_bad_structure_is_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        decode(data)


def test_absurd_count_is_refused_before_anything_is_read(module: Build) -> None:
    with pytest.raises(Malformed, match="length out of bounds"):
        decode(module({1: b"\xff\xff\xff\xff\x0f"}))


def test_types_know_the_members_of_their_group(module: Build) -> None:
    # (rec (type (struct (field (ref 1)))) (type (sub (array (mut i8))))) (type (func (param i64)))
    group = b"\x4e\x02\x5f\x01\x64\x01\x00\x50\x00\x5e\x78\x01"
    found = decode(module({1: b"\x02" + group + b"\x60\x01\x7e\x00"}))
    first, second, third = found.types
    assert found.group_sizes == (2, 1)
    assert isinstance(first.comp, StructType)
    assert first.comp.fields[0].storage == RefType(nullable=False, heap=second)
    assert isinstance(second.comp, ArrayType)
    assert not second.sub.final
    assert third.comp == FuncType((I64,), ())


def test_equal_groups_of_two_modules_are_the_same_types(module: Build) -> None:
    data = module({1: b"\x01\x4e\x01\x5f\x01\x63\x00\x01"})
    assert decode(data).types[0] is decode(bytes(bytearray(data))).types[0]


def test_reference_after_the_group_is_unknown(module: Build) -> None:
    with pytest.raises(Invalid, match="unknown type 1") as caught:
        decode(module({1: b"\x02\x60\x01\x64\x01\x00\x60\x00\x00"}))
    assert caught.value.offset == 15


def test_function_of_unknown_type_is_invalid(module: Build) -> None:
    with pytest.raises(Invalid, match="unknown type 7"):
        decode(module({3: b"\x01\x07", 10: b"\x01\x02\x00\x0b"}))


def test_memory_flags_are_read(module: Build) -> None:
    found = decode(module({5: b"\x03\x00\x01\x07\x01\x02\x08\x05\x00"}))
    assert found.mems == (
        MemType(Limits(1)),
        MemType(Limits(1, 2), I64, shared=True),
        MemType(Limits(5), page_size=1),
    )


@pytest.mark.parametrize("flags", [b"\x10\x00", b"\x81\x00", b"\x08"])
def test_unknown_limits_flags_are_malformed(module: Build, flags: bytes) -> None:
    with pytest.raises(Malformed, match="malformed limits flags"):
        decode(module({5: b"\x01" + flags}))


def test_shared_tables_are_malformed(module: Build) -> None:
    with pytest.raises(Malformed, match="malformed limits flags"):
        decode(module({4: b"\x01\x70\x02\x00"}))


def test_page_size_beyond_64_bits_is_malformed(module: Build) -> None:
    with pytest.raises(Malformed, match="invalid custom page size"):
        decode(module({5: b"\x01\x08\x00\x40"}))


def test_table_with_initializer_keeps_it(module: Build) -> None:
    found = decode(module({4: b"\x02\x40\x00\x70\x00\x01\xd0\x70\x0b\x6f\x00\x00"}))
    init = found.tables[0].init
    assert init is not None
    assert [instr.row.mnemonic for instr in init] == ["ref.null", "end"]
    assert init[0].imms == (FUNC,)
    assert found.tables[1].init is None
    assert found.tables[1].type.element is EXTERNREF


def test_imports_of_all_kinds_are_read(module: Build) -> None:
    content = (
        b"\x05\x01m\x01f\x00\x00\x01m\x01t\x01\x70\x00\x01\x01m\x01m\x02\x00\x01"
        b"\x01m\x01g\x03\x7f\x01\x01m\x01e\x04\x00\x00"
    )
    found = decode(module({1: b"\x01\x60\x00\x00", 2: content}))
    assert [i.kind for i in found.imports] == list(ExternKind)
    assert [i.name for i in found.imports] == ["f", "t", "m", "g", "e"]
    assert found.imported_funcs == 1


@pytest.mark.parametrize(
    "items", [b"\x7f\x02\x01b\x00\x00\x01c\x00\x00", b"\x7e\x00\x00\x02\x01b\x01c"]
)
def test_compact_imports_share_their_module(module: Build, items: bytes) -> None:
    found = decode(module({1: b"\x01\x60\x00\x00", 2: b"\x01\x01a\x00" + items}))
    assert [(i.module, i.name) for i in found.imports] == [("a", "b"), ("a", "c")]
    assert found.imports[0].type is found.imports[1].type


def test_compact_marker_after_a_name_is_malformed(module: Build) -> None:
    with pytest.raises(Malformed, match="malformed import kind"):
        decode(module({1: b"\x01\x60\x00\x00", 2: b"\x01\x01a\x01b\x7f\x00"}))


def test_element_segments_of_all_forms_are_read(module: Build) -> None:
    offset = b"\x41\x03\x0b"
    parts = [
        b"\x00" + offset + b"\x01\x00",
        b"\x01\x00\x01\x00",
        b"\x02\x01" + offset + b"\x00\x01\x00",
        b"\x03\x00\x01\x00",
        b"\x04" + offset + b"\x01\xd2\x00\x0b",
        b"\x05\x6f\x01\xd0\x6f\x0b",
        b"\x06\x01" + offset + b"\x70\x01\xd0\x70\x0b",
        b"\x07\x70\x01\xd0\x70\x0b",
    ]
    elems = decode(module({9: bytes([len(parts)]) + b"".join(parts)})).elems
    active, passive, declared = SegmentMode.ACTIVE, SegmentMode.PASSIVE, SegmentMode.DECLARATIVE
    functions = RefType(nullable=False, heap=FUNC)
    assert [e.mode for e in elems] == [active, passive, active, declared] * 2
    assert [e.table for e in elems] == [0, 0, 1, 0] * 2
    assert [e.type for e in elems] == [functions] * 4 + [FUNCREF, EXTERNREF, FUNCREF, FUNCREF]
    assert elems[0].at[0].imms == (3,)
    assert [i.row.mnemonic for i in elems[0].init[0]] == ["ref.func", "end"]


def test_data_segments_are_spans(module: Build) -> None:
    content = b"\x03\x00\x41\x00\x0b\x02hi\x01\x01x\x02\x01\x41\x00\x0b\x00"
    data = module({11: content})
    first, second, third = decode(data).datas
    assert data[first.init.start : first.init.end] == b"hi"
    assert (second.mode, second.at) == (SegmentMode.PASSIVE, ())
    assert (third.mem, third.init.start) == (1, third.init.end)


def test_sections_and_bodies_are_spans_in_file_order(module: Build) -> None:
    data = module({1: b"\x01\x60\x00\x00", 3: b"\x01\x00", 10: b"\x01\x02\x00\x0b"})
    found = decode(data)
    assert found.sections == ((1, Span(11, 15)), (3, Span(18, 20)), (10, Span(23, 27)))
    assert found.code_start == 23
    assert found.funcs[0].body == Span(25, 27)


def test_body_beyond_the_file_is_refused(module: Build) -> None:
    with pytest.raises(Malformed, match="length out of bounds"):
        decode(module({1: b"\x01\x60\x00\x00", 3: b"\x01\x00", 10: b"\x01\x7f\x00\x0b"}))


def test_bad_body_is_not_looked_at_while_the_structure_is_right(module: Build) -> None:
    data = module({1: b"\x01\x60\x00\x00", 3: b"\x01\x00", 10: b"\x01\x02\x00\xff"})
    assert len(decode(data).funcs) == 1


@pytest.mark.parametrize("form", [b"\x4d", b"\x5d"])
def test_types_of_other_proposals_are_unsupported(module: Build, form: bytes) -> None:
    with pytest.raises(Unsupported, match="proposal is not supported"):
        decode(module({1: b"\x01" + form + b"\x00"}))
