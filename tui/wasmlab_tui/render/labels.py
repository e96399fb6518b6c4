"""Open labels, innermost first, as ``br`` counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab_tui.render.line import Line, Tone, Toned, line, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Label


def label_lines(labels: Sequence[Label]) -> list[Line]:
    """Return a line per label: its number for ``br``, what it is, where a branch goes."""
    if not labels:
        return [note("no label is open")]
    names = max(len(label.name) for label in labels)
    return [_label(label, names) for label in reversed(labels)]


def _label(label: Label, names: int) -> Line:
    name = "" if label.name == str(label.depth) else label.name
    return line(
        Toned(f" br {label.depth:<2} ", Tone.DIM),
        Toned(f"{label.kind:<5} ", Tone.KEYWORD),
        Toned(f"{name:<{names}} ", Tone.NAME),
        Toned(_target(label), Tone.DIM),
    )


def _target(label: Label) -> str:
    if label.kind == "func":
        return f"returns {label.arity}" if label.arity else "returns"
    takes = f" takes {label.arity}" if label.arity else ""
    if label.target_line is None:
        return f"{'back' if label.is_loop else 'out'}{takes}"
    return f"→ line {label.target_line}{takes}"
