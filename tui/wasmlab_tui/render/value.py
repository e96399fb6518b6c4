"""Values in the base that was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.records import Enum

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Pointer, Value

_BITS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64, "v128": 128}


POINTS = "→"
"""Before what a value points at."""


def pointer_text(pointer: Pointer | None) -> str:
    """Return what a value points at, as it stands after it; empty for one that does not."""
    return "" if pointer is None else f"  {POINTS} {pointer.text}"


class Base(Enum):
    """How numbers are written."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    HEX = "hex"

    def next(self) -> Base:
        """Return the base that the key for the base goes on to."""
        order = tuple(Base)
        return order[(order.index(self) + 1) % len(order)]


def value_text(value: Value, base: Base) -> str:
    """Return the value in that base; references and vectors as the session wrote them."""
    bits = _BITS.get(value.type)
    if bits is None or base is Base.SIGNED:
        return value.text
    if base is Base.HEX:
        return f"0x{value.bits:0{bits // 4}x}"
    return str(value.bits) if value.type.startswith("i") else value.text
