"""Who wrote this: the instruction that last wrote a byte, a local, a global or an operand.

What it copied from is known too, so that a value can be followed back to its origin: a constant,
a computation, a host call.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice

from wasmlab.counted import counted
from wasmlab.debug.control import select_frame
from wasmlab.debug.history.asked import area_text, ask, entry_tick
from wasmlab.debug.history.reverse import goto_or_raise, undisturbed
from wasmlab.debug.history.slot_writes import last_slot_write
from wasmlab.debug.history.writes import last_store_write
from wasmlab.debug.stops.accesses import GLOBALS, STACK, Area, local_area
from wasmlab.debug.stops.watch_area import in_frame, in_memory, parse_watch_area
from wasmlab.debug.views.pointers import landmarks
from wasmlab.debug.views.target import held_types, selected_position
from wasmlab.errors import BadExpression, DebugError
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.host.wasi.quote import quote
from wasmlab.records import dataclass
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.operand import offsets_of
from wasmlab.syntax.types import slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.history.asked import Asked
    from wasmlab.debug.history.writes import Write
    from wasmlab.debug.views.model import Location
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.syntax.types import ValType

LONGEST = 1000
"""Copies that are followed at most."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The last write of something before a moment."""

    tick: int
    """The state before the writing instruction; 0 with kind ``instantiation``."""
    kind: str
    """copy, constant, computed, host, zero, growth (the bytes came with ``memory.grow``),
    instantiation, argument (of a call by hand), or change (``set`` by hand at ``tick``)."""
    text: str
    """The instruction, or the host call."""
    location: Location | None
    old: str
    """What it held before: bytes in hex, or a value; empty if it was not in use, or was changed."""
    new: str
    source: Area | None = None
    """Where a copy came from; ``who_wrote`` takes an Origin to follow it."""
    reading: str = ""
    """What was written as text, in quotes, if bytes of memory are one."""


def who_wrote(control: Control, area: Area, end: int) -> Origin:
    """Return the last write to an area before tick ``end``; the program stays where it is."""
    with undisturbed(control):
        return next(_origins(control, area, end))


def history_of(control: Control, area: Area, end: int) -> tuple[Origin, ...]:
    """Return the last write before tick ``end``, the last write to what that copied, and so on.

    At most ``LONGEST``; the program stays where it is.
    """
    with undisturbed(control):
        return tuple(islice(_origins(control, area, end), LONGEST))


def _origins(control: Control, area: Area, end: int) -> Iterator[Origin]:
    """Yield the last write before a tick, then that to what it copied; the program moves."""
    if control.tick != end:
        goto_or_raise(control, end)
    asked: Asked | None = ask(control, area)
    while asked is not None:
        search = last_slot_write if asked.area.space == STACK else last_store_write
        write = search(control, asked)
        change = _last_change(control, asked, -1 if write is None else write.tick)
        if change is not None:
            yield change
            return
        yield _first(control, asked) if write is None else _origin(asked, write)
        asked = None if write is None else write.source


def _last_change(control: Control, asked: Asked, after: int) -> Origin | None:
    """Return the last change by hand of an area after a tick; None if there was none."""
    elsewhere, alone = set[str](), len(control.program.store.instances) == 1
    for change in reversed(control.timeline.changes):
        changed = _CHANGED.match(change.text)
        if changed is None or not after < change.tick <= asked.end:
            continue
        what = changed["what"]
        if alone and _FIXED.fullmatch(what) and _is_elsewhere(control, what, asked.area, elsewhere):
            continue
        goto_or_raise(control, change.tick)
        with suppress(DebugError):  # of standard input, of a result to come, or of no frame
            select_frame(control, int(changed["frame"] or 0))
            if area_of(control, what).overlaps(asked.area):
                text = f"set by hand at step {change.tick:,}"
                new = area_text(control.target, asked.area)
                return Origin(change.tick, "change", text, None, "", new)
    return None


def _is_elsewhere(control: Control, what: str, area: Area, known: set[str]) -> bool:
    """Return whether something that is at the same place at every step is not in an area.

    known: what has turned out not to be. False for what is not in memory at this step.
    """
    if what not in known:
        with suppress(DebugError):
            if not area_of(control, what).overlaps(area):
                known.add(what)
    return what in known


