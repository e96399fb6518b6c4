"""Values as Python and the command line give them."""

import math

from wasmlab.runtime.values import parsed_number
from wasmlab.syntax.types import F64


def test_number_too_large_is_infinite_in_every_notation() -> None:
    large = "0x" + "f" * 600
    assert [parsed_number(text, F64) for text in (large, "1e400")] == [math.inf] * 2
    assert parsed_number("-" + large, F64) == -math.inf
