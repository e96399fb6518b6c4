"""What Python gives a program: another kind of thing is refused by the name of its field."""

from __future__ import annotations

from typing import Any

import pytest

import wasmlab as wl
from wasmlab.errors import UsageError

WRONG: list[dict[str, Any]] = [
    {"args": "abc"}, {"args": 5}, {"args": [1]}, {"env": 5}, {"env": {"A": 1}},
    {"env": {"A=B": "c"}}, {"dirs": ["data"]}, {"stdin": "abc"}, {"stdin": 5}, {"preload": 5},
    {"imports": 5},
]  # fmt: skip


@pytest.fixture
def hello() -> wl.Module:
    return wl.load("samples/hello.wat")


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_grant_of_another_kind_is_refused_by_name(hello: wl.Module, given: dict[str, Any]) -> None:
    name = next(iter(given))
    with pytest.raises(UsageError, match=name):
        wl.instantiate(hello, **given)
    with pytest.raises(UsageError, match=name):
        wl.Session(hello, **given)


def test_call_with_text_for_a_list_of_arguments_is_refused(hello: wl.Module) -> None:
    with pytest.raises(UsageError, match="invoke_args: a list is needed, not str"):
        wl.Session(hello, invoke_args="5")


def test_store_and_text_of_another_kind_are_refused(hello: wl.Module) -> None:
    wrong: Any = 5
    with pytest.raises(UsageError, match=r"store: a wasmlab\.Store is needed, not int"):
        wl.instantiate(hello, store=wrong)
    with pytest.raises(UsageError, match="a text is needed, not int"):
        wl.assemble(wrong)


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_whole_number_that_no_float_can_hold_is_refused(type_: str) -> None:
    with pytest.raises(UsageError, match=f"does not fit {type_}"):
        wl.Global(type_, 10**400)
