"""The one thread in which a session works."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from wasmlab.debug.session import Session

_T = TypeVar("_T")

PATIENCE = 0.1
"""Seconds after which a command counts as a long run: until then, further commands wait."""

_RESTS = 1.0
"""Seconds that a run may take to stop when the lab is left; what stops at once is the rule."""


class Bridge:
    """Sends commands to a session, one after the other, so that the interface never waits."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wasmlab-session")
        self._unfinished: set[Future[Any]] = set()
        self._pending = 0
        self._began = 0.0

    @property
    def busy(self) -> bool:
        """A command is being carried out; the session's views must not be read."""
        return self._pending > 0

    @property
    def running(self) -> bool:
        """The command takes so long that its progress is shown."""
        return self.busy and time.monotonic() - self._began > PATIENCE

    async def send(self, command: Callable[[], _T]) -> _T:
        """Carry out command in the session's thread, after those sent before it.

        What waits for it may be cancelled: then the command is stopped, and has ended afterwards.
        """
        if not self._pending:
            self._began = time.monotonic()
        self._pending += 1
        try:
            future = self._thread.submit(self._carry_out, command)
            self._unfinished.add(future)
            future.add_done_callback(self._unfinished.discard)
            return await self._outcome(future)
        finally:
            self._pending -= 1

    async def _outcome(self, future: Future[_T]) -> _T:
        waiting = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            if not future.cancel():
                self.pause()
                await asyncio.wait([waiting])
            raise

    def _carry_out(self, command: Callable[[], _T]) -> _T:
        try:
            return command()
        finally:
            read_ahead(self.session)

    def pause(self) -> None:
        """Ask the running command to stop; returns at once."""
        self.session.pause()

    async def rest(self) -> bool:
        """Stop what runs; return whether the session's views may be read now."""
        running = [asyncio.wrap_future(future) for future in self._unfinished.copy()]
        if running:
            self.pause()
            _, running = await asyncio.wait(running, timeout=_RESTS)
        return not running

    def close(self) -> None:
        """Stop what runs and let the thread go.

        What waits for the command may be gone already; Python would wait for the thread for ever.
        """
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._unfinished:
            self.session.pause()


def read_ahead(session: Session) -> None:
    """Read what takes long the first time: types and text of the function that is current.

    A compiler's largest functions would hold up the interface for a second.
    """
    place = session.location
    _ = session.source.line_count
    if place is not None:
        session.stack_rows(0, 1)
        session.source.prepare(place.offset)
