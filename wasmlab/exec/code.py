"""Bound bodies: Code, its blocks and handlers, and the signals that control instructions return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from wasmlab.runtime.frame import FrameLayout
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import slot_count
from wasmlab.valid.body import signature

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from wasmlab.runtime.probe import Predicate
    from wasmlab.runtime.store import FuncInst, ModuleInst
    from wasmlab.syntax.module import Instr
    from wasmlab.syntax.types import ValType
    from wasmlab.valid.body import BranchTarget, TypedBody
    from wasmlab.valid.context import Sig

T = TypeVar("T")
SWITCH = -1
"""The innermost frame is another one now."""
DONE = -2
"""The invocation's first frame has returned."""
HOST = -3
"""A host function is to be called: ``Agent.pending``."""
HOT_LOOP = -4
"""A hot loop was left: ``Agent.left`` says where."""
_LONGEST = 128
"""A block has fewer than twice as many instructions: one may begin at every pc of a straight line.
A longer line is cut at pcs that are multiples, where blocks that began anywhere meet again."""


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions that run one after the other, and the one that ends them, if any."""

    ops: tuple[Callable[[int], int | None], ...]
    pcs: tuple[int, ...]
    """The pcs of ops; then the pc of the control instruction, else of the next instruction."""
    control: Callable[[int], int] | None
    ticks: int
    end: int
    """The next pc if no control instruction ends the block."""
    is_hot_loop: bool = False
    """``control`` is a hot loop: it returns HOT_LOOP, after ``ticks`` instructions at most."""


class ExceptionHandler(NamedTuple):
    """A handler of the exceptions that are thrown between two instructions of the body."""

    first: int
    """Index of the instruction that opens the block; those after it are covered."""
    last: int
    """Index of the first instruction that is no longer covered."""
    tag: int | None
    """Index of the tag that it catches; None: it catches all, or delegates."""
    target: int
    """A pc; for delegate, the index of the block whose handlers are asked next."""
    height: int = 0
    """Slots of operands below what the handler gets."""
    delegates: bool = False
    gives_ref: bool = False
    """The exception is pushed as a reference, on top of the tag's arguments."""
    keep: int | None = None
    """The hidden local that keeps the exception (legacy)."""


@dataclass(slots=True, eq=False)
class Code:
    """A bound body. A pc counts executed instructions: those that take a tick.

    ``block``, ``loop``, ``else`` and inner ``end`` have no pc; ``nexts`` leads past them.
    """

    addr: int
    func: FuncInst
    instance: ModuleInst
    typed: TypedBody
    param_slots: int
    local_slots: int
    """Slots of all locals, parameters included; operands begin after them."""
    result_slots: int
    clears: bool = False
    """The body has declared locals, which a call sets to zero."""
    frame_slots: int = 0
    """Slots of the locals and of the most operands that there are at once."""
    instrs: list[Instr] = field(default_factory=list["Instr"])
    heights: list[int] = field(default_factory=list[int])
    """Slots of operands before the instruction."""
    indices: list[int] = field(default_factory=list[int])
    """Index of the instruction in the decoded body."""
    nexts: list[int] = field(default_factory=list[int])
    steps: list[Callable[[int], int | None]] = field(
        default_factory=list["Callable[[int], int | None]"]
    )
    """Bound instructions by pc; empty until ``bind_now``. Each takes the frame's FP. One whose flow
    is none returns None, any other returns the next pc or one of the signals above."""
    controls: set[int] = field(default_factory=set[int])
    """Pcs of instructions after which execution may go on elsewhere than at the next one."""
    blocks: list[Block | None] = field(default_factory=list["Block | None"])
    """Blocks that begin often, by pc; a hot loop may stand in place of one."""
    plain: dict[int, Block] = field(default_factory=dict[int, Block])
    """All blocks."""
    runs: dict[int, int] = field(default_factory=dict[int, int])
    """By pc, how often a block began; no longer counted once the block is in ``blocks``."""
    loops_through: list[Code] = field(default_factory=list["Code"])
    """Bodies whose hot loops pass through this one."""
    probes: set[int] = field(default_factory=set[int])
    """Pcs before which the machine stops, those with a predicate only where that holds."""
    predicates: dict[int, Predicate] = field(default_factory=dict[int, "Predicate"])
    """The predicates of those probes that have one, by pc."""
    handlers: list[ExceptionHandler] = field(default_factory=list[ExceptionHandler])
    """Exception handlers, the innermost first."""
    types: list[tuple[ValType, ...] | None] = field(
        default_factory=list["tuple[ValType, ...] | None"]
    )
    """Operand types before every instruction of the body; empty until they are needed."""
    ref_slots: dict[tuple[int, bool], Sequence[int]] = field(
        default_factory=dict[tuple[int, bool], "Sequence[int]"]
    )
    """Slots that hold references at a pc, by whether the frame waits there for a call."""
    bind: Callable[[Code], None] | None = None
    """Binds ``steps``, which only the reference tier needs; None once it has."""
    landing: list[int] = field(default_factory=list[int])
    """For each instruction of the decoded body, by index, the pc of the first executed instruction
    at or after it; -1 after the last one."""
    watchers: list[Callable[[Collection[int]], None]] = field(
        default_factory=list["Callable[[Collection[int]], None]"]
    )
    """Called with the pcs where probes were set, changed or removed, for other tiers."""

    @property
    def layout(self) -> FrameLayout:
        """The sizes of its frames, in slots."""
        return FrameLayout(self.param_slots, self.local_slots, self.result_slots, self.frame_slots)

    def top_at(self, pc: int) -> int:
        """Return the first free slot before the instruction at pc, relative to the FP."""
        return self.local_slots + self.heights[pc]

    def signature(self, pc: int) -> Sig:
        """Return what the instruction at pc pops and pushes."""
        return signature(self.instance.module, self.typed, self.indices[pc])

    def targets(self, pc: int) -> tuple[BranchTarget, ...]:
        """Return where the branch at pc may go, one for each label."""
        return self.typed.targets[self.indices[pc]]

    def target_pc(self, target: BranchTarget) -> int:
        """Return the pc where a branch to a block goes on."""
        before = target.block if target.is_loop else self.typed.ends[target.block]
        return self.landing[before + 1]

    def otherwise(self, pc: int) -> int:
        """Return the pc where the if at pc goes on when its condition is 0."""
        index = self.indices[pc]
        return self.landing[self.typed.elses.get(index, self.typed.ends[index]) + 1]

    @property
    def catch_pcs(self) -> set[int]:
        """The pcs where caught exceptions go on."""
        return {handler.target for handler in self.handlers if not handler.delegates}

    def accessed(self, pc: int) -> tuple[int, int] | None:
        """Return where an instruction's first memory address is; None if it accesses no memory.

        The slot that holds the address, relative to the FP, and the offset that is added to it.
        """
        instr = self.instrs[pc]
        row = instr.row
        if row.access is not None and Imm.MEMARG in row.imms:
            offset = instr.memarg.offset
        elif row.bulk is not None and row.writes_memory:
            offset = 0
        else:
            return None
        operands = slot_count(self.signature(pc)[0])
        return self.local_slots + self.heights[pc] - operands, offset


