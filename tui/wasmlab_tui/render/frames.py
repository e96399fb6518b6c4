"""Call frames, innermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line, note
from wasmlab_tui.render.value import Base, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Frame


def frame_lines(frames: Sequence[Frame], selected: int = 0, base: Base = Base.SIGNED) -> list[Line]:
    """Return a line per frame; the selected one carries a mark and the row tone."""
    if not frames:
        return [note("no call")]
    return [_frame(frame, base, selected=frame.number == selected) for frame in frames]


def _frame(frame: Frame, base: Base, *, selected: bool) -> Line:
    args = ", ".join(value_text(a, base) for a in frame.args)
    where = "host" if frame.host or frame.location is None else _place(frame)
    return line(
        Toned(f" {'▸' if selected else ' '} {frame.number} ", Tone.HERE if selected else Tone.DIM),
        Toned(frame.func_name, Tone.HOST if frame.host else Tone.NAME),
        Toned(f"({args})", Tone.NUMBER),
        Toned(f"  {where}", Tone.DIM),
        row=Tone.CURSOR if selected else None,
    )


def _place(frame: Frame) -> str:
    location = frame.location
    if location is None:
        return ""
    module = f"{location.module} " if location.module else ""
    where = f"@0x{location.offset:x}" if location.line is None else f"line {location.line}"
    return f"{module}{where}"
