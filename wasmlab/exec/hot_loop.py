"""Hot loops: a loop that runs often is followed once, and becomes one Python function.

A block that has begun often is followed instruction by instruction. If that leads back to its
beginning in the same frame (a loop, or functions that call each other in tail position), the path
that was taken becomes a function, see ``exec.hot_loop_source``, which is left where a later turn
takes another way. Wherever it is left, by an error too, pc, tick and every slot are those of
execution one by one.
"""

from __future__ import annotations

from wasmlab.exec.branch import branch_target
from wasmlab.exec.callee import callee_of
from wasmlab.exec.code import HOT_LOOP, SWITCH, bind_now, block_at
from wasmlab.exec.hot_loop_source import WRITERS, PathStep, compile_path
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FRAME_WORDS, FUNC
from wasmlab.runtime.store import Block
from wasmlab.syntax.row import Flow, Kind

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code, Store

THRESHOLD = 200
"""A block that has begun this often is followed."""
_LONGEST = 200
"""The most instructions of a path."""
_TURNS = 4096
"""About how many instructions a hot loop executes before it returns to the machine."""


def begin_block(store: Store, code: Code, pc: int) -> Block:
    """Return the block that begins at pc and count that; at the threshold, one that follows it."""
    block = block_at(code, pc)
    if pc in code.probes:
        return block
    runs = code.runs[pc] = code.runs.get(pc, 0) + 1
    if runs < THRESHOLD:
        return block
    code.blocks[pc] = block
    if pc in code.controls or store.observer is not None:
        return block

    def follow(fp: int) -> int:
        return _follow(store, code, pc, fp)

    return Block((), (pc,), follow, _LONGEST, pc, is_hot_loop=True)


def _follow(store: Store, code: Code, pc: int, fp: int) -> int:
    """Execute from pc on; if that comes back to pc, make the path a hot loop."""
    agent, here, at = store.agent, code, pc
    word = (agent.depth - 1) * FRAME_WORDS + FUNC
    path = list[PathStep]()
    done = 0
    try:
        while len(path) < _LONGEST:
            step = PathStep(here, at, agent.stack[fp + max(here.top_at(at) - 1, 0)])
            if _is_obstacle(store, step):
                break
            path.append(step)
            following = here.steps[at](fp)
            done = len(path)
            if following is None:
                at = here.nexts[at]
            elif following == SWITCH:
                here, at = store.funcs[agent.frames[word]].bound_code, 0
                bind_now(here)
            else:
                at = following
            if at == pc and here is code:
                _install(store, path)
                break
    finally:
        agent.left = (done, here.addr, at)
    return HOT_LOOP


def _is_obstacle(store: Store, step: PathStep) -> bool:
    """Return whether a path ends before an instruction."""
    code, pc, top = step
    row = code.instrs[pc].row
    if pc in code.probes or row.allocates or row.moves:
        return True
    if row.flow is Flow.TAIL_CALL:
        callee = callee_of(store, code, pc, top)
        return callee is None or callee.host is not None
    if row.kind is Kind.CONTROL and row.rule not in WRITERS:
        return True
    target = branch_target(code, pc, top) if row.flow is Flow.BRANCH else None
    return target is not None and target.block < 0


def _install(store: Store, path: list[PathStep]) -> None:
    """Put the hot loop of a path in place of the block where it begins."""
    code, pc, _ = path[0]
    plain = code.blocks[pc]
    ticks = len(path) * max(_TURNS // len(path), 1)

    def refuse() -> int:
        code.blocks[pc] = plain
        store.agent.left = (0, code.addr, pc)
        return HOT_LOOP

    hot_loop = compile_path(store.agent, path, ticks, refuse)
    code.blocks[pc] = Block((), (pc,), hot_loop, ticks, pc, is_hot_loop=True)
    for step in path:
        if step.code is not code:
            step.code.loops_through.append(code)