def probes_of(code: Code) -> dict[int, Predicate | None]:
    """Return the probes with their predicates; ``set_probes`` takes them back."""
    return {pc: code.predicates.get(pc) for pc in code.probes}


def bind_now(code: Code) -> None:
    """Bind the instructions of a body, unless that has been done: ``steps`` and ``controls``."""
    if code.bind is not None:
        bind, code.bind = code.bind, None
        bind(code)


def single(code: Code, pc: int) -> Block:
    """Return the block of the one instruction at pc."""
    bind_now(code)
    if pc in code.controls:
        control = cast("Callable[[int], int]", code.steps[pc])
        return _counting(code, Block((), (pc,), control, 1, pc))
    after = code.nexts[pc]
    return _counting(code, Block((code.steps[pc],), (pc, after), None, 1, after))


def set_probes(code: Code, pcs: Iterable[int] | Mapping[int, Predicate | None]) -> None:
    """Make the machine stop before these pcs and no others; a mapping gives them predicates."""
    after: dict[int, Predicate | None] = dict.fromkeys(pcs)
    if isinstance(pcs, Mapping):
        after.update(cast("Mapping[int, Predicate | None]", pcs))
    change_probes(code, code.probes | after.keys(), after)


def change_probes(code: Code, pcs: Iterable[int], after: Mapping[int, Predicate | None]) -> None:
    """Make the machine stop before those of pcs that are in ``after``, and not before the others.

    Probes elsewhere stay as they are, and cost nothing here.
    """
    changed = set[int]()
    for pc in pcs:
        before = pc in code.probes, code.predicates.pop(pc, None)
        code.probes.discard(pc)
        predicate = after.get(pc)
        if pc in after:
            code.probes.add(pc)
        if predicate is not None:
            code.predicates[pc] = predicate
        if before != (pc in after, predicate):
            changed.add(pc)
    forget_blocks(code)
    for watcher in code.watchers if changed else ():
        watcher(changed)


def forget_blocks(code: Code) -> None:
    """Drop the blocks of a body: where they end, or what they count, has changed."""
    for other in (code, *code.loops_through):
        if other.plain:  # else there are none
            other.blocks = [None] * len(other.instrs)
            other.plain.clear()
            other.runs.clear()
    code.loops_through.clear()


def block_at(code: Code, pc: int) -> Block:
    """Return the block that begins at pc; it ends before a probe, and where it gets too long."""
    block = code.plain.get(pc)
    if block is None:
        block = code.plain[pc] = _block_at(code, pc)
    return block


def _block_at(code: Code, pc: int) -> Block:
    bind_now(code)
    ops: list[Callable[[int], int | None]] = []
    pcs = [pc]
    start = pc
    while pc not in code.controls:
        ops.append(code.steps[pc])
        pc = code.nexts[pc]
        pcs.append(pc)
        is_cut = pc % _LONGEST == 0 and len(ops) >= _LONGEST
        if is_cut or pc in code.probes or pc == start:
            return _counting(code, Block(tuple(ops), tuple(pcs), None, len(ops), pc))
    control = cast("Callable[[int], int]", code.steps[pc])
    return _counting(code, Block(tuple(ops), tuple(pcs), control, len(ops) + 1, pc))


def _counting(code: Code, block: Block) -> Block:
    """Return a block that counts its executions if the store is observed."""
    observer = code.instance.store.observer
    if observer is None:
        return block
    times = observer.blocks.setdefault((code.addr, block.pcs[: block.ticks]), [0])
    if not block.ops:
        return replace(block, control=_counted(cast("Callable[[int], int]", block.control), times))
    return replace(block, ops=(_counted(block.ops[0], times), *block.ops[1:]))


def _counted(act: Callable[[int], T], times: list[int]) -> Callable[[int], T]:
    def counted(fp: int) -> T:
        times[0] += 1
        return act(fp)

    return counted


def uncount(code: Code, pcs: Iterable[int]) -> None:
    """Take back one count of instructions of a block that did not complete."""
    observer = code.instance.store.observer
    if observer is not None:
        for pc in pcs:
            observer.add(code.addr, pc, -1)
