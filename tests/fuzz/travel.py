"""Random walks through time: the state at a tick is always the same, and that of a fresh run.

Programs of wasm-tools smith, and samples. A walk goes forward and back, changes things, makes
branches and switches between them, and asks questions. Whatever it saw is then compared, bit by
bit, with fresh runs in the reference tier that never go back.

    python -m tests.fuzz.travel [WALKS [FIRST_SEED]]
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import wasmlab as wl
from tests.debug.states import whole_state
from tests.fuzz.run import LIMITS, smith
from wasmlab.debug.views.model import State
from wasmlab.engine.recording.recorder import snapshot_now
from wasmlab.errors import DebugError, Exhaustion, Trap, UsageError
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.samples import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.module import Module
    from wasmlab.runtime.values import PyValue

ENGINES = ("reference", "native")
SAMPLES = ("hello", "echo", "sieve", "states", "dispatch")
CALLS = (("a", 3, 5, 1.5, -2.0), ("e", 7, 9), ("b", 11, 2), ("d", 1, 2, 3, 0.5), ("c", 1.0, 8.0))
"""What is called by hand where there is no _start, one after the other."""
_MOVES = 60
_FAR = 3_000


class Changed(NamedTuple):
    """Something that a walk changed by hand."""

    tick: int
    what: str
    value: PyValue


class Walker(wl.Session):
    """A session whose runs come back after a while."""

    step_limit = 20_000


@dataclass(slots=True)
class Walk:
    """What a walk did and saw."""

    session: wl.Session
    rng: random.Random
    changes: dict[int, list[Changed]] = field(default_factory=lambda: {1: []})
    """By branch, in order."""
    seen: dict[tuple[int, int], tuple[object, ...]] = field(
        default_factory=dict[tuple[int, int], "tuple[object, ...]"]
    )
    """States by branch and tick."""


def opened(module: Module, engine: str) -> wl.Session:
    """Return a session of a module in a tier; its recording is full soon."""
    return Walker(
        module, stdin=b"one\ntwo\nthree\n", engine=engine, limits=LIMITS, record_limit=3 << 20
    )


def difference(module: Module, engine: str, seed: int) -> str:
    """Walk through a program; return what was seen and is not so in a fresh run, or nothing."""
    try:
        walk = Walk(opened(module, engine), random.Random(seed))  # noqa: S311 - repeatable
    except (Trap, Exhaustion):  # an active segment is too long
        return ""
    for _ in range(_MOVES):
        found = _moved(walk)
        if found:
            return found
    for branch, changes in walk.changes.items():
        ticks = [tick for number, tick in walk.seen if number == branch]
        fresh = _fresh(opened(module, "reference"), changes, ticks)
        for tick, state in fresh.items():
            if walk.seen[branch, tick] != state:
                return f"branch {branch}, tick {tick}: {_which(walk.seen[branch, tick], state)}"
    return ""


def _which(a: tuple[object, ...], b: tuple[object, ...]) -> str:
    parts = ("tick", "frames", "stack", "memories", "tables", "globals", "heap", "dropped", "wasi",
             "output", "host calls")  # fmt: skip
    return ", ".join(n for n, one, other in zip(parts, a, b, strict=True) if one != other)


def _moved(walk: Walk) -> str:
    """Make one move; return what is not as it was at the same tick before."""
    s, rng = walk.session, walk.rng
    stood, move = (s.tick, s.state, s.recorded[1]), rng.choices(_MOVES_BY_WEIGHT, _WEIGHTS)[0]
    with suppress(DebugError, UsageError):  # not possible here, or nothing is there
        move(walk)
    now = s.tick, s.state, s.recorded[1]
    if move is _ask and now != stood:
        return f"a question moved the program from {stood} to {now}"
    if s.state is not State.PAUSED:
        return ""
    key, state = (_branch(s), s.tick), whole_state(s)
    before = walk.seen.setdefault(key, state)
    return "" if before == state else f"again at {key}: {_which(before, state)}"


def _branch(s: wl.Session) -> int:
    return next(branch.number for branch in s.branches if branch.current)


def _forward(walk: Walk) -> None:
    s, rng = walk.session, walk.rng
    if s.state is State.WAITING_FOR_CALL:
        _call_next(s)
    rng.choice([lambda: s.step(rng.randrange(1, 9)), lambda: s.step(rng.randrange(_FAR)),
                s.step_over, s.step_out, s.run])()  # fmt: skip


def _call_next(s: wl.Session) -> None:
    done = sum(event.kind == "call" for event in s.timeline.events)
    if s.tick == s.recorded[1] and done < len(CALLS):
        name, *args = CALLS[done]
        s.call(str(name), *args)


def _back(walk: Walk) -> None:
    s, rng = walk.session, walk.rng
    rng.choice([lambda: s.step_back(rng.randrange(1, 9)), lambda: s.step_back(rng.randrange(_FAR)),
                s.reverse_over, s.reverse_out, s.reverse_run])()  # fmt: skip


def _jump(walk: Walk) -> None:
    s, rng = walk.session, walk.rng
    first, last = s.recorded
    rng.choice([s.to_start, s.to_end, s.next_event, s.previous_event,
                *[lambda: s.goto(rng.randint(first, last))] * 4])()  # fmt: skip


def _change(walk: Walk) -> None:
    """Change something by hand; the walk notes it on the branch where it took place."""
    s, rng = walk.session, walk.rng
    if s.state is not State.PAUSED or len(walk.changes) > 4:
        return
    tick, branch = s.tick, _branch(s)
    what, value = _chosen(s, rng)
    s.set(what, value)
    new = _branch(s)
    if new != branch:
        walk.changes[new] = [c for c in walk.changes[branch] if c.tick <= tick]
    walk.changes[new].append(Changed(tick, what, value))
    walk.seen.pop((new, tick), None)


def _chosen(s: wl.Session, rng: random.Random) -> tuple[str, PyValue]:
    address = rng.randrange(0, 512)
    wanted: list[tuple[str, PyValue]] = [
        ("stdin", rng.choice([b"", b"x\n", b"another line\n"])),
        ("result", rng.choice([0, 8])),
        (f"memory[{address}:{address + 4}]", rng.randbytes(4)),
        (f"global {rng.randrange(2)}", rng.randrange(1000)),
    ]
    wanted += [("stack[0]", _value(slot.type, rng)) for slot in s.stack[:1]]
    wanted += [(f"${local.index}", _value(local.type, rng)) for local in s.locals[:3]]
    return rng.choice(wanted)


def _value(type_: str, rng: random.Random) -> PyValue:
    """Return a number; null for references, which do not mean the same in another run."""
    return None if "ref" in type_ else rng.randrange(1000)


def _fork(walk: Walk) -> None:
    if len(walk.changes) < 4:
        old, tick = _branch(walk.session), walk.session.tick
        number = walk.session.branch()
        walk.changes[number] = [c for c in walk.changes[old] if c.tick <= tick]


def _switch(walk: Walk) -> None:
    walk.session.switch(walk.rng.choice(list(walk.changes)))


def _stop_points(walk: Walk) -> None:
    s, rng = walk.session, walk.rng
    for point in (*s.breakpoints, *s.watchpoints):
        s.remove_breakpoint(point.number)
    if s.location is not None:
        s.break_at(s.location.offset, hits=rng.choice([0, 0, 2]))
    s.watch(rng.choice(["memory[0:64]", "global 0"]), rng.choice(["w", "rw"]))


def _ask(walk: Walk) -> None:
    """Ask a question, which moves nothing."""
    s, rng = walk.session, walk.rng
    rng.choice([
        lambda: s.who_wrote(rng.randrange(64)), lambda: s.last(op="i32.*"),
        lambda: list(s.writes(range(16))), lambda: s.who_wrote("stack[0]"),
        lambda: list(s.trace(s.tick, s.tick - 20)), lambda: s.who_printed(line=1),
        lambda: s.compare(1, rng.choice(list(walk.changes))),
    ])()  # fmt: skip


def _snapshot(walk: Walk) -> None:
    """Take a snapshot here, as may happen at any time."""
    if walk.session.state is State.PAUSED:
        snapshot_now(walk.session.control.recorder)


_WEIGHED: dict[Callable[[Walk], None], int] = {
    _forward: 10, _back: 8, _jump: 6, _change: 4, _fork: 1, _switch: 3, _stop_points: 2, _ask: 3,
    _snapshot: 5,
}  # fmt: skip
_MOVES_BY_WEIGHT, _WEIGHTS = list(_WEIGHED), list(_WEIGHED.values())


def _fresh(
    s: wl.Session, changes: list[Changed], ticks: Iterable[int]
) -> dict[int, tuple[object, ...]]:
    """Return the states at ticks of a run that only goes forward."""
    found: dict[int, tuple[object, ...]] = {}
    wanted = set(ticks)
    for tick in sorted(wanted | {change.tick for change in changes}):
        while s.tick < tick or s.state is State.WAITING_FOR_CALL:
            if s.state is State.WAITING_FOR_CALL:
                _call_next(s)
            if s.state is not State.PAUSED:
                return found
            if s.tick < tick:
                s.step(tick - s.tick)
        for change in changes:
            if change.tick == tick:
                s.set(change.what, change.value)
        if tick in wanted and s.state is State.PAUSED:
            found[tick] = whole_state(s)
    return found


@cache
def sample(name: str) -> Module:
    """Return a sample's module."""
    return wl.load(folder() / f"{name}.wat")


@cache
def smithed(seed: int) -> Module:
    """Return the module of a seed."""
    with TemporaryDirectory() as path:
        return smith(seed, Path(path))


def main(walks: int = 300, first: int = 0) -> int:
    """Walk through one program after the other; return how many made a difference."""
    bad = 0
    for seed in range(first, first + walks):
        name = SAMPLES[seed // 2 % len(SAMPLES)]
        module = sample(name) if seed % 2 else smithed(seed)
        for engine in ENGINES:
            found = difference(module, engine, seed)
            bad += bool(found)
            if found:
                print(f"seed {seed}, {engine}: {found}", flush=True)
        if (seed + 1) % 50 == 0:
            print(f"{seed + 1 - first} walks, {bad} differences", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
