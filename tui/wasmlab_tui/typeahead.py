"""Keys that come while the key before them is still at work: each reaches what that one opened."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from textual import events

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import App
    from textual.message_pump import MessagePump

Typed: TypeAlias = events.Key | events.Paste

PATIENCE = 0.25
"""Seconds after which the next key no longer waits for what the one before it does."""
_ROUNDS = 2
"""A key makes its action run; a message of the action, such as a line that is given, comes next.
Most actions send none."""


class Typeahead:
    """Passes keys on one by one, each once the dialogue or line is open that the last one opens."""

    def __init__(self, app: App[int], pass_on: Callable[[Typed], Awaitable[None]]) -> None:
        self.app, self.pass_on = app, pass_on
        self._waiting: deque[Typed] = deque()
        self._working: asyncio.Task[None] | None = None
        """Waits for what the last key does."""
        self._came_up = asyncio.Event()
        """Set once the app has handled the last key, which no widget stopped."""
        self.patience = PATIENCE
        self.idle = asyncio.Event()
        """Set while the last key has done what it does."""
        self.idle.set()

    async def take(self, typed: Typed) -> None:
        """Pass a key on, after those that came before it."""
        if self.idle.is_set():
            await self._deliver(typed)
        else:
            self._waiting.append(typed)

    def came_up(self) -> None:
        """Say that the app has handled the key that was passed on last."""
        self._came_up.set()

    async def _deliver(self, typed: Typed) -> None:
        target = self.app.focused or self.app.screen
        path: list[MessagePump] = list(target.ancestors_with_self)
        self.idle.clear()
        self._came_up.clear()
        await self.pass_on(typed)
        if not typed.is_forwarded:
            self._came_up.set()
        self._working = asyncio.create_task(self._go_on(path))

    async def _go_on(self, path: list[MessagePump]) -> None:
        """Pass the next key on once the one that went up a path has been handled."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled(path), self.patience)
        if self._waiting:
            self.app.call_later(self._deliver, self._waiting.popleft())
        else:
            self.idle.set()

    async def _settled(self, path: list[MessagePump]) -> None:
        """Return when the last key and its messages were handled, and the screen has its focus."""
        from wasmlab_tui.dialogues.prompt import PromptScreen

        for node in path:
            if self._came_up.is_set():
                break
            await _caught_up(node)
        for node in path * _ROUNDS:
            if node.message_queue_size:
                await _caught_up(node)
        screen = self.app.screen
        if isinstance(screen, PromptScreen):
            await screen.checked.wait()
        if screen not in path:
            await _caught_up(screen)
            await _caught_up(self.app)


async def _caught_up(node: MessagePump) -> None:
    """Return when the messages are handled that a widget, a screen or the app has now."""
    handled = asyncio.Event()
    if node.call_later(handled.set):  # it refuses when it is being closed
        await handled.wait()
