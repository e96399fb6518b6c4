from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmlab.binary.reader import Reader
from wasmlab.errors import Malformed


def leb(value: int, *, signed: bool) -> bytes:
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        done = value in (0, -1) and (byte & 0x40 != 0) == (value < 0) if signed else value == 0
        out.append(byte if done else byte | 0x80)
        if done:
            return bytes(out)


@given(st.integers(0, 2**32 - 1))
def test_u32_written_is_read_back(value: int) -> None:
    reader = Reader(leb(value, signed=False))
    assert reader.u32() == value
    assert reader.pos == len(reader.data)


@given(st.integers(-(2**63), 2**63 - 1))
def test_s64_written_is_read_back(value: int) -> None:
    assert Reader(leb(value, signed=True)).s64() == value


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (b"", "unexpected end", 0),
        (b"\x80", "unexpected end", 1),
        (b"\x80\x80\x80\x80\x10", "integer too large", 4),
        (b"\x80\x80\x80\x80\x80\x00", "integer representation too long", 5),
    ],
)
def test_u32_bad_bytes_are_malformed(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(Malformed, match=message) as caught:
        Reader(data).u32()
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xff\xff\xff\x0f", "integer too large"),
        (b"\xff\xff\xff\xff\x4f", "integer too large"),
        (b"\xff\xff\xff\xff\xff\x7f", "integer representation too long"),
    ],
)
def test_s32_bad_bytes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        Reader(data).s32()


def test_u32_longest_encoding_is_accepted() -> None:
    assert Reader(b"\x81\x80\x80\x80\x00").u32() == 1


def test_s33_keeps_the_sign() -> None:
    assert Reader(b"\x80\x80\x80\x80\x70").s33() == -(2**32)


def test_length_beyond_the_input_is_refused() -> None:
    with pytest.raises(Malformed, match="length out of bounds"):
        Reader(b"\xff\xff\xff\xff\x0f").length()


@pytest.mark.parametrize("raw", [b"\x01\x80", b"\x02\xc0\x80", b"\x03\xed\xa0\x80"])
def test_name_that_is_not_utf8_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed, match="malformed UTF-8 encoding"):
        Reader(raw).name()


def test_reader_stops_at_its_own_end() -> None:
    reader = Reader(b"\x01\x02\x03", 0, 1)
    assert reader.byte() == 1
    assert reader.peek() == -1
    with pytest.raises(Malformed, match="unexpected end"):
        reader.byte()
