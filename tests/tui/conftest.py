"""A session made of views alone: the lab must need nothing else."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
from textual.widgets import Input

from wasmlab.debug.history.events import TimelineEvent, TimelineView
from wasmlab.debug.history.output_origin import Printing
from wasmlab.debug.history.provenance import Origin
from wasmlab.debug.session import Replay
from wasmlab.debug.stops.accesses import Area
from wasmlab.debug.views.model import (
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
    State,
    Step,
    Stop,
    StopReason,
    Value,
    Variable,
    Watchpoint,
)
from wasmlab.debug.views.skipped import Skipped
from wasmlab.debug.whatif.branches import Branch
from wasmlab.debug.whatif.compare import Comparison
from wasmlab.errors import NoSuchLocation, UsageError
from wasmlab.module import Module, assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.breakpoints import BreakpointsPane
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.program import Program
from wasmlab_tui.state.keymap import chosen_keys

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.pilot import Pilot

    from wasmlab.debug.session import Session

TEXT = """\
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "Hello, world!\\n")
  (func $main (export "_start") (local $n i32)
    i32.const 0
    i32.const 8
    i32.store
    i32.const 4
    i32.const 14
    i32.store
    (drop (call $fd_write
      (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))
  )
)
"""
FIRST, LAST = 7, 13
"""Lines with instructions."""


def i32(number: int) -> Value:
    return Value("i32", number % 2**32, number, str(number))


@dataclass
class FakeSource:
    title: str = "hello.wat"
    text: str = TEXT
    opened: int = 0

    def open_line(self, number: int) -> None:
        self.opened = number

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    def line(self, number: int) -> SourceLine:
        offset = 0x50 + number if FIRST <= number <= LAST else None
        return SourceLine(number, self.text.splitlines()[number - 1], offset)

    def prepare(self, offset: int) -> None:
        del offset

    def line_at(self, offset: int) -> int | None:
        return offset - 0x50 if FIRST <= offset - 0x50 <= LAST else None


MODULE = assemble(TEXT, file="hello.wat")


@dataclass
class FakeSession:
    """Walks down the lines of TEXT, prints at the last one, and remembers what it was asked."""

    source: FakeSource = field(default_factory=FakeSource)
    module: Module = MODULE
    state: State = State.PAUSED
    tick: int = 0
    last: int = 0
    watches: tuple[Watchpoint, ...] = ()
    changed: list[tuple[str, str | bytes]] = field(default_factory=list[tuple[str, "str | bytes"]])
    asked: list[object] = field(default_factory=list[object])
    points: dict[int, Breakpoint] = field(default_factory=dict[int, Breakpoint])
    entries: tuple[tuple[str, str], ...] = (("fac", "[i32] -> [i32]"), ("nop", "[] -> []"))
    output: tuple[Output, ...] = ()
    host_calls: tuple[HostCall, ...] = ()
    memory_sizes: tuple[int, ...] = (65_536, 65_536)
    stop: Stop = field(default_factory=lambda: Stop(StopReason.STEP, 0, None, "at the start"))
    hold: Callable[[], None] | None = None
    """Called in ``run``, to make it take long."""

    @property
    def location(self) -> Location | None:
        if self.state is State.EXITED:
            return None
        line = FIRST + self.tick
        return Location(1, "$main", 0x50 + line, line, 5)

    @property
    def instruction(self) -> Instruction | None:
        place = self.location
        if place is None:
            return None
        return Instruction(
            location=place,
            mnemonic="i32.store",
            text="i32.store",
            signature="[i32 i32] -> []",
            explanation="Writes 4 bytes to memory, little endian.",
            now="i32.store writes 8 to memory[0:4]",
            spec="https://webassembly.github.io/spec/core/exec/instructions.html",
        )

    @property
    def stack(self) -> tuple[StackSlot, ...]:
        return (
            StackSlot(i32(8), 1, popped=True, changed=True),
            StackSlot(i32(-1), 0, popped=True, changed=False),
        )

    @property
    def labels(self) -> tuple[Label, ...]:
        return (
            Label("func", "2", 2, 0, 0, 6, 15),
            Label("block", "$out", 1, 0, 0, 8, 14),
            Label("loop", "$again", 0, 0, 1, 9, 9),
        )

    @property
    def frames(self) -> tuple[Frame, ...]:
        if self.location is None:
            return ()
        outer = Location(2, "$outer", 0x60, 12, 5)
        return (
            Frame(0, "$main", self.location, (i32(3),)),
            Frame(1, "$outer", outer, ()),
        )

    @property
    def host_call_count(self) -> int:
        return len(self.host_calls)

    def host_calls_from(self, first: int) -> tuple[HostCall, ...]:
        return self.host_calls[first:]

    def next_host_call(self, tick: int) -> int | None:
        end = LAST - FIRST + 1
        return end if tick <= end <= self.last else None

    @property
    def output_size(self) -> tuple[int, int]:
        return len(self.output), sum(len(piece.data) for piece in self.output)

    def output_from(self, first: int) -> tuple[Output, ...]:
        return self.output[first:]

    @property
    def depth(self) -> int:
        return len(self.frames)

    def frame_rows(self, start: int, count: int) -> tuple[Frame, ...]:
        return self.frames[start : start + count]

    @property
    def stack_size(self) -> int:
        return len(self.stack)

    def stack_size_of(self, frame: int) -> int:
        return 1 if frame else self.stack_size

    def stack_rows(self, start: int, count: int, frame: int = 0) -> tuple[StackSlot, ...]:
        outer = (StackSlot(i32(77), 0, popped=False, changed=False),)
        return (outer if frame else self.stack)[start : start + count]

    def labels_of(self, frame: int) -> tuple[Label, ...]:
        return self.labels[:1] if frame else self.labels

    def locals(self, frame: int = 0) -> tuple[Variable, ...]:
        name = "$n" if frame == 0 else "$of_outer"
        return (Variable(name, 0, i32(5), "param", changed=True, previous=i32(6)),)

    @property
    def globals(self) -> tuple[Variable, ...]:
        return (Variable("$sp", 0, i32(65_536), "global"),)

    def memory_rows(self, start: int, count: int, memory: int = 0) -> tuple[MemoryRow, ...]:
        data = bytearray(self.memory_sizes[memory])
        data[0:4] = (8).to_bytes(4, "little")
        data[8:22] = b"Hello, world!\n"
        return tuple(
            MemoryRow(a, bytes(data[a : a + 16]), frozenset({0, 1, 2, 3}), frozenset({8, 9, 10}))
            for a in range(start, min(start + 16 * count, len(data)), 16)
        )

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        return tuple(self.points.values())

    def step(self, n: int = 1) -> Stop:
        self.asked.append("step")
        return self._go(self.tick + n, StopReason.STEP)

    def source_of(self, frame: int) -> FakeSource:
        del frame
        return self.source

    def find_bytes(self, data: bytes, start: int = 0, memory: int = 0) -> int | None:
        self.asked.append(("find", data, start, memory))
        found = b"".join(r.data for r in self.memory_rows(0, 4)).find(data, start)
        return None if found < 0 else found

    def enable_breakpoint(self, number: int, *, on: bool = True) -> None:
        self.points[number] = replace(self.points[number], enabled=on)

    def watch(self, what: str, access: str = "w") -> Watchpoint:
        self.watches += (Watchpoint(9, what, access, "8"),)
        return self.watches[-1]

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        return self.watches

    def who_wrote(self, what: int | str) -> Origin:
        self.asked.append(("who_wrote", what))
        return Origin(1, "constant", "i32.store", None, "0", "8")

    def history_of(self, what: int | str) -> tuple[Origin, ...]:
        earlier = Origin(0, "instantiation", "data segment", None, "", "8")
        return self.who_wrote(what), earlier

    def replay(self, text: str) -> Replay:
        del text
        self.asked.append("replay")
        same = Comparison("the recording", "the new text", None, (), None, None, self.last)
        return Replay(cast("Session", self), same, ())

    def who_printed(self, what: int) -> Printing:
        self.asked.append(("who_printed", what))
        call = HostCall(7, "wasi_snapshot_preview1", "fd_write", "fd_write(fd=1)", (), "")
        place = Location(1, "$main", 0x5D, 13, 5)
        return Printing(6, call, place, 1, b"H", (range(8, 9),), Area("stack", 8, 9))

    @property
    def recorded(self) -> tuple[int, int]:
        return 0, max(self.last, self.tick)

    def step_back(self, n: int = 1) -> Stop:
        self.asked.append("step_back")
        return self.goto(max(self.tick - n, 0))

    def reverse_over(self) -> Stop:
        self.asked.append("reverse_over")
        return self.goto(max(self.tick - 1, 0))

    def reverse_out(self) -> Stop:
        self.asked.append("reverse_out")
        return self.goto(0)

    def reverse_run(self) -> Stop:
        self.asked.append("reverse_run")
        stops = [p.location.line - FIRST for p in self.points.values() if p.location.line]
        return self.goto(max((tick for tick in stops if tick < self.tick), default=0))

    def to_start(self) -> Stop:
        return self.goto(0)

    def to_end(self) -> Stop:
        return self.goto(self.recorded[1])

    def goto(self, tick: int) -> Stop:
        self.state, self.output, self.host_calls = State.PAUSED, (), ()
        return self._go(tick, StopReason.ARRIVED)

    def timeline_near(self, count: int) -> TimelineView:
        del count
        return self.timeline

    @property
    def timeline(self) -> TimelineView:
        events = (TimelineEvent(2, "host", "random_get(...)"), TimelineEvent(7, "exit", "exit"))
        seen = tuple(event for event in events if event.tick <= self.recorded[1])
        return TimelineView(0, self.recorded[1], self.tick, seen, 1)

    @property
    def trail(self) -> tuple[Skipped, ...]:
        place = Location(1, "$main", 0x5C, 12)
        return (Skipped("left $again", place),) if self.tick == FIRST else ()

    def previous(self) -> Location | None:
        return Location(1, "$main", 0x50 + FIRST + self.tick - 1, FIRST + self.tick - 1, 5)

    def next_event(self) -> Stop:
        return self.goto(min(e.tick for e in self.timeline.events if e.tick > self.tick))

    def previous_event(self) -> Stop:
        return self.goto(max(e.tick for e in self.timeline.events if e.tick < self.tick))

    @property
    def branches(self) -> tuple[Branch, ...]:
        changed = tuple(f"{what} = {value}" for what, value in self.changed)
        first = Branch(1, None, 0, self.last, (), current=not changed, rewound=True)
        if not changed:
            return (first,)
        return first, Branch(2, 1, 3, self.last, changed, current=True, rewound=True)

    def set(self, what: str, value: str | bytes) -> None:
        if value == "x":
            raise UsageError("i32 expected, found 'x'")
        self.changed.append((what, value))

    def compare(self, a: int, b: int) -> Comparison:
        self.asked.append(("compare", a, b))
        return Comparison(f"branch {a}", f"branch {b}", None, (), None, None, self.last)

    def switch(self, number: int) -> Stop:
        self.asked.append(("switch", number))
        return self.to_end()

    def trace(self, first: int, last: int) -> Iterator[Step]:
        for tick in range(first + 1, last + 1):
            place = Location(1, "$main", 0x50 + FIRST + tick, FIRST + tick, 5)
            yield Step(tick, place, "nop", (), (), 1)

    def step_over(self) -> Stop:
        self.asked.append("step_over")
        return self._go(self.tick + 1, StopReason.STEP)

    def step_out(self) -> Stop:
        self.asked.append("step_out")
        return self._go(LAST - FIRST + 1, StopReason.EXIT)

    def run(self) -> Stop:
        self.asked.append("run")
        if self.hold is not None:
            self.hold()
            return self._go(self.tick, StopReason.PAUSED)
        stops = [p.location.line - FIRST for p in self.points.values() if p.location.line]
        ahead = [tick for tick in stops if tick > self.tick]
        return self._go(min(ahead, default=LAST - FIRST + 1), StopReason.BREAKPOINT)

    def run_to(self, where: str | int) -> Stop:
        self.asked.append(("run_to", where))
        return self._go(int(where) - 0x50 - FIRST, StopReason.ARRIVED)

    def pause(self) -> None:
        self.asked.append("pause")
        self.hold = None

    def restart(self) -> Stop:
        self.asked.append("restart")
        self.output = self.host_calls = ()
        self.state = State.PAUSED
        return self._go(0, StopReason.STEP)

    def call(self, name: str, *args: str) -> Stop:
        self.asked.append(("call", name, *args))
        self.state = State.PAUSED
        return self._go(0, StopReason.STEP)

    def answer(self, value: str) -> None:
        self.asked.append(("answer", value))
        self.state = State.PAUSED

    def feed_input(self, data: bytes, *, end: bool = False) -> None:
        self.asked.append(("input", data, end))
        self.state = State.PAUSED

    def break_at(self, where: str | int, condition: str = "", hits: int = 0) -> Breakpoint:
        line = int(where) - 0x50
        if not FIRST <= line <= LAST:
            raise NoSuchLocation(f"no instruction at offset 0x{int(where):x}")
        number = len(self.points) + 1
        place = Location(1, "$main", int(where), line, 5)
        self.points[number] = Breakpoint(number, place, condition, hits, 2)
        return self.points[number]

    def remove_breakpoint(self, number: int) -> None:
        self.points.pop(number, None)
        self.watches = tuple(watch for watch in self.watches if watch.number != number)

    def amend_breakpoint(self, number: int, condition: str, hits: int) -> None:
        if condition == "x":
            raise UsageError("'x' is not an expression")
        self.points[number] = replace(self.points[number], condition=condition, hits=hits)

    def _go(self, tick: int, reason: StopReason) -> Stop:
        self.tick = tick
        self.last = max(self.last, tick)
        if FIRST + tick > LAST:
            self.state = State.EXITED
            data = b"Hello, world!\n"
            self.output = (Output(tick, 1, data),)
            self.host_calls = (
                HostCall(
                    tick=tick,
                    module="wasi_snapshot_preview1",
                    name="fd_write",
                    text='fd_write(fd=1, iovs=["Hello, world!\\n"]) -> 14',
                    args=(),
                    result="14",
                    reads=((0, 8), (8, 14)),
                ),
            )
        self.stop = Stop(reason, tick, self.location, reason.value)
        return self.stop


class Lab:
    """The app under the pilot's hands."""

    def __init__(self, app: LabApp, pilot: Pilot[int], session: FakeSession) -> None:
        self.app, self.pilot, self.session = app, pilot, session

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they start."""
        for key in keys:
            self.app.simulate_key(key)
            await self.pilot.pause()
            if len(self.app.workers):
                await self.app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType] - Worker of any result
        await self.pilot.pause()

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
    def seen(self) -> str:
        """Everything that can be seen."""
        strips = self.app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage] - no public way to read the screen
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


SMALL, WIDE = (80, 24), (160, 50)


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture(autouse=True)
def _own_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    chosen_keys.cache_clear()


@pytest.fixture
def enter(session: FakeSession) -> Callable[..., AbstractAsyncContextManager[Lab]]:
    """Return how to enter the lab: ``async with enter(size) as lab``."""

    @asynccontextmanager
    async def run(size: tuple[int, int] = WIDE, app: LabApp | None = None) -> AsyncGenerator[Lab]:
        app = app or LabApp(Program("hello.wat", cast("Session", session)))
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            yield Lab(app, pilot, session)

    return run
