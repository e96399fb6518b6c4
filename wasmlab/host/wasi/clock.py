"""Clocks: the system's, or a virtual one that makes runs repeatable."""

from __future__ import annotations

import time

from wasmlab.hints import TYPE_CHECKING, Literal, Protocol
from wasmlab.host.wasi.flags import ClockId
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCH = 1_767_225_600_000_000_000
"""Where a virtual clock starts: 2026-01-01T00:00:00Z, in nanoseconds since 1970."""
LAST = (1 << 64) - 1
"""The last moment that a timestamp can name; a clock that gets there stays there."""
LONGEST_WAIT = 10**8
"""Seconds; longer sleeps end early, which POSIX would call interrupted."""
READ_COST = 10_000
"""Nanoseconds that pass whenever a program asks for the time, so that busy waiting ends."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a virtual clock has counted: nanoseconds slept (64 bits), and how often it was read."""

    slept: int = 0
    reads: int = 0


class Clock(Protocol):
    """Time as a guest sees it, in nanoseconds. tick is the number of instructions completed."""

    state: ClockState
    real: bool
    """Time passes by itself, and sleeping waits."""

    def now(self, tick: int) -> int:
        """Return the wall clock, since 1970, without counting as a reading."""
        ...

    def read(self, clock: ClockId, tick: int) -> int:
        """Return the time of a clock."""
        ...

    def resolution(self, clock: ClockId) -> int:
        """Return the resolution of a clock, at least 1."""
        ...

    def sleep(self, duration: int) -> None:
        """Let time pass."""
        ...


@dataclass(slots=True)
class VirtualClock:
    """Counts 1 ns for an instruction and READ_COST for a reading; sleeping does not wait."""

    state: ClockState = ClockState()
    real: bool = False

    def now(self, tick: int) -> int:
        """Return the wall clock."""
        return min(LAST, EPOCH + self.state.slept + self.state.reads * READ_COST + tick)

    def read(self, clock: ClockId, tick: int) -> int:
        """Return the time of a clock; monotonic starts at 0, CPU time leaves out sleep."""
        self.state = replace(self.state, reads=self.state.reads + 1)
        now = self.now(tick)
        if clock is ClockId.REALTIME:
            return now
        return max(0, now - EPOCH - (0 if clock is ClockId.MONOTONIC else self.state.slept))

    def resolution(self, clock: ClockId) -> int:
        """Return 1."""
        del clock
        return 1

    def sleep(self, duration: int) -> None:
        """Move the clock on, to ``LAST`` at most."""
        self.state = replace(self.state, slept=min(LAST, self.state.slept + duration))


def _no_thread_time() -> int:
    return time.process_time_ns()


_ClockName = Literal["time", "monotonic", "process_time"]
_SYSTEM: dict[ClockId, tuple[Callable[[], int], _ClockName]] = {
    ClockId.REALTIME: (time.time_ns, "time"),
    ClockId.MONOTONIC: (time.monotonic_ns, "monotonic"),
    ClockId.PROCESS_CPUTIME_ID: (time.process_time_ns, "process_time"),
    ClockId.THREAD_CPUTIME_ID: (getattr(time, "thread_time_ns", _no_thread_time), "process_time"),
}


@dataclass(slots=True)
class SystemClock:
    """The host's clocks; sleeping waits."""

    wait: Callable[[float], None] = time.sleep
    """Called with seconds."""
    state: ClockState = ClockState()
    real: bool = True

    def now(self, tick: int) -> int:
        """Return the wall clock."""
        del tick
        return time.time_ns()

    def read(self, clock: ClockId, tick: int) -> int:
        """Return the time of a clock."""
        del tick
        return _SYSTEM[clock][0]()

    def resolution(self, clock: ClockId) -> int:
        """Return the resolution that the system names."""
        return max(1, round(time.get_clock_info(_SYSTEM[clock][1]).resolution * 1e9))

    def sleep(self, duration: int) -> None:
        """Wait."""
        self.wait(min(LONGEST_WAIT, duration / 1e9))
