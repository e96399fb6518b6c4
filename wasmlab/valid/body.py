"""Function bodies: what is popped, pushed and branched to, everywhere."""

from __future__ import annotations

from wasmlab.errors import Invalid
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import ADDR, ValType, slot_count
from wasmlab.valid.algorithm import Observer, check
from wasmlab.valid.context import BranchTarget, Context, Sig, TypedBlock, expanded, lookup

if TYPE_CHECKING:
    from wasmlab.syntax.instr import Body
    from wasmlab.syntax.module import Module
    from wasmlab.valid.stack import Stacks

__all__ = [
    "BranchTarget",
    "Observer",
    "TypedBlock",
    "TypedBody",
    "signature",
    "stack_types",
    "validate_body",
]


@dataclass(slots=True)
class TypedBody:
    """A valid body with all that an engine and a debugger need to know of its types.

    Indices are positions in ``body.instrs``. Heights count 64-bit slots, from the bottom of the
    function's operands.
    """

    body: Body
    locals: tuple[ValType, ...]
    """Parameters first, then the declared ones."""
    heights: list[int]
    """Slots of the operands before each instruction; -1 where it cannot be reached."""
    sigs: dict[int, Sig]
    """What reachable instructions pop and push whose operand types are not in the table."""
    ends: dict[int, int]
    """From block, loop, if, try_table or try to its end (or delegate); from -1 to the last end."""
    elses: dict[int, int]
    """From if to its else, where it has one."""
    clauses: dict[int, list[int]]
    """From try (legacy) to its catch and catch_all instructions."""
    targets: dict[int, tuple[BranchTarget, ...]]
    """Targets of reachable branches: one, one for each label of br_table (the default last)
    or for each clause of try_table; for delegate and rethrow, the block that they name."""
    blocks: dict[int, TypedBlock]
    """Types of the structured instructions that are reachable."""
    max_height: int
    """The most slots that operands take."""

    def open_blocks(self, index: int) -> dict[int, int]:
        """Return the structured instructions around an instruction, the outermost first.

        Each has its number in the body, counted from 0: what label names go by.
        """
        return {
            at: number
            for number, at in enumerate(sorted(self.ends), -1)
            if 0 <= at < index <= self.ends[at]
        }


def _context(module: Module, index: int, body: Body) -> Context:
    ft = expanded(lookup(module.func_types, index, "function"))
    types = ft.params + body.locals
    return Context(module, types, ft.results, module.global_types, params=len(ft.params))


def validate_body(
    module: Module, index: int, body: Body, *, observe: Observer | None = None
) -> TypedBody:
    """Return the types of a function body.

    index: of the function, imports counted. observe: called before every instruction.
    Raises Invalid with the offset, the function and the operands found there.
    """
    c = _context(module, index, body)
    typing = check(c, body.instrs, func=index, observe=observe)
    return TypedBody(
        body=body,
        locals=c.locals,
        heights=typing.heights,
        sigs=typing.sigs,
        ends=c.ends,
        elses=c.elses,
        clauses=c.clauses,
        targets=c.targets,
        blocks=c.blocks,
        max_height=max(*typing.heights, slot_count(c.results), 0),
    )


def signature(module: Module, typed: TypedBody, index: int) -> Sig:
    """Return what the instruction at an index pops and pushes, addresses with their memory's type.

    Nothing in code that cannot be reached, unless the table has the types.
    """
    instr = typed.body.instrs[index]
    row = instr.row
    if row.params is None or row.results is None:
        return typed.sigs.get(index, ((), ()))
    if Imm.MEMARG not in row.imms:
        return row.params, row.results
    addr = module.mem_types[instr.memarg.mem].addr
    return tuple(addr if t is ADDR else t for t in row.params), row.results


def stack_types(
    module: Module, index: int, body: Body, first: int = 0
) -> list[tuple[ValType, ...] | None]:
    """Return the operand types before instructions from first on, bottom first.

    They are None where no execution gets.

    For an invalid body the list ends with the types before the instruction that is wrong.
    """
    found: list[tuple[ValType, ...] | None] = []

    def note(at: int, stacks: Stacks) -> None:
        if at >= first:
            found.append(tuple(stacks.vals) if stacks.is_live else None)

    try:
        check(_context(module, index, body), body.instrs, func=index, observe=note)
    except Invalid:
        return found
    return found
