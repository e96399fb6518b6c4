"""Numbers of heap types, so that the loop can compare them and walk up from one to the next.

Above a defined type without a declared super type stands the abstract type of its kind, and so on
up to the top. ``extern`` stands above ``any``: what a host reference converts to keeps its bits.
"""

from __future__ import annotations

from array import array

from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import (
    ANY,
    ARRAY,
    EQ,
    EXN,
    EXTERN,
    FUNC,
    I31,
    NOEXN,
    NOEXTERN,
    NOFUNC,
    NONE,
    STRUCT,
    AbsHeapType,
    DefType,
)
from wasmlab.valid.matching import abstract

if TYPE_CHECKING:
    from wasmlab.syntax.types import HeapType

_ABSTRACT = (EXTERN, ANY, EQ, I31, STRUCT, ARRAY, FUNC, EXN, NONE, NOFUNC, NOEXTERN, NOEXN)
_ABOVE = {STRUCT: EQ, ARRAY: EQ, I31: EQ, EQ: ANY, ANY: EXTERN}
_NUMBERS = {t: number for number, t in enumerate(_ABSTRACT, 1)}


def abstract_number(t: AbsHeapType) -> int:
    """Return the number of an abstract heap type, the same in every store."""
    return _NUMBERS[t]


class TypeNumbers:
    """The numbers that the types of a store have; ``supers`` has the super type's for each."""

    def __init__(self) -> None:
        above = (_ABOVE.get(t) for t in _ABSTRACT)
        self.supers = array("Q", (0, *(_NUMBERS[t] if t else 0 for t in above)))
        self._numbers: dict[HeapType, int] = {**_NUMBERS}

    def number(self, t: HeapType) -> int:
        """Return the number of a type; equal types have equal numbers."""
        found = self._numbers.get(t)
        if found is None:
            found = self._numbers[t] = len(self.supers)
            self.supers.append(0)
            supers = t.sub.supers if isinstance(t, DefType) else ()
            self.supers[found] = self.number(supers[0] if supers else abstract(t))
        return found
