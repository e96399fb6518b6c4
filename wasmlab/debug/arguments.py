"""Arguments of a session's methods, compared with their annotations before anything is done."""

from __future__ import annotations

import operator
from functools import cache, wraps
from inspect import Parameter, signature, unwrap
from types import NoneType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from wasmlab.errors import UsageError
from wasmlab.escape import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

P = ParamSpec("P")
R = TypeVar("R")

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


def checked(method: Callable[P, R]) -> Callable[P, R]:
    """Return a method that refuses arguments of other types than it is annotated with.

    They are refused before it does anything, with UsageError. What counts as a whole number for
    Python (``__index__``) is one. An annotation with a type that is not known at run time is not
    compared.
    """
    shape = signature(method)
    wanted = cache(lambda: _checks(method, shape.parameters))  # names may not be defined yet

    @wraps(method)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = shape.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{method.__name__}: {error}") from None
        for name, types in wanted().items():
            if name in bound.arguments:
                value = bound.arguments[name]
                bound.arguments[name] = _accepted(f"{method.__name__}: {name}", types, value)
        return method(*bound.args, **bound.kwargs)

    return asked


def need_count(name: str, count: int) -> None:
    """Raise UsageError, with the name of what was asked for, for a number below 0."""
    if count < 0:
        raise UsageError(f"{name}: a number from 0 on expected, found {count}")


def _checks(
    method: Callable[..., object], parameters: Mapping[str, Parameter]
) -> dict[str, tuple[type, ...]]:
    """Return the types of each parameter all of whose types are known."""
    known = getattr(unwrap(method), "__globals__", {})
    found = {
        name: _types(str(parameter.annotation), known)
        for name, parameter in parameters.items()
        if parameter.annotation is not Parameter.empty
        and parameter.kind not in {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}
    }
    return {name: types for name, types in found.items() if types is not None}


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
