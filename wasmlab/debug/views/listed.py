"""Views that are looked up by number, and variables by name too; errors say what there is."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.engine.program import instead
from wasmlab.errors import NoSuchName, NoSuchNumber, UsageError
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING, Protocol, Self, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import SupportsIndex


class HasName(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """``$n``, or the index as text where it has no name."""
        ...


T = TypeVar("T")
V = TypeVar("V", bound=HasName)


class Listed(tuple[T, ...]):  # noqa: SLOT001 - a tuple's subclass can have none for attributes
    """A tuple of views of one kind; a number that none has raises NoSuchNumber, an IndexError."""

    kind: str
    """What messages call one of them."""
    place: str
    """What has them, ``in $fac``, or why there are none; may be empty."""

    def __new__(cls, views: Iterable[T] = (), *, kind: str = "view", place: str = "") -> Self:
        """Return the views."""
        made = super().__new__(cls, views)
        made.kind, made.place = kind, place
        return made

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, key: slice, /) -> tuple[T, ...]: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> T | tuple[T, ...]:
        """Return the view of a number, or those of a slice."""
        if isinstance(key, slice):
            return super().__getitem__(key)
        if not hasattr(key, "__index__"):
            raise UsageError(f"the number of the {self.kind} expected, found {type(key).__name__}")
        try:
            return super().__getitem__(key)
        except IndexError:
            there = "there is" if len(self) == 1 else "there are"
            hint = f"{there} {counted(len(self), self.kind)}" if self else ""
            raise NoSuchNumber(self._missing(str(key)), hint=hint) from None

    def _missing(self, key: str) -> str:
        between = " " if self.place and not self.place.startswith(":") else ""
        return f"there is no {self.kind} {key}{between}{self.place}"


class Variables(Listed[V]):
    """Locals or globals, in their order: found by number, or by name with or without ``$``.

    Of variables that share a name each has a number, ``x#2``. A name that none has raises
    NoSuchName, a KeyError.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, with ``$``; the index as text where a variable has none."""
        return tuple(variable.name for variable in self)

    @overload
    def __getitem__(self, key: SupportsIndex | str, /) -> V: ...
    @overload
    def __getitem__(self, key: slice, /) -> tuple[V, ...]: ...
    def __getitem__(self, key: SupportsIndex | str | slice, /) -> V | tuple[V, ...]:
        """Return the variable of a number or name, or those of a slice."""
        if not isinstance(key, str):
            return super().__getitem__(key)
        found = self.named(key)
        if found is None:
            raise NoSuchName(self._missing(repr(key)), hint=self._there(key))
        return found

    def __contains__(self, key: object, /) -> bool:
        """Return whether a variable is among them, or one has the name."""
        if isinstance(key, str):
            return self.named(key) is not None
        return super().__contains__(key)

    def named(self, name: str) -> V | None:
        """Return the variable of a name, or of an index as text; None if there is none."""
        bare = name.removeprefix("$")
        for shown in (name, f"${name}", f"${escaped_name(name)}", f"${escaped_name(bare)}", bare):
            found = next((variable for variable in self if variable.name == shown), None)
            if found is not None:
                return found
        numbers = {str(number): variable for number, variable in enumerate(self)}
        return numbers.get(bare)

    def _there(self, name: str) -> str:
        """Return a hint at names that are like one, or at all there are."""
        if not self:
            return ""
        bare = name.removeprefix("$")
        shared = [own for own in self.names if own.startswith(f"${bare}#")]
        if shared:
            return f"there are {', '.join(shared)}"
        return instead(f"${bare}", list(self.names), self.kind)
