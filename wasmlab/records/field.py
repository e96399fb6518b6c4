"""A field of a record: where a missing value comes from, and what looks at it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Field:
    """The description of a field."""

    __slots__ = ("compare", "default", "default_factory", "init", "name", "repr")
    MISSING = object()
    """The default of a field that must be given."""

    def __init__(self, default: object, default_factory: Any, flags: tuple[bool, ...]) -> None:
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.init, self.repr, self.compare = flags

    def value(self) -> object:
        """Return what the field has if nothing is given; ``MISSING`` if that must be."""
        if self.default_factory is Field.MISSING:
            return self.default
        return self.default_factory()


def field(
    *,
    default: object = Field.MISSING,
    default_factory: object = Field.MISSING,
    init: bool = True,
    repr: bool = True,  # noqa: A002 - the original's names
    compare: bool = True,
) -> Field:
    """Describe a field that needs more than a type."""
    return Field(default, default_factory, (init, repr, compare))
