"""MessagePack in memory, as text."""

from __future__ import annotations

import pytest

from wasmlab.debug.views.msgpack import Packed, unpack


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("05", "5"),
        ("ff", "-1"),
        ("e0", "-32"),
        ("c0", "nil"),
        ("c2", "false"),
        ("c3", "true"),
        ("cc ff", "255"),
        ("cd 01 00", "256"),
        ("ce ff ff ff ff", "4294967295"),
        ("cf 80 00 00 00 00 00 00 00", "9223372036854775808"),
        ("d0 80", "-128"),
        ("d1 ff 00", "-256"),
        ("d2 80 00 00 00", "-2147483648"),
        ("d3 ff ff ff ff ff ff ff fe", "-2"),
        ("ca 3d cc cc cd", "0.1"),
        ("cb 3f f8 00 00 00 00 00 00", "1.5"),
        ("a2 48 69", '"Hi"'),
        ("d9 01 41", '"A"'),
        ("da 00 01 41", '"A"'),
        ("db 00 00 00 01 41", '"A"'),
        ("a1 1b", '"\\x1b"'),
        ("c4 02 00 ff", "bin(00 ff)"),
        ("c5 00 01 07", "bin(07)"),
        ("c6 00 00 00 01 07", "bin(07)"),
        ("d4 05 aa", "ext(5, aa)"),
        ("d6 ff 00 00 00 01", "ext(-1, 00 00 00 01)"),
        ("c7 01 ff aa", "ext(-1, aa)"),
        ("90", "[]"),
        ("92 01 a1 78", '[1, "x"]'),
        ("dc 00 01 c0", "[nil]"),
        ("81 a1 61 92 01 02", '{"a": [1, 2]}'),
        ("de 00 01 01 80", "{1: {}}"),
    ],
)
def test_unpacked_reads_every_format(data: str, text: str) -> None:
    raw = bytes.fromhex(data)
    assert unpack(raw + b"\0\0") == Packed(text, len(raw))


@pytest.mark.parametrize(
    "data",
    ["", "c1", "cd 01", "a3 48", "92 01", "dd ff ff ff ff", "a1 ff", "c7 02 01 aa", "91" * 99],
)
def test_unpacked_of_anything_else_is_none(data: str) -> None:
    assert unpack(bytes.fromhex(data)) is None
