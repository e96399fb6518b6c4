"""How handlers are called: by a mnemonic or a rule, and how they go on.

Encoders and hooks ask for handlers by name; what generates their code is in ``handlers``.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import V128

if TYPE_CHECKING:
    from wasmlab.syntax.row import Row

FAR = ">"
"""What a handler's name ends with if its cell's NEXT says where execution goes on."""
INDIRECT = "@"
"""Likewise, of an access to a memory that is not the one in the registers."""
JOIN = "+"
"""What is between the names of instructions in a superinstruction's name."""
LONGEST = 3
"""Most instructions of a superinstruction."""


def is_hot(row: Row) -> bool:
    """Tell whether a row has a handler of its own for cells that follow one another."""
    types = (*(row.params or ()), *(row.results or ()))
    return V128 not in types and not (row.access is not None and row.access.atomic)
