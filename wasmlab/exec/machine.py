"""The reference tier's loop: runs the blocks of bound bodies over the arenas of a store."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from wasmlab.errors import Crash, Exhaustion, OutOfFuel, Trap, TrapCode, WasmException, WasmlabError
from wasmlab.exec.bind import offsets_of, read_operand, write_operand
from wasmlab.exec.body import code_of
from wasmlab.exec.call import enter
from wasmlab.exec.code import HOST, HOT_LOOP, MOVES, block_at, single, uncount
from wasmlab.exec.exception import throw
from wasmlab.exec.hostcall import call_host
from wasmlab.exec.hot_loop import begin_block
from wasmlab.exec.probe import stops
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC, RESUME
from wasmlab.runtime.fuel import last_tick, limited
from wasmlab.runtime.store import Block, Status
from wasmlab.syntax.types import func_type, slot_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.runtime.store import Code, FuncInst, Store

_FOREVER = 1 << 62


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


def place(store: Store, error: WasmlabError) -> None:
    """Say where a trap happened, if it does not know: at the next instruction."""
    if isinstance(error, Trap) and error.offset is None:
        places = backtrace(store)
        error.at(places[0][1], [f"{func.index}@0x{offset:x}" for func, offset in places])


def _out_of_steps(store: Store) -> Exhaustion:
    error = Exhaustion(TrapCode.STEPS_EXHAUSTED, f"{store.limits.steps:,} instructions")
    error.hint = "is there an endless loop?"
    place(store, error)
    return error


def backtrace(store: Store) -> list[tuple[FuncInst, int]]:
    """Return function and offset of each frame of a module's function, innermost first."""
    agent, places = store.agent, list[tuple["FuncInst", int]]()
    for number in range(agent.depth - 1, -1, -1):
        func = store.funcs[agent.record(number, FUNC)]
        if func.host is None:
            pc = agent.record(number, PC)
            code = func.bound_code
            places.append((func, code.instrs[min(pc, len(code.instrs) - 1)].offset))
    return places


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
        call_host(store, store.funcs[addr], at, code.instance)
    except WasmException as exception:
        throw(store, exception.reference, passing=1 if tail else 0)
        store.tick += 1
        return store.tick
    except WasmlabError as error:
        uncount(code, (pc,))
        place(store, error)
        raise
    store.tick += 1
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


def free_slot(store: Store) -> int:
    """Return the first slot that no frame uses."""
    agent = store.agent
    if agent.depth == 0:
        return 0
    word = (agent.depth - 1) * FRAME_WORDS
    fp = agent.frames[word + FP]
    func = store.funcs[agent.frames[word + FUNC]]
    if func.host is not None:
        return fp
    code = func.bound_code
    return fp + code.frame_slots


def begin(store: Store, func: FuncInst, args: Sequence[int]) -> int:
    """Push the first frame of an invocation and return the slot where its results will be.

    args are bit patterns, one for each parameter. A host function has no frame: it is called at
    once, and the invocation is over.
    Raises Exhaustion.
    """
    functype = func_type(func.type)
    at = free_slot(store)
    if at + slot_count(functype.params) + slot_count(functype.results) > store.limits.slots:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{store.limits.slots} slots")
    for offset, t, bits in zip(offsets_of(functype.params), functype.params, args, strict=True):
        write_operand(store.agent.stack, at + offset, t, bits)
    if func.host is not None:
        call_host(store, func, at, None)
    else:
        enter(store.agent, func, code_of(func), at)
    return at


def results_at(store: Store, func: FuncInst, at: int) -> list[int]:
    """Return the results of an invocation that is done, as bit patterns."""
    functype = func_type(func.type)
    return [
        read_operand(store.agent.stack, at + offset, t)
        for offset, t in zip(offsets_of(functype.results), functype.results, strict=True)
    ]


def invoke(store: Store, func: FuncInst, args: Sequence[int]) -> list[int]:
    """Call a function and run it to its end, past all probes; also from inside a host function.

    Returns bit patterns. After an error the frames of this invocation are gone. Raises Exhaustion
    too when the steps that the store's limits allow are used up.
    """
    agent = store.agent
    base, depth = agent.base, agent.depth
    if agent.nesting >= store.limits.host_depth:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{agent.nesting} nested host calls")
    agent.nesting += 1
    agent.base = depth
    try:
        with limited(store, store.limits.steps):
            at = begin(store, func, args)
            status = Status.PROBE
            while status is Status.PROBE:
                status = (store.tier or run)(store, _FOREVER)
            if status is Status.FUEL:
                raise _out_of_steps(store)
        return results_at(store, func, at)
    except OutOfFuel as error:
        raise _out_of_steps(store) from error
    finally:
        agent.base, agent.depth = base, depth
        agent.nesting -= 1
