"""Where the states of two sessions differ, in words and numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wasmlab_widgets.state import ROW, state_of
from wasmlab_widgets.static_view import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session
    from wasmlab_widgets.state import Data

MOST_ROWS = 64
_NOTHING = "-"


def differences(left: Session, right: Session, names: tuple[str, str]) -> Data:
    """Return the facts of two states that differ, each with both values."""
    rows = [
        {"what": what, "left": a, "right": b}
        for what, a, b in _pairs(_facts(left), _facts(right))
        if a != b
    ]
    more = len(rows) - MOST_ROWS
    count = "1 difference" if len(rows) == 1 else f"{len(rows)} differences"
    summary = count if rows else "The two states are equal."
    if more > 0:
        summary = f"{summary}, the first {MOST_ROWS} are shown"
    return {"left": names[0], "right": names[1], "rows": rows[:MOST_ROWS], "summary": summary}


def _pairs(a: dict[str, str], b: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for what in dict.fromkeys((*a, *b)):
        yield what, a.get(what, _NOTHING), b.get(what, _NOTHING)


def _facts(session: Session) -> dict[str, str]:
    """Return the state as names and texts."""
    state = state_of(session)
    place = state["location"]
    facts = {
        "step": str(state["tick"]),
        "state": state["state"],
        "place": f"{place['function']} line {place['line']}" if place else _NOTHING,
    }
    height = len(state["stack"])
    for depth, slot in enumerate(state["stack"]):
        facts[f"stack[{height - 1 - depth}]"] = slot["text"]
    facts |= {f"local {v['name']}": v["text"] for v in state["locals"]}
    facts |= {f"global {v['name']}": v["text"] for v in state["globals"]}
    facts["output"] = "".join(part["text"] for part in state["output"]) or _NOTHING
    return facts | dict(_memory_facts(session))


def _memory_facts(session: Session) -> Iterator[tuple[str, str]]:
    if not session.memory_sizes:
        return
    data = session.memory[:]
    for at in range(0, len(data), ROW):
        row = data[at : at + ROW]
        if any(row):
            yield f"memory 0x{at:x}", row.hex(" ")


def diff_html(diff: Data) -> str:
    """Return differences as a table."""
    heads = ("what", diff["left"], diff["right"])
    rows = [(row["what"], row["left"], row["right"]) for row in diff["rows"]]
    return f"<p>{escape(diff['summary'])}</p>" + (table(heads, rows) if rows else "")
