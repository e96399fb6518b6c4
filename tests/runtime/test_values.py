"""Values as Python and the command line give them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmlab.cli.main import main
from wasmlab.errors import UsageError
from wasmlab.runtime.values import parsed_number, text_bits
from wasmlab.syntax.types import F32, F64, I32, I64, V128, ValType
from wasmlab.text.numerals import f32_text, f64_text, v128_text

if TYPE_CHECKING:
    from pathlib import Path


def test_number_too_large_is_infinite_in_every_notation() -> None:
    large = "0x" + "f" * 600
    assert [parsed_number(text, F64) for text in (large, "1e400")] == [math.inf] * 2
    assert parsed_number("-" + large, F64) == -math.inf


@given(st.integers(0, (1 << 32) - 1) | st.integers(0x7F80_0000, 0x7FFF_FFFF))
def test_shown_f32_is_read_as_the_same_bits(bits: int) -> None:
    assert text_bits(f32_text(bits), F32) == bits


@given(st.integers(0, (1 << 64) - 1) | st.integers(0xFFF0 << 48, (1 << 64) - 1))
def test_shown_f64_is_read_as_the_same_bits(bits: int) -> None:
    assert text_bits(f64_text(bits), F64) == bits


@given(st.integers(0, (1 << 128) - 1))
def test_shown_vector_is_read_as_the_same_bits(bits: int) -> None:
    assert text_bits(v128_text(bits), V128) == bits
    assert text_bits(str(bits), V128) == bits


@pytest.mark.parametrize(
    ("text", "t"),
    [
        ("nan:0x0", F32), ("nan:0x800000", F32), ("nan:0x10000000000000", F64), ("nan:", F32),
        ("nan:0x1", I32), ("i32x4 1 2 3", V128), ("i32x4 1 2 3 4294967296", V128),
        ("4294967296", I32), ("1.5", I64), ("x", F64),
    ],
)  # fmt: skip
def test_text_that_is_no_value_of_its_type_is_refused(text: str, t: ValType) -> None:
    with pytest.raises(UsageError):
        text_bits(text, t)


@pytest.mark.parametrize("shown", ["nan:0x200001", "-nan:0x1", "-nan", "nan", "-0", "inf"])
def test_argument_is_given_as_results_are_printed(
    shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "same.wat"
    path.write_text('(module (func (export "same") (param f32) (result f32) local.get 0))')
    assert main(["run", str(path), "--invoke", "same", shown]) == 0
    assert capsys.readouterr().out.strip() == shown
