"""States, modules and view-models as HTML without script or style: readable on GitHub as well."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from wasmlab.debug.plain import place_text, values_text
from wasmlab.debug.symbols import escaped
from wasmlab.debug.view import (
    Frame,
    HostCall,
    Instruction,
    Label,
    Output,
    StackSlot,
    Step,
    Stop,
    Value,
    Variable,
)
from wasmlab_widgets.state import source_of, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.debug.session import Session
    from wasmlab.module import Module
    from wasmlab_widgets.state import Data

AROUND = 8
"""Lines of source above and below the current one."""


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; cells are escaped."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def session_html(session: Session) -> str:
    """Return where a session stands: source, stack, locals, calls, memory rows in use, output."""
    return state_html(source_of(session), state_of(session))


def state_html(source: Data, state: Data) -> str:
    """Return a state as ``state_of`` makes it, with its source."""
    next_ = state["instruction"]
    said = f"next: {next_['text']}. {next_['now']}" if next_ else state["message"]
    parts = [
        f"<p><b>step {state['tick']} of {state['last']}</b>, {escape(said)}</p>",
        f"<pre>{escape(_excerpt(source, state))}</pre>",
    ]
    if state["stack"]:
        rows = [(v["type"], v["text"], _marks(v)) for v in state["stack"]]
        parts.append(table(("stack, top first", "value", ""), rows))
    for what in ("locals", "globals"):
        if state[what]:
            rows = [(v["name"], v["type"], v["text"], v["previous"] or "") for v in state[what]]
            parts.append(table((what, "type", "value", "was"), rows))
    if state["frames"]:
        rows = [(f"{f['name']}({', '.join(f['args'])})", f["line"] or "") for f in state["frames"]]
        parts.append(table(("calls, innermost first", "line"), rows))
    parts.append(_memory_html(state["memory"]))
    if state["output"]:
        text = "".join(part["text"] for part in state["output"])
        parts.append(f"<p>output</p><pre>{escape(text)}</pre>")
    return "\n".join(part for part in parts if part)


def state_text(source: Data, state: Data) -> str:
    """Return the same as plain text."""
    next_ = state["instruction"]
    stack = " ".join(v["text"] for v in reversed(state["stack"]))
    lines = [
        f"step {state['tick']} of {state['last']}, {state['state']}: {state['message']}",
        _excerpt(source, state),
        f"stack [{stack}]",
        *(f"{v['name']} = {v['text']}" for v in state["locals"]),
    ]
    if next_:
        lines.insert(1, f"next: {next_['text']}")
    return "\n".join(lines)


def _marks(slot: Data) -> str:
    return ", ".join(
        mark for mark, on in (("popped next", slot["popped"]), ("new", slot["changed"])) if on
    )


def _excerpt(source: Data, state: Data) -> str:
    place = state["location"]
    lines = source["lines"]
    now = next(
        (
            i
            for i, line in enumerate(lines)
            if place
            and (
                line["number"] == place["line"]
                or (place["line"] is None and line["offset"] == place["offset"])
            )
        ),
        None,
    )
    first = 0 if now is None else max(0, now - AROUND)
    shown = lines[first : first + 2 * AROUND + 1]
    return "\n".join(
        f"{'▶' if i == now else ' '}{line['number']:>4}  {line['text']}"
        for i, line in enumerate(shown, first)
    )


def _memory_html(memory: Data | None) -> str:
    if memory is None:
        return ""
    data: bytes = memory["data"]
    starts = [i for i in range(0, len(data), 16) if any(data[i : i + 16])]
    rows = [
        (f"{memory['at'] + i:08x}", data[i : i + 16].hex(" "), _ascii(data[i : i + 16]))
        for i in starts
    ]
    if not rows:
        return "<p>memory: the bytes that are shown are all zero</p>"
    found = [_marked_bytes(memory, range(memory["at"] + i, memory["at"] + i + 16)) for i in starts]
    if any(found):
        rows = [(*row, marks) for row, marks in zip(rows, found, strict=True)]
    return table(("memory", "bytes", "text", "")[: len(rows[0])], rows)


def _marked_bytes(memory: Data, row: range) -> str:
    """Return which bytes of a row are new, and which the host used, in words."""
    said = (("new", memory["changed"]), ("used by the host", memory["touched"]))
    return "; ".join(
        f"{word}: {_spans(marked)}"
        for word, all_ in said
        if (marked := [at for at in all_ if at in row])
    )


def _spans(addresses: list[int]) -> str:
    """Return sorted addresses as text, neighbours together."""
    texts: list[str] = []
    for _, group in groupby(enumerate(addresses), lambda pair: pair[1] - pair[0]):
        run = [address for _, address in group]
        texts.append(f"0x{run[0]:x}" if len(run) == 1 else f"0x{run[0]:x} to 0x{run[-1]:x}")
    return ", ".join(texts)


def _ascii(data: bytes) -> str:
    text = data.decode("ascii", "replace")
    return "".join(c if c.isascii() and c.isprintable() else "." for c in text)


def module_html(module: Module) -> str:
    """Return what a module imports, exports and defines."""
    names = [
        *((f"import {i.module}.{i.name}", i.kind.value) for i in module.imports),
        *((f"export {e.name}", e.kind.value) for e in module.exports),
    ]
    functions = [
        (f.index, f.name, str(f.type), "imported" if f.imported else f"{f.size} bytes")
        for f in module.functions[:MOST]
    ]
    heading = f"<p><b>{escape(module.name)}</b>, {len(module.data)} bytes</p>"
    tables = [
        table(("name", "kind"), ((escaped(n), k) for n, k in names[:MOST])) if names else "",
        table(("function", "name", "type", "body"), functions) if functions else "",
    ]
    return heading + "".join(tables)


MOST = 40
"""Rows of a long table."""


def view_text(view: object) -> str | None:  # noqa: C901, PLR0911 - a line for every kind of view
    """Return a view-model as a line of text; None for anything else."""
    match view:
        case Stop():
            return f"{view.message} (step {view.tick})"
        case Value():
            return f"{view.type} {view.text}"
        case StackSlot():
            return f"{view.value.type} {view.value.text}"
        case Variable():
            return f"{view.name} = {view.value.text} ({view.value.type})"
        case Instruction():
            return f"{view.text}  {view.signature}  {view.now}".rstrip()
        case Step():
            stack = f"{values_text(view.popped)} -> {values_text(view.pushed)}"
            return f"{view.tick}: {view.text}  {stack}  {view.effect}".rstrip()
        case Frame():
            where = "host" if view.location is None else place_text(view.location)
            return f"{view.func_name}({', '.join(v.text for v in view.args)}) {where}"
        case Label():
            return f"{view.depth}: {view.kind} {view.name}"
        case HostCall():
            return view.text
        case Output():
            return f"{view.data.decode('utf-8', 'backslashreplace')!r} (step {view.tick})"
        case _:
            return None


VIEWS: tuple[type, ...] = (
    Stop, Value, StackSlot, Variable, Instruction, Step, Frame, Label, HostCall, Output,
)  # fmt: skip
"""View-models that have a text of their own."""


def views_html(views: tuple[object, ...]) -> str | None:
    """Return a tuple of view-models as a table; None for any other tuple."""
    rows = [_row(view) for view in views]
    if not rows or not all(rows):
        return None
    width = max(map(len, rows))
    heads = _HEADS.get(type(views[0]), ("",))
    return table(heads + ("",) * (width - len(heads)), rows)


_HEADS: dict[type, tuple[str, ...]] = {
    StackSlot: ("stack, top first", "value"),
    Variable: ("name", "type", "value"),
    Step: ("step", "instruction", "popped", "pushed", "effect"),
    HostCall: ("step", "host call"),
}


def _row(view: object) -> tuple[object, ...]:
    """Return the cells of a view-model; none for anything else."""
    match view:
        case StackSlot():
            return (view.value.type, view.value.text)
        case Variable():
            return (view.name, view.value.type, view.value.text)
        case Step():
            popped, pushed = values_text(view.popped), values_text(view.pushed)
            return (view.tick, view.text, popped, pushed, view.effect)
        case HostCall():
            return (view.tick, view.text)
        case _:
            text = view_text(view)
            return () if text is None else (text,)
