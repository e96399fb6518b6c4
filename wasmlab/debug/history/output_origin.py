"""From a byte or a line of the output to the call that printed it, and where in memory it was."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.debug.history.reverse import goto_or_raise, undisturbed
from wasmlab.debug.stops.accesses import host_areas
from wasmlab.debug.views.host_calls import shown_answer
from wasmlab.debug.views.target import location, position
from wasmlab.errors import DebugError
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.views.model import HostCall, Location
    from wasmlab.debug.views.target import Position
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.host.wasi.streams import OutputPiece


@dataclass(frozen=True, slots=True)
class Printing:
    """A call that printed; ``who_wrote`` takes it to follow the bytes that were asked for."""

    tick: int
    """The state before the call; ``goto`` it, and it is the next instruction."""
    call: HostCall
    location: Location
    stream: int
    """1 is stdout, 2 is stderr."""
    data: bytes
    """The bytes that were asked for, as far as this call printed them."""
    addresses: tuple[range, ...]
    """Where these were in memory, in order."""
    source: Area
    """The first of these ranges."""


def who_printed(control: Control, wanted: range, stream: int | None) -> Printing:
    """Return the call that printed the first of a range of bytes of the output.

    Offsets count in what was printed up to now, to one stream or (None) to both in order.
    DebugError for bytes that were not printed, or whose call is not recorded any more.
    """
    start = 0
    for event in _events(control, stream):
        if start <= wanted.start < start + len(event.data):
            inside = range(wanted.start - start, min(wanted.stop - start, len(event.data)))
            return _printing(control, event, inside)
        start += len(event.data)
    raise DebugError(
        f"there is no byte {wanted.start}",
        hint=f"the output has {counted(start, 'byte')} up to here",
    )


def bytes_asked(
    control: Control, what: int | str | bytes | None, line: int | None, stream: int | None
) -> range:
    """Return the offsets of a byte, of the last occurrence of a text, or of a line (from 1).

    Raises DebugError.
    """
    printed = b"".join(event.data for event in _events(control, stream))
    if isinstance(what, int):
        return range(what, what + 1)
    if what is not None:
        text = what.encode() if isinstance(what, str) else what
        at = printed.rfind(text)
        if at < 0 or not text:
            raise DebugError(f"{what!r} was not printed up to here")
        return range(at, at + len(text))
    lines = printed.splitlines(keepends=True)
    if line is None or not 1 <= line <= len(lines):
        raise DebugError(
            f"there is no line {line}", hint=f"the output has {counted(len(lines), 'line')}"
        )
    start = sum(map(len, lines[: line - 1]))
    return range(start, start + len(lines[line - 1]))


def _events(control: Control, stream: int | None) -> list[OutputPiece]:
    events = control.target.program.wasi.output
    return [event for event in events if stream in {None, event.stream}]


def _printing(control: Control, event: OutputPiece, inside: range) -> Printing:
    answer = _answer(control, event)
    tick = answer.call.tick - 1
    with undisturbed(control):
        goto_or_raise(control, tick)
        at = cast("Position", position(control.target))
        touched = [(r.start, bytes(len(r))) for r in _addresses(answer, event, inside)]
        areas = list(host_areas(control.target, at, touched))
        place = location(control.target, at.func, at.instr.offset)
    return Printing(
        tick=tick,
        call=shown_answer(answer),
        location=place,
        stream=event.stream,
        data=event.data[inside.start : inside.stop],
        addresses=tuple(range(area.start, area.end) for area in areas),
        source=areas[0],
    )


def _answer(control: Control, event: OutputPiece) -> HostAnswer:
    for answer in control.recorder.timeline.host_log.given:
        if answer.call.tick == event.tick + 1:
            return answer
    raise DebugError("the call that printed this is not recorded any more")


def _addresses(answer: HostAnswer, event: OutputPiece, inside: range) -> list[range]:
    """Return where the bytes were: the call read what it printed last of all."""
    found: list[range] = []
    end = len(event.data)
    for addr, data in reversed(answer.call.reads):
        if end <= inside.start:
            break
        start = end - len(data)
        first, last = max(inside.start, start), min(inside.stop, end)
        if first < last:
            found.append(range(addr + first - start, addr + last - start))
        end = start
    return found[::-1]
