"""Where two sessions, or two branches of one, differ: in words and numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wasmlab_widgets.state import ROW, state_of
from wasmlab_widgets.static_view import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session
    from wasmlab.debug.whatif.branches import Branch
    from wasmlab.debug.whatif.compare import Comparison
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
    return _diff(names, rows[:MOST_ROWS], summary)


def branch_differences(session: Session, chosen: tuple[int, int] | None) -> Data:
    """Return where two branches of a session differ first, and in what; DebugError.

    Without a choice they are the first branch and the newest.
    """
    there = session.branches
    numbers = chosen or (there[0].number, there[-1].number)
    names = (f"branch {numbers[0]}", f"branch {numbers[1]}")
    found = session.compare(*numbers)
    if len(there) == 1:
        summary = "There is one future so far: session.set in the past begins another."
    elif found.tick is None:
        summary = f"They are the same up to step {found.compared}."
    else:
        summary = f"They differ from step {found.tick} on."
    rows = [{"what": d.what, "left": d.a or "-", "right": d.b or "-"} for d in found.differences]
    return {
        **_diff(names, rows, summary),
        "chosen": list(numbers),
        "branches": [_shown(branch) for branch in there],
        "places": _places(found),
    }


def _diff(names: tuple[str, str], rows: list[Data], summary: str) -> Data:
    return {
        "left": names[0],
        "right": names[1],
        "rows": rows,
        "summary": summary,
        "chosen": [],
        "branches": [],
        "places": [],
    }


def _shown(branch: Branch) -> Data:
    begun = "from the first step" if branch.parent is None else f"from step {branch.fork}"
    changes = ", ".join(branch.changes)
    text = f"branch {branch.number}: {begun} to {branch.last}"
    return {
        "number": branch.number,
        "text": f"{text}, with {changes}" if changes else text,
        "current": branch.current,
    }


def _places(found: Comparison) -> list[Data]:
    """Return the steps that are worth a visit, in words."""
    places: list[Data] = []
    if found.tick is not None:
        places.append({"tick": found.tick, "text": "the first difference"})
    if found.divergence is not None and found.divergence.tick != found.tick:
        a, b = (part or "the end" for part in (found.divergence.a, found.divergence.b))
        places.append({"tick": found.divergence.tick, "text": f"control flow parts: {a} | {b}"})
    if found.call is not None:
        ticks = [call.tick for call in (found.call.a, found.call.b) if call is not None]
        text = f"the first other host call: {found.call.text}"
        places.append({"tick": min(ticks), "text": text})
    return places


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
    facts |= {f"stack[{number}]": slot["text"] for number, slot in enumerate(state["stack"])}
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
    """Return differences as a table, with the branches above."""
    heads = ("what", diff["left"], diff["right"])
    rows = [(row["what"], row["left"], row["right"]) for row in diff["rows"]]
    said = [*(branch["text"] for branch in diff["branches"]), diff["summary"], *_steps(diff)]
    text = "".join(f"<p>{escape(line)}</p>" for line in said)
    return text + (table(heads, rows) if rows else "")


def diff_text(diff: Data) -> str:
    """Return the same as plain text, a difference a line."""
    branches = [branch["text"] for branch in diff["branches"]]
    rows = [f"{row['what']}: {row['left']} | {row['right']}" for row in diff["rows"]]
    return "\n".join([*branches, diff["summary"], *rows, *_steps(diff)])


def _steps(diff: Data) -> list[str]:
    return [f"step {place['tick']}: {place['text']}" for place in diff["places"][1:]]
