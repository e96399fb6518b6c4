"""A field of a record: where a missing value comes from, and what looks at it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class RecordField:
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
        if self.default_factory is RecordField.MISSING:
            return self.default
        return self.default_factory()


def field(
    *,
    default: object = RecordField.MISSING,
    default_factory: object = RecordField.MISSING,
    init: bool = True,
    repr: bool = True,  # noqa: A002 - the original's names
    compare: bool = True,
) -> RecordField:
    """Describe a field that needs more than a type."""
    return RecordField(default, default_factory, (init, repr, compare))
