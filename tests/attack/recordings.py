"""Forged recordings, opened and replayed in both tiers: ``make attack``.

Each case is a recording whose checksums are right and whose values are not. It may be refused, or
show other values. It may not end the process, hang, take more memory than is allowed, raise what is
no error of wasmlab, or be called a defect of wasmlab. Arenas have guards around them, so that a
read or write outside ends the process, which is a child of this one.

    python -m tests.attack.recordings [--cases N] [--seed S] [--only K]
"""

from __future__ import annotations

import argparse
import gc
import mmap
import os
import random
import resource
import signal
import struct
import sys
import time
import traceback
from contextlib import ExitStack, contextmanager, suppress
from enum import IntEnum, auto
from functools import cache, lru_cache, partial
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.attack.forging import Forger, Original, taken_apart
from tests.attack.guards import guarded_arenas
from tests.attack.recorded import recorded
from tests.attack.tally import Tally
from wasmlab.debug import forward
from wasmlab.debug.history import reverse
from wasmlab.debug.recorded_session import recorded_session
from wasmlab.debug.views.plain_text import frame_lines
from wasmlab.engine.recording.file import check, heap_check, reader, recorded_program
from wasmlab.engine.recording.file.check import Checker
from wasmlab.engine.recording.file.reader import recording_in
from wasmlab.engine.recording.snapshots.snapshot import take_snapshot
from wasmlab.engine.tier import choose
from wasmlab.errors import BadRecording, Crash, WasmlabError
from wasmlab.exec import body, roots
from wasmlab.native.encode import body as encode_body
from wasmlab.native.loop import load_loop
from wasmlab.records import NamedTuple
from wasmlab.runtime.fits import fits
from wasmlab.syntax.types import RefType

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

    from wasmlab.debug.session import Session
    from wasmlab.runtime.heap import Shape
    from wasmlab.runtime.store import Code, Store
    from wasmlab.syntax.types import ValType

ENGINES = ("reference", "native")
HANGS = 20
"""Seconds after which a case hangs."""
MOST_MEMORY = 1 << 30
"""Bytes that the process may grow by."""
_KNOWN = 2000
"""Functions that are remembered."""
_PORTION = 1000
"""Cases between two looks at the clock."""
_STEPS = 400
"""Steps beyond the end of the original that are taken at most."""


class End(IntEnum):
    """What came of a case."""

    REFUSED = 0
    ACCEPTED = auto()
    WRONG = auto()
    """It raised what is no error of wasmlab, or was called a defect."""
    CRASHED = auto()
    HUNG = auto()
    MEMORY = auto()


class Case(NamedTuple):
    """A forged file, and what to do with it."""

    content: bytes
    chance: random.Random
    last: int
    """The last step of the original."""


@cache
def originals() -> list[tuple[Original, int]]:
    """Return the files that are forged, taken apart, with their last steps."""
    found: list[tuple[Original, int]] = []
    for content in recorded().values():
        session = recorded_session(recording_in(BytesIO(content), len(content)), "reference")
        found.append((taken_apart(content), session.recorded[1]))
    return found


