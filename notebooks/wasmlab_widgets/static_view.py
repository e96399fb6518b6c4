"""States and modules as HTML without script or style: readable on GitHub as well."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from wasmlab.counted import counted
from wasmlab.escape import escaped_name
from wasmlab_widgets.state import source_of, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.debug.session import Session
    from wasmlab.module import Module
    from wasmlab_widgets.state import Data

AROUND = 8
"""Lines of source above and below the current one."""


_FIXED = "font-family: monospace; line-height: 1.3; white-space: pre; overflow-x: auto"


def fixed(text: str) -> str:
    """Return text in lines as they are, every character as wide as the others."""
    return f'<pre style="{_FIXED}">{escape(text)}</pre>'


_LEFT = ' style="text-align: left"'
"""Jupyter would put text to the right."""


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; cells are escaped."""
    head = "".join(f"<th{_LEFT}>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr>{''.join(f'<td{_LEFT}>{escape(str(cell))}</td>' for cell in row)}</tr>"
        for row in rows
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
        fixed(_excerpt(source, state)),
    ]
    if state["displays"]:
        rows = [(v["name"], _pointing(v), v["previous"] or "") for v in state["displays"]]
        parts.append(table(("displays", "value", "was"), rows))
    if state["stack"]:
        rows = [(v["type"], _pointing(v), _marks(v)) for v in state["stack"]]
        parts.append(table(("stack, top first", "value", ""), rows))
    for what in ("locals", "globals"):
        if state[what]:
            rows = [(v["name"], v["type"], _pointing(v), v["previous"] or "") for v in state[what]]
            parts.append(table((what, "type", "value", "was"), rows))
    if state["frames"]:
        rows = [_call_row(frame) for frame in state["frames"]]
        parts.append(table(("calls, innermost first", "line"), rows))
    parts.append(_memory_html(state["memory"]))
    if state["output"]:
        text = "".join(part["text"] for part in state["output"])
        parts.append(f"<p>output</p>{fixed(text)}")
    return "\n".join(part for part in parts if part)


def _pointing(value: Data) -> str:
    """Return a value with what it points at."""
    return f"{value['text']} → {value['points']}" if value["points"] else value["text"]


def _call_row(frame: Data) -> tuple[str, object]:
    """Return a call with its line, or what stands for those that are left out."""
    if "between" in frame:
        return frame["between"], ""
    return f"{frame['name']}({', '.join(frame['args'])})", frame["line"] or ""


def state_text(source: Data, state: Data) -> str:
    """Return the same as plain text."""
    next_ = state["instruction"]
    stack = " ".join(v["text"] for v in reversed(state["stack"]))
    lines = [
        f"step {state['tick']} of {state['last']}, {state['state']}: {state['message']}",
        _excerpt(source, state),
        f"stack [{stack}]",
        *(f"{v['name']} = {_pointing(v)}" for v in (*state["locals"], *state["displays"])),
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
    lines = [_memory_line(memory, memory["at"] + i, data[i : i + 16]) for i in starts]
    if not lines:
        return "<p>memory: the bytes that are shown are all zero</p>"
    return f"<p>memory</p>{fixed(chr(10).join(lines))}"


def _memory_line(memory: Data, at: int, row: bytes) -> str:
    marks = _marked_bytes(memory, range(at, at + 16))
    return f"{at:08x}  {row.hex(' '):47}  {_ascii(row):16}  {marks}".rstrip()


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
    said = [
        f"{counted(len(module.data), 'byte')}",
        _names("imports", [f"{i.module}.{i.name}" for i in module.imports]),
        _names("exports", [e.name for e in module.exports]),
    ]
    heading = f"<p><b>{escape(module.name)}</b>: {'; '.join(filter(None, said))}</p>"
    count = len(module.functions)
    if not count:
        return heading
    functions = [
        (f.index, f.name, str(f.type), "imported" if f.imported else counted(f.size, "byte"))
        for f in module.functions[:MOST]
    ]
    summary = counted(count, "function")
    if count > MOST:
        summary = f"{summary}, the first {MOST}"
    rows = table(("function", "name", "type", "body"), functions)
    return f"{heading}<details><summary>{summary}</summary>{rows}</details>"


def _names(what: str, names: Sequence[str]) -> str:
    """Return names after a word, escaped; nothing if there are none."""
    shown = ", ".join(f"<code>{escape(escaped_name(name))}</code>" for name in names[:MOST])
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{what} {shown}{more}" if names else ""


MOST = 40
"""Rows of a long table."""


def module_text(module: Module) -> str:
    """Return the same in a line."""
    exports = ", ".join(escaped_name(e.name) for e in module.exports[:MOST]) or "nothing"
    return f"module {module.name}, {counted(len(module.data), 'byte')}, exports {exports}"
