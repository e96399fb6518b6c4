"""From text that was typed to the arguments of a function."""

from __future__ import annotations

import re

from wasmlab.counted import counted
from wasmlab.errors import UsageError
from wasmlab.runtime.values import parsed_number, text_bits
from wasmlab.syntax.types import F32, F64, I32, I64

_TYPE = re.compile(r"\((?:[^()]|\([^()]*\))*\)|[^\s()]+")
"""A type, with the blanks that stand in its parentheses."""
_NUMBERS = {str(t): t for t in (I32, I64, F32, F64)}


def parameter_types(signature: str) -> list[str]:
    """Return the parameter types of ``[i32 (ref null func)] -> [i32]``."""
    return _TYPE.findall(signature.partition("]")[0].lstrip("["))


def argument_words(text: str, types: list[str]) -> list[str]:
    """Return one word per type from words that blanks or commas separate.

    Raises UsageError if their number is another, or one is not a number of its type.
    """
    words = [word for word in re.split(r"[\s,]+", text) if word]
    if len(words) != len(types):
        wanted = f"{len(types)} ({' '.join(types)})" if types else "none"
        raise UsageError(f"the function takes {wanted}, found {counted(len(words), 'value')}")
    for word, t in zip(words, types, strict=True):
        if t in _NUMBERS:
            text_bits(word, _NUMBERS[t])
    return words


def searched_bytes(text: str) -> bytes:
    """Return the bytes of ``0x48 65 6c``, or text as UTF-8; raises UsageError."""
    if not text.startswith("0x"):
        return text.encode()
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise UsageError(f"{text!r} is not bytes", hint="two digits each, as 0x48 65") from error


_INTEGERS = {"i8": 1, "i16": 2, "i32": 4, "i64": 8}
_FLOATS = {"f32": F32, "f64": F64}


def cell_change(text: str, address: int, memory: int = 0) -> tuple[str, str | bytes]:
    """Return what ``Session.set`` needs to write text at address: what is changed, and the value.

    text: a byte; a number after its type, as ``i32 -5`` or ``f64 0.5``, little endian; bytes as
    ``0x48 65``; or ``"text"``. Raises UsageError.
    """
    kind, _, number = text.strip().partition(" ")
    if kind not in (*_INTEGERS, *_FLOATS):
        kind, number = ("i8", kind) if not number and kind[:1] != '"' else ("", "")
    data = _cell(kind, number) if kind else _bytes(text.strip())
    if not data:
        raise UsageError("there is nothing to write")
    if kind in _INTEGERS and not memory:
        return f"{kind}[0x{address:x}]", number.strip()
    return f"memory{memory or ''}[0x{address:x}:0x{address + len(data):x}]", data


def _cell(kind: str, text: str) -> bytes:
    """Return the bytes of a number; raises UsageError if it does not fit its type."""
    if kind in _FLOATS:
        t = _FLOATS[kind]
        return text_bits(text, t).to_bytes(4 if t is F32 else 8, "little")
    size = _INTEGERS[kind]
    number = int(parsed_number(text.strip(), I64))
    if not -(1 << 8 * size - 1) <= number < 1 << 8 * size:
        raise UsageError(f"{number} does not fit {kind}")
    return (number % (1 << 8 * size)).to_bytes(size, "little")


def _bytes(text: str) -> bytes:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].encode()
    if not text.startswith("0x"):
        raise UsageError(f"{text!r} is not a value", hint='5, i32 -5, f64 0.5, 0x48 65, "text"')
    return searched_bytes(text)


def address(text: str) -> int:
    """Return the number in text, decimal or hexadecimal with 0x; raises UsageError."""
    try:
        return int(text, 0)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an address") from error
