"""From what people type to the arguments of a function."""

from __future__ import annotations

import re

from wasmlab.errors import UsageError
from wasmlab.runtime.values import parsed_number
from wasmlab.syntax.types import F32, F64, I32, I64

_NUMBERS = {str(t): t for t in (I32, I64, F32, F64)}


def parameter_types(signature: str) -> list[str]:
    """Return the parameter types of ``[i32 i32] -> [i32]``."""
    return signature.partition("]")[0].lstrip("[").split()


def argument_words(text: str, types: list[str]) -> list[str]:
    """Return one word per type from words that blanks or commas separate.

    Raises UsageError if their number is another, or one is not a number of its type.
    """
    words = [word for word in re.split(r"[\s,]+", text) if word]
    if len(words) != len(types):
        wanted = " ".join(types) or "no arguments"
        raise UsageError(f"it takes {wanted}, not {len(words)} values")
    for word, t in zip(words, types, strict=True):
        if t in _NUMBERS:
            parsed_number(word, _NUMBERS[t])
    return words


def searched_bytes(text: str) -> bytes:
    """Return the bytes of ``0x48 65 6c``, or text as UTF-8; raises UsageError."""
    if not text.startswith("0x"):
        return text.encode()
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise UsageError(f"{text!r} is not bytes", hint="two digits each, as 0x48 65") from error


def address(text: str) -> int:
    """Return the number in text, decimal or hexadecimal with 0x; raises UsageError."""
    try:
        return int(text, 0)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an address") from error
