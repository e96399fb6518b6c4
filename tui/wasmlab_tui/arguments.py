"""From what people type to the arguments of a function."""

from __future__ import annotations

import re

from wasmlab.errors import BadExpression

_INTEGERS = {"i32": 32, "i64": 64}
_FLOATS = frozenset({"f32", "f64"})


def parameter_types(signature: str) -> list[str]:
    """Return the parameter types of ``[i32 i32] -> [i32]``."""
    return signature.partition("]")[0].lstrip("[").split()


def parse_arguments(text: str, types: list[str]) -> list[int | float]:
    """Return one value per type from words that blanks or commas separate.

    Integers may be signed, unsigned or hexadecimal.  Raises BadExpression.
    """
    words = [word for word in re.split(r"[\s,]+", text) if word]
    if len(words) != len(types):
        wanted = " ".join(types) or "no arguments"
        raise BadExpression(f"it takes {wanted}, not {len(words)} values")
    return [parse_value(word, t) for word, t in zip(words, types, strict=True)]


def parse_value(word: str, t: str) -> int | float:
    """Return the number that word means as a value of type t; raises BadExpression."""
    try:
        if t in _FLOATS:
            return float(word)
        if t in _INTEGERS:
            return _in_range(int(word, 0), _INTEGERS[t], word, t)
    except ValueError as error:
        raise BadExpression(f"{word!r} is not an {t}") from error
    if word in {"null", "0"}:
        return 0
    raise BadExpression(f"a value of type {t} cannot be typed here; null can")


def _in_range(number: int, bits: int, word: str, t: str) -> int:
    if not -(1 << bits - 1) <= number < 1 << bits:
        raise BadExpression(f"{word} does not fit into an {t}")
    return number
