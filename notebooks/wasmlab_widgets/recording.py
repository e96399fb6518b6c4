"""A run as plain data: the state at every step, what each step did, and what memory held."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from wasmlab.counted import counted
from wasmlab.debug.views.step_fields import step_object
from wasmlab.records import dataclass
from wasmlab_widgets.state import ROW, source_of, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Step
    from wasmlab_widgets.state import Data

MOST_STEPS = 5_000
TRACKED = 1 << 20
"""Bytes of the first memory whose changes are recorded, from address 0."""
_CHUNK = 4096


@dataclass(slots=True)
class RecordedStates:
    """A run from where the session stood; position 0 is the state before the first step."""

    source: Data
    states: list[Data]
    steps: list[Step | None]
    """What led to each state; None for the first, and for a last one that only ended the run."""
    first: list[tuple[int, bytes]]
    """Rows of memory that were not zero at first: address and bytes."""
    writes: list[list[tuple[int, bytes]]]
    """Runs of bytes that each step changed."""
    memory_size: int
    complete: bool = True
    """The program came to an end, or waits, within the limit."""


def record_run(session: Session, limit: int = MOST_STEPS) -> RecordedStates:
    """Run a session for at most limit steps and return what was seen.

    A step that traps or ends the program without completing makes one more state.
    """
    memory = _tracked(session)
    empty = bytes(len(memory))
    recording = RecordedStates(
        source=source_of(session),
        states=[_state(session)],
        steps=[None],
        first=list(_changes(empty, memory)),
        writes=[[]],
        memory_size=(session.memory_sizes or (0,))[0],
    )
    while len(recording.states) <= limit:
        message = session.stop.message
        step = session.trace_step()
        if step is None and session.stop.message == message:
            return recording
        now = _tracked(session)
        recording.states.append(_state(session))
        recording.steps.append(step)
        recording.writes.append([] if now == memory else list(_changes(memory, now)))
        memory = now
        if step is None:
            return recording
    recording.complete = False
    return recording


def record_history(session: Session, limit: int = MOST_STEPS) -> RecordedStates:
    """Return the run of a session from its first step on; it stands where it stood afterwards."""
    tick = session.tick
    session.to_start()
    recording = record_run(session, limit)
    session.goto(tick)
    return recording


def _state(session: Session) -> Data:
    state = state_of(session)
    memory = state.pop("memory")
    return {**state, "memory_size": memory["size"] if memory else 0}


def _tracked(session: Session) -> bytes:
    if not session.memory_sizes:
        return b""
    return session.memory[0 : min(TRACKED, session.memory_sizes[0])]


def _changes(old: bytes, new: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield runs of bytes, cut at rows, in which new differs from old; new may be longer."""
    for chunk in range(0, len(new), _CHUNK):
        if old[chunk : chunk + _CHUNK] == new[chunk : chunk + _CHUNK]:
            continue
        for row in range(chunk, min(chunk + _CHUNK, len(new)), ROW):
            before, after = old[row : row + ROW], new[row : row + ROW]
            before = before.ljust(len(after), b"\0")
            yield from ((row + lo, after[lo:hi]) for lo, hi in _differing(before, after))


def _differing(before: bytes, after: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans in which two rows differ."""
    start: int | None = None
    for i, (a, b) in enumerate(zip(before, after, strict=True)):
        if a != b and start is None:
            start = i
        elif a == b and start is not None:
            yield start, i
            start = None
    if start is not None:
        yield start, len(after)


def page_data(recording: RecordedStates) -> Data:
    """Return what the script of a page reads: JSON, each state only as far as it is new."""
    states = recording.states
    deltas = [states[0]]
    for before, state in pairwise(states):
        deltas.append({k: v for k, v in state.items() if k not in before or before[k] != v})
    size = recording.memory_size
    note = (
        ""
        if recording.complete
        else f"The recording ends after {counted(len(states) - 1, 'step')}."
    )
    if size > TRACKED:
        note = f"{note} Of memory, the first MiB is recorded.".strip()
    return {
        "source": recording.source,
        "states": deltas,
        "steps": [None if step is None else step_object(step) for step in recording.steps],
        "memory": {
            "size": size,
            "tracked": min(TRACKED, max(state["memory_size"] for state in states)),
            "first": [(at, data.hex()) for at, data in recording.first],
            "writes": [[(at, data.hex()) for at, data in row] for row in recording.writes],
        },
        "note": note,
    }


def heat_map(recording: RecordedStates, columns: int = 100, rows: int = 32) -> Data:
    """Return how often bytes were written: a count (up to 255) per span of steps and addresses.

    The counts are bytes, row by row; rows are addresses from ``lowest`` on, columns are time.
    """
    written = [
        (i, at + k)
        for i, step in enumerate(recording.writes)
        for at, data in step
        for k in range(len(data))
    ]
    lowest = min((at for _, at in written), default=0)
    highest = max((at for _, at in written), default=0)
    ticks = max(1, -(-len(recording.writes) // columns))
    span = 1 << max(0, (highest - lowest) // rows).bit_length()
    lowest = lowest // max(span, ROW) * max(span, ROW)
    used_columns = -(-len(recording.writes) // ticks)
    used_rows = -(-(highest + 1 - lowest) // span)
    counts = bytearray(used_columns * used_rows)
    for i, at in written:
        cell = (at - lowest) // span * used_columns + i // ticks
        counts[cell] = min(255, counts[cell] + 1)
    return {
        "columns": used_columns,
        "rows": used_rows,
        "ticks": ticks,
        "bytes": span,
        "first": recording.states[0]["tick"],
        "lowest": lowest,
        "counts": bytes(counts),
        "summary": f"{counted(len(written), 'byte')} changed in "
        f"{counted(len(recording.writes) - 1, 'step')}, from address 0x{lowest:x} to 0x{highest:x}",
    }


_SHADES = " ░▒▓█"
_GAP = "     ..."


def heat_text(heat: Data) -> str:
    """Return a heat map in characters: a line for each span of addresses, time to the right."""
    counts, columns = heat["counts"], heat["columns"]
    most = max(1, *counts) if counts else 1
    lines = [heat["summary"]]
    for row in range(heat["rows"]):
        cells = counts[row * columns : (row + 1) * columns]
        shades = "".join(_SHADES[-(-count * (len(_SHADES) - 1) // most)] for count in cells)
        line = f"{heat['lowest'] + row * heat['bytes']:08x} {shades.rstrip()}"
        if any(cells):
            lines.append(line)
        elif lines[-1] != _GAP and len(lines) > 1:
            lines.append(_GAP)
    return "\n".join(lines)


def call_tree(recording: RecordedStates) -> list[Data]:
    """Return the calls of a run: name, step of entry, step of return (None while open), calls."""
    root: list[Data] = []
    open_: list[Data] = []
    for state in recording.states:
        names = list[str]()
        for frame in reversed(state["frames"]):
            names += [frame.get("name", "")] * frame.get("count", 1)
        while len(open_) > len(names):
            open_.pop()["end"] = state["tick"]
        if open_ and len(open_) == len(names) and open_[-1]["name"] != names[-1]:
            open_.pop()["end"] = state["tick"]
        while len(open_) < len(names):
            call: Data = {
                "name": names[len(open_)],
                "begin": state["tick"],
                "end": None,
                "calls": [],
            }
            (open_[-1]["calls"] if open_ else root).append(call)
            open_.append(call)
    return root
