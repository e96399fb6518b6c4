"""What a front end shows of a session, as plain data: the one source of every picture.

Widgets get it as it is; its ``bytes`` travel as binary buffers. Pages get it as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasmlab.debug.views.plain_text import MOST_CALLS, arguments_of, calls_between
from wasmlab.records import asdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import (
        Display,
        Frame,
        HostCall,
        Location,
        Output,
        Pointer,
        StackSlot,
        Value,
        Variable,
    )

Data = dict[str, Any]
"""JSON, but for ``bytes``."""

ROW = 16
"""Bytes in a row of memory."""
MEMORY_ROWS = 16
LAST_CALLS = 50
"""Host calls that are shown; the newest."""
LAST_OUTPUT = 20_000
"""Bytes of output that are shown; the newest."""
LINES = 400
"""Lines of a longer source that are shown around the current one."""


def state_of(session: Session, memory_at: int = 0) -> Data:
    """Return everything that is shown of a session but its source.

    memory_at: address of the first row of memory, rounded down.
    """
    stop, place = session.stop, session.location
    first, last = session.recorded
    calls = session.host_calls[-LAST_CALLS:]
    return {
        "tick": session.tick,
        "first": first,
        "last": last,
        "state": session.state.value,
        "message": stop.message,
        "location": _location(place),
        "instruction": _instruction(session),
        "stack": [_slot(slot) for slot in session.stack],
        "locals": _variables(session.locals),
        "globals": _variables(session.globals),
        "displays": [_display(shown) for shown in session.displays],
        "labels": [asdict(label) for label in session.labels],
        "frames": _frames(session),
        "memory": _memory(session, memory_at),
        "used": _used_by_host(calls, session.tick),
        "breakpoints": [
            {"offset": place.offset, "line": place.line, "on": point.enabled}
            for point in session.breakpoints
            for place in point.locations
        ],
        "output": output_text(session.output),
        "calls": [{"tick": call.tick, "text": call.text, "error": call.error} for call in calls],
    }


def source_of(session: Session) -> Data:
    """Return the text around the current line, with the offset of every line that has one."""
    source, place = session.source, session.location
    first = 1
    if source.line_count > LINES and place is not None:
        line = source.line_at(place.offset) or 1
        source.open_line(line)
        line = source.line_at(place.offset) or line
        first = max(1, min(line - LINES // 2, source.line_count - LINES + 1))
    last = min(source.line_count, first + LINES - 1)
    lines = [source.line(number) for number in range(first, last + 1)]
    return {
        "title": source.title,
        "lines": [{"number": n.number, "text": n.text, "offset": n.offset} for n in lines],
    }


def value_of(value: Value) -> Data:
    """Return a value; its bits as hexadecimal text, because JSON's numbers are too short."""
    return {"type": value.type, "text": value.text, "bits": f"0x{value.bits:x}"}


def output_text(output: Iterable[Output]) -> list[Data]:
    """Return what the program printed, newest last, joined where the stream is the same."""
    parts: list[tuple[int, bytes]] = []
    for printed in output:
        if parts and parts[-1][0] == printed.stream:
            parts[-1] = (printed.stream, (parts[-1][1] + printed.data)[-LAST_OUTPUT:])
        else:
            parts.append((printed.stream, printed.data[-LAST_OUTPUT:]))
    return [
        {"stream": stream, "text": data.decode("utf-8", "backslashreplace")}
        for stream, data in parts
    ]


def _used_by_host(calls: Sequence[HostCall], tick: int) -> list[list[int]]:
    """Return where in memory the host read or wrote in the last step: addresses and sizes."""
    last = (call for call in calls[-1:] if call.tick == tick)
    return [list(span) for call in last for span in (*call.reads, *call.writes) if span[1]]


def _location(place: Location | None) -> Data | None:
    if place is None:
        return None
    return {"function": place.func_name, "offset": place.offset, "line": place.line}


def _instruction(session: Session) -> Data | None:
    found = session.instruction
    if found is None:
        return None
    return {
        "text": found.text,
        "signature": found.signature,
        "explanation": found.explanation,
        "now": found.now,
        "spec": found.spec,
    }


def _slot(slot: StackSlot) -> Data:
    return {
        **value_of(slot.held),
        "popped": slot.popped,
        "changed": slot.changed,
        "points": _pointed(slot.pointer),
    }


def _pointed(pointer: Pointer | None) -> str:
    """Return what a value points at; empty for one that does not."""
    return "" if pointer is None else pointer.text


def _display(shown: Display) -> Data:
    return {
        "name": f"{shown.number}: {shown.form} {shown.expression}".replace(":  ", ": "),
        "text": shown.text,
        "points": _pointed(shown.pointer),
        "changed": shown.changed,
        "previous": shown.previous,
    }


def _variables(variables: Iterable[Variable]) -> list[Data]:
    return [
        {
            "name": variable.name,
            "kind": variable.kind,
            **value_of(variable.held),
            "points": _pointed(variable.pointer),
            "changed": variable.changed,
            "previous": None if variable.previous is None else variable.previous.text,
        }
        for variable in variables
    ]


def _frames(session: Session) -> list[Data]:
    """Return the calls, innermost first; of very many, those at both ends and how many between."""
    depth = session.depth
    between = calls_between(depth)
    if not between:
        return _calls(session.frames)
    ends = (session.frame_rows(first, MOST_CALLS) for first in (0, depth - MOST_CALLS))
    inner, outer = map(_calls, ends)
    return [*inner, {"between": between, "count": depth - 2 * MOST_CALLS}, *outer]


def _calls(frames: Sequence[Frame]) -> list[Data]:
    return [
        {
            "name": frame.func_name,
            "args": list(arguments_of(frame)),
            "line": None if frame.location is None else frame.location.line,
            "offset": None if frame.location is None else frame.location.offset,
        }
        for frame in frames
    ]


def _memory(session: Session, at: int) -> Data | None:
    sizes = session.memory_sizes
    if not sizes:
        return None
    highest = max(0, sizes[0] - ROW * MEMORY_ROWS)
    rows = session.memory_rows(min(max(at, 0), highest), MEMORY_ROWS)
    return {
        "at": rows[0].address if rows else 0,
        "size": sizes[0],
        "data": b"".join(row.data for row in rows),
        "changed": sorted(address for row in rows for address in row.changed),
        "touched": sorted(address for row in rows for address in row.touched),
    }
