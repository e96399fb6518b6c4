"""Arguments of a session's methods, compared with their annotations before anything is done."""

from __future__ import annotations

import operator
from functools import cache
from types import NoneType

from wasmlab.errors import UsageError
from wasmlab.escape import shortened
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FunctionType

_WORDS: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bytes: "bytes",
    bool: "True or False",
    range: "a range",
    NoneType: "None",
}
_BY_NAME = {"None": NoneType, **{plain.__name__: plain for plain in _WORDS}}
_SHOWN = 60
"""Characters of a wrong argument that its message shows."""
_VARIADIC = 0x04
"""The flag of code that takes ``*args``."""


class _Parameters(NamedTuple):
    """What a function takes after its first argument, which is what it is a method of."""

    by_place: tuple[str, ...]
    names: frozenset[str]
    """Those by place, and those by name only."""
    needed: frozenset[str]
    variadic: bool
    """It takes any number by place."""
    types: Mapping[str, tuple[type, ...]]
    """By name, for parameters all of whose types are known at run time."""


def accepted(
    function: Callable[..., object], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the arguments of a method as its annotations want them; None if they do not fit.

    The first one is what it is a method of. What Python counts as a whole number (``__index__``)
    is one. An annotation with a type that is not known at run time is not compared. Raises
    UsageError for another type.
    """
    by_place, names, needed, variadic, types = _parameters(function)
    placed = by_place[: len(args) - 1]
    if (
        (len(args) - 1 > len(by_place) and not variadic)
        or not args
        or not kwargs.keys() <= names
        or not needed <= kwargs.keys() | set(placed)
        or not kwargs.keys().isdisjoint(placed)
    ):
        return None
    called = function.__name__
    given = list(args)
    for place, name in enumerate(placed, 1):
        if name in types:
            given[place] = _accepted(f"{called}: {name}", types[name], given[place])
    return tuple(given), {
        name: _accepted(f"{called}: {name}", types[name], value) if name in types else value
        for name, value in kwargs.items()
    }


def need_count(name: str, count: int) -> None:
    """Raise UsageError, with the name of what was asked for, for a number below 0."""
    if count < 0:
        raise UsageError(f"{name}: a number from 0 on expected, found {count}")


@cache
def _parameters(function: Callable[..., object]) -> _Parameters:
    """Read the parameters of a function where it is decorated: ``inspect`` would be imported."""
    written: FunctionType = _undecorated(function)
    code = written.__code__
    by_place = code.co_varnames[1 : code.co_argcount]
    only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    optional = {*by_place[len(by_place) - len(written.__defaults__ or ()) :]}
    optional.update(written.__kwdefaults__ or ())
    names = frozenset((*by_place, *only))
    known = {
        name: _types(str(annotation), written.__globals__)
        for name, annotation in written.__annotations__.items()
        if name in names
    }
    types = {name: found for name, found in known.items() if found is not None}
    variadic = bool(code.co_flags & _VARIADIC)
    return _Parameters(by_place, names, names - optional, variadic, types)


def _undecorated(function: Any) -> FunctionType:  # noqa: ANN401 - a function, or what wraps one
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _types(annotation: str, known: Mapping[str, object]) -> tuple[type, ...] | None:
    names = [name.strip() for name in annotation.split("|")]
    types = [_BY_NAME.get(name, known.get(name)) for name in names]
    classes = tuple(found for found in types if isinstance(found, type))
    return classes if len(classes) == len(names) else None


def _accepted(name: str, types: tuple[type, ...], value: object) -> object:
    """Return a value of one of the types; UsageError for another."""
    if isinstance(value, types) or (float in types and isinstance(value, int)):
        return value
    if int in types and hasattr(value, "__index__"):
        return operator.index(value)  # pyright: ignore[reportArgumentType] - it has __index__
    words = " or ".join(_WORDS.get(t, t.__name__) for t in types)
    raise UsageError(f"{name}: {words} expected, found {shortened(repr(value), _SHOWN)}")
