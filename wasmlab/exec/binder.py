"""The arguments of rules that bind instructions: the body, and the instruction's place in it."""

from __future__ import annotations

from collections.abc import Callable

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from wasmlab.runtime.frame import Agent
    from wasmlab.runtime.store import Code, FuncInst
    from wasmlab.syntax.instr import Instr

Op = Callable[[int], int | None]
"""A bound instruction: it takes the frame's FP; see ``Code.steps`` for what it returns."""
Jump = Callable[[int], int]
"""One that returns the next pc or a signal of ``exec.code``."""


@dataclass(slots=True)
class Binder:
    """The body that is bound, and the arenas that its closures act on."""

    code: Code
    agent: Agent
    code_of: Callable[[FuncInst], Code]

    @property
    def stack(self) -> memoryview[int]:
        """The operand stack."""
        return self.agent.stack


@dataclass(frozen=True, slots=True)
class BindSite:
    """The instruction that is bound."""

    top: int
    """The first free slot before it, relative to the FP."""
    pc: int
    after: int
    """The pc after it."""


Bind = Callable[["Binder", "Instr", "BindSite"], Op]
"""A rule: how an instruction becomes a closure."""


def moved(b: Binder, src: int, dst: int, n: int) -> Callable[[int], None] | None:
    """Return a closure that moves n slots from src to dst (relative to the FP); None if no-op."""
    s = b.stack
    if n == 0 or src == dst:
        return None
    if n == 1:

        def move_one(fp: int) -> None:
            s[fp + dst] = s[fp + src]

        return move_one

    def move(fp: int) -> None:
        s[fp + dst : fp + dst + n] = s[fp + src : fp + src + n]

    return move
