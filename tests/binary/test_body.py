from __future__ import annotations

from collections.abc import Callable

import pytest

from wasmlab.binary.decode import decode, decode_body
from wasmlab.errors import Invalid, Malformed, Unsupported
from wasmlab.isa.index import ROWS
from wasmlab.syntax.instr import Body, Catch, MemArg
from wasmlab.syntax.types import EXTERN, F64, FUNCREF, I32, MemIdx, RefType

Function = Callable[[bytes], bytes]


def body_of(data: bytes) -> Body:
    module = decode(data)
    return decode_body(module, module.funcs[0])


def first(function: Function, code: bytes) -> tuple[str, tuple[object, ...]]:
    """Return mnemonic and immediates of the first instruction of a body without locals."""
    instr = body_of(function(b"\0" + code + b"\x0b")).instrs[0]
    return instr.row.mnemonic, instr.imms


def test_locals_are_expanded(function: Function) -> None:
    found = body_of(function(b"\x03\x02\x7f\x00\x7e\x01\x7c\x0b"))
    assert found.locals == (I32, I32, F64)


def test_locals_beyond_2_to_32_are_malformed(function: Function) -> None:
    with pytest.raises(Malformed, match="too many locals"):
        body_of(function(b"\x02\xff\xff\xff\xff\x0f\x7f\x02\x7e\x0b"))


def test_locals_beyond_the_limit_are_unsupported(function: Function) -> None:
    with pytest.raises(Unsupported, match="too many locals: 4294967295"):
        body_of(function(b"\x01\xff\xff\xff\xff\x0f\x7f\x0b"))


def test_offsets_are_those_in_the_module(function: Function) -> None:
    data = function(b"\0\x41\x05\x1a\x0b")
    assert [i.offset for i in body_of(data).instrs] == [26, 28, 29]
    assert data[26] == 0x41


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (b"\x41\x3f", ("i32.const", (63,))),
        (b"\x41\x40", ("i32.const", (0xFFFF_FFC0,))),
        (b"\x41\x80\x7f", ("i32.const", (0xFFFF_FF80,))),
        (b"\x42\x7f", ("i64.const", (2**64 - 1,))),
        (b"\x43\x00\x00\x80\x3f", ("f32.const", (0x3F80_0000,))),
        (b"\x44" + bytes(7) + b"\x40", ("f64.const", (0x40 << 56,))),
        (b"\x20\x7f", ("local.get", (127,))),
        (b"\x20\x80\x01", ("local.get", (128,))),
        (b"\x28\x02\x7f", ("i32.load", (MemArg(2, 127),))),
        (b"\x28\x42\x03\x80\x01", ("i32.load", (MemArg(2, 128, MemIdx(3)),))),
        (b"\x28\x00" + b"\xff" * 9 + b"\x01", ("i32.load", (MemArg(0, 2**64 - 1),))),
        (b"\x0e\x02\x00\x01\x00", ("br_table", ((0, 1, 0),))),
        (b"\x11\x02\x01", ("call_indirect", (2, 1))),
        (b"\x1c\x02\x7f\x70", ("select", ((I32, FUNCREF),))),
        (b"\xd0\x6f", ("ref.null", (EXTERN,))),
        (b"\xfc\x0a\x01\x02", ("memory.copy", (1, 2))),
        (b"\xfe\x03\x00", ("atomic.fence", (0,))),
        (b"\xfd\x0c\x01" + bytes(15), ("v128.const", (1,))),
        (b"\xfd\x15\x0f", ("i8x16.extract_lane_s", (15,))),
        (b"\xfd\x15\xff", ("i8x16.extract_lane_s", (255,))),  # a byte, not LEB128
        (b"\xfd\x0d" + bytes(range(16)), ("i8x16.shuffle", (tuple(range(16)),))),
    ],
)
def test_immediates_have_the_shape_of_their_kind(
    function: Function, code: bytes, expected: tuple[str, tuple[object, ...]]
) -> None:
    assert first(function, code) == expected


def test_heap_types_are_resolved(function: Function) -> None:
    data = function(b"\0\xd0\x00\x1a\x0b")
    assert body_of(data).instrs[0].imms == (decode(data).types[0],)


