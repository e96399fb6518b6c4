"""What the words of ``typing`` are at run time: they take whatever annotations do with them."""

from __future__ import annotations


class _Word:
    """What stands for a type, whatever is done with it."""

    def __init__(self, *_args: object, **_more: object) -> None:
        return

    def __getitem__(self, _parts: object) -> _Word:
        return self

    def __or__(self, _other: object) -> _Word:
        return self

    __ror__ = __or__


class TypeVar(_Word):
    """A variable that stands for a type."""


class ParamSpec(_Word):
    """A variable that stands for the parameters of a function."""


Any = BinaryIO = Concatenate = Literal = NoReturn = Self = TextIO = TypeGuard = _Word()


class Generic:
    """The base of generic classes: they may be subscripted."""

    __slots__ = ()

    def __class_getitem__(cls, _parts: object) -> type:
        return cls


class Protocol(Generic):
    """The base of protocols."""

    __slots__ = ()


def NewType(_name: str, kind: type) -> type:  # noqa: N802 - the name in typing
    """Return the type that another one is at run time."""
    return kind


def cast(_kind: object, value: object) -> object:
    """Return a value as it is."""
    return value


def overload(function: object) -> object:
    """Return the function: a later one of its name takes its place."""
    return function
