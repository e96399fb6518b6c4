"""How numbers are written: the one table for ``print``, ``x`` and ``display``."""

from __future__ import annotations

import re
import struct

from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.quote import quote
from wasmlab.isa.bits import signed
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 65_536
"""Rows or numbers that are shown at a time."""
STRING, ADDRESS = "s", "a"
"""Formats that say what is at an address."""


def _char(bits: int, size: int) -> str:
    shown = f" {quote(bytes([bits]))}" if bits < 1 << 8 else ""
    return f"{signed(bits, 8 * size)}{shown.replace(chr(34), chr(39))}"


def _float(bits: int, size: int) -> str:
    code = {2: "e", 4: "f", 8: "d"}.get(size)
    return str(bits) if code is None else f"{struct.unpack(code, bits.to_bytes(size, 'little'))[0]}"


FORMATS: dict[str, Callable[[int, int], str]] = {
    "x": lambda bits, size: f"0x{bits:0{2 * size}x}",
    "d": lambda bits, size: str(signed(bits, 8 * size)),
    "u": lambda bits, _size: str(bits),
    "o": lambda bits, _size: f"0o{bits:o}",
    "t": lambda bits, _size: f"0b{bits:b}",
    "c": _char,
    "f": _float,
}
"""By letter: hexadecimal, signed, unsigned, octal, binary, character, float; of bits and bytes."""
SIZES = {"b": 1, "h": 2, "w": 4, "g": 8}
LETTERS = "d u x o t c f a s, sizes b h w g"
"""The formats, as help and refusals list them."""


class NumberFormat(NamedTuple):
    """What stands after the slash of a command: ``/4dw``."""

    letter: str = ""
    """A letter of ``FORMATS``, or s or a; empty: as usual."""
    size: int = 0
    """Bytes of a number in memory; 0: not said."""
    items: int | None = None
    """How many; None: not said."""

    @property
    def is_of_memory(self) -> bool:
        """Whether it asks for what is at an address, not for the value."""
        return self.letter == STRING or bool(self.size) or self.items is not None

    def __str__(self) -> str:
        """Return it as it is written: ``/4dw``; nothing for the usual one."""
        size = next((letter for letter, size in SIZES.items() if size == self.size), "")
        count = "" if self.items is None else str(self.items)
        return f"/{count}{self.letter}{size}" if count or self.letter or size else ""


_FORM = re.compile(r"/(?P<count>\d*)(?P<letters>[a-zA-Z]*)")


def parse_form(text: str, name: str) -> tuple[NumberFormat, str]:
    """Return the format that a command's arguments begin with, and the rest; UsageError.

    name: of the command, for what is wrong with it.
    """
    match = _FORM.match(text)
    if match is None:
        return NumberFormat(), text.strip()
    letters, count = match["letters"], match["count"]
    kinds = [letter for letter in letters if letter in FORMATS or letter in (STRING, ADDRESS)]
    sizes = [letter for letter in letters if letter in SIZES]
    if len(kinds) > 1 or len(sizes) > 1 or len(kinds) + len(sizes) < len(letters):
        raise UsageError(f"{name}/{letters}: unknown", hint=f"formats {LETTERS}")
    if len(count) > len(str(MOST)) or int(count or 1) > MOST:
        raise UsageError(f"{name} shows at most {MOST:,} at a time, found {count}")
    form = NumberFormat(
        "".join(kinds), SIZES["".join(sizes)] if sizes else 0, int(count) if count else None
    )
    return form, text[match.end() :].strip()


def number_text(form: NumberFormat, bits: int, size: int) -> str:
    """Return a number of so many bytes in a format, in hexadecimal where it says none."""
    return FORMATS.get(form.letter, FORMATS["x"])(bits, size)


def bits_of(value: float, size: int | None = None) -> tuple[int, int]:
    """Return a number's bits and how many bytes they take; two's complement where it is negative.

    size: bytes that it has; else 4, or 8, or as many as it needs.
    """
    if isinstance(value, float):
        size = size or 8
        return int.from_bytes(struct.pack("<f" if size == 4 else "<d", value), "little"), size  # noqa: PLR2004 - f32
    if size is None:
        needed = (value.bit_length() + (value < 0) + 7) // 8
        size = next((usual for usual in (4, 8) if needed <= usual), needed)
    return value & ((1 << 8 * size) - 1), size
