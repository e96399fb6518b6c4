"""Value classes that cost nothing at import, with the standard library's names and meaning.

The standard library generates and compiles the methods of a class when it is imported: about a
millisecond for a frozen one with slots, and most classes that a command loads get no object. Type
checkers see the original. What is not there: ordering, ``InitVar``, ``__dataclass_fields__``; for
enumerations see ``enumeration``.
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
    from enum import Enum, IntEnum, IntFlag, auto
    from typing import NamedTuple
else:
    from wasmlab.records.enumeration import Enum, IntEnum, IntFlag, auto
    from wasmlab.records.named_tuple import NamedTuple
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
    "Enum",
    "FrozenInstanceError",
    "IntEnum",
    "IntFlag",
    "NamedTuple",
    "asdict",
    "auto",
    "dataclass",
    "field",
    "fields",
    "is_dataclass",
    "replace",
]
