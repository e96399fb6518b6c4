"""Memory as the debugger's ``x`` shows it."""

from __future__ import annotations

import re
from math import isfinite

from wasmlab.debug.views import plain_text
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import NotInMemory, UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session

_FORMAT = re.compile(r"/(?P<count>\d*)(?P<letters>[a-z]*)")
_ROWS = 4
"""Rows of memory that x shows unless told."""
_MOST = 65_536
"""Rows or numbers that x shows at a time."""


def examined(session: Session, rest: str) -> tuple[str, ...]:
    """Return the lines that ``x/4dw ADDRESS`` shows; rest is what follows the x.

    Rows of memory, or so many numbers (d signed, u unsigned, x hexadecimal; b h w g), or a string
    (s), as far as memory goes. Raises UsageError, BadExpression; NotInMemory for an address
    outside it.
    """
    match = _FORMAT.match(rest)
    letters, count = (match["letters"], match["count"]) if match else ("", "")
    words = rest[match.end() if match else 0 :].strip()
    if not words:
        raise UsageError("x needs an address", hint="x 0x10, x/4 $ptr, x/s 16, x/8dw 0")
    if len(count) > len(str(_MOST)) or int(count or 1) > _MOST:
        raise UsageError(f"x shows at most {_MOST:,} at a time, found {count}")
    value = session.evaluate(words)
    if not isfinite(value):
        raise UsageError(f"x needs an address, found {value}")
    address = int(value)
    size = next(iter(session.memory_sizes), 0)
    if not 0 <= address < size:
        hint = f"there is no memory from {size:#x} on"
        raise NotInMemory(f"{address:#x} is {NOT_IN_MEMORY}", hint=hint)
    if letters == "s":
        return (_string(session, address),)
    if letters:
        return _numbers(session, address, int(count or 1), letters)
    rows = session.memory_rows(address, int(count or _ROWS))
    return tuple(plain_text.memory_lines(rows))


_UNITS = {"b": 1, "h": 2, "w": 4, "g": 8}
_BASES: dict[str, Callable[[int, int], str]] = {
    "x": lambda raw, size: f"0x{raw:0{2 * size}x}",
    "u": lambda raw, _size: str(raw),
    "d": lambda raw, size: str(signed(raw, 8 * size)),
}


def _numbers(session: Session, address: int, count: int, letters: str) -> tuple[str, ...]:
    """Return numbers in memory, lowest byte first: d signed, u unsigned, x hexadecimal; b h w g."""
    unknown = set(letters) - _UNITS.keys() - _BASES.keys()
    if unknown:
        raise UsageError(f"x/{letters}: unknown", hint="formats d u x s, sizes b h w g")
    size = next((_UNITS[letter] for letter in letters if letter in _UNITS), 4)
    shown = next((_BASES[letter] for letter in letters if letter in _BASES), _BASES["x"])
    data = session.memory[address : address + count * size]
    there = len(data) // size
    rest = () if there == count else (f"{address + there * size:08x}  {NOT_IN_MEMORY}",)
    raws = [int.from_bytes(data[at * size : (at + 1) * size], "little") for at in range(there)]
    lines = (f"{address + at * size:08x}  {shown(raw, size)}" for at, raw in enumerate(raws))
    return *lines, *rest


_LONGEST = 256


def _string(session: Session, address: int) -> str:
    data = session.memory[address : address + _LONGEST].partition(b"\0")[0]
    return f'{address:08x}  "{escaped(data.decode("utf-8", "backslashreplace"))}"'
