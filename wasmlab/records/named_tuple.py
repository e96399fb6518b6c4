"""Tuples with names: ``NamedTuple`` with the standard library's meaning, and no compilation.

A field is read by a getter in C, as there; ``__new__`` is compiled for a class that has got many
objects, as ``init`` does it for records.
"""

from __future__ import annotations

from collections import _tuplegetter  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - what collections.namedtuple uses

from wasmlab.records.field import RecordField, field
from wasmlab.records.init import OFTEN, given
from wasmlab.records.signature import LateSignature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    New = Callable[..., Any]


_new: New = vars(tuple)["__new__"]
"""Makes a tuple of a class from its items."""


class _Maker(type):
    """What makes the classes: they are plain ones, below ``tuple``."""

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        if not bases:  # NamedTuple itself
            return super().__new__(mcs, name, bases, space)
        others = tuple(base for base in bases if base is not NamedTuple)
        return type(name, (tuple, *others), _members(space))


class NamedTuple(metaclass=_Maker):
    """The base of a class whose annotations are the names of a tuple's items."""


def _members(space: dict[str, Any]) -> dict[str, Any]:
    names = tuple(space.get("__annotations__", ()))
    defaults = {name: space[name] for name in names if name in space}
    record = {name: field(default=defaults.get(name, RecordField.MISSING)) for name in names}
    members: dict[str, Any] = {
        "_make": classmethod(_make),
        "_replace": _replace,
        "_asdict": _asdict,
        "__repr__": _repr,
        "__getnewargs__": _newargs,
        "__match_args__": names,
        "__signature__": LateSignature(record, kw_only=False),
    }
    members |= space
    members |= {
        "__slots__": (),
        "_fields": names,
        "_field_defaults": defaults,
        "__new__": _first_new(record),
    }
    return members | {name: _tuplegetter(place, None) for place, name in enumerate(names)}


def _first_new(record: dict[str, RecordField]) -> New:
    """Return a ``__new__`` that gives its class a quicker one when it was called often."""
    made = 0

    def __new__(cls: Any, *args: object, **more: object) -> Any:
        nonlocal made
        made += 1
        if made != OFTEN:
            return _new(cls, [value for _, value in given(cls.__name__, record, args, more)])
        owner = next(c for c in cls.__mro__ if _function(c) is __new__)
        owner.__new__ = staticmethod(_compiled(owner))
        return owner.__new__(cls, *args, **more)

    return __new__


def _function(cls: type) -> object:
    found = vars(cls).get("__new__")
    return getattr(found, "__func__", found)


def _compiled(owner: Any) -> New:
    """Return the ``__new__`` of a class, made of text."""
    names, defaults = owner._fields, owner._field_defaults
    known: dict[str, Any] = {f"_default_{name}": value for name, value in defaults.items()}
    known["_new"] = _new
    parameters = ["_cls", *(f"{n}=_default_{n}" if n in defaults else n for n in names)]
    values = f"({', '.join(names)}{',' if names else ''})"
    made: New = eval(f"lambda {', '.join(parameters)}: _new(_cls, {values})", known)  # noqa: S307 - names
    return made


def _make(cls: Any, values: Iterable[object]) -> Any:
    made = _new(cls, values)
    if len(made) != len(cls._fields):
        raise TypeError(f"{cls.__name__} got more or fewer values than it has fields")
    return made


def _replace(self: Any, /, **changes: object) -> Any:
    return type(self)(**{**_asdict(self), **changes})


def _asdict(self: Any) -> dict[str, Any]:
    return dict(zip(self._fields, self, strict=True))


def _repr(self: Any) -> str:
    shown = [f"{name}={value!r}" for name, value in _asdict(self).items()]
    return f"{type(self).__name__}({', '.join(shown)})"


def _newargs(self: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(self)
