"""Events as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.records import replace
from wasmlab_tui.render.line import Line, Tone, Toned, line, note
from wasmlab_tui.render.window import BLOCK, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.history.events import TimelineEvent

_SAYS = {"hit": "stop", "call": "enter"}
"""Words that are shown in place of the event's kind."""
_TEXTS = {"exit": "the program ended", "trap": "the program trapped"}
_TONES = {
    "host": Tone.HOST,
    "output": Tone.STRING,
    "change": Tone.CHANGED,
    "hit": Tone.BREAKPOINT,
    "trap": Tone.ERROR,
    "exit": Tone.GOOD,
}


def event_window(events: Sequence[TimelineEvent], now: int) -> Sequence[Line]:
    """Return the lines of many events, each made when it is looked at."""
    if len(events) <= BLOCK:
        return event_lines(events, now)
    width = len(f"{events[-1].tick:,}")
    return Window(
        len(events), lambda start, stop: [_event(e, now, width) for e in events[start:stop]]
    )


def event_lines(events: Sequence[TimelineEvent], now: int) -> list[Line]:
    """Return a line per event; a mark before those at step ``now``, those ahead are dim."""
    if not events:
        return [note("nothing yet: c runs on")]
    width = max(len(f"{event.tick:,}") for event in events)
    return [_event(event, now, width) for event in events]


def _event(event: TimelineEvent, now: int, width: int) -> Line:
    mark = "▶" if event.tick == now else " " if event.tick < now else "┆"
    tone = Tone.DIM if event.tick > now else _TONES.get(event.kind, Tone.PLAIN)
    shown = line(
        Toned(mark, Tone.HERE if event.tick == now else Tone.DIM),
        Toned(f" {event.tick:>{width},} ", Tone.DIM),
        Toned(f"{_SAYS.get(event.kind, event.kind):<7}", Tone.DIM),
        Toned(_TEXTS.get(event.kind) or event.text.rstrip("\n").replace("\n", "\\n"), tone),
    )
    return replace(shown, tick=event.tick)
