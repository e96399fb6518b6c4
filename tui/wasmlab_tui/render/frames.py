"""Call frames, innermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.records import replace
from wasmlab_tui.render.line import Line, Tone, Toned, line, note
from wasmlab_tui.render.value import Base, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.debug.views.model import Frame


def frame_lines(frames: Sequence[Frame], selected: int = 0, base: Base = Base.SIGNED) -> list[Line]:
    """Return a line per frame; the selected one carries a mark and the row tone."""
    if not frames:
        return [note("no call")]
    return [_frame(frame, base, selected=frame.number == selected) for frame in frames]


def _frame(frame: Frame, base: Base, *, selected: bool) -> Line:
    args = ", ".join(_args(frame, base))
    where = "host" if frame.host or frame.location is None else _place(frame)
    shown = line(
        Toned(f" {'▸' if selected else ' '} {frame.number} ", Tone.HERE if selected else Tone.DIM),
        Toned(frame.func_name, Tone.HOST if frame.host else Tone.NAME),
        Toned(f"({args})", Tone.NUMBER),
        Toned(f"  {where}", Tone.DIM),
        row=Tone.CURSOR if selected else None,
    )
    return replace(shown, yields=1)


def _args(frame: Frame, base: Base) -> Iterator[str]:
    """Yield the arguments of a call, with the texts that they point at."""
    pointers = frame.pointers or (None,) * len(frame.args)
    for value, pointer in zip(frame.args, pointers, strict=True):
        quoted = "" if pointer is None else pointer.quoted
        yield f"{value_text(value, base)} {quoted}" if quoted else value_text(value, base)


def _place(frame: Frame) -> str:
    location = frame.location
    if location is None:
        return ""
    module = f"{location.module} " if location.module else ""
    where = f"@0x{location.offset:x}" if location.line is None else f"line {location.line}"
    return f"{module}{where}"
