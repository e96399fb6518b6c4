"""Recorded answers for another program: the inputs of one run given to a changed text.

The n-th call of a function gets what its n-th call got in the recording. Functions of WASI are
carried out anew, on a host that begins as the recorded one did, so that changed text prints
what it prints; only the time and random bytes are the recorded ones. Python functions are not
called as long as the recording has answers. Beyond them the program goes on as a fresh one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.errors import HostError
from wasmlab.exec.hostcall import call_python
from wasmlab.syntax.types import NumType, VecType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.engine.recording.hosts.journal import Answer, Journal
    from wasmlab.exec.hostcall import HostCaller
    from wasmlab.runtime.host import HostFunc

    _Key = tuple[str, str]

_INPUTS = {"clock_time_get": 2, "random_get": 0}
"""Functions of WASI whose answers are kept, and which argument says where they write them."""


@dataclass(slots=True)
class Tape:
    """Recorded answers by module and name of the function, and how many calls were counted."""

    answers: dict[_Key, list[Answer]]
    journal: Journal | None = None
    counted: int = 0
    counts: Counter[_Key] = field(default_factory=Counter["_Key"])


def tape_of(answers: Iterable[Answer]) -> Tape:
    """Return a tape with these answers."""
    found: dict[_Key, list[Answer]] = {}
    for answer in answers:
        found.setdefault((answer.record.module, answer.record.name), []).append(answer)
    return Tape(found)


def play(
    tape: Tape, journal: Journal, host: HostFunc, caller: HostCaller, args: tuple[int, ...]
) -> Sequence[int]:
    """Return the results of the program's next host call; raises what the recorded call raised.

    HostError where a recorded answer has no meaning for another program.
    """
    recorded = _recorded(tape, journal, (host.module, host.name))
    if recorded is None:
        return call_python(host, caller, args)
    if host.module.startswith("wasi_"):
        results = call_python(host, caller, args)
        _put_input(host, caller, args, recorded)
        return results
    _check(recorded)
    for addr, data in recorded.record.writes:
        caller.memory.write(addr, data)
    if recorded.error is not None:
        raise recorded.error.with_traceback(None)
    return recorded.record.results


def _recorded(tape: Tape, journal: Journal, key: _Key) -> Answer | None:
    """Return the answer to the next call of a function; None behind the last one."""
    if journal is not tape.journal or journal.cursor < tape.counted:
        tape.journal, tape.counted, tape.counts = journal, journal.forgotten, Counter()
    new = journal.answers[tape.counted - journal.forgotten : journal.cursor - journal.forgotten]
    tape.counts.update((answer.record.module, answer.record.name) for answer in new)
    tape.counted = journal.cursor
    answers, number = tape.answers.get(key, []), tape.counts[key]
    return answers[number] if number < len(answers) else None


def _put_input(host: HostFunc, caller: HostCaller, args: tuple[int, ...], recorded: Answer) -> None:
    """Write the recorded time or random bytes where this program wants them."""
    place = _INPUTS.get(host.name)
    if place is None or any(recorded.record.results):
        return
    data = b"".join(data for _, data in recorded.record.writes)
    if len(data) == sum(len(written) for _, written in caller.writes):
        caller.writes.clear()
        caller.memory.write(args[place], data)


def _check(recorded: Answer) -> None:
    record = recorded.record
    name = f"{record.module}.{record.name}"
    if recorded.arenas is not None:
        raise HostError(f"{name} changed the recorded program; that does not fit another text")
    results = () if record.type is None else record.type.results
    if not all(isinstance(t, NumType | VecType) for t in results):
        raise HostError(f"{name} returned a reference; it has no meaning in another text")
