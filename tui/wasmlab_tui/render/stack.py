"""The operand stack, top first, with the labels that lie between the operands."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from wasmlab.records import replace
from wasmlab_tui.render.line import Line, Tone, Toned, line, note
from wasmlab_tui.render.value import Base, pointer_text, value_text
from wasmlab_tui.render.window import BLOCK, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.debug.views.model import Label, StackSlot

TAKEN = "◂"
"""Beside an operand that the next instruction takes."""
NEW = "+"
"""Beside an operand that the last step left."""


def stack_window(
    size: int,
    read: Callable[[int, int], Sequence[StackSlot]],
    labels: Sequence[Label],
    base: Base = Base.SIGNED,
) -> Sequence[Line]:
    """Return the lines of ``size`` operands, of which ``read(start, count)`` gives some."""
    if size <= BLOCK:
        return stack_lines(read(0, size), labels, base, size)
    inner = [label for label in reversed(labels) if label.kind != "func"]
    rows = [size - label.height + above for above, label in enumerate(inner)]

    def make(start: int, stop: int) -> list[Line]:
        first, last = bisect_left(rows, start), bisect_left(rows, stop)
        here = inner[first:last][::-1]
        slots = read(start - first, stop - start - len(here))
        return stack_lines(slots, here, base, size)

    return Window(size + len(inner), make)


def stack_lines(
    slots: Sequence[StackSlot],
    labels: Sequence[Label],
    base: Base = Base.SIGNED,
    size: int | None = None,
) -> list[Line]:
    """Return a line per operand, top first, and one below the operands of every label.

    labels are outermost first; the function's own needs no line. size: how many operands there are,
    if not all are in slots.
    """
    inner = [label for label in reversed(labels) if label.kind != "func"]
    if not slots and not inner:
        return [note("empty")]
    width = max((len(value_text(s.held, base)) for s in slots), default=0)
    types = max((len(s.type) for s in slots), default=0)
    lines: list[Line] = [] if slots else [note("empty")]
    count = len(slots) if size is None else size
    for slot in slots:
        while inner and inner[0].height >= count - slot.number:
            lines.append(_boundary(inner.pop(0)))
        lines.append(_slot(slot, base, types, width))
    return lines + [_boundary(label) for label in inner]


def _slot(slot: StackSlot, base: Base, types: int, width: int) -> Line:
    tone = Tone.CHANGED if slot.changed else Tone.POPPED if slot.popped else Tone.NUMBER
    shown = line(
        Toned(f"{slot.number:>3} ", Tone.DIM),
        Toned(NEW, Tone.CHANGED) if slot.changed else " ",
        Toned(f" {slot.type:<{types}} ", Tone.TYPE),
        Toned(f"{value_text(slot.held, base):>{width}}", tone),
        Toned(f" {TAKEN} taken next" if slot.popped and slot.pointer is None else "", Tone.POPPED),
        Toned(f" {TAKEN}" if slot.popped and slot.pointer is not None else "", Tone.POPPED),
        Toned(pointer_text(slot.pointer), Tone.STRING),
    )
    return replace(shown, value=f"stack[{slot.number}]")


def _boundary(label: Label) -> Line:
    return line(Toned(f" ─── {label.kind} {label.name} ───", Tone.DIM))
