from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmlab.isa.bits import signed
from wasmlab.text.numerals import bytes_text, f32_text, f64_text, string_text, v128_text


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (0x3F80_0000, "1"),
        (0x3DCC_CCCD, "0.1"),
        (0x8000_0000, "-0"),
        (0x0000_0001, "1.4013e-45"),
        (0x7F80_0000, "inf"),
        (0xFFC0_0000, "-nan"),
        (0x7F80_0001, "nan:0x1"),
    ],
)
def test_f32_text_is_shortest(bits: int, text: str) -> None:
    assert f32_text(bits) == text


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (0x3FF0_0000_0000_0000, "1"),
        (0xFFF0_0000_0000_0000, "-inf"),
        (0x7FF8_0000_0000_0000, "nan"),
        (0x7FF0_0000_0000_0001, "nan:0x1"),
        (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
    ],
)
def test_f64_text_is_exact(bits: int, text: str) -> None:
    assert f64_text(bits) == text


@given(st.integers(0, 2**32 - 1))
def test_f32_text_means_the_same_bits(bits: int) -> None:
    value = struct.unpack("<f", bits.to_bytes(4, "little"))[0]
    if math.isfinite(value):
        assert struct.pack("<f", float(f32_text(bits))) == bits.to_bytes(4, "little")


def test_v128_text_has_lane_0_first() -> None:
    assert v128_text(1) == "i32x4 0x00000001 0x00000000 0x00000000 0x00000000"


def test_signed_highest_bit_is_negative() -> None:
    assert signed(0xFFFF_FFFF, 32) == -1
    assert signed(0x7FFF_FFFF, 32) == 2**31 - 1


def test_string_text_escapes_what_a_terminal_obeys() -> None:
    assert string_text('a"\\\x1b\u202eé') == '"a\\"\\\\\\u{1b}\\u{202e}é"'


def test_bytes_text_escapes_all_but_ascii() -> None:
    assert bytes_text(b'a"\\\x00\xe9') == '"a\\"\\\\'.replace('\\"', "\\22")[:-2] + '\\5c\\00\\e9"'
