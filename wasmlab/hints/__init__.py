"""The words of ``typing`` that annotations need, without its import: that doubles Python's start.

Type checkers see the originals, except of ``ClassVar`` and ``Final``, which they know only from
``typing`` itself. At run time the words take subscripts, calls and subclasses and
mean nothing: a protocol cannot be asked whether an object has it, nor a literal for its values.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        Any,
        BinaryIO,
        Concatenate,
        Generic,
        Literal,
        NewType,
        NoReturn,
        ParamSpec,
        Protocol,
        Self,
        TextIO,
        TypeGuard,
        TypeVar,
        cast,
        overload,
    )
else:
    from wasmlab.hints.words import (
        Any,
        BinaryIO,
        Concatenate,
        Generic,
        Literal,
        NewType,
        NoReturn,
        ParamSpec,
        Protocol,
        Self,
        TextIO,
        TypeGuard,
        TypeVar,
        cast,
        overload,
    )

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "Concatenate",
    "Generic",
    "Literal",
    "NewType",
    "NoReturn",
    "ParamSpec",
    "Protocol",
    "Self",
    "TextIO",
    "TypeGuard",
    "TypeVar",
    "cast",
    "overload",
]
