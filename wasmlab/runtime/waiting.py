"""Waiting for and notifying agents on shared memories (threads), deterministic.

An agent that must wait raises ``WouldBlock`` at its instruction and executes it again later. Who
notifies wakes the longest waiting first. Time does not pass: a wait with a timeout ends when the
scheduler of the agents says so (no other agent can go on), or at once where there is no scheduler.
"""

from __future__ import annotations

from wasmlab.errors import Trap, TrapCode, WouldBlock
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.memory import Waiter, check_atomic

if TYPE_CHECKING:
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import ModuleInst, Store
    from wasmlab.syntax.instr import MemArg

WOKEN, NOT_EQUAL, TIMED_OUT = range(3)
_INFINITE = 1 << 63
"""Timeouts from here on are negative: for ever."""


def atomic_wait(
    instance: ModuleInst, arg: MemArg, a: int, expected: int, timeout: int, n: int
) -> int:
    """Return 0 woken, 1 not equal, 2 timed out; WouldBlock while none of these holds.

    a: address before ``arg.offset`` is added; expected: of n bytes; timeout: in nanoseconds,
    modulo 2**64. Raises Trap outside the memory, not aligned, or if it is not shared.
    """
    memory, agent = instance.mems[arg.mem], instance.store.agent
    ea = a + arg.offset
    check_atomic(memory, ea, n)
    if not memory.type.shared:
        raise Trap(TrapCode.EXPECTED_SHARED_MEMORY)
    if agent.waiter is None:
        if int.from_bytes(memory.read(ea, n), "little") != expected:
            return NOT_EQUAL
        if timeout < _INFINITE and not agent.scheduled:
            return TIMED_OUT
        agent.waiter = Waiter(ea, timeout if timeout < _INFINITE else None)
        memory.waiters.append(agent.waiter)
    outcome = agent.waiter.outcome
    if outcome is None:
        raise WouldBlock("the program waits for a notification of another thread")
    agent.waiter = None
    return outcome


def atomic_notify(instance: ModuleInst, arg: MemArg, a: int, n: int) -> int:
    """Wake up to n agents that wait at the address; return how many."""
    memory = instance.mems[arg.mem]
    ea = a + arg.offset
    check_atomic(memory, ea, 4)
    woken = [w for w in memory.waiters if w.addr == ea][:n]
    for waiter in woken:
        waiter.outcome = WOKEN
        memory.waiters.remove(waiter)
    return len(woken)


def time_out(memory: Memory) -> bool:
    """End the wait with the shortest timeout; return whether there was one."""
    timed = [w for w in memory.waiters if w.timeout is not None]
    if not timed:
        return False
    first = min(timed, key=lambda w: w.timeout or 0)
    first.outcome = TIMED_OUT
    memory.waiters.remove(first)
    return True


def give_up(store: Store) -> None:
    """Forget what the store's agent waits for."""
    waiter, store.agent.waiter = store.agent.waiter, None
    for instance in store.instances:
        for memory in instance.mems:
            if waiter in memory.waiters:
                memory.waiters.remove(waiter)
