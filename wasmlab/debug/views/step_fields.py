"""Executed steps as rows of text and as JSON objects."""

from __future__ import annotations

from wasmlab.debug.views.plain_text import values_text
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.debug.views.model import Step

FIELDS = (
    "tick", "module", "function", "offset", "line", "depth", "instruction", "popped", "pushed",
    "effect",
)  # fmt: skip
"""Names of the cells of ``step_row``, and keys of ``step_object``."""


def step_row(step: Step) -> tuple[int | str, ...]:
    """Return a step as the cells of a table, in the order of ``FIELDS``."""
    place = step.location
    return (
        step.tick,
        place.module,
        place.func_name,
        f"0x{place.offset:x}",
        "" if place.line is None else place.line,
        step.depth,
        step.text,
        values_text(step.popped)[1:-1],
        values_text(step.pushed)[1:-1],
        step.effect,
    )


def step_object(step: Step) -> dict[str, object]:
    """Return a step as a JSON object with the keys ``FIELDS``; values carry their types."""
    found: dict[str, object] = dict(zip(FIELDS, step_row(step), strict=True))
    found["offset"] = step.location.offset
    found["line"] = step.location.line
    found["popped"] = [{"type": v.type, "value": v.text} for v in step.popped]
    found["pushed"] = [{"type": v.type, "value": v.text} for v in step.pushed]
    return found
