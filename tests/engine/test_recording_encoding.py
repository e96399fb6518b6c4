"""Plain values as bytes: what is written is read, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmlab.engine.recording.file.encoding import data as read_data
from wasmlab.engine.recording.file.encoding import (
    decode,
    encode,
    fields,
    flag,
    items,
    naturals,
    number,
    text,
)
from wasmlab.errors import BadRecording

if TYPE_CHECKING:
    from collections.abc import Callable

INTS = st.integers(-(1 << 128), (1 << 128) - 1)
PLAIN = st.none() | st.booleans() | INTS | st.binary() | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner).map(tuple), max_leaves=20)


@given(value=VALUES)
def test_value_comes_back(value: object) -> None:
    again = decode(encode(value))
    assert again == value
    assert type(again) is type(value)


@given(content=st.binary(max_size=40))
def test_any_bytes_are_a_value_or_refused(content: bytes) -> None:
    try:
        value = decode(content)
    except BadRecording:
        return
    assert decode(encode(value)) == value


@given(value=VALUES, cut=st.integers(0, 1000))
def test_cut_value_is_refused(value: object, cut: int) -> None:
    content = encode(value)
    with pytest.raises(BadRecording):
        decode(content[: cut % len(content)])
    with pytest.raises(BadRecording):
        decode(content + b"\0")


def test_sizes_beyond_the_content_are_refused_at_once() -> None:
    for kind in (4, 5, 6):
        with pytest.raises(BadRecording, match="longer"):
            decode(bytes((kind,)) + b"\xff" * 8 + b"\x01")
    with pytest.raises(BadRecording, match="too long"):
        decode(b"\x03" + b"\xff" * 40)


def test_tuples_nest_only_so_deep() -> None:
    with pytest.raises(BadRecording):
        decode(b"\x06\x01" * 50_000 + b"\0")


def test_what_is_no_plain_value_is_not_written() -> None:
    with pytest.raises(TypeError):
        encode({})


def pair(value: object) -> object:
    return fields(value, 2)


WRONG: list[tuple[Callable[[object], object], object]] = [
    (number, -1),
    (number, True),
    (number, "1"),
    (number, 1 << 64),
    (flag, 1),
    (text, b""),
    (read_data, ""),
    (items, None),
    (naturals, (1, -1)),
    (pair, (1,)),
]


@pytest.mark.parametrize(("read", "wrong"), WRONG)
def test_value_of_another_kind_is_refused(read: Callable[[object], object], wrong: object) -> None:
    with pytest.raises(BadRecording):
        read(wrong)
