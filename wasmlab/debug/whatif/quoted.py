"""Text in quotes, as it is typed for bytes."""

from __future__ import annotations

import ast

from wasmlab.errors import UsageError

QUOTES = ('"', "'", 'b"', "b'")
"""What a text in quotes begins with."""


def quoted_bytes(text: str) -> bytes:
    r"""Return the bytes that ``"one\n"`` means: a string with the escapes of Python, as UTF-8.

    ``b"\xff"`` is these bytes. Raises UsageError for anything else.
    """
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        value = None
    if not isinstance(value, str | bytes):
        raise UsageError(f"not a text in quotes: {text}", hint='write it as "one\\ntwo\\n"')
    try:
        return value.encode() if isinstance(value, str) else value
    except UnicodeEncodeError as error:
        raise UsageError(f"no text in UTF-8: {text}", hint="b'...' takes any bytes") from error