def case(seed: int, number: int) -> Case:
    """Return a case; the same numbers always give the same one."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - repeatable
    original, last = originals()[chance.randrange(len(originals()))]
    return Case(Forger(original, chance).forged(), chance, last)


# --- what is done with each ---------------------------------------------------------------------


def attempt(made: Case) -> End:
    """Open a forged file, go about in it in both tiers and look at it."""
    engines = made.chance.sample(ENGINES, 2)
    try:
        recording = recording_in(BytesIO(made.content), len(made.content))
        session = recorded_session(recording, engines[0])
    except WasmlabError as error:
        need_no_defect(error)
        return End.REFUSED
    first = made.chance.random()
    for engine in engines:
        choose(session.control.store, engine)
        drive(session, made.last, random.Random(first))  # noqa: S311 - repeatable
    return End.ACCEPTED


def need_no_defect(error: WasmlabError) -> None:
    """Raise AssertionError if an error blames wasmlab."""
    assert not isinstance(error, Crash), error
    assert "defect" not in str(error), error
    if "says what cannot be" in str(error) and error.__cause__ is not None:
        raise error.__cause__  # it was not checked before it was used


def drive(session: Session, last: int, chance: random.Random) -> None:
    """Move a session about, and look at all that it shows."""
    most = last + _STEPS
    ways = [partial(_from, snapshot.tick) for snapshot in session.control.timeline.snapshots[:8]]
    chance.shuffle(ways)
    ways += [chance.choice(_MOVES) for _ in range(chance.randrange(4))]
    for way in ways:
        try:
            way(session, chance, most)
        except WasmlabError as error:
            need_no_defect(error)
        if chance.random() < 0.07:
            looked(session)
        assert "defect" not in session.stop.message, session.stop
        if chance.random() < 0.15:
            need_sound(session)


def need_sound(session: Session) -> None:
    """Raise AssertionError unless every value, frame and object is what it can be now.

    Null may be anywhere: a forged local may be null, and every instruction looks for that.
    """
    taker = session.control.recorder.taker
    try:
        with patch.object(check, "fits", _fits), patch.object(heap_check, "fits", _fits):
            Checker(taker).snapshot(take_snapshot(taker, 0, 0))
    except BadRecording as error:
        raise AssertionError(f"the state is not sound: {error}") from error


def _fits(store: Store, t: ValType, bits: int, shape_at: Callable[[int], Shape | None]) -> bool:
    return (bits == 0 and isinstance(t, RefType)) or fits(store, t, bits, shape_at)


def _from(tick: int, session: Session, chance: random.Random, most: int) -> None:
    reverse.goto(session.control, tick)
    forward.step(session.control, most if chance.random() < 0.04 else chance.randrange(1, 90))


def _goto(session: Session, chance: random.Random, most: int) -> None:
    first, last = session.recorded
    session.goto(chance.randint(first, max(first, min(last, first + most))))


def _step(session: Session, chance: random.Random, most: int) -> None:
    session.step(chance.choice((1, 2, 10, 100, most)))


def _back(session: Session, chance: random.Random, _most: int) -> None:
    session.step_back(chance.choice((1, 1, 5, 50)))


def _end(session: Session, _chance: random.Random, most: int) -> None:
    if session.recorded[1] - session.recorded[0] <= 2 * most:
        session.to_end()


def _over(session: Session, _chance: random.Random, most: int) -> None:
    session.control.step_limit = most
    session.step_over()


def _change(session: Session, chance: random.Random, most: int) -> None:
    session.set(chance.choice(("global 0", "memory[0:4]", "i32[8]")), 1)
    session.step(most)


_MOVES: tuple[Callable[[Session, random.Random, int], None], ...] = (
    _goto, _goto, _step, _back, _end, _over, _change,
)  # fmt: skip


def looked(session: Session) -> None:
    """Look at everything that a front end shows."""
    for look in _LOOKS:
        try:
            look(session)
        except WasmlabError as error:
            need_no_defect(error)


def _objects(session: Session) -> None:
    for variable in session.globals:
        if variable.type.startswith("(ref") or "ref" in variable.type:
            with suppress(WasmlabError):
                session.object(variable.bits)


_LOOKS: tuple[Callable[[Session], object], ...] = (
    lambda s: s.frames,
    lambda s: s.stack,
    lambda s: s.globals,
    lambda s: s.locals,
    lambda s: s.host_calls,
    lambda s: s.output,
    lambda s: s.timeline,
    lambda s: s.instruction,
    lambda s: s.labels,
    lambda s: s.branches,
    lambda s: s.memory_sizes,
    lambda s: s.location,
    frame_lines,
    _objects,
)


@contextmanager
def _remembering() -> Generator[None]:
    """Decode, validate and encode what was not changed once for all cases."""
    patched: dict[tuple[object, str], Callable[..., object]] = {
        (recorded_program, "decode_module"): lru_cache(64)(recorded_program.decode_module),
        (reader, "decode"): lru_cache(256)(reader.decode),
        (reader, "unpack"): lru_cache(256)(reader.unpack),
        (body, "validate_body"): _by_function(body.validate_body),
        (roots, "stack_types"): _by_function(roots.stack_types),
        (encode_body, "encode"): _encoded_once(),
    }
    with ExitStack() as patches:
        for (module, name), function in patched.items():
            patches.enter_context(patch.object(module, name, function))
        yield


def _encoded_once() -> Callable[[Code, Mapping[str, int]], object]:
    encode = encode_body.encode

    def make(_module: object, _index: int, code: Code, numbers: Mapping[str, int]) -> object:
        return encode(code, numbers)

    known = _by_function(make)
    return lambda code, numbers: known(code.instance.module, code.func.index, code, numbers)


def _by_function(made: Callable[..., object]) -> Callable[..., object]:
    """Return what makes something of a module's function, once for each."""
    known: dict[tuple[int, int], tuple[object, object]] = {}

    def remembered(module: object, index: int, *rest: object) -> object:
        found = known.get((id(module), index))
        if found is None:
            if len(known) > _KNOWN:
                known.clear()
            known[id(module), index] = found = (module, made(module, index, *rest))
        return found[1]

    return remembered


