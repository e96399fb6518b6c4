"""The one thread in which a session works, and what the lab expects of a session."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

from wasmlab.debug.view import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.debug.view import (
        Breakpoint,
        Frame,
        HostCall,
        Instruction,
        Label,
        Location,
        MemoryRow,
        Output,
        SourceLine,
        StackSlot,
        Stop,
        Variable,
    )

_T = TypeVar("_T")

PATIENCE = 0.15
"""Seconds after which a command counts as a long run: until then, further commands wait."""


class Source(Protocol):
    """The text that is shown: WAT as written, or disassembly."""

    @property
    def title(self) -> str: ...
    @property
    def line_count(self) -> int: ...
    def line(self, number: int) -> SourceLine: ...
    def line_at(self, offset: int) -> int | None: ...


class LabSession(Protocol):
    """What the lab uses of ``wasmlab.debug.Session``; the docstrings are there."""

    @property
    def state(self) -> State: ...
    @property
    def stop(self) -> Stop: ...
    @property
    def tick(self) -> int: ...
    @property
    def location(self) -> Location | None: ...
    @property
    def instruction(self) -> Instruction | None: ...
    @property
    def stack(self) -> Sequence[StackSlot]: ...
    @property
    def labels(self) -> Sequence[Label]: ...
    @property
    def frames(self) -> Sequence[Frame]: ...
    @property
    def globals(self) -> Sequence[Variable]: ...
    @property
    def memory_sizes(self) -> Sequence[int]: ...
    @property
    def host_calls(self) -> Sequence[HostCall]: ...
    @property
    def output(self) -> Sequence[Output]: ...
    @property
    def source(self) -> Source: ...
    @property
    def breakpoints(self) -> Sequence[Breakpoint]: ...
    @property
    def entries(self) -> Sequence[tuple[str, str]]: ...
    def locals(self, frame: int = 0) -> Sequence[Variable]: ...
    def memory_rows(self, start: int, count: int, memory: int = 0) -> Sequence[MemoryRow]: ...
    def step(self, n: int = 1) -> Stop: ...
    def step_over(self) -> Stop: ...
    def step_out(self) -> Stop: ...
    def run(self) -> Stop: ...
    def run_to(self, where: str | int) -> Stop: ...
    def pause(self) -> None: ...
    def restart(self) -> Stop: ...
    def break_at(self, where: str | int, condition: str = "", hits: int = 0) -> Breakpoint: ...
    def remove_breakpoint(self, number: int) -> None: ...
    def call(self, name: str, *args: float) -> Stop: ...
    def answer(self, value: float) -> None: ...
    def feed_input(self, data: bytes, *, end: bool = False) -> None: ...


class Bridge:
    """Sends commands to a session, one after the other, so that the interface never waits."""

    def __init__(self, session: LabSession) -> None:
        self.session = session
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wasmlab-session")
        self._pending = 0
        self._began = 0.0
        self._first_tick = 0

    @property
    def busy(self) -> bool:
        """A command is being carried out; the session's views must not be read."""
        return self._pending > 0

    @property
    def running(self) -> bool:
        """The command takes so long that people should see it run."""
        return self.busy and time.monotonic() - self._began > PATIENCE

    @property
    def rate(self) -> float:
        """Instructions per second since the running command began."""
        elapsed = time.monotonic() - self._began
        return (self.session.tick - self._first_tick) / elapsed if elapsed > 0 else 0.0

    async def send(self, command: Callable[[], _T]) -> _T:
        """Carry out command in the session's thread, after those sent before it."""
        if not self._pending:
            self._began, self._first_tick = time.monotonic(), self.session.tick
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, command)
        finally:
            self._pending -= 1

    def pause(self) -> None:
        """Ask the running command to stop; returns at once."""
        self.session.pause()

    def close(self) -> None:
        """Stop what runs and let the thread go."""
        if self.busy:
            self.session.pause()
        self._thread.shutdown(wait=False, cancel_futures=True)
