"""Frames that are entered."""

from __future__ import annotations

from wasmlab.errors import Exhaustion, TrapCode
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FP, FRAME_WORDS, PC, Agent

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code, FuncInst


def enter(agent: Agent, callee: FuncInst, code: Code, fp: int) -> None:
    """Push a frame whose arguments are at fp; Exhaustion without any effect."""
    depth = agent.depth
    if depth >= agent.max_frames:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{depth} frames")
    if fp + code.frame_slots > agent.max_slots:
        raise Exhaustion(TrapCode.CALL_STACK_EXHAUSTED, f"{agent.max_slots} slots")
    if code.clears:
        clear_locals(agent, code, fp)
    word = depth * FRAME_WORDS
    frames = agent.frames
    frames[word] = callee.addr
    frames[word + PC] = 0
    frames[word + FP] = fp
    agent.depth = depth + 1


def clear_locals(agent: Agent, code: Code, fp: int) -> None:
    """Set the declared locals of a frame to zero."""
    first, last = fp + code.param_slots, fp + code.local_slots
    if last == first + 1:
        agent.stack[first] = 0
    elif last > first:
        agent.stack[first:last] = agent.zeros[: last - first]
