"""Text that is not ours made safe to show: nothing in it acts on a terminal.

Names, output and host calls of a guest are hostile: they may carry control sequences, bidi marks,
invisible characters and bytes that are not UTF-8.
"""

from __future__ import annotations

import unicodedata

_ASCII = 0x80
_PLANE_0 = 0x10000
_RAW = range(0xDC80, 0xDD00)
"""How "surrogateescape" carries bytes that are not UTF-8."""

LONGEST = 1_000
"""Characters of a name that are shown; C++ has names of hundreds."""
LONGEST_LINE = 4_000
"""Characters of a line that a message or an answer of the debugger may have."""
_TAIL = 100


def escaped(text: str, kept: str = "") -> str:
    r"""Return text with whatever does not simply show itself as an escape, except ``kept``.

    Control, format (bidi), private and unassigned characters become ``\x1b`` or ``\u202e``, raw
    bytes ``\xff``. Backslashes and quotes stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c in kept or _shows_itself(c) else escaped_char(c) for c in text)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return text; one longer than ``most`` characters with how many are left out near its end."""
    if len(text) <= most:
        return text
    return f"{text[: most - _TAIL]}[... {len(text) - most:,} more characters ...]{text[-_TAIL:]}"


def _shows_itself(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


def escaped_char(char: str) -> str:
    r"""Return the escape of a character: ``\x1b``, ``\u202e``, ``\U000e0001``."""
    code = ord(char)
    if code in _RAW:
        return f"\\x{code - 0xDC00:02x}"
    if code < _ASCII:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _PLANE_0 else f"\\U{code:08x}"
