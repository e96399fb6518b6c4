"""Work grows with the size of a module, not with its square, whatever it has many of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.growth import DIMENSIONS, calls_of, text_of
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.module import Module

SMALL, FACTOR = 100, 8
"""Sizes compared: large enough that what a module costs at least does not count."""
MOST = 1.3
"""Times FACTOR: with squares it would be FACTOR times FACTOR."""


def load(module: Module) -> None:
    wl.load(module.data)


def validate(module: Module) -> None:
    validate_module(module.syntax)


def show(module: Module) -> None:
    assert module.wat()


@pytest.mark.parametrize("act", [load, validate, show])
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_work_on_a_module_grows_with_its_size(
    dimension: str, act: Callable[[Module], None]
) -> None:
    small, large = (work(dimension, act, n) for n in (SMALL, SMALL * FACTOR))
    assert large <= MOST * FACTOR * small


def work(dimension: str, act: Callable[[Module], None], n: int) -> int:
    module = wl.assemble(text_of(dimension, n))
    return calls_of(lambda: act(module))
