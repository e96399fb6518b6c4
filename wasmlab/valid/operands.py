"""The operands before every instruction, sharing what they have in common.

A function may push ten thousand operands; a list of types for each of its places would take space
by the square of that.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.types import slots
from wasmlab.valid.body import signature, validate_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.syntax.module import Module
    from wasmlab.syntax.types import ValType
    from wasmlab.valid.body import TypedBody
    from wasmlab.valid.stack import Stacks


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """An operand and, through it, all that are below."""

    below: Operand | None
    type: ValType
    height: int
    """Number of operands below."""
    start: int
    """Number of slots below."""


def downwards(top: Operand | None) -> Iterator[Operand]:
    """Yield an operand and those below, top first."""
    while top is not None:
        yield top
        top = top.below


def count_of(top: Operand | None) -> int:
    """Return how many operands there are."""
    return 0 if top is None else top.height + 1


def top_operands(module: Module, index: int, typed: TypedBody) -> list[Operand | None]:
    """Return the topmost operand before every instruction of a valid body.

    None where there is none, and where the instruction cannot be reached.
    """
    found: list[Operand | None] = []
    chain: list[Operand] = []
    kept = 0

    def note(at: int, stacks: Stacks) -> None:
        nonlocal kept
        if not stacks.is_live:
            kept = min(kept, stacks.ctrls[-1].height)
            found.append(None)
            return
        del chain[kept:]
        for t in stacks.vals[kept:]:
            chain.append(_above(chain[-1] if chain else None, t))
        found.append(chain[-1] if chain else None)
        kept = len(chain) - len(signature(module, typed, at)[0])

    validate_body(module, index, typed.body, observe=note)
    return found


def _above(below: Operand | None, t: ValType) -> Operand:
    if below is None:
        return Operand(None, t, 0, 0)
    return Operand(below, t, below.height + 1, below.start + slots(below.type))
