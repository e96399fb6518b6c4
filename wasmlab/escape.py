"""Text that is not ours made safe to show: nothing in it acts on a terminal.

Names, output and host calls of a guest are hostile: they may carry control sequences, bidi marks,
invisible characters and bytes that are not UTF-8.
"""

from __future__ import annotations

import unicodedata

from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ASCII = 0x80
_PLANE_0 = 0x10000
_RAW = range(0xDC80, 0xDD00)
"""How "surrogateescape" carries bytes that are not UTF-8."""

LONGEST = 1_000
"""Characters of a name that are shown; C++ has names of hundreds."""
LONGEST_LINE = 4_000
"""Characters of a line that a message or an answer of the debugger may have."""
_TAIL = 100


class Escapes(dict[int, str]):
    """A table for ``str.translate``, by code point, that is filled as characters are met."""

    def __init__(self, escape: Callable[[str], str]) -> None:
        self.escape = escape

    def __missing__(self, code: int) -> str:
        """Return how a character is shown; those that are rare are not kept."""
        shown = self.escape(chr(code))
        if code < _PLANE_0:
            self[code] = shown
        return shown


def escaped(text: str, kept: str = "") -> str:
    r"""Return text with whatever does not simply show itself as an escape, except ``kept``.

    Control, format (bidi), private and unassigned characters become ``\x1b`` or ``\u202e``, raw
    bytes ``\xff``. Backslashes and quotes stay as they are.
    """
    if text.isprintable():
        return text
    if kept:
        return text.translate(Escapes(lambda c: c if c in kept else _escaped_char(c)))
    return text.translate(_ESCAPES)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return text; one longer than ``most`` characters with how many are left out near its end."""
    if len(text) <= most:
        return text
    return f"{text[: most - _TAIL]}[... {len(text) - most:,} more characters ...]{text[-_TAIL:]}"


SHORT_NAME = 72
"""Characters of a function's name where something stands after it."""


def cut_in_middle(name: str, most: int = SHORT_NAME, sign: str = "...") -> str:
    """Return a name; one longer than ``most`` characters without its middle."""
    if len(name) <= most:
        return name
    kept = max(most - len(sign), 2)
    return f"{name[: (kept + 1) // 2]}{sign}{name[len(name) - kept // 2 :]}"


def shortened_lines(text: str) -> str:
    """Return text, each line of it shortened to ``LONGEST_LINE``."""
    if len(text) <= LONGEST_LINE:
        return text
    return "\n".join(shortened(line, LONGEST_LINE) for line in text.split("\n"))


def escaped_name(name: str) -> str:
    """Return a name as it is shown: with escapes, and no longer than ``LONGEST`` but for them."""
    return escaped(shortened(name))


def _shows_itself(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _escaped_char(char: str) -> str:
    return char if _shows_itself(char) else escaped_char(char)


_ESCAPES = Escapes(_escaped_char)


def escaped_char(char: str) -> str:
    r"""Return the escape of a character: ``\x1b``, ``\u202e``, ``\U000e0001``."""
    code = ord(char)
    if code in _RAW:
        return f"\\x{code - 0xDC00:02x}"
    if code < _ASCII:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _PLANE_0 else f"\\U{code:08x}"
