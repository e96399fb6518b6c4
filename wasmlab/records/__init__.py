"""Value classes that cost nothing at import: ``dataclass`` with the standard library's meaning.

The standard library generates and compiles the methods of a class when it is imported: about a
millisecond for a frozen one with slots, and most classes that a command loads get no object. Type
checkers see the original. What is not there: ordering, ``InitVar``, ``__dataclass_fields__``.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import (
        FrozenInstanceError,
        asdict,
        dataclass,
        field,
        fields,
        is_dataclass,
        replace,
    )
else:
    from wasmlab.records.record import (
        FrozenInstanceError,
        asdict,
        dataclass,
        field,
        fields,
        is_dataclass,
        replace,
    )

__all__ = [
    "FrozenInstanceError",
    "asdict",
    "dataclass",
    "field",
    "fields",
    "is_dataclass",
    "replace",
]
