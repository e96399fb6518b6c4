"""Records mean what the standard library's data classes mean: each test runs with both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import weakref
from typing import Any, ClassVar

import pytest

from wasmlab import records
from wasmlab.records.init import OFTEN

Kind = Any
"""The module that a class is made with, or the class."""


@pytest.fixture(params=[dataclasses, records], ids=["standard", "ours"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture(params=[1, OFTEN + 1], ids=["first", "compiled"])
def made(request: pytest.FixtureRequest) -> int:
    """Number of objects made before the one that is looked at."""
    return request.param


FROZEN = {"frozen": True, "slots": True}
MANNERS: tuple[dict[str, bool], ...] = ({}, {"slots": True}, {"frozen": True}, FROZEN)


def point(kind: Kind, **manner: bool) -> Kind:
    class Point:
        x: int
        y: int = 7
        tags: list[str] = kind.field(default_factory=list)
        seen: bool = kind.field(init=False, default=False)
        common: ClassVar[int] = 3

        def __post_init__(self) -> None:
            object.__setattr__(self, "seen", True)

    return kind.dataclass(**manner)(Point)


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_fields_are_given_by_place_by_name_or_by_default(
    kind: Kind, made: int, manner: dict[str, bool]
) -> None:
    cls = point(kind, **manner)
    for _ in range(made):
        cls(1)
    found = [cls(1), cls(1, 2), cls(y=2, x=1), cls(1, 2, ["a"])]
    assert [(p.x, p.y, p.tags, p.seen) for p in found] == [
        (1, 7, [], True), (1, 2, [], True), (1, 2, [], True), (1, 2, ["a"], True),
    ]  # fmt: skip
    assert found[0].tags is not found[1].tags
    assert cls.common == 3


Arguments = tuple[tuple[int, ...], dict[str, int]]
WRONG: tuple[Arguments, ...] = (((), {}), ((1, 2, 3, 4), {}), ((1,), {"z": 1}), ((1,), {"x": 1}))


@pytest.mark.parametrize("args", WRONG)
def test_values_that_do_not_fit_are_a_type_error(kind: Kind, made: int, args: Arguments) -> None:
    cls = point(kind)
    for _ in range(made):
        cls(1)
    with pytest.raises(TypeError):
        cls(*args[0], **args[1])


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_records_are_equal_if_class_and_fields_are(kind: Kind, manner: dict[str, bool]) -> None:
    cls, other = point(kind, **manner), point(kind, **manner)
    assert cls(1) == cls(1, 7)
    assert cls(1) != cls(2)
    assert cls(1) != other(1)
    assert cls(1) != (1, 7, [], True)


def single(kind: Kind, **manner: bool) -> Kind:
    class Single:
        x: int

    return kind.dataclass(**manner)(Single)


@pytest.mark.parametrize(
    ("manner", "is_hashable", "by_value"),
    [
        ({"frozen": True}, True, True),
        (FROZEN, True, True),
        ({}, False, True),
        ({"eq": False}, True, False),
        ({"slots": True, "eq": False}, True, False),
        ({**FROZEN, "eq": False}, True, False),
    ],
    ids=str,
)
def test_hash_follows_equality(
    kind: Kind, manner: dict[str, bool], *, is_hashable: bool, by_value: bool
) -> None:
    cls = single(kind, **manner)
    assert (cls.__hash__ is not None) is is_hashable
    assert (cls(1) == cls(1)) is by_value
    if is_hashable:
        assert (len({cls(1), cls(1)}) == 1) is by_value


def test_hash_of_its_own_is_kept(kind: Kind) -> None:
    @kind.dataclass(frozen=True)
    class Odd:
        x: int

        def __hash__(self) -> int:
            return 5

    assert hash(Odd(1)) == 5


@pytest.mark.parametrize("manner", [{"frozen": True}, FROZEN], ids=str)
def test_frozen_record_refuses_changes(kind: Kind, manner: dict[str, bool]) -> None:
    p = point(kind, **manner)(1)
    with pytest.raises(kind.FrozenInstanceError):
        p.x = 2
    with pytest.raises(kind.FrozenInstanceError):
        del p.x
    assert p.x == 1


def test_record_with_slots_takes_no_other_attribute(kind: Kind) -> None:
    p = point(kind, slots=True)(1)
    p.x = 5
    assert not hasattr(p, "__dict__")
    with pytest.raises(AttributeError):
        p.z = 1


def test_weak_references_need_their_slot(kind: Kind) -> None:
    p = single(kind, slots=True, weakref_slot=True)(1)
    assert weakref.ref(p)() is p
    with pytest.raises(TypeError):
        weakref.ref(single(kind, slots=True)(1))


def test_fields_given_by_name_only_refuse_places(kind: Kind, made: int) -> None:
    cls = single(kind, kw_only=True)
    for _ in range(made):
        cls(x=1)
    assert cls(x=1).x == 1
    with pytest.raises(TypeError):
        cls(1)


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_fields_of_a_base_come_first(kind: Kind, made: int, manner: dict[str, bool]) -> None:
    base = single(kind, **manner)

    class Double(base):
        y: int = 2

        @property
        def total(self) -> int:
            return self.x + self.y

    cls = kind.dataclass(**manner)(Double)
    for _ in range(made):
        cls(1)
    assert (cls(1, 5).total, cls(1).total) == (6, 3)
    assert isinstance(cls(1), base)
    assert [f.name for f in kind.fields(cls)] == ["x", "y"]


def test_init_of_its_own_is_kept(kind: Kind) -> None:
    @kind.dataclass(slots=True)
    class Squared:
        x: int

        def __init__(self, root: int) -> None:
            self.x = root * root

    assert Squared(3).x == 9


def test_field_that_was_not_set_is_missing(kind: Kind) -> None:
    @kind.dataclass(slots=True)
    class Late:
        x: int = kind.field(init=False)

    late = Late()
    with pytest.raises(AttributeError):
        _ = late.x
    late.x = 4
    assert late.x == 4


def test_representation_names_the_fields(kind: Kind) -> None:
    assert repr(single(kind)(1)).endswith("Single(x=1)")


def test_representation_of_a_record_in_itself_ends(kind: Kind) -> None:
    r = single(kind)(1)
    r.x = [r]
    assert repr(r).endswith("Single(x=[...])")


def test_field_left_out_is_neither_shown_nor_compared(kind: Kind) -> None:
    @kind.dataclass
    class Handle:
        name: str
        opened: object = kind.field(default=None, repr=False, compare=False)

    assert Handle("a", 1) == Handle("a", 2)
    assert "opened" not in repr(Handle("a", 1))


def test_replace_changes_some_fields(kind: Kind) -> None:
    p = point(kind, **FROZEN)(1, 2, ["a"])
    changed = kind.replace(p, y=9)
    assert (changed.x, changed.y, changed.tags) == (1, 9, ["a"])
    assert p.y == 2


def test_asdict_goes_into_records_and_sequences(kind: Kind) -> None:
    cls = single(kind)
    assert kind.asdict(cls((cls(1), cls([cls(2)])))) == {"x": ({"x": 1}, {"x": [{"x": 2}]})}


def test_matching_by_place_follows_the_fields(kind: Kind) -> None:
    assert point(kind, **FROZEN).__match_args__ == ("x", "y", "tags")
    assert single(kind, kw_only=True).__match_args__ == ()


def test_copies_are_equal(kind: Kind) -> None:
    p = point(kind, **FROZEN)(1, 2, ["a"])
    assert copy.copy(p) == p
    deep = copy.deepcopy(p)
    assert deep == p
    assert deep.tags is not p.tags


@records.dataclass(frozen=True, slots=True)
class Pickled:
    x: int
    later: int = records.field(init=False)


def test_record_comes_back_from_a_pickle_with_the_fields_that_were_set() -> None:
    again = pickle.loads(pickle.dumps(Pickled(4)))  # noqa: S301 - just made
    assert again.x == 4
    assert not hasattr(again, "later")


def test_is_dataclass_tells_records_and_their_classes(kind: Kind) -> None:
    cls = single(kind)
    assert kind.is_dataclass(cls)
    assert kind.is_dataclass(cls(1))
    assert not kind.is_dataclass(int)


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_signature_names_the_fields_that_are_given(kind: Kind, manner: dict[str, bool]) -> None:
    parameters = inspect.signature(point(kind, **manner)).parameters
    assert list(parameters) == ["x", "y", "tags"]
    assert parameters["x"].default is inspect.Parameter.empty
    assert parameters["y"].default == 7
    assert repr(parameters["tags"].default) == "<factory>"


def test_signature_of_fields_given_by_name_says_so(kind: Kind) -> None:
    (x,) = inspect.signature(single(kind, kw_only=True)).parameters.values()
    assert x.kind is inspect.Parameter.KEYWORD_ONLY


def test_unknown_keyword_is_named_with_the_class(kind: Kind, made: int) -> None:
    cls = point(kind)
    for _ in range(made):
        cls(1)
    with pytest.raises(TypeError, match=r"Point.*'colour'"):
        cls(1, colour="red")
