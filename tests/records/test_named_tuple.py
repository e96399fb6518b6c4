"""Named tuples mean what the standard library's mean: each test runs with both."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import Any, Generic, TypeVar

import pytest

from wasmlab import records
from wasmlab.records.init import OFTEN

T = TypeVar("T")
Kind = Any
"""The base of a class, or the class."""


@pytest.fixture(params=[typing.NamedTuple, records.NamedTuple], ids=["standard", "ours"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture(params=[1, OFTEN + 1], ids=["first", "compiled"])
def made(request: pytest.FixtureRequest) -> int:
    """Number of objects made before the one that is looked at."""
    return request.param


def point(kind: Kind, made: int = 0) -> Kind:
    class Point(kind):
        x: int
        y: int = 7

        @property
        def total(self) -> int:
            return self.x + self.y

    for _ in range(made):
        Point(1)
    return Point


def test_items_are_given_by_place_by_name_or_by_default(kind: Kind, made: int) -> None:
    cls = point(kind, made)
    assert [cls(1), cls(1, 2), cls(y=2, x=1), cls(1, y=2)] == [(1, 7), (1, 2), (1, 2), (1, 2)]
    assert (cls(1).x, cls(1).y, cls(1).total) == (1, 7, 8)


Arguments = tuple[tuple[int, ...], dict[str, int]]
WRONG: tuple[Arguments, ...] = (((), {}), ((1, 2, 3), {}), ((1,), {"z": 1}), ((1,), {"x": 1}))


@pytest.mark.parametrize("args", WRONG)
def test_values_that_do_not_fit_are_a_type_error(kind: Kind, made: int, args: Arguments) -> None:
    cls = point(kind, made)
    with pytest.raises(TypeError):
        cls(*args[0], **args[1])


def test_it_is_a_tuple_that_cannot_be_changed(kind: Kind, made: int) -> None:
    cls = point(kind, made)
    p = cls(1)
    x, y = p
    assert (x, y, len(p), p[1]) == (1, 7, 2, 7)
    assert issubclass(cls, tuple)
    assert hash(p) == hash((1, 7))
    assert not hasattr(p, "__dict__")
    with pytest.raises(AttributeError):
        p.x = 2


def test_what_its_class_knows_of_the_names(kind: Kind) -> None:
    cls = point(kind)
    assert cls._fields == cls.__match_args__ == ("x", "y")
    assert cls._field_defaults == {"y": 7}
    assert cls(1)._asdict() == {"x": 1, "y": 7}
    assert repr(cls(1)) == "Point(x=1, y=7)"


def test_replace_and_make_give_others_of_the_class(kind: Kind, made: int) -> None:
    cls = point(kind, made)
    assert cls(1)._replace(y=2) == cls(1, 2)
    assert isinstance(cls._make([3, 4]), cls)
    with pytest.raises(TypeError):
        cls._make([3])
    with pytest.raises((TypeError, ValueError)):
        cls(1)._replace(z=2)


def test_class_below_it_keeps_the_names(kind: Kind, made: int) -> None:
    class Named(point(kind)):
        name: str

        def __str__(self) -> str:
            return f"{self.x}, {__class__._fields}"

    for _ in range(made):
        Named(1)
    assert isinstance(Named(1, 2), Named)
    assert Named._fields == ("x", "y")
    assert str(Named(1)) == "1, ('x', 'y')"


def test_class_without_items_is_an_empty_tuple(kind: Kind, made: int) -> None:
    class Nothing(kind):
        pass

    for _ in range(made):
        Nothing()
    assert Nothing() == ()


def test_class_may_be_generic(kind: Kind) -> None:
    class Box(kind, Generic[T]):
        value: T

    assert Box[int](5).value == 5


def test_copies_are_equal(kind: Kind) -> None:
    p = point(kind)(1, [2])
    assert copy.copy(p) == copy.deepcopy(p) == p


def test_signature_names_the_items(kind: Kind, made: int) -> None:
    parameters = inspect.signature(point(kind, made)).parameters
    assert list(parameters) == ["x", "y"]
    assert parameters["x"].default is inspect.Parameter.empty
    assert parameters["y"].default == 7


class Pickled(records.NamedTuple):
    x: int
    y: int = 7


def test_it_comes_back_from_a_pickle() -> None:
    again = pickle.loads(pickle.dumps(Pickled(4)))  # noqa: S301 - just made
    assert again == Pickled(4)
    assert type(again) is Pickled