def test_unknown_heap_type_is_invalid(function: Function) -> None:
    with pytest.raises(Invalid, match="unknown type 9"):
        body_of(function(b"\0\xd0\x09\x0b"))


def test_cast_label_comes_before_its_types(function: Function) -> None:
    mnemonic, imms = first(function, b"\xfb\x18\x01\x07\x6f\x6f")
    assert mnemonic == "br_on_cast"
    assert imms == (7, (RefType(nullable=True, heap=EXTERN), RefType(nullable=False, heap=EXTERN)))


def test_cast_with_unknown_flags_is_malformed(function: Function) -> None:
    with pytest.raises(Malformed, match="malformed br_on_cast flags"):
        body_of(function(b"\0\xfb\x18\x04\x00\x6f\x6f\x0b"))


@pytest.mark.parametrize(
    ("code", "blocktype"), [(b"\x40", None), (b"\x7f", I32), (b"\x00", 0), (b"\x80\x01", 128)]
)
def test_block_types_have_three_forms(function: Function, code: bytes, blocktype: object) -> None:
    assert first(function, b"\x02" + code + b"\x0b") == ("block", (blocktype,))


def test_catch_clauses_are_read(function: Function) -> None:
    code = b"\x1f\x40\x04\x00\x01\x02\x01\x03\x04\x02\x05\x03\x06\x0b"
    clauses = (
        Catch("catch", 1, 2),
        Catch("catch_ref", 3, 4),
        Catch("catch_all", None, 5),
        Catch("catch_all_ref", None, 6),
    )
    assert first(function, code) == ("try_table", (None, clauses))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (b"\0\x01", "unexpected end"),
        (b"\0\x02\x40\x0b", "unexpected end"),
        (b"\0\x05\x0b", "END opcode expected"),
        (b"\0\x04\x40\x05\x05\x0b\x0b", "END opcode expected"),
        (b"\0\x07\x00\x0b", "END opcode expected"),
        (b"\0\x18\x00\x0b", "END opcode expected"),
        (b"\0\x0b\x0b", "section size mismatch"),
        (b"\0\xff\x0b", "illegal opcode ff"),
        (b"\0\xfc\x7f\x0b", "illegal opcode fc 7f"),
        (b"\0\x28\x80\x01\x00\x0b", "malformed memop flags"),
        (b"\0\xfe\x03\x01\x0b", "zero byte expected"),
        (b"\0\xfc\x09\x00\x0b", "data count section required"),
        (b"\0\x1f\x40\x01\x04\x00\x0b\x0b", "malformed catch clause"),
    ],
)
def test_bad_body_is_malformed(function: Function, code: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        body_of(function(code))


def test_legacy_try_nests(function: Function) -> None:
    found = body_of(function(b"\0\x06\x40\x07\x00\x19\x0b\x06\x40\x18\x00\x0b"))
    assert [i.row.mnemonic for i in found.instrs] == [
        "try", "catch", "catch_all", "end", "try", "delegate", "end",
    ]  # fmt: skip


def test_data_indices_are_allowed_with_a_data_count(module: Callable[..., bytes]) -> None:
    data = module(
        {1: b"\x01\x60\0\0", 3: b"\x01\0", 12: b"\x00", 10: b"\x01\x05\0\xfc\x09\x00\x0b"}
    )
    assert body_of(data).instrs[0].imms == (0,)


def test_opcodes_of_other_proposals_are_unsupported(function: Function) -> None:
    with pytest.raises(Unsupported, match="stack-switching"):
        body_of(function(b"\0\xe0\x00\x0b"))


def test_every_row_without_immediates_decodes_to_itself(function: Function) -> None:
    special = {"else", "end", "catch_all"}
    for row in ROWS:
        if row.imms or row.rule in special:
            continue
        code = bytes(row.opcode[:1])
        if len(row.opcode) == 2:
            number = row.opcode[1]
            code += bytes([number & 0x7F | 0x80, number >> 7])
        assert body_of(function(b"\0" + code + b"\x0b")).instrs[0].row is row
