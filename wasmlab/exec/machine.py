"""The reference tier's loop: runs the blocks of bound bodies over the arenas of a store."""

from __future__ import annotations

import operator

from wasmlab.errors import Crash, WasmlabError
from wasmlab.exec.code import HOST, HOT_LOOP, MOVES, block_at, single, uncount
from wasmlab.exec.host_step import call_host_from
from wasmlab.exec.hot_loop import begin_block
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.place import place
from wasmlab.exec.probe import stops
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FP, FRAME_WORDS, PC, RESUME
from wasmlab.runtime.fuel import last_tick
from wasmlab.runtime.store import Block, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.runtime.store import Code, Store


def run(store: Store, limit: int) -> Status:  # noqa: C901 - the hot loop: a call in it costs
    """Run until tick == limit, a probe, the end of the fuel, or that of the invocation.

    A probe at the very first instruction does not stop. The state is exact in every case: after
    an error too, where the instruction at the innermost frame's pc is the one that could not
    complete, and tick counts those that did. Raises Trap (with its place) and whatever host
    functions raise.
    """
    agent = store.agent
    if agent.depth == agent.base:
        return Status.DONE
    frames, funcs = agent.frames, store.funcs
    started_at, tick, end = store.tick, store.tick, last_tick(store, limit)
    word = (agent.depth - 1) * FRAME_WORDS
    code = (func := funcs[frames[word]]).code or code_of(func)
    pc, fp, blocks = frames[word + PC], frames[word + FP], code.blocks
    while True:
        block = blocks[pc]
        if block is None:
            if pc in code.probes and tick > started_at and stops(store, code, pc, fp):
                return _paused(store, word, pc, tick, Status.PROBE)
            block = single(code, pc) if tick + 1 == end else begin_block(store, code, pc)
        instructions, control, ticks = block.ops, block.control, block.ticks
        if tick + ticks > end:
            if tick >= end:
                return _paused(store, word, pc, tick, Status.FUEL)
            block = _within(code, pc, block, end - tick)
            instructions, control, ticks = block.ops, block.control, block.ticks
        ops = iter(instructions)
        try:
            for op in ops:
                op(fp)
            ops = None
            pc = block.end if control is None else control(fp)
        except WasmlabError as error:
            _raised(store, code, block, ops, tick)
            place(store, error)
            raise
        tick += ticks
        if pc < 0:
            if pc in _LEAVES:
                tick = _LEAVES[pc](store, code, word, block, tick - ticks)
                end = last_tick(store, limit)
            if agent.depth == agent.base:
                store.tick = tick
                return Status.DONE
            word = (agent.depth - 1) * FRAME_WORDS
            func = funcs[frames[word]]
            code = func.code or code_of(func)
            pc, fp, blocks = frames[word + PC], frames[word + FP], code.blocks


def _raised(
    store: Store, code: Code, block: Block, ops: Iterator[object] | None, tick: int
) -> None:
    """Set pc and tick to those of the instruction of a block that raised."""
    agent = store.agent
    word = (agent.depth - 1) * FRAME_WORDS
    if block.is_hot_loop:
        done, agent.frames[word], pc = agent.left
    else:
        done = len(block.ops) - (0 if ops is None else operator.length_hint(ops) + 1)
        pc = block.pcs[done]
        uncount(code, block.pcs[done : block.ticks])
    _paused(store, word, pc, tick + done)


def _within(code: Code, pc: int, block: Block, ticks: int) -> Block:
    """Return a block cut to its first ``ticks`` instructions; the whole block if it has no more."""
    if block.is_hot_loop:
        block = block_at(code, pc)
    if block.ticks <= ticks:
        return block
    uncount(code, block.pcs[ticks : block.ticks])
    pcs = block.pcs[: ticks + 1]
    return Block(block.ops[:ticks], pcs, None, ticks, pcs[-1])


def _paused(store: Store, word: int, pc: int, tick: int, status: Status = Status.FUEL) -> Status:
    store.agent.frames[word + PC] = pc
    store.tick = tick
    return status


def _leave_hot_loop(store: Store, _code: Code, word: int, _block: Block, tick: int) -> int:
    """Go on where a hot loop was left; return the tick there."""
    frames = store.agent.frames
    done, frames[word], frames[word + PC] = store.agent.left
    return tick + done


def _leave_for_host(store: Store, code: Code, word: int, block: Block, tick: int) -> int:
    """Call the pending host function and return the tick at which its call has completed."""
    pc, tick = block.pcs[-1], tick + block.ticks - 1
    agent = store.agent
    if agent.pending is None:
        raise Crash("no host function is pending")
    addr, at, tail = agent.pending
    agent.pending = None
    _paused(store, word, pc, tick)
    try:
        returned = call_host_from(code, store.funcs[addr], at, is_tail=tail)
    except WasmlabError:
        uncount(code, (pc,))
        raise
    if not returned:
        return store.tick
    if tail:
        n, fp = code.result_slots, agent.frames[word + FP]
        agent.stack[fp : fp + n] = agent.stack[at : at + n]
        agent.depth -= 1
        if agent.depth > agent.base:
            agent.frames[word - FRAME_WORDS + PC] = agent.frames[word - FRAME_WORDS + RESUME]
    else:
        agent.frames[word + PC] = code.nexts[pc]
    return store.tick


def _leave_for_fuel(store: Store, code: Code, word: int, block: Block, tick: int) -> int:
    """Execute the instruction that ends a block if the fuel suffices; return the tick then."""
    pc, frames = block.pcs[-1], store.agent.frames
    _paused(store, word, pc, tick + block.ticks - 1)
    try:
        done = code.moves[pc](frames[word + FP])
    except WasmlabError as error:
        uncount(code, (pc,))
        place(store, error)
        raise
    if done:
        store.tick += 1
        frames[word + PC] = code.nexts[pc]
    else:
        uncount(code, (pc,))
    return store.tick


_LEAVES = {HOT_LOOP: _leave_hot_loop, HOST: _leave_for_host, MOVES: _leave_for_fuel}
"""By signal, what has to be done before the innermost frame goes on; others need nothing."""
