"""View-models as a line of text, and tuples of them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasmlab.counted import counted
from wasmlab.debug.history.calls import FoundCall
from wasmlab.debug.history.events import TimelineEvent, TimelineView
from wasmlab.debug.history.find import Findings, Found
from wasmlab.debug.history.provenance import Origin
from wasmlab.debug.views.model import (
    Breakpoint,
    Catchpoint,
    Display,
    Frame,
    HeapObject,
    HostCall,
    Instruction,
    Label,
    Located,
    Location,
    LogLine,
    MemoryRow,
    Moved,
    Output,
    Pointer,
    SourceLine,
    StackSlot,
    Step,
    Stop,
    Value,
    Variable,
    Watchpoint,
)
from wasmlab.debug.views.plain_text import breakpoint_text, catchpoint_text, place_text, values_text
from wasmlab.debug.whatif.branches import Branch
from wasmlab.debug.whatif.compare import Comparison
from wasmlab_widgets.static_view import MOST, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Cells = tuple[object, ...]


def _place(place: Location | None) -> str:
    return "" if place is None else place_text(place)


def _moved(moved: Moved) -> str:
    return moved.note("the next is")


def _printed(output: Output) -> str:
    return repr(output.data.decode("utf-8", "backslashreplace"))


def _branch(branch: Branch) -> Cells:
    now = "now" if branch.current else ""
    return (branch.number, branch.fork, branch.last, ", ".join(branch.changes), now)


def _call(call: FoundCall) -> Cells:
    back = "" if call.returned is None else call.returned
    return (
        call.tick,
        _place(call.location),
        values_text(call.args),
        values_text(call.results),
        back,
    )


def _step(step: Step) -> Cells:
    popped, pushed = values_text(step.popped), values_text(step.pushed)
    return (step.tick, step.text, popped, pushed, step.effect)


def _frame(frame: Frame) -> Cells:
    args = ", ".join(value.text for value in frame.args)
    return (f"{frame.func_name}({args})", _place(frame.location) or "host")


_ROWS: dict[type, tuple[tuple[str, ...], Callable[[Any], Cells]]] = {
    Value: (("type", "value"), lambda v: (v.type, v.text)),
    StackSlot: (("stack, top first", "value"), lambda s: (s.type, s.text)),
    Variable: (("name", "type", "value"), lambda v: (v.name, v.type, v.text)),
    Step: (("step", "instruction", "popped", "pushed", "effect"), _step),
    Frame: (("call", "at"), _frame),
    Label: (("label", "kind", "name"), lambda a: (a.depth, a.kind, a.name)),
    HostCall: (("step", "host call"), lambda c: (c.tick, c.text)),
    Output: (("step", "stream", "printed"), lambda o: (o.tick, o.stream, _printed(o))),
    MemoryRow: (("address", "bytes"), lambda r: (f"{r.address:08x}", r.data.hex(" "))),
    SourceLine: (("line", "text"), lambda n: (n.number, n.text)),
    Breakpoint: (("breakpoint",), lambda b: (breakpoint_text(b),)),
    Display: (
        ("display", "", "value", "was"),
        lambda d: (d.number, f"{d.form} {d.expression}".strip(), d.text, d.previous or ""),
    ),
    Watchpoint: (
        ("watchpoint", "of", "access", "now"),
        lambda w: (w.number, w.text, w.access, w.now),
    ),
    Catchpoint: (("catchpoint", "at"), lambda c: (c.number, catchpoint_text(c))),
    LogLine: (("step", "log", "at"), lambda n: (n.tick, n.text, _place(n.location))),
    Branch: (("branch", "from step", "to step", "changed", ""), _branch),
    Origin: (
        ("step", "written by", "how", "old", "new", "at"),
        lambda o: (o.tick, o.text, o.kind, o.old, o.new, _place(o.location)),
    ),
    Found: (("step", "instruction", "at"), lambda f: (f.tick, f.text, _place(f.location))),
    FoundCall: (("step", "function", "arguments", "results", "back at step"), _call),
    TimelineEvent: (("step", "event", ""), lambda e: (e.tick, e.kind, e.text)),
}
"""Kinds of views: the heads of a table, and what makes a row."""

_LINES: dict[type, Callable[[Any], str]] = {
    Stop: lambda s: f"{s.message} (step {s.tick})",
    Variable: lambda v: f"{v.name} = {v.text} ({v.type})",
    Value: lambda v: f"{v.type} {v.text}",
    StackSlot: lambda s: f"{s.type} {s.text}",
    Pointer: lambda p: p.text,
    HostCall: lambda c: c.text,
    Instruction: lambda i: f"{i.text}  {i.signature}  {i.now}".rstrip(),
    Label: lambda a: f"{a.depth}: {a.kind} {a.name}",
    Output: lambda o: f"{_printed(o)} (step {o.tick})",
    Location: place_text,
    Located: lambda found: "; ".join(
        (*map(str, found.locations), *([_moved(found.moved)] if found.moved else ()))
    ),
    Moved: _moved,
    Comparison: str,
    HeapObject: lambda o: " ".join(
        (f"{o.kind} {o.type}:", *(f"{f.name}={f.text}" for f in o.fields))
    ),
    TimelineView: lambda t: (
        f"step {t.tick} of {t.first} to {t.last}, branch {t.branch}, "
        f"{counted(len(t.events), 'event')}"
    ),
}
"""Views that say more in a line than their cells in a row."""

VIEWS: tuple[type, ...] = tuple({**_ROWS, **_LINES})
"""View-models that have a text of their own."""


def view_text(view: object) -> str | None:
    """Return a view-model as a line of text; None for anything else."""
    if type(view) in _LINES:
        return _LINES[type(view)](view)
    if type(view) in _ROWS:
        heads, cells = _ROWS[type(view)]
        pairs = zip(heads, cells(view), strict=True)
        return "  ".join(f"{head} {cell}".strip() for head, cell in pairs if cell != "")
    return None


def views_html(views: Iterable[object]) -> str | None:
    """Return views of one kind as a table; None for anything else."""
    rows = list(views)
    kind = type(rows[0]) if rows else None
    if kind not in _ROWS or not all(type(view) is kind for view in rows):
        return None
    heads, cells = _ROWS[kind]
    return table(heads, (cells(view) for view in rows))


def findings_html(findings: Findings[Any]) -> str:
    """Return the first things that a question found, as a table."""
    rows = _first(findings)
    more = "<p>and more: iterate over it</p>" if len(rows) > MOST else ""
    return (views_html(rows[:MOST]) or "<p>nothing was found</p>") + more


def findings_text(findings: Findings[Any]) -> str:
    """Return the same, one on a line."""
    rows = _first(findings)
    lines = [view_text(row) or "" for row in rows[:MOST]]
    more = ["and more: iterate over it"] if len(rows) > MOST else []
    return "\n".join([*lines, *more]) or "nothing was found"


def _first(findings: Findings[Any]) -> list[object]:
    return [found for found, _ in zip(findings, range(MOST + 1), strict=False)]
