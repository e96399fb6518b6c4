"""Waiting for and notifying agents on shared memories (threads), deterministic.

An agent that must wait raises ``WouldBlock`` at its instruction and executes it again later. Who
notifies wakes the longest waiting first. Time does not pass: a wait with a timeout ends when the
scheduler of the agents says so (nobody else can go on), or at once where there is no scheduler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from wasmlab.errors import Trap, TrapCode, WouldBlock
from wasmlab.runtime.memory import check_atomic

if TYPE_CHECKING:
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.module import MemArg

WOKEN, NOT_EQUAL, TIMED_OUT = range(3)
_INFINITE = 1 << 63
"""Timeouts from here on are negative: for ever."""


@dataclass(slots=True, eq=False)
class Waiter:
    """An agent that waits at an address."""

    addr: int
    timeout: int | None
    """Nanoseconds; None is for ever."""
    outcome: int | None = None
    """WOKEN or TIMED_OUT once it may go on."""


class Waiting:
    """Wait and notify of a module instance."""

    __slots__ = ()

    def atomic_wait(self, arg: MemArg, a: int, expected: int, timeout: int, n: int) -> int:
        """Return 0 woken, 1 not equal, 2 timed out; WouldBlock while none of these holds."""
        instance = cast("Any", self)
        memory: Memory = instance.mems[arg.mem]
        agent = instance.store.agent
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
        outcome: int | None = agent.waiter.outcome
        if outcome is None:
            raise WouldBlock("the program waits for a notification of another thread")
        agent.waiter = None
        return outcome

    def atomic_notify(self, arg: MemArg, a: int, n: int) -> int:
        """Wake up to n agents that wait at the address; return how many."""
        memory: Memory = cast("Any", self).mems[arg.mem]
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
