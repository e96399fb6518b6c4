"""Blocks and probes of bound bodies, and the signals that control instructions return."""

from __future__ import annotations

from collections.abc import Mapping

from wasmlab.hints import TYPE_CHECKING, TypeVar, cast
from wasmlab.records import replace
from wasmlab.runtime.store import Block, Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.runtime.probe import Predicate

T = TypeVar("T")
SWITCH = -1
"""The innermost frame is another one now."""
DONE = -2
"""The invocation's first frame has returned."""
HOST = -3
"""A host function is to be called: ``Agent.pending``."""
HOT_LOOP = -4
"""A hot loop was left: ``Agent.left`` says where."""
MOVES = -5
"""An instruction is to be executed within the fuel: ``Code.moves`` has it."""
_LONGEST = 128
"""A block has fewer than twice as many instructions: one may begin at every pc of a straight line.
A longer line is cut at pcs that are multiples, where blocks that began anywhere meet again."""


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
    before, gone = code.predicates, code.probes - after.keys()
    predicates = {pc: p for pc, p in after.items() if p is not None}
    if not gone and len(code.probes) == len(after) and before == predicates:
        return
    kept = after.keys() - gone
    changed = gone | {pc for pc in kept if pc not in code.probes or before.get(pc) != after[pc]}
    code.probes.clear()
    code.probes.update(after)
    before.clear()
    before.update(predicates)
    _tell(code, changed)


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
    if changed:
        _tell(code, changed)


def _tell(code: Code, changed: set[int]) -> None:
    """Let those know that keep something by the probes of a body."""
    forget_blocks(code)
    for watcher in code.watchers:
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
