"""The two stacks of the validation algorithm: operand types and open blocks.

Functions are named as in the spec's appendix (appendix/algorithm.html).
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import BOT, BOT_HEAP, V128, RefType, ValType
from wasmlab.valid.matching import is_defaultable, matches_val

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = 20
"""Types that a message names at most."""


class Mismatch(Exception):
    """Operands are not those that an instruction needs; both are types, or text for the message."""

    def __init__(self, expected: ValType | str, found: ValType | str) -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.expected = expected
        self.found = found


def text(types: tuple[ValType, ...] | list[ValType]) -> str:
    """Return the types as ``i32 f64``, bottom first, or ``nothing``; of many, the topmost."""
    return listed([str(t) for t in types]) or "nothing"


def listed(words: Sequence[str]) -> str:
    """Return words one after the other, the last ones if there are many."""
    more = len(words) - _LISTED
    if more <= 0:
        return " ".join(words)
    return f"... {more:,} more and {' '.join(words[more:])}"


@dataclass(slots=True)
class CtrlFrame:
    """A block that is open."""

    kind: BlockKind
    start_types: tuple[ValType, ...]
    end_types: tuple[ValType, ...]
    height: int
    """Operands below it."""
    wide: int
    """How many operands below it are v128, which take two slots."""
    inits: int
    """How many entries ``Stacks.inits`` had when it was opened."""
    index: int
    """The instruction that opened it, -1 for the function."""
    dead: bool
    """It was opened in unreachable code."""
    unreachable: bool = False
    """The rest of it cannot be reached: missing operands are unknown."""

    @property
    def label_types(self) -> tuple[ValType, ...]:
        """The types that a branch to it takes along."""
        return self.start_types if self.kind is BlockKind.LOOP else self.end_types


@dataclass(slots=True)
class Stacks:
    """Operand types and open blocks, innermost last, and the locals that are not yet set."""

    vals: list[ValType] = field(default_factory=list[ValType])
    ctrls: list[CtrlFrame] = field(default_factory=list[CtrlFrame])
    wide: int = 0
    """How many operands are v128."""
    unset: set[int] = field(default_factory=set[int])
    """Locals without a value so far; reading one is an error."""
    inits: list[int] = field(default_factory=list[int])
    """Locals that left ``unset``, in order."""

    @property
    def height(self) -> int:
        """Slots of the operands."""
        return len(self.vals) + self.wide

    @property
    def is_live(self) -> bool:
        """Whether the current place can be reached, so that all operands are known."""
        frame = self.ctrls[-1]
        return not (frame.unreachable or frame.dead)

    def push_val(self, t: ValType) -> None:
        """Push an operand."""
        if t is V128:
            self.wide += 1
        self.vals.append(t)

    def push_vals(self, types: tuple[ValType, ...]) -> None:
        """Push operands, the last on top."""
        for t in types:
            if t is V128:
                self.wide += 1
        self.vals.extend(types)

    def pop_val(self, expected: ValType = BOT) -> ValType:
        """Pop an operand of type expected (any, if not given); return what it was.

        Raises Mismatch.
        """
        frame = self.ctrls[-1]
        if len(self.vals) == frame.height:
            if frame.unreachable:
                return BOT
            raise Mismatch("an operand" if expected is BOT else expected, "nothing")
        actual = self.vals[-1]
        if actual is not expected and expected is not BOT and not matches_val(actual, expected):
            raise Mismatch(expected, actual)
        self.vals.pop()
        if actual is V128:
            self.wide -= 1
        return actual

    def pop_vals(self, expected: tuple[ValType, ...]) -> tuple[ValType, ...]:
        """Pop operands, the last from the top; return what they were, bottom first."""
        popped = [self.pop_val(t) for t in reversed(expected)]
        popped.reverse()
        return tuple(popped)

    def pop_num(self) -> ValType:
        """Pop an operand that is a number or a vector. Raises Mismatch."""
        actual = self.pop_val()
        if isinstance(actual, RefType):
            raise Mismatch("a number or vector", actual)
        return actual

    def pop_ref(self) -> RefType:
        """Pop an operand that is a reference; unknown ones are non-null of the bottom type.

        Raises Mismatch.
        """
        actual = self.pop_val()
        if actual is BOT:
            return RefType(nullable=False, heap=BOT_HEAP)
        if not isinstance(actual, RefType):
            raise Mismatch("a reference", actual)
        return actual

    def push_ctrl(
        self,
        kind: BlockKind,
        index: int,
        start_types: tuple[ValType, ...],
        end_types: tuple[ValType, ...],
    ) -> None:
        """Open a block whose parameters have been popped already, and push them."""
        dead = bool(self.ctrls) and not self.is_live
        self.ctrls.append(
            CtrlFrame(
                kind,
                start_types,
                end_types,
                len(self.vals),
                self.wide,
                len(self.inits),
                index,
                dead,
            )
        )
        self.push_vals(start_types)

    def pop_ctrl(self) -> CtrlFrame:
        """Close the innermost block: its results, and nothing else, must be on the stack.

        Raises Mismatch.
        """
        frame = self.ctrls[-1]
        self.pop_vals(frame.end_types)
        if len(self.vals) != frame.height:
            only = " and nothing else" if frame.end_types else ""
            found = text([*self.vals[frame.height :], *frame.end_types])
            raise Mismatch(f"{text(frame.end_types)}{only} at the end of the block", found)
        self.reset_locals(frame.inits)
        self.ctrls.pop()
        return frame

    def unreachable(self) -> None:
        """Drop the block's operands: what follows cannot be reached."""
        frame = self.ctrls[-1]
        del self.vals[frame.height :]
        self.wide = frame.wide
        frame.unreachable = True

    def declare_locals(self, params: int, types: tuple[ValType, ...]) -> None:
        """Begin a function whose first params locals have values."""
        self.unset = {x for x, t in enumerate(types) if x >= params and not is_defaultable(t)}

    def set_local(self, x: int) -> None:
        """Note that local x has a value from now to the end of the block."""
        if x in self.unset:
            self.unset.discard(x)
            self.inits.append(x)

    def reset_locals(self, inits: int) -> None:
        """Forget what was initialised after the first inits locals."""
        if len(self.inits) > inits:
            self.unset.update(self.inits[inits:])
            del self.inits[inits:]
