"""Guest bytes as text that is safe to show: nothing in it acts on a terminal."""

from __future__ import annotations

from wasmlab.escape import Escapes, escaped

_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0"}
_QUOTED = frozenset(_NAMED)


def escape(data: bytes | str) -> str:
    r"""Return data as printable text on one line.

    Control, format (bidi) and other invisible characters become ``\n``, ``\x1b`` or ``\u202e``,
    bytes that are not UTF-8 become ``\xff``.
    """
    if isinstance(data, str):
        if data.isprintable() and not _QUOTED.intersection(data):
            return data
        data = data.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "surrogateescape").translate(_ESCAPES)


def quote(data: bytes | str, limit: int = 64) -> str:
    """Return data escaped, in double quotes, followed by ``...`` if it has over limit bytes."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    if len(data) <= limit:
        return f'"{escape(data)}"'
    cut = limit
    while cut > limit - 3 and data[cut] & 0xC0 == 0x80:  # noqa: PLR2004 - a UTF-8 continuation
        cut -= 1
    return f'"{escape(data[:cut])}"...'


def _escape_char(char: str) -> str:
    return _NAMED.get(char) or escaped(char)


_ESCAPES = Escapes(_escape_char)
