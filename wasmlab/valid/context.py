"""The context of typing rules: the module, the function's locals and results, and the stacks.

A *signature* is what an instruction pops and pushes, bottom first. Lookups raise ``Invalid``
without a place; ``valid.algorithm.check`` adds it.
"""

from __future__ import annotations

from collections.abc import Callable

from wasmlab.errors import Invalid
from wasmlab.hints import TYPE_CHECKING, TypeVar
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.syntax.row import BlockKind
from wasmlab.syntax.types import ArrayType, DefType, FuncType, RefType, StructType, ValType
from wasmlab.valid.stack import Stacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.syntax.module import Module
    from wasmlab.syntax.types import GlobalType
    from wasmlab.valid.stack import CtrlFrame

T = TypeVar("T")
Sig = tuple[tuple[ValType, ...], tuple[ValType, ...]]
"""Operands popped and results pushed, bottom first."""
Rule = Callable[..., Sig]
"""A typing rule: ``rule(context, *immediates)``."""


class BranchTarget(NamedTuple):
    """The block that a branch goes to, and the operands that it takes along."""

    block: int
    """Index of the structured instruction, -1 for the function (the branch returns)."""
    is_loop: bool
    """It goes to the first instruction of the block, not to the one after its end."""
    types: tuple[ValType, ...]
    """Types of the operands that it takes along."""
    height: int
    """Slots of the operands below these, where they arrive."""


class TypedBlock(NamedTuple):
    """A structured instruction in reachable code."""

    kind: BlockKind
    params: tuple[ValType, ...]
    results: tuple[ValType, ...]
    height: int
    """Slots of the operands below its parameters."""


@dataclass(slots=True)
class Context:
    """The context of a function body or constant expression while it is being checked."""

    module: Module
    locals: tuple[ValType, ...]
    results: tuple[ValType, ...]
    globals: Sequence[GlobalType]
    """Globals that may be named here."""
    params: int = 0
    """Number of parameters: these locals have values from the start."""
    stacks: Stacks = field(default_factory=Stacks)
    at: int = 0
    """Index of the instruction being checked."""
    ends: dict[int, int] = field(default_factory=dict[int, int])
    elses: dict[int, int] = field(default_factory=dict[int, int])
    clauses: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    targets: dict[int, tuple[BranchTarget, ...]] = field(
        default_factory=dict[int, tuple[BranchTarget, ...]]
    )
    blocks: dict[int, TypedBlock] = field(default_factory=dict[int, TypedBlock])


def lookup(space: Sequence[T], x: int, what: str) -> T:
    """Return item x of an index space. Raises Invalid ``unknown <what> <x>``."""
    if x < len(space):
        return space[x]
    raise Invalid(f"unknown {what} {x}", hint=_range_hint(len(space), what))


def _range_hint(count: int, what: str) -> str:
    if not count:
        return f"there is no {what} here"
    return f"there is only {what} 0" if count == 1 else f"the last {what} is {count - 1}"


def spelled(module: Module, t: ValType | str) -> str:
    """Return a type as text, references to defined types by name or index: ``(ref null $list)``."""
    if not isinstance(t, RefType) or not isinstance(t.heap, DefType):
        return str(t)
    index = module.types.index(t.heap)
    name = module.names.types.get(index)
    return f"(ref {'null ' if t.nullable else ''}{index if name is None else f'${name}'})"


def type_at(module: Module, x: int) -> DefType:
    """Return defined type x."""
    return lookup(module.types, x, "type")


def func_type(module: Module, x: int) -> FuncType:
    """Return type x, which must be a function type."""
    comp = type_at(module, x).comp
    if not isinstance(comp, FuncType):
        raise Invalid(f"non-function type {x}: expected a function type, found {comp}")
    return comp


def struct_type(module: Module, x: int) -> StructType:
    """Return type x, which must be a structure type."""
    comp = type_at(module, x).comp
    if not isinstance(comp, StructType):
        raise Invalid(f"non-structure type {x}: expected a structure type, found {comp}")
    return comp


def array_type(module: Module, x: int) -> ArrayType:
    """Return type x, which must be an array type."""
    comp = type_at(module, x).comp
    if not isinstance(comp, ArrayType):
        raise Invalid(f"non-array type {x}: expected an array type, found {comp}")
    return comp


def expanded(deftype: DefType) -> FuncType:
    """Return the function type of a function or tag."""
    comp = deftype.comp
    if not isinstance(comp, FuncType):
        raise Invalid(f"non-function type: expected a function type, found {comp}")
    return comp


def label(c: Context, depth: int) -> CtrlFrame:
    """Return the block that label depth names, 0 being the innermost."""
    ctrls = c.stacks.ctrls
    if depth >= len(ctrls):
        hint = f"{len(ctrls)} labels are in scope here, the last is {len(ctrls) - 1}"
        raise Invalid(f"unknown label {depth}", hint=hint)
    return ctrls[-1 - depth]


def target(frame: CtrlFrame) -> BranchTarget:
    """Return what a branch to the block does."""
    height = frame.height + frame.wide
    return BranchTarget(frame.index, frame.kind is BlockKind.LOOP, frame.label_types, height)
