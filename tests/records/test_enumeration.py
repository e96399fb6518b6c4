"""Enumerations mean what the standard library's mean: each test runs with both."""

from __future__ import annotations

import copy
import enum
import pickle
from typing import Any

import pytest

from wasmlab.records import enumeration

Kinds = Any
"""The module of the bases."""


@pytest.fixture(params=[enum, enumeration], ids=["standard", "ours"])
def kinds(request: pytest.FixtureRequest) -> Kinds:
    return request.param


def colours(kinds: Kinds) -> Kinds:
    class Colour(kinds.Enum):
        """What it is."""

        RED = "r"
        GREEN = "g"
        LIME = "g"

        @property
        def shown(self) -> str:
            return self.value.upper()

    return Colour


def numbers(kinds: Kinds) -> Kinds:
    class Number(kinds.IntEnum):
        ZERO = 0
        ONE = 1

    return Number


def rights(kinds: Kinds) -> Kinds:
    class Right(kinds.IntFlag):
        READ = 1
        WRITE = 2
        SEEK = 4

    return Right


class Planet(enumeration.Enum):
    EARTH = 1


def test_members_are_found_by_name_and_by_value(kinds: Kinds) -> None:
    colour = colours(kinds)
    assert colour("r") is colour.RED is colour["RED"]
    assert (colour.RED.name, colour.RED.value, colour.RED.shown) == ("RED", "r", "R")
    assert (repr(colour.RED), str(colour.RED)) == ("<Colour.RED: 'r'>", "Colour.RED")


def test_second_name_of_a_value_is_the_first_member(kinds: Kinds) -> None:
    colour = colours(kinds)
    assert colour.LIME is colour.GREEN
    assert [member.name for member in colour] == ["RED", "GREEN"]
    assert len(colour) == 2
    assert list(colour.__members__) == ["RED", "GREEN", "LIME"]


def test_value_without_member_is_a_value_error(kinds: Kinds) -> None:
    with pytest.raises(ValueError, match=r"'x' is not a valid .*Colour"):
        colours(kinds)("x")
    with pytest.raises(KeyError):
        colours(kinds)["BLUE"]


def test_members_cannot_be_set(kinds: Kinds) -> None:
    with pytest.raises(AttributeError):
        colours(kinds).RED = 1


def test_members_are_equal_to_themselves_only(kinds: Kinds) -> None:
    colour = colours(kinds)
    assert colour.RED != "r"
    assert {colour.RED: 1, colour.GREEN: 2}[colour.RED] == 1
    assert copy.deepcopy(colour.RED) is copy.copy(colour.RED) is colour.RED
    assert colour.RED in colour


def test_member_is_pickled_by_its_value() -> None:
    kept = pickle.dumps(Planet.EARTH)
    assert pickle.loads(kept) is Planet.EARTH  # noqa: S301 - our own


def test_integers_are_their_numbers(kinds: Kinds) -> None:
    number = numbers(kinds)
    assert number.ONE + 1 == 2
    assert [10, 11][number.ONE] == 11
    assert (str(number.ONE), f"{number.ONE:x}", hash(number.ONE)) == ("1", "1", hash(1))
    assert repr(number.ONE) == "<Number.ONE: 1>"
    assert number(1) is number.ONE
    assert {1: "one"}[number.ONE] == "one"


def test_numbers_that_are_left_out_follow_the_last(kinds: Kinds) -> None:
    class Step(kinds.IntEnum):
        FIRST = kinds.auto()
        FIFTH = 5
        SIXTH = kinds.auto()

    steps: Kinds = Step
    assert [step.value for step in steps] == [1, 5, 6]


def test_own_new_takes_a_value_by_its_parts(kinds: Kinds) -> None:
    class Code(kinds.IntEnum):
        text: str

        def __new__(cls, number: int, text: str) -> Kinds:
            member: Kinds = int.__new__(cls, number)
            member._value_, member.text = number, text
            return member

        OK = (0, "fine")
        BAD = (1, "broken")

    codes: Kinds = Code
    assert [(code.value, code.text, code.name) for code in codes] == [
        (0, "fine", "OK"), (1, "broken", "BAD"),
    ]  # fmt: skip
    assert codes(1) is codes.BAD


def test_flags_are_joined_and_taken_away(kinds: Kinds) -> None:
    right = rights(kinds)
    both = right.READ | right.WRITE
    assert (both, both & right.WRITE, both ^ right.READ, 4 | both) == (3, 2, 2, 7)
    assert {type(both), type(both & right.WRITE), type(~right.READ)} == {right}
    assert ~right.READ == 6
    assert right.READ in both
    assert right.SEEK not in both
    assert [flag.name for flag in right] == ["READ", "WRITE", "SEEK"]
    assert (right(1) is right.READ, right.READ.name, str(both)) == (True, "READ", "3")


def test_number_without_a_name_is_flags_too(kinds: Kinds) -> None:
    right = rights(kinds)
    assert (right(8), right(8) | 1, bool(right(0))) == (8, 9, False)
