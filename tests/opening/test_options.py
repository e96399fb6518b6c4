"""Values of options that are read from words."""

from __future__ import annotations

import pytest

from wasmlab.errors import UsageError
from wasmlab.opening.options import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4", 4 << 20),
        ("512k", 512 << 10),
        ("1.5G", 3 << 29),
        ("0.5M", 1 << 19),
        ("9" * 19, 1 << 62),
    ],
)
def test_size_with_a_fraction_or_a_unit_is_in_bytes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "0.0000001K", "1.", ".5", "1e9", "1,5G", "-1", "½", "9" * 99]
)
def test_text_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a size"):
        parse_size(text)
