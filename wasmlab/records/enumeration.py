"""Enumerations with the standard library's meaning, made in a quarter of the time.

The standard library makes each member through descriptors and checks of names: a quarter of a
millisecond for 30 members. What is not there: aliases for flags, names of combined flags,
boundaries.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class auto:  # noqa: N801 - the name of the standard library's
    """Stands for the number after the last member's, in an enumeration that is being written."""


class _Enumerated(type):
    """The class of enumerations: makes the members, in the order in which they are written."""

    __members__: dict[str, Any]
    _by_value: dict[Any, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        is_base = not any(isinstance(base, _Enumerated) for base in bases)
        values = {} if is_base else _values(space)
        rest = {key: value for key, value in space.items() if key not in values}
        cls: Any = super().__new__(mcs, name, bases, rest)
        cls.__members__, cls._by_value = {}, {}
        for key, value in values.items():
            _add_member(cls, key, value, takes_parts="__new__" in space)
        return cls

    def __call__(cls, value: Any) -> Any:
        """Return the member with a value. Raises ValueError if there is none."""
        member = cls._by_value.get(value)
        if member is not None:
            return member
        return cls._missing(value)

    def _missing(cls, value: Any) -> Any:
        raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")

    def __getitem__(cls, name: str) -> Any:
        return cls.__members__[name]

    def __iter__(cls) -> Iterator[Any]:
        return iter(cls._by_value.values())

    def __len__(cls) -> int:
        return len(cls._by_value)

    def __contains__(cls, value: Any) -> bool:
        return isinstance(value, cls) or value in cls._by_value

    def __setattr__(cls, name: str, value: Any) -> None:
        if name in vars(cls).get("__members__", ()):
            raise AttributeError(f"cannot reassign member {name!r}")
        super().__setattr__(name, value)


def _add_member(cls: Any, name: str, value: Any, *, takes_parts: bool) -> None:
    """Make a member, or a second name of one; its own ``__new__`` takes a tuple by its parts."""
    member = cls.__new__(cls, *value) if takes_parts else cls.__new__(cls, value)
    value = getattr(member, "_value_", value)
    known = cls._by_value.setdefault(value, member)
    if known is member:
        member._name_, member._value_ = name, value
    cls.__members__[name] = known
    type.__setattr__(cls, name, known)


def _values(space: dict[str, Any]) -> dict[str, Any]:
    """Return the values of members by name: what is no method and has no underscore in front."""
    found: dict[str, Any] = {}
    last: Any = 0
    for name, value in space.items():
        if not name.startswith("_") and not hasattr(value, "__get__"):
            found[name] = last = last + 1 if isinstance(value, auto) else value
    return found


class Enum(metaclass=_Enumerated):
    """The base of enumerations."""

    _name_: str | None
    _value_: Any

    def __new__(cls, _value: Any) -> Any:
        """Return a new member, while the enumeration is made."""
        return object.__new__(cls)

    @property
    def name(self) -> str | None:
        """The name that the member was given."""
        return self._name_

    @property
    def value(self) -> Any:
        """Its value."""
        return self._value_

    def __reduce__(self) -> tuple[type, tuple[Any]]:
        return type(self), (self._value_,)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self) -> str:
        return f"{type(self).__name__}.{self._name_}"


class IntEnum(int, Enum):
    """The base of enumerations whose members are integers."""

    def __new__(cls, value: int) -> Any:
        """Return a new member, while the enumeration is made."""
        return int.__new__(cls, value)

    __repr__, __hash__ = Enum.__repr__, int.__hash__

    def __str__(self) -> str:
        return int.__repr__(self)


class _Flags(_Enumerated):
    """The class of flags: every number is one of them."""

    def _missing(cls, value: Any) -> Any:
        return _unnamed(cls, int(value))


def _unnamed(cls: Any, value: int) -> Any:
    flags = cls.__new__(cls, value)
    flags._name_, flags._value_ = None, value
    return flags


class IntFlag(int, Enum, metaclass=_Flags):
    """The base of flags, which may be joined; what is joined has no name."""

    def __new__(cls, value: int) -> Any:
        """Return a new member, while the flags are made."""
        return int.__new__(cls, value)

    def __or__(self, other: int) -> Any:
        return type(self)(int(self) | int(other))

    def __and__(self, other: int) -> Any:
        return type(self)(int(self) & int(other))

    def __xor__(self, other: int) -> Any:
        return type(self)(int(self) ^ int(other))

    def __invert__(self) -> Any:
        return type(self)(sum(type(self)) & ~int(self))

    def __contains__(self, other: int) -> bool:
        return int(self) & int(other) == int(other)

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__
    __repr__, __hash__ = Enum.__repr__, int.__hash__

    def __str__(self) -> str:
        return int.__repr__(self)
