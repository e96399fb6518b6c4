"""Values in slots of the stack: their masks, places, and bits."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import F32, I32, V128, ValType, slots

if TYPE_CHECKING:
    from collections.abc import Sequence

M32 = 0xFFFF_FFFF
M64 = 0xFFFF_FFFF_FFFF_FFFF


def mask_of(t: ValType) -> int:
    """Return the mask of a type's bits: what a result is taken modulo."""
    if t is I32 or t is F32:
        return M32
    return (1 << 128) - 1 if t is V128 else M64


def read_operand(s: memoryview[int], at: int, t: ValType) -> int:
    """Return the bits of an operand whose first slot is at."""
    return s[at] | s[at + 1] << 64 if t is V128 else s[at]


def write_operand(s: memoryview[int], at: int, t: ValType, bits: int) -> None:
    """Write the bits of an operand, wrapped to its type."""
    bits &= mask_of(t)
    s[at] = bits & M64
    if t is V128:
        s[at + 1] = bits >> 64


def offsets_of(types: Sequence[ValType]) -> list[int]:
    """Return the first slot of each value, the lowest being 0."""
    places, at = list[int](), 0
    for t in types:
        places.append(at)
        at += slots(t)
    return places