# --- children -----------------------------------------------------------------------------------

_COUNTS = struct.Struct(f"<q{len(End)}q")


class _Shared:
    """The case that runs, and how many came to which end; shared with the child."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)

    def read(self) -> tuple[int, list[int]]:
        """Return the number of the case that runs, and the counts."""
        number, *counts = _COUNTS.unpack_from(self._shared)
        return number, counts

    def count(self, number: int, end: End | None) -> None:
        """Count the end of a case, and say which one is next."""
        _, counts = self.read()
        if end is not None:
            counts[end] += 1
        _COUNTS.pack_into(self._shared, 0, number, *counts)


class _HungError(BaseException):
    """A case takes too long."""


def _hung(_signal: int, _frame: object) -> None:
    raise _HungError


def child(seed: int, numbers: range, tally: _Shared) -> None:
    """Try cases; a signal ends one that hangs."""
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    signal.signal(signal.SIGALRM, _hung)
    gc.disable()
    with guarded_arenas(), _remembering():
        for number in numbers:
            tally.count(number, None)
            signal.alarm(HANGS)
            signal.setitimer(signal.ITIMER_PROF, 3 * HANGS)  # for a hang in native code
            try:
                end = attempt(case(seed, number))
            except _HungError:
                end = End.HUNG
                print(f"\ncase {number} of seed {seed} hangs:", file=sys.stderr)
                traceback.print_exc()
            except Exception:  # noqa: BLE001 - that is what is looked for
                end = End.WRONG
                print(f"\ncase {number} of seed {seed}:", file=sys.stderr)
                traceback.print_exc()
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10 > base + MOST_MEMORY:
                end = End.MEMORY
                print(f"\ncase {number} of seed {seed} took too much memory", file=sys.stderr)
            signal.alarm(0)
            tally.count(number + 1, end)
            if end is End.MEMORY:
                return
            if number % 16 == 0:
                gc.collect()  # sessions lie in cycles, with their arenas


def all_of_them(seed: int, first: int, cases: int) -> list[int]:
    """Try cases in children, a new one after each that ended; return how many ended how."""
    load_loop()
    originals()
    gc.collect()
    gc.freeze()
    tally = _Shared()
    tally.count(first, None)
    while (number := tally.read()[0]) < first + cases:
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                child(seed, range(number, first + cases), tally)
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        if status:
            at, _ = tally.read()
            hung = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
            print(f"case {at} of seed {seed} ended with status {status:#x}", file=sys.stderr)
            tally.count(at + 1, End.HUNG if hung else End.CRASHED)
    gc.unfreeze()
    return tally.read()[1]


def portions(seed: int) -> Iterator[list[int]]:
    """Try cases without an end, and yield now and then how many came to what."""
    counts = [0] * len(End)
    for first in count(0, _PORTION):
        found = all_of_them(seed, first, _PORTION)
        counts = [a + b for a, b in zip(counts, found, strict=True)]
        yield counts


def attack(seconds: float, seed: int, _folder: Path) -> list[Tally]:
    """Try forged recordings; return what was tried. AssertionError if one did what it may not."""
    end = time.monotonic() + seconds
    counts = next(found for found in portions(seed) if failed(found) or time.monotonic() > end)
    assert not failed(counts), summary(counts)
    held = "refused, or replayed in both tiers; no crash, no hang, memory bounded"
    return [Tally("forged recordings", sum(counts), held)]


def failed(counts: list[int]) -> int:
    """Return how many cases did what none may do."""
    return sum(counts[end] for end in End if end > End.ACCEPTED)


def summary(counts: list[int]) -> str:
    """Return what came of all cases, in one line."""
    said = ", ".join(f"{counts[end]:,} {end.name.lower()}" for end in End)
    return f"{sum(counts):,} forged recordings: {said}"


def main() -> None:
    """Attack, and print how often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one case, to see what it does")
    found = parser.parse_args()
    if found.only is not None:
        print(attempt(case(found.seed, found.only)).name)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started, counts = time.monotonic(), [0] * len(End)
    with suppress(KeyboardInterrupt):
        for counts in portions(found.seed):
            print(summary(counts), end="\r", file=sys.stderr, flush=True)
            if sum(counts) >= found.cases:
                break
    print(f"{summary(counts)} ({sum(counts) / (time.monotonic() - started):,.0f} a second)")
    sys.exit(failed(counts) > 0)


if __name__ == "__main__":
    main()
