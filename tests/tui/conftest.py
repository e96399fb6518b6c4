"""The lab under the hands of a test, over a small program that really runs."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from functools import wraps
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.breakpoints import BreakpointsPane
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.log import LogPane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.program import OpenProgram
from wasmlab_tui.state.keymap import chosen_keys

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.message_pump import MessagePump
    from textual.pilot import Pilot
    from textual.strip import Strip

TEXT = """\
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (memory $second 1)
  (global $sp (mut i32) (i32.const 65536))
  (data (i32.const 8) "Hello, world!\\n")
  (func $outer (export "_start") (local $of_outer i32)
    i32.const 77
    i32.const 8
    call $main
    drop
  )
  (func $main (param $n i32)
    block $out
      loop $again
        i32.const 0
        local.get $n
        i32.store
        i32.const 4
        i32.const 14
        i32.store
      end
    end
    (drop (call $fd_write
      (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))
  )
  (func (export "fac") (param i32) (result i32) local.get 0)
  (func (export "nop"))
)
"""
PATIENCE = 60.0
"""Seconds that a key waits for the one before it: the machine may be busy."""
BEGIN = 5
"""The step at which the lab is entered: before the first i32.store, in the inner frame."""

NOTED = ("step", "step_over", "step_out", "step_line", "run", "run_to",
         "pause", "restart", "call", "answer",
         "feed_input", "no_input",
         "reverse_over", "reverse_out", "reverse_run", "history_of", "who_printed",
         "who_wrote", "compare", "switch", "replay")  # fmt: skip
"""Methods of a session whose calls are noted."""


def notes_of(session: Session) -> list[object]:
    """Return a list to which every call is added that a session or its source gets from outside.

    A call is its name, or a tuple of the name and the arguments.
    """
    notes: list[object] = []
    within: set[int] = set()  # threads in which a noted method may call others

    def note(name: str, method: Callable[..., object]) -> Callable[..., object]:
        @wraps(method)
        def noted(*args: object, **kwargs: object) -> object:
            given, thread = (*args, *kwargs.values()), threading.get_ident()
            if thread in within:
                return method(*args, **kwargs)
            notes.append((name, *given) if given else name)
            within.add(thread)
            try:
                return method(*args, **kwargs)
            finally:
                within.remove(thread)

        return noted

    owners = [(session, name) for name in NOTED] + [(session.source, "open_line")]
    for owner, name in owners:
        setattr(owner, name, note(name, getattr(owner, name)))
    return notes


class Lab:
    """The app under the pilot's hands."""

    def __init__(self, app: LabApp, pilot: Pilot[int], session: Session) -> None:
        self.app, self.pilot, self.session = app, pilot, session
        self.asked = notes_of(session)

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they start."""
        for key in keys:
            self.app.simulate_key(key)
            await _caught_up(self.app)
            await self.app.typeahead.idle.wait()
            await self._rest()
        await self.pilot.pause()

    async def _rest(self) -> None:
        """Wait until nothing has anything to do: no message is left, and no work goes on.

        A message may be handled while no queue holds any: so it is twice.
        """
        rounds = 0
        while rounds < 2:
            screens = self.app.screen_stack
            nodes = [self.app, *screens, *(w for s in screens for w in s.walk_children())]
            for node in nodes:
                await _caught_up(node)
            waits = any(node.message_queue_size for node in nodes)
            await self._painted()
            if len(self.app.workers):
                await self.app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType] - Worker of any result
                waits = True
            rounds = 0 if waits else rounds + 1

    async def _painted(self) -> None:
        """Wait until the screen shows what it was told, or another one is in front of it."""
        app, painted = self.app, asyncio.Event()
        shown = app.screen_stack[-1:]
        if shown and shown[0].call_after_refresh(painted.set):
            while app.is_running and app.screen_stack[-1:] == shown and not painted.is_set():  # noqa: ASYNC110 - closing sets no event
                await asyncio.sleep(0)

    async def type_at_once(self, *keys: str) -> None:
        """Press keys that all come before the first one is handled, as in one read."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await self.press()
        await self.app.typeahead.idle.wait()

    async def answer(self, text: str) -> None:
        """Type into the dialogue and take it."""
        self.app.screen.query_one(Input).value = text
        await self.press("enter")

    @property
    def typed(self) -> str:
        """What stands in the dialogue."""
        return self.app.screen.query_one(Input).value

    @property
    def screen(self) -> LabScreen:
        """The lab, also below a dialogue."""
        return next(s for s in self.app.screen_stack if isinstance(s, LabScreen))

    def pane(self, name: str) -> list[str]:
        """Return the lines of a pane that lists."""
        return [line.text.strip() for line in self.screen.query_one(f"#{name}", LinePane).lines]

    @property
    def focused(self) -> str | None:
        """The pane that has the focus."""
        return self.screen.focused.id if self.screen.focused is not None else None

    @property
    def source(self) -> SourcePane:
        """The source pane."""
        return self.screen.query_one(SourcePane)

    @property
    def breakpoints(self) -> BreakpointsPane:
        """The pane of breakpoints."""
        return self.screen.query_one(BreakpointsPane)

    @property
    def memory(self) -> MemoryPane:
        """The memory pane."""
        return self.screen.query_one(MemoryPane)

    @property
    def status(self) -> str:
        """The status line."""
        return self.pane("status")[0]

    @property
    def said(self) -> str:
        """What was answered in the log, and messages above other screens."""
        labs = [s for s in self.app.screen_stack if isinstance(s, LabScreen)]
        logs = [lab.pane(LogPane) for lab in labs]
        lines = [text for log in logs for answer in log.answers for text in answer.lines]
        lines += [found.message for found in self.app._notifications]  # pyright: ignore[reportPrivateUsage] - no public way to read them
        return "\n".join(lines)

    @property
    def seen(self) -> str:
        """Everything that can be seen."""
        rows = ("".join(segment.text for segment in strip) for strip in strips_of(self.app))
        return "\n".join(row.rstrip() for row in rows)


async def _caught_up(node: MessagePump) -> None:
    """Wait until a node has handled the messages that it has now, or is closed."""
    handled = asyncio.Event()
    if node.is_running and node.call_later(handled.set):
        while node.is_running and not handled.is_set():  # noqa: ASYNC110 - closing sets no event
            await asyncio.sleep(0)


def strips_of(app: LabApp) -> list[Strip]:
    """Return the rows of the screen with their colours."""
    return app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage] - no public way to read the screen


SMALL, WIDE = (80, 24), (160, 50)


@pytest.fixture
def session() -> Session:
    session = Session(assemble(TEXT, file="hello.wat"), stdin=None)
    session.step(BEGIN)
    return session


@pytest.fixture(autouse=True)
def _own_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    chosen_keys.cache_clear()


@pytest.fixture
def enter(session: Session) -> Callable[..., AbstractAsyncContextManager[Lab]]:
    """Return how to enter the lab: ``async with enter(size) as lab``."""

    @asynccontextmanager
    async def run(size: tuple[int, int] = WIDE, app: LabApp | None = None) -> AsyncGenerator[Lab]:
        app = app or LabApp(OpenProgram("hello.wat", session))
        app.typeahead.patience = PATIENCE
        shown = session if app.program is None else app.program.session
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            yield Lab(app, pilot, shown)

    return run
