"""Whatever may take long looks often at the request to stop, and stops without a trace."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import State, StopReason
from wasmlab.engine.recording import recorder as recording
from wasmlab.engine.work import Progress, Work
from wasmlab.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Stop
    from wasmlab.engine.recording.recorder import Recorder

MOST_CALLS = 50_000
"""Python calls between two looks: some ten milliseconds."""
SNAPSHOT_TICKS = 4000
MOST_TICKS = 2_000
"""Instructions of the reference tier between two looks, and those after a request."""
FUNCS = 60
ALL = range(FUNCS)
TEXT = f"""
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (global $sum (mut i32) (i32.const 0))
  (table {FUNCS} funcref)
  (elem (i32.const 0) {" ".join(f"$f{n}" for n in ALL)})
  (data (i32.const 16) "\\20\\00\\00\\00\\02\\00\\00\\00")
  (data (i32.const 32) "x\\n")
  (type $one (func (param i32) (result i32)))
  {" ".join(f"(func $f{n} (type $one) (i32.add (local.get 0) (i32.const {n})))" for n in ALL)}
  (func $turn (param $n i32)
    (local $at i32)
    (local.set $at (i32.mul (i32.rem_u (local.get $n) (i32.const 1000)) (i32.const 4)))
    (i32.store offset=256 (local.get $at)
      (call_indirect (type $one) (local.get $n)
        (i32.rem_u (local.get $n) (i32.const {FUNCS}))))
    (global.set $sum (i32.add (global.get $sum) (local.get $n))))
  (func $late)
  (func (export "_start") (local $n i32)
    (loop $l
      (call $turn (local.get $n))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $n) (i32.const 700))))
    (call $late)
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0)))))
"""
"""Calls many functions in turn, and writes memory, a global and locals: 20,000 instructions."""


CHANGED = wl.assemble(TEXT.replace("(i32.const 7)))", "(i32.const 8)))"))


class AtLook(Work):
    """Is asked to stop at its n-th look, or never; measures what is done between two looks."""

    def __init__(self, wanted_at: int = 0) -> None:
        super().__init__()
        self.wanted_at, self.looks = wanted_at, 0
        self._calls, self._counted = 0, 0
        self.most_calls, self.most_ticks = 0, 0

    def look(self) -> None:
        """Ask for the stop at the look that was chosen."""
        self.looks += 1
        self.most_calls = max(self.most_calls, self._calls)
        self.most_ticks = max(self.most_ticks, self.executed - self._counted)
        self._calls, self._counted = 0, self.executed
        if self.looks == self.wanted_at:
            self.request()
        super().look()

    def measure(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever a command gives
        """Do something and count the calls that Python makes meanwhile."""

        def note(_frame: FrameType, event: str, _arg: object) -> None:
            self._calls += event in {"call", "c_call"}

        sys.setprofile(note)
        try:
            return act()
        finally:
            sys.setprofile(None)
            self.most_calls = max(self.most_calls, self._calls)


@pytest.fixture(autouse=True)
def _even_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no clock decide how long slices are, and when snapshots are taken."""

    def snapshot(recorder: Recorder, _seconds: float) -> None:
        if recorder.tick - recorder.window >= SNAPSHOT_TICKS:
            recording.snapshot_now(recorder)
            recorder.window = recorder.tick

    def same(budget: int, _seconds: float) -> int:
        return budget

    monkeypatch.setattr("wasmlab.engine.slices._adapted", same)
    monkeypatch.setattr(recording, "snapshot_if_due", snapshot)