def _origin(asked: Asked, write: Write) -> Origin:
    source = None if write.source is None else write.source.area
    new = "0" if write.kind == "zero" else asked.text
    return Origin(
        write.tick, write.kind, write.text, write.location, write.old, new, source, _reading(asked)
    )


def _reading(asked: Asked) -> str:
    """Return the text that bytes of memory are; empty for what is none."""
    if not isinstance(asked.area.space, Memory):
        return ""
    try:
        data = bytes.fromhex(asked.text)
    except ValueError:  # not all of them are in memory
        return ""
    text = data.rstrip(b"\0").decode("utf-8", "replace")
    is_text = bool(text) and all(c.isprintable() or c in "\n\r\t" for c in text)
    return quote(data) if is_text and "\ufffd" not in text else ""


def _segment(target: Target, asked: Asked) -> str:
    """Return the data segment that the bytes came with, and where in it; empty if in none."""
    for instance in target.store.instances:
        if instance.mems and instance.mems[0] is asked.area.space:
            start = asked.area.start
            found = landmarks(target, instance).segment_at(start)
            if found is not None:
                return (
                    f"{found.name}+0x{start - found.start:x}" if start > found.start else found.name
                )
    return ""


_CHANGED = re.compile(r"(?P<what>.*?)(?: in frame (?P<frame>[0-9]{1,9}))? = ", re.DOTALL)
"""The text of a change by hand: what was set, and in which frame if not in the innermost."""
_FIXED = re.compile(r"(?:memory|[iufv][0-9]{1,3})[ 0-9]*\[[0-9a-fx:]*\]|global [0-9]{1,9}")
"""What is at the same place at every step: only where it was set is gone to."""


def _first(control: Control, asked: Asked) -> Origin:
    """Return the origin of what no instruction has written."""
    if asked.area.space != STACK:
        segment = _segment(control.target, asked)
        text = f"the module's initial contents{segment and ', '}{segment}"
        reading = _reading(asked)
        return Origin(0, "instantiation", text, None, asked.text, asked.text, reading=reading)
    first = entry_tick(control.recorder, asked.entry)
    if asked.is_param or asked.frame is None:
        return Origin(first, "argument", "an argument of the call", None, "", asked.text)
    return Origin(first, "zero", "the start, which sets locals to zero", None, "", "0")


def area_of(control: Control, what: int | str | Area | Origin, count: int = 1) -> Area:
    """Return the area that is named: an address, ``stack[n]``, or what ``watch`` takes.

    Raises BadExpression if there is no such thing, NotInMemory if there is at another step,
    DebugError for an origin that copied nothing.
    """
    if isinstance(what, Area):
        return what
    if isinstance(what, Origin):
        if what.source is None:
            raise DebugError(f"{what.text} copied nothing: it is the origin")
        return what.source
    if isinstance(what, int):
        what = f"memory[{what}:{what + count}]"
    if what.startswith("stack["):
        return operand_area(control.target, what)[0]
    _, at = in_frame(control.target, what)
    found = parse_watch_area(control.target, what)
    if found.area is not None:
        return in_memory(found.area)
    if found.variable is not None:
        first, width = found.variable.slot, slots(found.variable.type.value)
        return Area(GLOBALS, first, first + width)
    return local_area(cast("Position", at).code, cast("Position", at).fp, found.local)


_OPERAND = re.compile("[0-9]{1,9}")


def operand_area(target: Target, text: str) -> tuple[Area, ValType]:
    """Return the slots and the type of ``stack[n]`` of the selected frame, 0 being the top.

    Raises BadExpression.
    """
    at, number = selected_position(target), text.removeprefix("stack[").removesuffix("]")
    types = () if at is None else held_types(target, at)
    if at is None or not _OPERAND.fullmatch(number) or int(number) >= len(types):
        raise BadExpression(
            f"there is no {text} here", hint=f"the stack has {counted(len(types), 'operand')}"
        )
    index = len(types) - 1 - int(number)
    start = at.fp + at.code.local_slots + offsets_of(types)[index]
    return Area(STACK, start, start + slot_count(types[index : index + 1])), types[index]