def ran() -> Session:
    """Return a session in the middle of what was recorded, with two branches."""
    s = wl.Session(wl.assemble(TEXT), engine="reference")
    s.run()
    s.goto(s.tick // 2)
    s.set("global 0", 5)
    s.step(3000)
    return s


def here(s: Session) -> tuple[object, ...]:
    """Return all that a query must leave as it is."""
    store = s.control.store
    state = s.tick, s.state, s.stop, s.frame, s.recorded, s.branches, s.output
    stack = s.stack, s.locals, [g.value for g in s.globals], s.depth
    return (*state, *stack, bytes(store.mems[0].data[: store.mems[0].size]))


QUERIES: dict[str, Callable[[Session, Path], object]] = {
    "find": lambda s, _: list(s.find(op="i32.store")),
    "find, asked at every instruction": lambda s, _: list(s.find(where="i32[0x100] == 77777")),
    "find addresses": lambda s, _: list(s.find(addr=range(256, 260))),
    "first": lambda s, _: s.first(op="call", where="$n == 77777"),
    "last": lambda s, _: s.last(op="call", where="$n == 77777"),
    "writes": lambda s, _: list(s.writes(256)),
    "who memory": lambda s, _: s.who_wrote(0x100),
    "who global": lambda s, _: s.who_wrote("global 0"),
    "who local": lambda s, _: s.who_wrote("$n"),
    "history": lambda s, _: s.history_of("$n"),
    "calls": lambda s, _: list(s.calls("$f7")),
    "coverage": lambda s, _: s.coverage.instructions,
    "trace": lambda s, _: s.trace_records(lambda _: None),
    "steps": lambda s, _: [step.tick for step in s.trace(1000, 3000)],
    "steps back": lambda s, _: [step.tick for step in s.trace(3000, 1000)],
    "compare": lambda s, _: str(s.compare(1, 2)),
    "replay": lambda s, _: str(s.replay(CHANGED)),
    "save": lambda s, path: s.save(path / "x.wlab"),
    "core": lambda s, _: s.core_dump,
    "find bytes": lambda s, _: s.find_bytes(b"nowhere"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_query_that_is_stopped_leaves_the_session_as_it_was(name: str, tmp_path: Path) -> None:
    s, query = ran(), QUERIES[name]
    before = here(s)
    query(s, tmp_path)  # which may leave snapshots that shorten the next
    s.control.target.work = counted = AtLook()
    whole = counted.measure(lambda: query(s, tmp_path))
    assert here(s) == before
    assert counted.looks > 0
    assert counted.most_calls < MOST_CALLS, "it looks often enough"
    assert counted.most_ticks < MOST_TICKS
    for at in sorted({1, counted.looks // 3 or 1, counted.looks}):
        s.control.target.work = asked = AtLook(at)
        with pytest.raises(Interrupted, match="nothing has moved"):
            asked.measure(lambda: query(s, tmp_path))
        assert asked.most_calls < MOST_CALLS, "it comes back at once"
        assert here(s) == before
        assert not asked.wanted
    s.control.target.work = Work()
    assert query(s, tmp_path) == whole


RUNS: dict[str, Callable[[Session], Stop]] = {
    "run": lambda s: s.run(),
    "until": lambda s: s.run_to("$late"),
    "step": lambda s: s.step(6_000),
    "out": lambda s: s.step_out(),
    "goto": lambda s: s.goto(s.recorded[1] - 2),
    "reverse": lambda s: s.reverse_run(),
    "reverse out": lambda s: s.reverse_out(),
}


def prepared() -> Session:
    """Return a session in an outer frame, with a condition that is asked at every instruction."""
    s = wl.Session(wl.assemble(TEXT), engine="reference")
    s.step(12_000)
    while s.depth > 1:
        s.step()
    s.break_at("$turn", "i32[0x100] * 1 == 77777")
    s.watch("i32[0x8000]")
    return s


@pytest.mark.parametrize("name", RUNS)
def test_run_that_is_stopped_stands_there_and_can_go_on(name: str) -> None:
    s, run = prepared(), RUNS[name]
    s.control.target.work = counted = AtLook()
    began = s.tick
    stop = counted.measure(lambda: run(s))
    assert counted.most_ticks < MOST_TICKS
    assert counted.most_calls < MOST_CALLS
    s = prepared()
    s.control.target.work = asked = AtLook(max(counted.looks // 2, 1))
    stopped = run(s)
    assert stopped.reason is StopReason.PAUSED
    assert s.state is State.PAUSED
    assert stopped.tick == s.tick
    assert s.tick <= max(began, stop.tick)
    assert abs(asked.looks - asked.wanted_at) <= 1, "nothing more is done"


def test_reverse_run_that_is_stopped_has_got_somewhere() -> None:
    s = prepared()
    s.control.target.work = counted = AtLook()
    s.reverse_run()
    s = prepared()
    snapshots = [shot.tick for shot in s.control.timeline.snapshots]
    began = s.tick
    s.control.target.work = AtLook(counted.looks * 9 // 10)
    assert s.reverse_run().reason is StopReason.PAUSED
    assert s.tick < began or len(snapshots) < 2
    s.control.target.work = Work()
    assert s.reverse_run().reason is StopReason.BEGINNING
    assert s.tick == 0


@pytest.mark.parametrize("line", ["next 30000", "reverse-next 3000"])
def test_repeated_command_ends_with_the_step_that_is_stopped(line: str) -> None:
    s = prepared()
    s.control.target.work = AtLook(50)
    said = execute(s, line)
    assert said.stop is not None
    assert said.stop.reason is StopReason.PAUSED
    assert s.control.work.progress.executed < MOST_TICKS


def test_find_that_is_stopped_shows_what_it_has_found() -> None:
    s = ran()
    s.control.target.work = counted = AtLook()
    whole = execute(s, "find call if $n < 50 and i32[0] == 0").lines
    s.control.target.work = AtLook(counted.looks - 1)
    lines = execute(s, "find call if $n < 50 and i32[0] == 0").lines
    assert "nothing has moved" in lines[-1]
    assert len(lines) > 1
    assert lines[:-1] == whole[: len(lines) - 1]


def test_request_between_two_commands_stops_neither() -> None:
    s = prepared()
    s.control.target.work = asked = AtLook()
    s.step()
    asked.wanted_at = asked.looks + 1
    s.step()
    s.run()
    assert s.state is State.EXITED


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Let SIGINT be what Python makes of it, although a shell may have it ignored beside it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_stops_a_query_and_raises_keyboard_interrupt() -> None:
    s = ran()
    before = here(s)

    class Signalled(AtLook):
        def request(self) -> None:
            signal.raise_signal(signal.SIGINT)
            if not self.wanted:
                super().request()

    for query in (lambda: s.coverage, lambda: list(s.find(where="i32[0] == 7777"))):
        s.control.target.work = Signalled(9)
        with pytest.raises(KeyboardInterrupt):
            query()
        assert here(s) == before
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_stops_a_run_where_it_is() -> None:
    s = wl.Session(wl.assemble('(module (func (export "f") (loop $l (br $l))))'), invoke="f")

    class Signalled(AtLook):
        def look(self) -> None:
            if self.looks == 2:
                signal.raise_signal(signal.SIGINT)
            super().look()

    s.control.target.work = Signalled()
    with pytest.raises(KeyboardInterrupt):
        s.run()
    assert s.state is State.PAUSED
    assert s.stop.reason is StopReason.PAUSED
    assert s.tick > 0
    s.step(3)
    assert s.stop.reason is StopReason.STEP


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (
            Progress(124_000_000, 248_000_000, "steps", 0, 1),
            "124,000,000 of 248,000,000 steps, 50%",
        ),
        (Progress(400, 300, "functions", 0, 1), "300 of 300 functions, 100%"),
        (Progress(0, 0, "steps", 0, 0), "0 of 0 steps, 0%"),
        (Progress(0, None, "steps", 12_400_000, 4), "12.4 M instructions, 3.1 M/s"),
        (Progress(0, None, "steps", 900, 0), "900 instructions, 0/s"),
        (Progress(0, None, "steps", 0, 3), ""),
    ],
)
def test_progress_is_told_in_a_unit_that_fits(progress: Progress, text: str) -> None:
    assert str(progress) == text


def test_progress_of_a_search_counts_to_its_end() -> None:
    s = ran()

    class Told(AtLook):
        def look(self) -> None:
            told.append(self.progress)
            super().look()

    told: list[Progress] = []
    s.control.target.work = Told()
    list(s.find(where="i32[0x100] == 77777"))
    steps = [p for p in told if p.unit == "steps" and p.total is not None]
    functions = [p for p in told if p.unit == "functions"]
    assert functions
    assert functions[-1].done <= (functions[-1].total or 0)
    assert steps
    assert [p.done for p in steps] == sorted(p.done for p in steps)
    assert steps[-1].total == s.recorded[1] + 1
    assert steps[-1].done >= 0.9 * (steps[-1].total or 0)


@pytest.mark.parametrize(
    ("command", "slow", "doing"),
    [
        ("restart", "wasmlab.debug.beginning.load_program", "beginning again"),
        ("reload", "wasmlab.debug.beginning.load_program", "beginning again"),
        ("reload", "wasmlab.debug.rebuild.read_again", "reading turns.wat"),
        ("reload --replay", "wasmlab.debug.rebuild.read_again", "reading turns.wat"),
    ],
)
def test_beginning_again_is_stopped_at_once_and_changes_nothing(
    command: str, slow: str, doing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "turns.wat"
    path.write_text(TEXT)
    session = wl.Session(wl.load(path))
    session.break_at("$late")
    session.run()
    before = session.tick, session.control, session.breakpoints
    path.write_text(f"{TEXT};; changed")
    begun, ends, told = threading.Event(), threading.Event(), list[str]()
    module, _, name = slow.rpartition(".")
    usual = getattr(sys.modules[module], name)

    def slowly(*args: object) -> object:
        begun.set()
        ends.wait()
        return usual(*args)

    def stop() -> None:
        begun.wait()
        told.append(str(session.views.progress))
        session.pause()

    monkeypatch.setattr(slow, slowly)
    with ThreadPoolExecutor(1) as thread:
        stopped = thread.submit(stop)
        with pytest.raises(Interrupted, match=f"stopped at {doing}, .*; nothing has moved"):
            execute(session, command)
        stopped.result()
    assert told[0].startswith(doing)
    assert before == (session.tick, session.control, session.breakpoints)
    ends.set()
    monkeypatch.undo()
    assert execute(session, "reload").lines == (f"{path} changed on disk.", "1 breakpoint is kept.")
    assert session.run().breakpoint == 1
